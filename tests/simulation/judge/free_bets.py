"""The judge's own rules of free bets: granted to who may bet, used whole by one bet in time, given back where that was void."""

from typing import Any, NamedTuple

from tests.simulation.judge.accounts import Accounts
from tests.simulation.judge.record import JudgedFact, claim, micros

Release = tuple[str, int]
"""A settlement of a bet by its number."""


class Token(NamedTuple):
    """A free bet as it was granted."""

    account_id: str
    amount_minor: int
    currency: str
    expires_us: int


class FreeBets:
    """Free bets, and the bets that hold them."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.tokens: dict[str, Token] = {}
        self.held_by: dict[str, set[str]] = {}
        self._used_for: dict[str, str] = {}
        self._struck: dict[str, str] = {}
        self._back: set[Release] = set()
        self._again: set[Release] = set()
        self._due_back: set[Release] = set()
        self._due_again: set[Release] = set()

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of a free bet."""
        free_bet_id, body = entry.stream_id, entry.body
        if entry.kind == "free_bet.granted":
            claim(entry.version == 1, "a free bet is granted once", entry)
            claim(self._accounts.lets_bet_at(body["account_id"], entry.committed_us), "who is shut out is granted nothing", entry)
            token = Token(body["account_id"], body["amount_minor"], body["currency"], micros(body["expires_at"]))
            claim(entry.committed_us < token.expires_us, "what is granted may still be used", entry)
            self.tokens[free_bet_id], self.held_by[free_bet_id] = token, set()
            return
        token, held_by, bet_id = self.tokens[free_bet_id], self.held_by[free_bet_id], body["bet_id"]
        claim(body["account_id"] == token.account_id, "a free bet is used by whom it was granted to", token, entry)
        match entry.kind:
            case "free_bet.used":
                claim(not held_by, "a free bet is used by one bet at a time", held_by, entry)
                claim(entry.committed_us < token.expires_us, "a free bet is used before it expires", token, entry)
                self._used_for[bet_id] = free_bet_id
                held_by.add(bet_id)
            case "free_bet.given_back":
                claim(bet_id in held_by, "who gives a free bet back held it", held_by, entry)
                held_by.remove(bet_id)
                self._back.add((bet_id, body["settlement"]))
            case "free_bet.taken_again":
                claim(bet_id not in held_by, "what is taken again was given back", held_by, entry)
                held_by.add(bet_id)
                self._again.add((bet_id, body["settlement"]))
            case _:
                claim(False, "a fact of a free bet that the judge does not know", entry)

    def struck(self, bet_id: str, body: dict[str, Any]) -> None:
        """A bet was struck that has to have its free bet."""
        token = self.tokens.get(body["free_bet_id"])
        stake = (body["account_id"], body["stake_minor"], body["currency"])
        claim(token is not None and token[:3] == stake, "a free bet is the whole stake of its bet", token, body)
        self._struck[bet_id] = body["free_bet_id"]

    def settled(self, bet_id: str, number: int, *, is_void: bool) -> None:
        """A bet with a free bet was settled, which gives it back where it was void."""
        if is_void:
            self._due_back.add((bet_id, number))

    def reversed(self, bet_id: str, number: int) -> None:
        """A settlement of such a bet was reversed."""
        if (bet_id, number) in self._due_back:
            self._due_again.add((bet_id, number))

    def usable(self, now_us: int) -> list[str]:
        """Return the free bets that nobody holds and that have not expired, in the order of their ids."""
        return sorted(each for each, token in self.tokens.items() if not self.held_by[each] and now_us < token.expires_us)

    def at_rest(self) -> None:
        """Claim what holds between appends."""
        claim(self._struck == self._used_for, "a free bet is used by the bet that names it", self._struck, self._used_for)
        claim(self._due_back == self._back, "a void bet gives its free bet back, no other one does", self._due_back ^ self._back)
        claim(self._due_again == self._again, "undoing that takes the free bet again", self._due_again ^ self._again)
