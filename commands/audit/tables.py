"""Holds the tables of the settlement against the log: the legs that await a result, and the markets that came out.

They are read before the log is: whatever is open where the log ends was open then, so nothing has to stand still.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from commands.audit.fold import Fold
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedMarket
from commands.audit.violations import TableDiffers


class OpenLegRow(NamedTuple):
    """A leg that awaits its settlement, set aside or not: the `part`th of its bet, which was struck at `position`."""

    market_id: str
    position: int
    part: int
    bet_id: str
    account_id: str


class ResultRow(NamedTuple):
    """The result of a market: its number and position, kept as long as legs wait for it."""

    market_id: str
    number: int
    position: int


class SettlementTables(msgspec.Struct, frozen=True):
    """Both tables as they were at one moment, true up to `position` of the log."""

    position: int
    legs: Sequence[OpenLegRow]
    results: Sequence[ResultRow]

    def differences(self, fold: Fold) -> Iterator[TableDiffers]:
        """Yield how the tables differ from the log as it was folded afterwards."""
        yield from self._wrong_legs(fold.state)
        yield from self._missing_legs(fold.state)
        yield from self._wrong_results(fold.state)
        yield from self._missing_results(fold.state)

    def _wrong_legs(self, state: AuditState) -> Iterator[TableDiffers]:
        """Find legs that no bet has. Those of a bet that was settled meanwhile may still be there."""
        for row in self.legs:
            bet = state.live.get(row.bet_id)
            if type(bet) is AuditedBet:
                expected = [
                    OpenLegRow(leg.market_id, bet.position, part, row.bet_id, bet.account_id)
                    for part, leg in enumerate(bet.legs)
                    if leg.market_id == row.market_id
                ]
                if row not in expected:
                    yield differs(self.position, "open_leg", row.market_id, str(expected), str(row))
            elif row.bet_id not in state.over:
                yield differs(self.position, "open_leg", row.market_id, "no such bet", str(row))

    def _missing_legs(self, state: AuditState) -> Iterator[TableDiffers]:
        """Find legs that will never be settled, since the table does not have them."""
        there = {(row.bet_id, row.part) for row in self.legs}
        for bet_id, bet in state.all_of(AuditedBet):
            if bet.position <= self.position:
                for part, leg in enumerate(bet.legs):
                    if not leg.is_out and (bet_id, part) not in there:
                        row = OpenLegRow(leg.market_id, bet.position, part, bet_id, bet.account_id)
                        yield differs(self.position, "open_leg", leg.market_id, str(row), "no such row")

    def _wrong_results(self, state: AuditState) -> Iterator[TableDiffers]:
        """Find results that are not the log's. Of a market that nobody has an open bet on, they settle nothing.

        A result that was corrected since may still be there beside the correction.
        """
        for row in self.results:
            market = state.live.get(row.market_id)
            if type(market) is AuditedMarket:
                if row.number > market.number or (row.number == market.number and row.position != market.resulted_at):
                    in_log = f"came out at {market.resulted_at}" if market.resulted_at else "did not come out"
                    yield differs(self.position, "resulted_market", row.market_id, in_log, f"came out at {row.position}")
            elif row.market_id not in state.over:
                yield differs(self.position, "resulted_market", row.market_id, "no such market", f"came out at {row.position}")

    def _missing_results(self, state: AuditState) -> Iterator[TableDiffers]:
        """Find results that legs wait for and that the table does not have."""
        there = {row.market_id for row in self.results}
        for row in self.legs:
            market = state.live.get(row.market_id)
            if type(market) is AuditedMarket and 0 < market.resulted_at <= self.position and row.market_id not in there:
                yield differs(self.position, "resulted_market", row.market_id, f"came out at {market.resulted_at}", "no such row")


def differs(position: int, table: str, key: str, in_log: str, in_table: str) -> TableDiffers:
    """Return how a row of a table that is true up to a position differs."""
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key, in_log=in_log[:300], in_table=in_table[:300])
