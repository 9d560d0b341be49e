"""Two traders of a history: one proposes a correction, a void window or a price error, the other approves or rejects; some try it alone."""

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
from domain.market.commands import CorrectPrice, CorrectResult, RestoreBets, RestorePrice, VoidBets
from domain.market.facts import PriceError, VoidWindow
from domain.odds import exact
from tests.decisions.previewed import approval
from tests.simulation.judge import price_errors
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
        """Propose another result for some market that came out, or a window of void bets or a price error on any."""
        markets = self._judge.trading.markets
        if markets and not self._rng.randrange(3):
            self._rng.choice([self._propose_window, self._propose_price])(self._rng.choice(sorted(markets)))
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

    def _propose_price(self, market_id: str) -> None:
        """Propose that some price was an error, obvious or not, or that one which is said to be was none."""
        market, actor = self._judge.trading.markets[market_id], self._rng.choice(TRADERS)
        kind: type[CorrectPrice | RestorePrice] = CorrectPrice
        price = self._rng.choice(market.prices)
        selection, first = self._rng.choice(sorted(price.prices)), price.entry.version
        given = price.prices[selection]
        wrong = price_errors.PriceError(selection, first, first, given, 1 + (given - 1) / self._rng.choice([2, 3, 5, 5]))
        if market.errors and self._rng.randrange(2):
            kind, wrong = RestorePrice, self._rng.choice(market.errors)
        odds, right = (exact(*each.as_integer_ratio()) for each in (wrong.odds, wrong.right))
        error = PriceError(wrong.selection, wrong.first, wrong.last, odds, right)
        self._send(f"price on {market_id}", lambda at: AskAsTrader(kind(market_id, error, "others stood there", at, actor)))

    def decide(self) -> None:
        """Decide on some proposal that is open: approve it, by the other trader or by the same, or reject it."""
        if not (open_ones := self._judge.proposals.open):
            return
        proposed = self._rng.choice(open_ones)
        proposal_id, by = proposed.stream_id, _other(proposed) if self._rng.randrange(4) else proposed.body["proposed_by"]
        make: Make = self._rng.choices([self._approval(proposal_id, by), lambda at: RejectProposal(proposal_id, by, "no", at)], [8, 1])[0]
        self._send(f"decision on {proposal_id}", make)

    def correct_many(self) -> None:
        """Propose another result for half of the markets, a window of void bets or a price error."""
        markets = self._judge.trading.markets
        for market_id in sorted(markets):
            if markets[market_id].results is not None and self._rng.randrange(2):
                self._rng.choice([self._propose, self._propose, self._propose_window, self._propose_price])(market_id)

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
