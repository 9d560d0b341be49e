"""What is wrong with bets that wait in play: forgeries of a log that has two of them, one struck and one refused."""

from collections.abc import Callable
from typing import Any

import msgspec

from domain.bet.facts import BetPending, BetRefused, BetSettled, Leg
from domain.fact import Fact
from domain.ids import wallet_of
from domain.market.facts import MarketBetDelaySet, MarketClosed, MarketSuspended
from domain.settling import WON
from domain.wallet.facts import StakeReleased, StakeReserved
from tests.audit_story import (
    ANN,
    BEN,
    DELAY_S,
    DELAYED,
    IN_PLAY_GRACE_MS,
    MARKET,
    NOWHERE,
    OTHER_MARKET,
    SECOND,
    TESS,
    TOO_LATE,
    Story,
    clean,
    left,
    pend,
    placed,
    priced,
    strike,
)

WALLET = wallet_of(BEN)
Forged = tuple[Story, int]
Forgery = Callable[[], Forged]


def waiting() -> Story:
    """The log with both bets pending, at the end of their delay."""
    story = clean()
    first = next(fact.position for fact in story.log if fact.stream_id == DELAYED and fact.version == 2)
    story = story.until(first - 1)
    story.now_us += DELAY_S * 1_000_000
    return story


def asked(story: Story, bet_id: str = DELAYED) -> Leg:
    return next(fact.body.legs[0] for fact in story.log if fact.stream_id == bet_id)


def done(do: Callable[[Story], Any], at: int = 1, make: Callable[[], Story] = waiting) -> Forgery:
    """Do something to a log; it is found at the `at`-th fact that this appends."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        do(story)
        return story, before + at

    return forge


def early(do: Callable[[Story], Any], at: int = 1) -> Forgery:
    """Do something a moment before the delay of the first bet is over."""

    def make() -> Story:
        story = waiting()
        story.now_us -= 10_000
        return story

    return done(do, at, make)


def struck(story: Story, **changes: Any) -> Story:
    return story.add(DELAYED, placed(story, asked(story), account_id=BEN, **changes))


def repriced(story: Story, odds: str = "away") -> Story:
    """The price of a selection moves, a moment before the delay is over."""
    longer = SECOND | {odds: msgspec.structs.replace(SECOND[odds], numerator=SECOND[odds].numerator + 100)}
    return story.add(MARKET, priced(story, longer, IN_PLAY_GRACE_MS))


def refuse(story: Story, bet_id: str = TOO_LATE, reason: str = "prices-moved", market_id: str = MARKET, current: str = "3.60") -> Story:
    """Refuse a bet, its stake released in the same append."""
    return story.add(*refusal(story, bet_id, reason, market_id, current))


def refusal(
    story: Story, bet_id: str = TOO_LATE, reason: str = "prices-moved", market_id: str = MARKET, current: str = "3.60", **released: Any
) -> tuple[tuple[str, Fact], tuple[str, Fact]]:
    began = next(fact.body for fact in story.log if fact.stream_id == bet_id)
    back = StakeReleased(BEN, bet_id, 10_00, left(story, BEN) + 10_00, began.at, story.time)
    evidence = {"market_id": market_id, "current": current}
    refused = BetRefused(BEN, 10_00, reason, "Why.", evidence, story.time)
    return (WALLET, msgspec.structs.replace(back, **released)), (bet_id, refused)


def moved() -> Story:
    return repriced(waiting())


def reserve_again(story: Story) -> Story:
    reserved = StakeReserved(BEN, DELAYED, 10_00, left(story, BEN) - 10_00, story.time)
    return story.add((WALLET, reserved), (DELAYED, placed(story, asked(story), account_id=BEN)))


def suspended() -> Story:
    story = waiting()
    return story.add(MARKET, MarketSuspended("penalty", story.time, TESS))


DELAYS: list[tuple[str, Forgery]] = [
    ("BetBeforeDelay", early(struck)),
    ("BetBeforeDelay", early(refuse, 2)),
    ("BetNotDelayed", done(lambda story: strike(story, NOWHERE, asked(story), account_id=BEN), 2)),
    ("ValueNotAllowed", done(lambda story: pend(story, NOWHERE, asked(story), delay_s=DELAY_S - 1), 2)),
    ("ValueNotAllowed", done(lambda story: pend(story, NOWHERE, asked(story), delay_s=DELAY_S + 1), 2)),
    ("StakeNotReserved", done(lambda story: story.add(NOWHERE, story_pending(story)))),
    ("PriceNotChecked", done(lambda story: repriced(story, "home").add(DELAYED, placed(story, asked(story), account_id=BEN)), 2)),
    ("BetAfterSuspension", done(struck, 1, suspended)),
    ("BetNotAsAsked", done(lambda story: struck(story, stake_minor=9_00))),
    ("BetNotAsAsked", done(lambda story: struck(story, accept="any"))),
    ("BetNotAsAsked", done(reserve_again, 2)),
    ("FactOutOfPlace", done(lambda story: struck(struck(story)), 2)),
    ("FactOutOfPlace", done(lambda story: refuse(struck(story), DELAYED), 3)),
    ("SettledTwice", done(lambda story: refuse(repriced(story)).add(TOO_LATE, placed(story, asked(story, TOO_LATE), account_id=BEN)), 4)),
    ("FactOutOfPlace", done(lambda story: story.add(DELAYED, BetSettled(BEN, "won", 10_00, 20_00, (WON,), 1, story.time)))),
    ("StakeNotReleased", done(lambda story: story.add(refusal(story)[1]), 1, moved)),
    ("StakeNotReleased", done(lambda story: story.add(*refusal(story, reserved_at=story.time)), 2, moved)),
    ("ReleaseWithoutRefusal", done(lambda story: story.add(refusal(story)[0]), 1, moved)),
    ("MoneyOfAnother", done(lambda story: story.add(*refusal(story, account_id=ANN)), 1, moved)),
    ("RefusedWithoutCause", done(refuse, 2)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, current="3.70"), 2, moved)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, market_id=OTHER_MARKET), 2, moved)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, reason="market-suspended-now"), 2, moved)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, reason="market-not-open"), 2, suspended)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, reason="selection-withdrawn"), 2, moved)),
    ("ValueNotAllowed", done(lambda story: refuse(story, reason="Because"), 2, moved)),
    *[
        ("ValueNotAllowed", done(lambda story, delay_s=delay_s: story.add(MARKET, MarketBetDelaySet(delay_s, story.time, TESS))))
        for delay_s in (-1, 13, DELAY_S)
    ],
    ("RoleNotGranted", done(lambda story: story.add(MARKET, MarketBetDelaySet(5, story.time, ANN)))),
    (
        "MarketOutOfOrder",
        done(
            lambda story: story.add(MARKET, MarketClosed(story.time, TESS)).add(MARKET, MarketBetDelaySet(5, story.time, TESS)),
            2,
        ),
    ),
]


def story_pending(story: Story) -> BetPending:
    """Return a pending bet that nobody reserved a stake for."""
    body = pend(story.copy(), NOWHERE, asked(story)).log[-1].body
    assert isinstance(body, BetPending)
    return body
