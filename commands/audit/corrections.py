"""Stores a market's result, and checks a correction: approved by a second trader, and consistent with the goals it names."""

from typing import Any

import msgspec

from commands.audit.actors import is_producer
from commands.audit.auditor import check_text, check_value
from commands.audit.fixtures import GOALS_MAX
from commands.audit.races import RACES, check_race
from commands.audit.rules import graded, needs_half_time
from commands.audit.state import AuditState
from commands.audit.streams import AuditedMarket
from commands.audit.tennis import check_sets
from commands.audit.violation import ViolationFound
from commands.audit.violations import CorrectionNotApproved, GradeWrong, NothingCorrected, TakenBackWrong
from domain.fact import Recorded
from domain.market.facts import MarketOpened, MarketResulted
from domain.proposal.facts import ProposalApproved
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.settling.grading import FinalScore

REASON_CHARACTERS_MAX = 120
US_PER_MS = 1_000

KNOWN_RESULTS = {result: result for result in (WON, LOST, VOID, HALF_WON, HALF_LOST)}
"""Each result as one shared value, which makes comparing and paying them cheap."""


def keep_result(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketResulted) -> None:
    """Store the result of a market."""
    if market.result is not None:
        state.results_before[recorded.stream_id] = market.result
    market.results, market.placed, market.result = _known(fact.results), fact.placed, fact
    market.number, market.resulted_us, market.resulted_at = fact.number, state.committed_us, recorded.position


def _known(results: dict[str, LegResult]) -> dict[str, LegResult]:
    return {selection: KNOWN_RESULTS.get(result, result) for selection, result in results.items()}


def corrected(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketResulted) -> None:
    """Check MarketResulted as a correction: approved, different, and what the goals that it names give; update the audit state."""
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    first_half = fact.half_time or (0, 0)
    is_score = 0 <= first_half[0] <= fact.home <= GOALS_MAX and 0 <= first_half[1] <= fact.away <= GOALS_MAX
    check_value(recorded, "home, away, half_time", (fact.home, fact.away, fact.half_time), allowed=is_score)
    check_value(recorded, "results", tuple(fact.results), allowed=fact.results.keys() == market.selections)
    is_half_time_due = needs_half_time(market.type) and not fact.void_reason
    check_value(recorded, "half_time", fact.half_time, allowed=(fact.half_time is not None) == is_half_time_due)
    if fact.void_reason:
        check_text(recorded, "void_reason", fact.void_reason, REASON_CHARACTERS_MAX)
        expected = dict.fromkeys(fact.results, VOID)
    elif market.type in RACES:
        expected = fact.results
    else:
        score = FinalScore(fact.home, fact.away, fact.half_time, fact.sets, fact.retired)
        expected = graded(market.type, market.specifiers, score) or {}
    check_sets(recorded, market.type, fact)
    check_race(recorded, market, fact)
    compare(recorded, fact.results, expected)
    if state.together(ProposalApproved) is None and not is_producer(state, fact.actor):
        raise ViolationFound(CorrectionNotApproved, recorded)
    if (fact.results, fact.placed) == (market.results, market.placed):
        raise ViolationFound(NothingCorrected, recorded)
    if fact.takes_back and fact != _taken_back(state, recorded, market.result, fact):
        raise ViolationFound(TakenBackWrong, recorded, number=fact.takes_back)
    keep_result(state, recorded, market, fact)
    state.corrected[recorded.stream_id] = state.committed_us
    if not market.bets and not market.is_windowed:
        state.end(recorded.stream_id)


def _taken_back(state: AuditState, recorded: Recorded[Any], stands: MarketResulted | None, fact: MarketResulted) -> MarketResulted | None:
    """Return the result before the last one, as it holds again; None where there was none."""
    before = state.results_before.get(recorded.stream_id)
    if before is None or stands is None:
        return None
    said = {"at": fact.at, "actor": fact.actor, "reason": fact.reason}
    return msgspec.structs.replace(before, number=fact.number, takes_back=stands.number, **said)


def reopened(first: Recorded[Any], last: Recorded[Any]) -> AuditedMarket | None:
    """Return the state of a market with a result, from its opening and its last result; None where it has none."""
    opening, result = first.body, last.body
    if type(opening) is not MarketOpened or type(result) is not MarketResulted:
        return None
    return AuditedMarket(
        last.version,
        market_id=first.stream_id,
        fixture_id=opening.fixture_id,
        type=opening.type,
        specifiers=opening.specifiers,
        selections=frozenset(result.results),
        gates=opening.gates,
        grace_us=opening.grace_ms * US_PER_MS,
        in_play_grace_us=opening.in_play_grace_ms * US_PER_MS,
        opened_at=first.position,
        status="resulted",
        voided=last.version,
        results=_known(result.results),
        result=result,
        placed=result.placed,
        non_runners=result.non_runners,
        number=result.number,
        resulted_us=last.committed_us,
        resulted_at=last.position,
        closing=None,
    )


def compare(recorded: Recorded[Any], results: dict[str, LegResult], expected: dict[str, LegResult]) -> None:
    """Check that every selection has the expected result."""
    for selection, result in results.items():
        if expected.get(selection) != result:
            raise ViolationFound(GradeWrong, recorded, selection=selection, recorded=repr(result), graded=repr(expected.get(selection)))
