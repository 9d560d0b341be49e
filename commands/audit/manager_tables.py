"""Compares process-manager tables with the log. `COMPARISONS` names the function for each manager; settlement's is in `settlement_tables`.

A row of a stream that has ended is accepted: the audit keeps no state of it.
"""

from collections.abc import Callable, Iterator

from commands.audit.fold import Fold
from commands.audit.promotion_streams import AuditedBonus
from commands.audit.settlement_tables import settlement_differences
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedFixture, AuditedMarket, AuditedPendingBet
from commands.audit.tables import ManagerTables, differs
from commands.audit.violations import TableDiffers


def compare_tables(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """Yield how the tables of a process manager differ from the log as it was folded afterwards."""
    return COMPARISONS[tables.manager](tables, fold)


def _abandonment(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """A market waits for its match from when it is opened until that has ended, or until it was voided upon an abandonment."""
    state = fold.state
    for row in tables.cases:
        position = tables.upto(row.key)
        market = state.live.get(row.case_id)
        if type(market) is AuditedMarket:
            expected = (market.fixture_id, market.opened_at, 0) if not _ended(state, market, position) else "its match has ended"
            if (row.key, row.position, row.part) != expected:
                yield differs(position, "open_market", row.case_id, str(expected), str(row))
        elif row.case_id not in state.over:
            yield differs(position, "open_market", row.case_id, "no such market", str(row))
    there = {row.case_id for row in tables.cases}
    for market_id, market in state.all_of(AuditedMarket):
        position = tables.upto(market.fixture_id)
        if market.opened_at <= position and market_id not in there and _awaits_its_match(state, market, position):
            yield differs(position, "open_market", market_id, f"of {market.fixture_id}, opened at {market.opened_at}", "no such row")
    yield from _abandoned(tables, state)


def _ended(state: AuditState, market: AuditedMarket, position: int) -> bool:
    """Say whether a market's match had ended by a position; one that is not remembered any more may have."""
    fixture = state.of(AuditedFixture, market.fixture_id)
    return fixture is not None and fixture.status == "ended" and fixture.over_at <= position


def _awaits_its_match(state: AuditState, market: AuditedMarket, position: int) -> bool:
    """Say whether a market had to wait for its match at a position: not where that had ended, nor where the market is void by now."""
    fixture = state.of(AuditedFixture, market.fixture_id)
    if fixture is None:
        return False
    if fixture.status == "abandoned":
        return market.results is None
    return fixture.status in ("scheduled", "live") or fixture.over_at > position


def _abandoned(tables: ManagerTables, state: AuditState) -> Iterator[TableDiffers]:
    """Compare the abandoned matches with the log, as far as a match has an unresulted market."""
    for row in tables.came:
        position = tables.upto(row.key)
        fixture = state.live.get(row.key)
        if type(fixture) is AuditedFixture:
            if (fixture.status, fixture.over_at, 1) != ("abandoned", row.position, row.number):
                in_log = f"{fixture.status} since {fixture.over_at}"
                yield differs(position, "abandoned_fixture", row.key, in_log, f"abandoned at {row.position}")
        elif row.key not in state.over:
            yield differs(position, "abandoned_fixture", row.key, "no such match", f"abandoned at {row.position}")
    there = {row.key for row in tables.came}
    for case in tables.cases:
        match, market, position = state.of(AuditedFixture, case.key), state.of(AuditedMarket, case.case_id), tables.upto(case.key)
        is_due = match is not None and match.status == "abandoned" and match.over_at <= position
        if match is not None and is_due and case.key not in there and market is not None and market.results is None:
            yield differs(position, "abandoned_fixture", case.key, f"abandoned at {match.over_at}", "no such row")


def _unplayed(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """A match has a time from when it is announced, or moved, until it kicks off, or is over without."""
    state = fold.state
    for row in tables.cases:
        position = tables.upto(row.key)
        fixture = state.live.get(row.key)
        if type(fixture) is AuditedFixture:
            gone_at = fixture.begun_at or fixture.over_at
            timed_at = max((at for at in fixture.moved_at if at <= position), default=fixture.announced_at)
            expected = (row.key, timed_at, 0) if not 0 < gone_at <= position else f"begun or over since {gone_at}"
            if (row.case_id, row.position, row.part) != expected:
                yield differs(position, "unplayed_fixture", row.key, str(expected), str(row))
        elif row.key not in state.over or row.case_id != row.key:
            yield differs(position, "unplayed_fixture", row.key, "no such match", str(row))
    there = {row.key for row in tables.cases}
    for fixture_id, fixture in state.all_of(AuditedFixture):
        position = tables.upto(fixture_id)
        is_waited_for = fixture.status == "scheduled" or (fixture.begun_at > position and fixture.status == "live")
        if is_waited_for and fixture.announced_at <= position and fixture_id not in there:
            yield differs(position, "unplayed_fixture", fixture_id, f"announced at {fixture.announced_at}", "no such row")


def _bet_delay(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """A bet waits from when it is pending until it is struck or refused."""
    state = fold.state
    for row in tables.cases:
        position, bet = tables.upto(row.key), state.live.get(row.case_id)
        if type(bet) is AuditedPendingBet:
            if (row.key, row.position, row.part) != (row.case_id, bet.position, 0):
                yield differs(position, "pending_bet", row.case_id, f"pending since {bet.position}", str(row))
        elif type(bet) is AuditedBet:
            if bet.position <= position:
                yield differs(position, "pending_bet", row.case_id, f"struck at {bet.position}", str(row))
        elif row.case_id not in state.over:
            yield differs(position, "pending_bet", row.case_id, "no such bet", str(row))
    there = {row.case_id for row in tables.cases}
    for bet_id, pending in state.all_of(AuditedPendingBet):
        if pending.position <= (position := tables.upto(bet_id)) and bet_id not in there:
            yield differs(position, "pending_bet", bet_id, f"pending since {pending.position}", "no such row")


def _bonus_expiry(tables: ManagerTables, fold: Fold) -> Iterator[TableDiffers]:
    """A bonus has a time from when it is credited until it is converted or taken off."""
    state = fold.state
    for row in tables.cases:
        position, bonus = tables.upto(row.key), state.of(AuditedBonus, row.case_id)
        is_over = bonus is not None and 0 < bonus.ended_at <= position
        if bonus is None or is_over or (row.key, row.position, row.part) != (row.case_id, bonus.position, 0):
            in_log = "no such bonus" if bonus is None else f"credited at {bonus.position}, over since {bonus.ended_at}"
            yield differs(position, "expiring_bonus", row.case_id, in_log, str(row))
    there = {row.case_id for row in tables.cases}
    for bonus_id, bonus in state.all_of(AuditedBonus):
        position = tables.upto(bonus_id)
        if bonus.position <= position and not 0 < bonus.ended_at <= position and bonus_id not in there:
            yield differs(position, "expiring_bonus", bonus_id, f"credited at {bonus.position}", "no such row")


COMPARISONS: dict[str, Callable[[ManagerTables, Fold], Iterator[TableDiffers]]] = {
    "settlement": settlement_differences,
    "bet_delay": _bet_delay,
    "bonus_expiry": _bonus_expiry,
    "abandonment": _abandonment,
    "unplayed": _unplayed,
}
"""Process manager -> the function that compares its tables with the log.

A new process manager is added here, in its package's `registry.py` (`PROCESS_MANAGERS` of betting, `process_managers` of trading; a new
package also in `commands/registry.py`), and its tables in `infra/eventstore/sql/users.sql`. Tests fail where the comparison or the rights
to a table are missing.
"""
