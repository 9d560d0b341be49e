"""Two traders of a history: one proposes a correction or a window of void bets, the other approves or rejects; some try it alone."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from commands.accounts.open_account import OpenAccount
from commands.trading.four_eyes import AskAsTrader, RejectProposal
from commands.trading.previews import PreviewedLog
from domain.account.commands import GrantRole
from domain.fact import moment
from domain.ids import derived
from domain.market.commands import CorrectResult, RestoreBets, VoidBets
from domain.market.facts import VoidWindow
from tests.decisions.previewed import approval
from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import JudgedFact

TRADERS = [derived("sim trader", str(n)) for n in range(2)]
GOALS = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (1, 2), (3, 3))
CONSOLE = "console"

Make = Callable[[datetime], Any]


class Traders:
    """Asks as traders do: `send(what, make)` takes a command that has no key of its own."""

    def __init__(self, rng: Random, judge: Judge, send: Callable[[str, Make], None], log: PreviewedLog) -> None:
        self._rng, self._judge, self._send, self._log = rng, judge, send, log

    def open_accounts(self) -> None:
        """Give the traders their accounts."""
        for n, trader in enumerate(TRADERS):
            what = (trader, f"trader_{n}", f"trader{n}@example.org", "argon2", "EUR")
            self._send(f"account of trader {n}", lambda at, what=what: OpenAccount(*what, at))

    def take_office(self) -> None:
        """Let the accounts act as traders."""
        for n, trader in enumerate(TRADERS):
            self._send(f"role of trader {n}", lambda at, trader=trader: GrantRole(trader, "trader", CONSOLE, at))

    def correct(self) -> None:
        """Propose another result for some market that came out, or a window of void bets on any."""
        markets = self._judge.trading.markets
        if markets and not self._rng.randrange(4):
            self._propose_window(self._rng.choice(sorted(markets)))
            return
        came_out = [market_id for market_id in sorted(markets) if markets[market_id].results is not None]
        if came_out:
            self._propose(self._rng.choice(came_out))

    def _propose(self, market_id: str) -> None:
        (home, away), actor = self._rng.choice(GOALS), self._rng.choice(TRADERS)
        void_reason = self._rng.choice(["", "", "", "played on a wrong pitch"])
        self._send(
            f"correction of {market_id}",
            lambda at: AskAsTrader(CorrectResult(market_id, home, away, "the score was wrong", at, void_reason=void_reason, actor=actor)),
        )

    def _propose_window(self, market_id: str) -> None:
        """Propose a window between two moments of the log, or that one which holds does not."""
        windows, actor = self._judge.trading.markets[market_id].windows, self._rng.choice(TRADERS)
        is_taken_back = bool(windows) and bool(self._rng.randrange(2))
        start_us, end_us = (
            self._rng.choice(windows) if is_taken_back else sorted(self._rng.choice(self._judge.entries).committed_us for _ in "ab")
        )
        kind = RestoreBets if is_taken_back else VoidBets
        window = VoidWindow(moment(start_us), moment(end_us))
        self._send(f"window on {market_id}", lambda at: AskAsTrader(kind(market_id, window, "a goal unseen", at, actor)))

    def decide(self) -> None:
        """Decide on some proposal that is open: approve it, by the other trader or by the same, or reject it."""
        if not (open_ones := self._judge.proposals.open):
            return
        proposed = self._rng.choice(open_ones)
        proposal_id, by = proposed.stream_id, _other(proposed) if self._rng.randrange(4) else proposed.body["proposed_by"]
        make: Make = self._rng.choices([self._approval(proposal_id, by), lambda at: RejectProposal(proposal_id, by, "no", at)], [8, 1])[0]
        self._send(f"decision on {proposal_id}", make)

    def correct_many(self) -> None:
        """Propose another result for half of the markets, or a window of void bets."""
        markets = self._judge.trading.markets
        for market_id in sorted(markets):
            if markets[market_id].results is not None and self._rng.randrange(2):
                (self._propose if self._rng.randrange(3) else self._propose_window)(market_id)

    def approve_all(self) -> None:
        """Have the other trader approve whatever is open."""
        for proposed in self._judge.proposals.open:
            self._send(f"approval of {proposed.stream_id}", self._approval(proposed.stream_id, _other(proposed)))

    def _approval(self, proposal_id: str, by: str) -> Make:
        """Approve what would be done as it is shown now."""
        shown = approval(self._log, proposal_id, by)
        return lambda at: msgspec.structs.replace(shown, at=at)


def _other(proposed: JudgedFact) -> str:
    """Return the trader who did not propose it."""
    return TRADERS[TRADERS[0] == proposed.body["proposed_by"]]
