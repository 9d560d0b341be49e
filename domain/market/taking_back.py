"""A result that was a mistake is taken back: the one before it holds again, with all that it was graded on."""

from collections.abc import Sequence

import msgspec

from domain.market.commands import MarketContext, TakeBackResult
from domain.market.facts import MarketResulted
from domain.market.outcomes import CorrectionNeedsApproval
from domain.market.state import Market
from domain.refused import Refused
from domain.text import check_reason


class NothingToTakeBack(Refused):
    """The market had no other result before: it is corrected instead, once its outcome is known."""

    market_id: str


def taken_back(command: TakeBackResult, market: Market, context: MarketContext) -> Sequence[MarketResulted]:
    """Return the result before the one that is taken back, as another result; none where that one does not stand any more.

    Raises:
        NothingToTakeBack, ReasonMalformed, CorrectionNeedsApproval: in this order.

    """
    stands, before = market.resulted, market.result_before
    if stands is None or before is None:
        raise NothingToTakeBack(command.market_id)
    check_reason(command.reason)
    if stands.number != command.number:
        return ()
    if not context.is_approved:
        raise CorrectionNeedsApproval(command.market_id)
    again = msgspec.structs.replace(
        before, at=command.at, actor=command.actor, number=market.number + 1, reason=command.reason, takes_back=stands.number
    )
    return (again,)
