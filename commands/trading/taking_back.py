"""What takes the result of a market back: the one before it again; the first one gives way to what the score says."""

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from domain.fixture.decider import FIXTURE
from domain.market.commands import CorrectResult, TakeBackResult
from domain.market.outcomes import ResultNotDecided
from domain.market.state import Market
from domain.market.taking_back import NothingToTakeBack
from domain.settling.racing import RACES
from domain.settling.rules import results_of


def taking_back(command: TakeBackResult, market: Market, streams: UnitOfWork) -> TakeBackResult | CorrectResult:
    """Return what takes a result back: the one before it again, or where it was the first, what the score says by now.

    Raises:
        ResultNotDecided: where the score does not decide the market. NothingToTakeBack: for a race, whose order only a person knows.

    """
    opened, stands = market.opened, market.resulted
    if opened is None or stands is None or market.result_before is not None:
        return msgspec.structs.replace(command, number=command.number or (stands.number if stands is not None else 0))
    if opened.type in RACES:
        raise NothingToTakeBack(command.market_id)
    score = streams.read(FIXTURE, market.fixture_id).score
    if results_of(opened.type, opened.specifiers, score) is None:
        raise ResultNotDecided(command.market_id, score.phase)
    return CorrectResult(
        market_id=command.market_id,
        home=score.home,
        away=score.away,
        reason=command.reason,
        at=command.at,
        half_time=score.half_time,
        actor=command.actor,
        sets=score.sets,
        retired=score.retired,
    )
