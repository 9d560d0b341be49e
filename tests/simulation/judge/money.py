"""The judge's own ledger: every movement has a source and a destination, nothing goes below zero, everything moves once.

What a reversal takes and a wallet does not hold is owed; whatever comes in repays that first.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.simulation.judge.record import JudgedFact, claim

HOUSE, PAYMENTS = "the bookmaker", "the world"


class Line(NamedTuple):
    """A line of a statement: what `available` changed by, and what it was then; what it added to what is owed."""

    position: int
    kind: str
    amount_minor: int
    available_minor: int
    reference: str
    owed_minor: int = 0


Settlement = tuple[str, int]
"""A settlement of a bet by its number."""


class Money:
    """Wallets, stakes and payments."""

    def __init__(self) -> None:
        self.available: dict[str, int] = {}
        self.held: Counter[str] = Counter()
        self.ledger: Counter[str] = Counter()
        self.lines: dict[str, list[Line]] = {}
        self.was_available: dict[str, list[tuple[int, int]]] = {}
        self.transfers: dict[str, JudgedFact] = {}
        self._staked: Counter[str] = Counter()
        self._stakes: dict[str, tuple[str, int]] = {}
        self._free: dict[str, tuple[str, int]] = {}
        self._released: set[str] = set()
        self._paid: dict[Settlement, tuple[str, int]] = {}
        self._undone: dict[Settlement, tuple[str, int]] = {}
        self._struck: dict[str, tuple[str, int]] = {}
        self._due: dict[Settlement, tuple[str, int]] = {}
        self._due_back: dict[Settlement, tuple[str, int]] = {}
        self._moved: Counter[tuple[str, str, str, int]] = Counter()
        self._used: Counter[tuple[str, str, str, int]] = Counter()

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of a wallet or of a payment reference."""
        body, _, kind = entry.body, *entry.kind.partition(".")[1:]
        if kind == "transfer_recorded":
            claim(entry.version == 1 and entry.stream_id not in self.transfers, "a payment reference is used once", entry)
            self.transfers[entry.stream_id] = entry
            self._used[body["account_id"], body["reference"], body["direction"], body["amount_minor"]] += 1
            return
        account_id = body["account_id"]
        if kind == "opened":
            claim(account_id not in self.available, "an account has one wallet", entry)
            self.available[account_id], self.lines[account_id] = 0, []
        else:
            self._move(entry, kind, account_id, body)
        self.was_available.setdefault(account_id, []).append((entry.position, self.available[account_id]))

    def _move(self, entry: JudgedFact, kind: str, account_id: str, body: dict[str, Any]) -> None:
        claim(account_id in self.available, "money moves in a wallet that is there", entry)
        mine, held = f"{account_id} available", f"{account_id} held"
        owed_before_minor = self.owed(account_id)
        match kind:
            case "funds_deposited":
                self._post(PAYMENTS, mine, body["amount_minor"])
                self._repay(entry, account_id, body["amount_minor"])
                self._moved[account_id, body["reference"], "deposit", body["amount_minor"]] += 1
                line = ("deposit", body["amount_minor"], body["reference"])
            case "funds_withdrawn":
                self._post(mine, PAYMENTS, body["amount_minor"])
                self._moved[account_id, body["reference"], "withdrawal", body["amount_minor"]] += 1
                line = ("withdrawal", -body["amount_minor"], body["reference"])
            case "stake_reserved":
                bet_id, stake_minor = body["bet_id"], body["stake_minor"]
                claim(bet_id not in self._stakes, "a bet's stake is reserved once", entry)
                self._stakes[bet_id] = (account_id, stake_minor)
                self._staked[account_id] += stake_minor
                self._post(mine, held, stake_minor)
                line = ("stake", -stake_minor, bet_id)
            case "returns_paid" | "stake_lost" | "stake_refunded":
                line = self._release(entry, kind, account_id, body)
            case "settlement_reversed":
                line = self._undo(entry, account_id, body)
            case _:
                claim(False, "a movement of money that the judge does not know", entry)
                return
        now_minor, owed_minor = self.ledger[mine], self.owed(account_id)
        self.available[account_id] = now_minor
        self.held[account_id] = self.ledger[held]
        claim(now_minor == body["available_minor"], "the postings arrive at the recorded balance", now_minor, entry)
        claim(now_minor >= 0 and self.ledger[held] >= 0, "a wallet never goes below zero", now_minor, self.ledger[held], entry)
        claim(owed_minor >= 0 and not (now_minor and owed_minor), "who owes has nothing available", now_minor, owed_minor, entry)
        change_minor = owed_minor - owed_before_minor
        amount_minor = line[1] + min(change_minor, 0) if kind != "settlement_reversed" else line[1] + change_minor
        self.lines[account_id].append(Line(entry.position, line[0], amount_minor, now_minor, line[2], change_minor))

    def owed(self, account_id: str) -> int:
        """What an account owes."""
        return -self.ledger[f"{account_id} owed"]

    def staked_minor(self, account_id: str) -> int:
        """What an account ever staked of its own money."""
        return self._staked[account_id]

    def _repay(self, entry: JudgedFact, account_id: str, came_in_minor: int) -> None:
        """Let what came in repay what is owed, as far as it goes."""
        repaid_minor = min(self.owed(account_id), came_in_minor)
        claim(entry.body.get("repaid_minor", 0) == repaid_minor, "whatever comes in repays what is owed", repaid_minor, entry)
        if repaid_minor:
            self._post(f"{account_id} available", f"{account_id} owed", repaid_minor)

    def _release(self, entry: JudgedFact, kind: str, account_id: str, body: dict[str, Any]) -> tuple[str, int, str]:
        bet_id, stake_minor, settlement = body["bet_id"], body["stake_minor"], (body["bet_id"], body.get("settlement", 1))
        claim(self._held(bet_id) == (account_id, stake_minor), "what is released is the stake that was reserved", entry)
        claim(stake_minor > 0 or kind == "returns_paid", "of a free bet money moves only where it pays", entry)
        claim(bet_id not in self._released and settlement not in self._paid, "a settlement is paid once", entry)
        self._released.add(bet_id)
        mine, held = f"{account_id} available", f"{account_id} held"
        if kind == "stake_refunded":
            self._post(held, mine, stake_minor)
            self._repay(entry, account_id, stake_minor)
            self._paid[settlement] = (account_id, stake_minor)
            return "refund", stake_minor, bet_id
        returns_minor = body.get("returns_minor", 0)
        if stake_minor:
            self._post(held, HOUSE, stake_minor)
        if returns_minor:
            self._post(HOUSE, mine, returns_minor)
            self._repay(entry, account_id, returns_minor)
        self._paid[settlement] = (account_id, returns_minor)
        return ("returns", returns_minor, bet_id) if kind == "returns_paid" else ("lost", 0, bet_id)

    def _undo(self, entry: JudgedFact, account_id: str, body: dict[str, Any]) -> tuple[str, int, str]:
        """Take back what a settlement paid, from what is available as far as that goes, and reserve the stake again."""
        bet_id, settlement = body["bet_id"], (body["bet_id"], body["settlement"])
        is_paid = bet_id in self._released and settlement not in self._undone
        claim(is_paid and self._held(bet_id) == (account_id, body["stake_minor"]), "what is undone was paid, and not undone yet", entry)
        returns_minor = body["returns_minor"]
        claim(self._paid.get(settlement) == (account_id, returns_minor), "a reversal takes back what the settlement paid", entry)
        mine, held, owed = f"{account_id} available", f"{account_id} held", f"{account_id} owed"
        owed_minor = max(0, returns_minor - self.ledger[mine])
        claim(body["owed_minor"] == owed_minor, "what is not there any more is owed", owed_minor, entry)
        for source, destination, amount_minor in (
            (mine, HOUSE, returns_minor - owed_minor),
            (owed, HOUSE, owed_minor),
            (HOUSE, held, body["stake_minor"]),
        ):
            if amount_minor:
                self._post(source, destination, amount_minor)
        self._released.discard(bet_id)
        self._undone[settlement] = (account_id, returns_minor)
        return "reversal", -returns_minor, bet_id

    def _held(self, bet_id: str) -> tuple[str, int] | None:
        """Return whose money a bet holds, and how much: nothing of a free bet."""
        return self._stakes.get(bet_id) or self._free.get(bet_id)

    def _post(self, source: str, destination: str, amount_minor: int) -> None:
        claim(type(amount_minor) is int and amount_minor > 0, "what moves is a whole amount above zero", source, destination, amount_minor)
        self.ledger[source] -= amount_minor
        self.ledger[destination] += amount_minor

    def struck(self, bet_id: str, account_id: str, stake_minor: int, *, is_free: bool) -> None:
        """A bet was struck that has to have its stake, or a free bet, which has none."""
        if is_free:
            self._free[bet_id] = (account_id, 0)
        else:
            self._struck[bet_id] = (account_id, stake_minor)

    def settled(self, bet_id: str, number: int, account_id: str, returns_minor: int) -> None:
        """A bet was settled that has to be paid."""
        if returns_minor or bet_id not in self._free:
            self._due[bet_id, number] = (account_id, returns_minor)

    def reversed(self, bet_id: str, number: int, account_id: str, returns_minor: int) -> None:
        """A settlement was reversed that has to be undone."""
        if returns_minor or bet_id not in self._free:
            self._due_back[bet_id, number] = (account_id, returns_minor)

    def at_rest(self) -> None:
        """Claim what holds between appends."""
        claim(sum(self.ledger.values()) == 0, "money is conserved", self.ledger)
        claim(self._struck == self._stakes, "every bet has its one stake", set(self._struck.items()) ^ set(self._stakes.items()))
        claim(self._due == self._paid, "every settlement is paid as it says", set(self._due.items()) ^ set(self._paid.items()))
        claim(
            self._due_back == self._undone, "every reversal takes back as it says", set(self._due_back.items()) ^ set(self._undone.items())
        )
        claim(self._moved == self._used, "every reference moves money once", self._moved, self._used)

    def at_the_end(self, ends: Mapping[str, tuple[int, int]]) -> None:
        """Claim that every account is where it would be had every bet been settled by the last results at once.

        `ends` has the stake and the returns of each bet as it stands settled.
        """
        expected = dict.fromkeys(self.available, 0)
        for (account_id, _, direction, amount_minor), times in self._moved.items():
            expected[account_id] += times * (amount_minor if direction == "deposit" else -amount_minor)
        for bet_id, (stake_minor, returns_minor) in ends.items():
            if bet_id in self._free:
                expected[self._free[bet_id][0]] += returns_minor
            else:
                expected[self._stakes[bet_id][0]] += returns_minor - stake_minor
        stands = {account_id: minor - self.owed(account_id) for account_id, minor in self.available.items()}
        claim(stands == expected, "a correction leaves everybody where the right result would have", expected, stands)
