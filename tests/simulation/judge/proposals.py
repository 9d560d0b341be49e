"""The judge's own rules of four eyes: what one trader proposed happens when another one approves, in the same append, and not else."""

import json
from typing import Any

from tests.simulation.judge.accounts import AccountGate, Accounts
from tests.simulation.judge.record import JudgedFact, claim, micros

TRADING_ROLES = {"trader", "admin"}
ANEW = ("void_bets", "restore_bets", "correct_price", "restore_price")
ADDING = ("void_bets", "correct_price")


class Proposals:
    """Proposals, approvals, and what has to have come of these."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.proposed: dict[str, JudgedFact] = {}
        self.closed: set[str] = set()
        self._approved: dict[int, JudgedFact] = {}
        self._corrected: dict[int, JudgedFact] = {}

    @property
    def open(self) -> list[JudgedFact]:
        """Every proposal that was neither approved nor rejected, the oldest first."""
        return [proposed for proposal_id, proposed in self.proposed.items() if proposal_id not in self.closed]

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of a proposal."""
        what = entry.kind.partition(".")[2]
        if what == "action_proposed":
            claim(entry.version == 1 and entry.stream_id not in self.proposed, "a proposal is made once", entry)
            self._check_trader(entry.body["proposed_by"], entry)
            self.proposed[entry.stream_id] = entry
            return
        proposed = self.proposed.get(entry.stream_id)
        claim(proposed is not None and entry.stream_id not in self.closed, "what is decided on was proposed, and is open", entry)
        assert proposed is not None
        claim(entry.committed_us <= micros(proposed.body["expires_at"]), "a proposal is decided on before it expires", proposed, entry)
        self.closed.add(entry.stream_id)
        self._check_trader(entry.body["approved_by" if what == "approved" else "rejected_by"], entry)
        if what == "approved":
            claim(entry.body["approved_by"] != proposed.body["proposed_by"], "two traders answer for what needs two", proposed, entry)
            if proposed.body["action"] in ("correct_result", *ANEW):
                self._approved[entry.position] = proposed

    def corrected(self, entry: JudgedFact) -> None:
        """Take in a corrected result, windows of void bets or price errors, which need an approval beside them."""
        self._corrected[entry.position] = entry

    def _check_trader(self, account_id: str, entry: JudgedFact) -> None:
        roles = self._accounts.gates.get(account_id, AccountGate()).roles
        claim(bool(roles & TRADING_ROLES), "a trader decides what is traded", roles, entry)

    def at_rest(self) -> None:
        """Claim that every correction was approved, just as it was proposed, and that each that was approved has happened."""
        for position, corrected in self._corrected.items():
            proposed = self._approved.pop(position - 1, None)
            claim(proposed is not None, "a result is corrected by two traders, upon the approval", corrected)
            assert proposed is not None
            claim(_is_what_was_proposed(proposed, corrected), "what was approved is what happens", proposed, corrected)
        claim(not self._approved, "what was approved happens", self._approved)
        self._corrected.clear()


def _is_what_was_proposed(proposed: JudgedFact, corrected: JudgedFact) -> bool:
    if corrected.kind == "market.void_windows_set":
        return _is_proposed(proposed, corrected, "window", "windows")
    if corrected.kind == "market.price_errors_set":
        return _is_proposed(proposed, corrected, "error", "errors")
    if (proposed.body["action"], proposed.body["market_id"]) != ("correct_result", corrected.stream_id):
        return False
    details: dict[str, Any] = json.loads(proposed.body["details"])
    names = ("home", "away", "reason", "void_reason", "actor")
    return all(details.get(name, "") == corrected.body.get(name, "") for name in names) and details["actor"] == proposed.body["proposed_by"]


def _is_proposed(proposed: JudgedFact, happened: JudgedFact, one: str, all_of_them: str) -> bool:
    """Say whether a window is void or a price an error from now on, or not any more, as it was proposed."""
    details: dict[str, Any] = json.loads(proposed.body["details"])
    holds = details.get(one, "") in happened.body[all_of_them]
    told = (proposed.body["market_id"], details["reason"], details["actor"], holds)
    return (*told, proposed.body["proposed_by"]) == (
        happened.stream_id,
        happened.body["reason"],
        happened.body["actor"],
        proposed.body["action"] in ADDING,
        happened.body["actor"],
    )
