"""Compares the tables of settlement with the log: a case is a leg of a bet that waits for its market, the event is a result."""

from collections.abc import Iterator

from commands.audit.fold import Fold
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedMarket
from commands.audit.tables import CaseRow, ManagerTables, differs
from commands.audit.violations import TableDiffers


def settlement_differences(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """Yield how the tables differ from the log as it was folded afterwards."""
    yield from _wrong_legs(tables, fold.state)
    yield from _missing_legs(tables, fold.state)
    yield from _wrong_results(tables, fold.state)
    yield from _missing_results(tables, fold.state)


def _wrong_legs(tables: ManagerTables, state: AuditState) -> Iterator[TableDiffers]:
    """Find legs that no bet has. Those of a bet that was settled meanwhile may still be there."""
    for row in tables.cases:
        bet = state.live.get(row.case_id)
        if type(bet) is AuditedBet:
            expected = [
                CaseRow(leg.market_id, bet.position, part, row.case_id, bet.account_id)
                for part, leg in enumerate(bet.legs)
                if leg.market_id == row.key
            ]
            if row not in expected:
                yield differs(tables.upto(row.key), "open_leg", row.key, str(expected), str(row))
        elif row.case_id not in state.over:
            yield differs(tables.upto(row.key), "open_leg", row.key, "no such bet", str(row))


def _missing_legs(tables: ManagerTables, state: AuditState) -> Iterator[TableDiffers]:
    """Find legs that will never be settled, since the table does not have them."""
    there = {(row.case_id, row.part) for row in tables.cases}
    for bet_id, bet in state.all_of(AuditedBet):
        for part, leg in enumerate(bet.legs):
            if not leg.is_out and (bet_id, part) not in there and bet.position <= (upto := tables.upto(leg.market_id)):
                row = CaseRow(leg.market_id, bet.position, part, bet_id, bet.account_id)
                yield differs(upto, "open_leg", leg.market_id, str(row), "no such row")


def _wrong_results(tables: ManagerTables, state: AuditState) -> Iterator[TableDiffers]:
    """Find results that are not the log's. Of a market that nobody has an open bet on, they settle nothing.

    A result that was corrected since may still be there beside the correction.
    """
    for row in tables.came:
        market = state.live.get(row.key)
        if type(market) is AuditedMarket:
            if row.number > market.number or (row.number == market.number and row.position != market.resulted_at):
                in_log = f"came out at {market.resulted_at}" if market.resulted_at else "did not come out"
                yield differs(tables.upto(row.key), "resulted_market", row.key, in_log, f"came out at {row.position}")
        elif row.key not in state.over:
            yield differs(tables.upto(row.key), "resulted_market", row.key, "no such market", f"came out at {row.position}")


def _missing_results(tables: ManagerTables, state: AuditState) -> Iterator[TableDiffers]:
    """Find results that legs wait for and that the table does not have."""
    there = {row.key for row in tables.came}
    for row in tables.cases:
        market = state.live.get(row.key)
        if type(market) is AuditedMarket and 0 < market.resulted_at <= tables.upto(row.key) and row.key not in there:
            yield differs(tables.upto(row.key), "resulted_market", row.key, f"came out at {market.resulted_at}", "no such row")
