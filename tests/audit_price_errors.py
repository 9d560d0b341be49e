"""What is wrong with prices that were obvious errors: forgeries of a log in which one was corrected, and then was not."""

from collections.abc import Callable
from typing import Any

import msgspec

from domain.bet.facts import BetSettled, BetSettlementReversed
from domain.market.facts import MarketPriceErrorsSet, PriceError
from domain.odds import Odds
from domain.proposal.facts import ProposalApproved
from domain.wallet.facts import FundsWithdrawn
from tests.audit_gifts import changed
from tests.audit_story import FIRST, FREE, MARKET, TESS, Story, clean

Forgery = Callable[[], tuple[Story, int]]
HOME = PriceError("home", 1, 1, FIRST["home"], Odds(1500, 1000))
RIGHT = Odds(1200, 1000)


def saying(**changes: Any) -> Forgery:
    """One trader alone says that a price was an error, in a log in which everything is settled."""

    def forge() -> tuple[Story, int]:
        story = clean()
        story = story.until(story.place(FundsWithdrawn, 1) - 1)
        error = msgspec.structs.replace(HOME, **changes)
        story.add(MARKET, MarketPriceErrorsSet((error,), 2, 1, "mine", story.time, TESS))
        return story, len(story.log)

    return forge


def settled_otherwise(**fields: Any) -> Forgery:
    """The settlement at the right odds, changed."""

    def forge() -> tuple[Story, int]:
        story = clean()
        place = next(fact.position for fact in story.log if isinstance(fact.body, BetSettled) and fact.body.repriced)
        return story.change(place, **fields), place

    return forge


def without_approval() -> tuple[Story, int]:
    story = clean()
    place = story.place(MarketPriceErrorsSet) - 1
    assert isinstance(story.body(place), ProposalApproved)
    return story.rebuilt([[fact for fact in append if fact.position != place] for append in story.appends()]), place


def settled_anew_for_nothing() -> tuple[Story, int]:
    """The settlement before the price was corrected is undone again, after that was taken back."""
    story = clean()
    last = [fact for fact in story.log if fact.stream_id == FREE][-1].body
    assert isinstance(last, BetSettled)
    story.add(FREE, BetSettlementReversed(last.account_id, last.settlement, story.log[-1].stream_id, 10_00, 8_00, story.time))
    return story, len(story.log)


PRICE_ERRORS: list[tuple[str, Forgery]] = [
    ("PriceErrorNotApproved", saying()),
    ("PriceErrorNotApproved", without_approval),
    ("ReversalWithoutCause", settled_anew_for_nothing),
    ("ResultNumberWrong", changed(MarketPriceErrorsSet, number=9)),
    ("ApprovalWithoutAction", changed(MarketPriceErrorsSet, 0, -1, reason="another")),
    ("ApprovalWithoutAction", changed(MarketPriceErrorsSet, 0, -1, errors=())),
    ("ApprovalWithoutAction", changed(MarketPriceErrorsSet, 1, -1, actor="console")),
    ("ValueNotAllowed", changed(MarketPriceErrorsSet, rules=2)),
    ("ValueNotAllowed", saying(right=Odds(1800, 1000))),
    ("ValueNotAllowed", saying(right=FIRST["home"])),
    ("ValueNotAllowed", saying(selection="nobody")),
    ("ValueNotAllowed", saying(last=99)),
    ("ValueNotAllowed", saying(first=0)),
    ("ValueNotAllowed", settled_otherwise(repriced=())),
    ("ValueNotAllowed", settled_otherwise(repriced=(Odds(1300, 1000),))),
    ("ReturnsWrong", settled_otherwise(returns_minor=8_00)),
]
"""What is wrong with prices that were obvious errors."""
