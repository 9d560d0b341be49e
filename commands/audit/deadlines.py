"""Deadlines in log time: bets must be settled once all their legs have results, and markets resulted once their match is over."""

from collections.abc import Iterator
from typing import Any

from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedFixture, AuditedMarket
from commands.audit.violations import KickOffOverdue, ResultOverdue, SettlementOverdue
from domain.bet.facts import BetPlaced
from domain.fact import stored_name

SETTLED_WITHIN_S = 60
"""How long after its last leg came out a bet is settled at the latest."""

RESULTED_WITHIN_S = 24 * 3600
"""How long after the end of its match a market with open bets comes out at the latest."""

VOIDED_WITHIN_S = 60
"""How long after its match was abandoned a market with open bets is void at the latest: that follows by rule."""

KICKED_OFF_WITHIN_S = 14 * 24 * 3600 + 60
"""How long after it should have kicked off a match with open bets does so, or is abandoned as never played, by whatever setting."""

US_PER_S = 1_000_000


def overdue(state: AuditState, now_us: int) -> Iterator[SettlementOverdue | ResultOverdue | KickOffOverdue]:
    """Yield each open bet that should have been settled by `now_us`, and each that waits for a result or a kick-off that is overdue."""
    for bet_id, bet in state.all_of(AuditedBet):
        markets: list[AuditedMarket] = [state.known(leg.market_id) for leg in bet.legs]
        place: dict[str, Any] = {"position": bet.position, "stream_id": bet_id, "fact": stored_name(BetPlaced), "bet_id": bet_id}
        if all(market.results is not None for market in markets):
            due_for_s = (now_us - max(market.resulted_us for market in markets)) // US_PER_S
            if due_for_s > SETTLED_WITHIN_S:
                yield SettlementOverdue(**place, due_for_s=due_for_s)
            continue
        for market in markets:
            fixture = state.of(AuditedFixture, market.fixture_id) if market.results is None else None
            if fixture is None:
                continue
            over_for_s = (now_us - fixture.over_us) // US_PER_S if fixture.over_us else 0
            if over_for_s > (VOIDED_WITHIN_S if fixture.status == "abandoned" else RESULTED_WITHIN_S):
                yield ResultOverdue(**place, market_id=market.market_id, over_for_s=over_for_s)
            due_for_s = (now_us - max(fixture.due_us, fixture.announced_us)) // US_PER_S if fixture.status == "scheduled" else 0
            if due_for_s > KICKED_OFF_WITHIN_S:
                yield KickOffOverdue(**place, fixture_id=fixture.fixture_id, due_for_s=due_for_s)


def due_count(state: AuditState) -> int:
    """Return how many open bets wait for nothing but their settlement."""
    return sum(all(state.known(leg.market_id).results is not None for leg in bet.legs) for _, bet in state.all_of(AuditedBet))
