"""What is wrong with bets that are put to a trader: forgeries of a log that has two, one declined, one left alone."""

from collections.abc import Callable
from typing import Any

import msgspec

from domain.bet.facts import BetRefused, ReferralAnswered
from domain.ids import wallet_of
from domain.market.facts import MarketBetDelaySet, MarketPayoutLimited
from domain.wallet.facts import StakeReleased
from tests.audit_story import (
    ANN,
    BEN,
    NOWHERE,
    REFER_S,
    REFERRED,
    TAKEN_MINOR,
    TESS,
    TOTALS,
    UNANSWERED,
    Story,
    answer,
    clean,
    left,
    pend,
    placed,
    refusal,
    strike,
    total,
)

Forged = tuple[Story, int]
Forgery = Callable[[], Forged]
WALLET = wallet_of(BEN)


def waiting() -> Story:
    """The log with both bets waiting for a trader."""
    story = clean()
    first = next(fact.position for fact in story.log if isinstance(fact.body, ReferralAnswered))
    return story.until(first - 2)


def late() -> Story:
    """The same when their time is up, and a moment more."""
    story = waiting()
    story.now_us += REFER_S * 1_000_000 + 10_000
    return story


def done(do: Callable[[Story], Any], at: int = 1, make: Callable[[], Story] = waiting) -> Forgery:
    """Do something to a log; it is found at the `at`-th fact that this appends."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        do(story)
        return story, before + at

    return forge


def take(story: Story, said: dict[str, Any] | None = None, back: dict[str, Any] | None = None, bet: dict[str, Any] | None = None) -> Story:
    """A trader takes a part of the first bet: what is said, given back and struck is otherwise in one way."""
    taken = answer(story.copy(), REFERRED, TAKEN_MINOR).log[-3:]
    released, answered, struck = (fact.body for fact in taken)
    change = msgspec.structs.replace
    facts = ((WALLET, change(released, **back or {})), (REFERRED, change(answered, **said or {})), (REFERRED, change(struck, **bet or {})))
    return story.add(*facts)


def whole(story: Story, released_minor: int = 0) -> Story:
    """A trader takes a bet for all of its stake, of which something is given back all the same."""
    back = StakeReleased(BEN, REFERRED, released_minor, left(story, BEN) + released_minor, began(story).at, story.time)
    answered = ReferralAnswered(BEN, 10_00, 10_00, TESS, story.time)
    struck = placed(story, total(story), account_id=BEN)
    return story.add(*([(WALLET, back)] if released_minor else []), (REFERRED, answered), (REFERRED, struck))


def began(story: Story) -> Any:
    return next(fact.body for fact in story.log if fact.stream_id == REFERRED)


def refuse(story: Story, reason: str, answered: ReferralAnswered | None = None) -> Story:
    """A bet is refused, with a trader's answer or without."""
    back, end = refusal(story, UNANSWERED, reason)
    return story.add(back, *([] if answered is None else [(UNANSWERED, answered)]), end)


def said(story: Story, taken_minor: int = 0, struck_minor: int = 0) -> ReferralAnswered:
    return ReferralAnswered(BEN, taken_minor, struck_minor, TESS, story.time)


def delayed() -> Story:
    """The same on a market that makes bets wait."""
    story = waiting()
    return story.add(TOTALS, MarketBetDelaySet(5, story.time, TESS))


def limits(referral_minor_max: int, referral_s: int) -> Forgery:
    fact = (12_00, "why", TESS, referral_minor_max, referral_s)
    return done(lambda story: story.add(TOTALS, MarketPayoutLimited(fact[0], fact[1], story.time, *fact[2:])))


def pend_small(story: Story) -> Story:
    """A bet that the limit allows is put to a trader."""
    story.add(TOTALS, MarketPayoutLimited(19_00, "why", story.time, TESS, 50_00, REFER_S))
    before = len(story.log)
    assert pend(story, NOWHERE, total(story), 0, refer_s=REFER_S).log[before:]
    return story


REFERRALS: list[tuple[str, Forgery]] = [
    ("ReferralWithinLimit", done(pend_small, 3)),
    ("BetOverLimit", done(lambda story: strike(story, NOWHERE, total(story), account_id=BEN), 2)),
    *[
        ("ValueNotAllowed", done(lambda story, s=s: pend(story, NOWHERE, total(story), 0, refer_s=s), 2))
        for s in (1, REFER_S - 1, REFER_S + 1)
    ],
    ("ReferralAnsweredWrong", done(take, 2, late)),
    ("ReferralAnsweredWrong", done(lambda story: take(story, {"stake_minor": 10_01, "struck_minor": 10_01}), 2)),
    ("ReferralAnsweredWrong", done(lambda story: take(story, {"struck_minor": TAKEN_MINOR - 1}), 2)),
    ("ReferralAnsweredWrong", done(lambda story: take(story, {"account_id": ANN}), 2)),
    ("ReferralAnsweredWrong", done(lambda story: story.add(REFERRED, said(story)))),
    ("ReferralAnsweredWrong", done(lambda story: refuse(story, "prices-moved", said(story, 10_00, 10_00)), 2)),
    ("RoleNotGranted", done(lambda story: answer(story, REFERRED, TAKEN_MINOR, ANN), 2)),
    ("RoleNotGranted", done(lambda story: answer(story, REFERRED, TAKEN_MINOR, "console"), 2)),
    ("RoleNotGranted", done(lambda story: answer(story, REFERRED, 0, "replay"), 2)),
    ("BetNotAsAsked", done(lambda story: take(story, bet={"stake_minor": 5_00, "potential_returns_minor": 9_50}), 3)),
    ("BetNotAsAsked", done(lambda story: story.add(REFERRED, placed(story, total(story), account_id=BEN)))),
    ("StakeNotReleased", done(lambda story: take(story, back={"stake_minor": 3_00, "available_minor": left(story, BEN) + 3_00}), 3)),
    ("StakeNotReleased", done(lambda story: whole(story, 1_00), 3)),
    ("ReleaseWithoutRefusal", done(lambda story: story.add(refusal(story, REFERRED, "referral-declined")[0]))),
    ("RefusedWithoutCause", done(lambda story: refuse(story, "referral-expired", said(story)), 3)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, "referral-declined", said(story, 5_00)), 3)),
    ("RefusedWithoutCause", done(lambda story: refuse(story, "prices-awaited"), 2, late)),
    ("BetBeforeDelay", done(lambda story: refuse(story, "referral-expired"), 2)),
    ("BetBeforeDelay", done(whole, 2, delayed)),
    ("FactOutOfPlace", done(lambda story: answer(answer(story, REFERRED, TAKEN_MINOR), REFERRED, 0), 5)),
    ("StakeNotReleased", done(lambda story: story.add((UNANSWERED, said(story)), (UNANSWERED, unreleased(story))), 2)),
    *[("ValueNotAllowed", limits(*each)) for each in ((12_00, 60), (1_000_000_001, 60), (50_00, 9), (50_00, 301), (0, 60), (60_00, 0))],
]


def unreleased(story: Story) -> BetRefused:
    refused = refusal(story, UNANSWERED, "referral-declined")[1][1]
    assert isinstance(refused, BetRefused)
    return refused
