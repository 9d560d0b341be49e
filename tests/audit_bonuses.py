"""What is wrong with bonuses: forgeries of a log that has two, one that became cash, one that expired."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from domain.account_gate.facts import SelfExcluded
from domain.bet.facts import Leg
from domain.bonus.facts import (
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.ids import account_gate_of, slip_of, wallet_of
from domain.odds import Odds
from domain.settling import VOID, WON
from domain.slip.facts import SlipLeg, SlipShared
from domain.wallet.facts import BonusReceived, CashOutPaid, ReturnsPaid
from tests.audit_story import (
    ANN,
    BEN,
    FIXTURE,
    GIFT,
    GOALS,
    NOON,
    NOWHERE,
    OF_GIFT,
    SPENT,
    Story,
    bonus_settlement,
    clean,
    credited,
    left,
    strike,
    strike_bonus,
    struck,
)

Forged = tuple[Story, int]
Forgery = Callable[[], Forged]
OVER = Leg(GOALS, "over", Odds(1800, 1000), 1)
DAY_S = 24 * 3_600


def unstaked() -> Story:
    """The log with both bonuses credited, and nothing staked from either."""
    story = struck()
    return story.until(story.place(BonusStakeReserved) - 1)


def due() -> Story:
    """The log with the bet of the gift to be settled, which meets its requirement."""
    story = clean()
    return story.until(story.place(BonusBetSettled) - 2)


def converted() -> Story:
    """The log with the gift converted."""
    story = clean()
    return story.until(story.place(BonusConverted) + 1)


def done(do: Callable[[Story], Any], at: int = 1, make: Callable[[], Story] = unstaked) -> Forgery:
    """Do something to a log; it is found at the `at`-th fact that this appends."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        do(story)
        return story, before + at

    return forge


def changed(kind: type, number: int = 0, back: int = 0, /, **fields: Any) -> Forgery:
    """Change fields of a fact in the clean log; it is found there, or so many facts before, where the same append has what it follows."""

    def forge() -> Forged:
        story = clean()
        place = story.place(kind, number)
        return story.change(place, **fields), place - back

    return forge


def without(kind: type, at: int, number: int = 0) -> Forgery:
    """Take a fact out of its append; what it belonged to is found, so many facts after where it stood."""

    def forge() -> Forged:
        story = clean()
        place = story.place(kind, number)
        return story.rebuilt([[fact for fact in append if fact.position != place] for append in story.appends()]), place + at

    return forge


def staked(at: int, make: Callable[[], Story] = unstaked, stake_minor: int = 4_00, **changes: Any) -> Forgery:
    """Strike a bet from the gift."""
    return done(lambda story: strike_bonus(story, NOWHERE, GIFT, OVER, stake_minor, **changes), at, make)


def crediting(make: Callable[[], Story] = unstaked, **changes: Any) -> Forgery:
    """Credit one more bonus."""
    return done(lambda story: story.add(NOWHERE, credited(story, **changes)), 1, make)


def late() -> Story:
    return unstaked().at(8 * DAY_S)


def excluded() -> Story:
    story = unstaked()
    return story.add(account_gate_of(BEN), SelfExcluded(BEN, None, BEN, story.time))


def small() -> Story:
    """The log with a gift of which no stake may be more than 3.00."""
    story = unstaked()
    return story.change(story.place(BonusCredited), stake_minor_max=3_00)


def settled(story: Story, *kinds: type) -> Story:
    """The settlement of the bet of the gift, without facts of some kinds."""
    return story.add(*[pair for pair in bonus_settlement(story, WON, 7_20, "won") if type(pair[1]) not in kinds])


def reversing() -> Story:
    """The log with the bet of the gift to be settled anew, upon a correction."""
    story = clean()
    return story.until(story.place(BonusSettlementReversed) - 3)


def unreversed(story: Story) -> Story:
    """That settlement without a word of it to the bonus."""
    return story.add(*[pair for pair in bonus_settlement(story, VOID, 4_00, "void") if pair[0] != GIFT])


def with_cash(story: Story) -> Story:
    """The settlement of the bet of the gift, which is paid in cash as well."""
    wallet, *rest = bonus_settlement(story, WON, 7_20, "won")
    more = ReturnsPaid(BEN, OF_GIFT, 0, 7_20, left(story, BEN) + 14_40, story.time)
    return story.add(wallet, (wallet_of(BEN), more), *rest)


def in_part(story: Story) -> Story:
    """The settlement of the bet of the gift, of which 7.00 become cash."""
    facts = [
        (stream_id, msgspec.structs.replace(fact, amount_minor=7_00) if isinstance(fact, BonusConverted) else fact)
        for stream_id, fact in bonus_settlement(story, WON, 7_20, "won")
    ]
    received = BonusReceived(BEN, GIFT, OF_GIFT, 7_00, left(story, BEN) + 7_00, story.time)
    return story.add((wallet_of(BEN), received), *facts[1:])


def shared(story: Story) -> Story:
    leg = SlipLeg(FIXTURE, GOALS, "over", Odds(1800, 1000), 1)
    return story.add(slip_of(OF_GIFT), SlipShared(BEN, "single", (leg,), "public", "amount", story.time, OF_GIFT, 4_00, "EUR"))


BONUSES: list[tuple[str, Forgery]] = [
    ("BonusTooLate", staked(1, late)),
    ("BonusTooLate", staked(1, converted)),
    ("BonusWithoutBet", staked(1, bonus_id="")),
    ("BonusWithoutBet", done(lambda story: story.add(GIFT, BonusStakeReserved(BEN, NOWHERE, 4_00, 0, story.time)))),
    ("BonusWithoutBet", changed(BonusBetSettled, stake_minor=3_00)),
    ("BonusWithoutBet", changed(BonusCashOutPaid, number=2)),
    ("BonusWithoutBet", changed(BonusSettlementReversed, returns_minor=7_00)),
    ("BonusStakeDiffers", staked(2, account_id=ANN)),
    ("BonusStakeDiffers", staked(2, currency="GBP")),
    ("BonusStakeDiffers", staked(2, small)),
    ("BonusMixedWithCash", done(lambda story: strike(story, NOWHERE, OVER, account_id=BEN, bonus_id=GIFT), 2)),
    ("BonusMixedWithCash", done(with_cash, 3, due)),
    ("BonusMixedWithCash", without(ReturnsPaid, 1, -1)),
    ("BonusNotPaid", done(lambda story: settled(story, BonusReceived, BonusBetSettled, BonusConverted), 1, due)),
    ("BonusNotPaid", without(BonusCashOutPaid, 0)),
    ("BonusNotPaid", done(unreversed, 3, reversing)),
    ("BonusPaidElsewhere", changed(BonusBetSettled, to="cash")),
    ("BonusPaidElsewhere", changed(BonusBetSettled, 1, to="bonus")),
    ("BonusPaidElsewhere", changed(BonusSettlementReversed, taken_from="nobody")),
    ("BonusBalanceWrong", staked(1, stake_minor=4_01)),
    ("BonusBalanceWrong", changed(BonusStakeReserved, available_minor=1)),
    ("BonusBalanceWrong", changed(BonusBetSettled, repaid_minor=1)),
    ("BonusBalanceWrong", changed(BonusSettlementReversed, owed_minor=1)),
    ("BonusCountWrong", changed(BonusBetSettled, counted_minor=0)),
    ("BonusCountWrong", changed(BonusBetSettled, wagered_minor=5_00)),
    ("BonusCountWrong", changed(BonusBetSettled, 1, counted_minor=4_00)),
    ("BonusCountWrong", changed(BonusSettlementReversed, counted_minor=0)),
    ("BonusConvertedWrong", done(lambda story: settled(story, BonusReceived, BonusConverted), 1, due)),
    ("BonusConvertedWrong", done(in_part, 3, due)),
    ("BonusConvertedWrong", done(lambda story: settled(story, BonusReceived), 2, due)),
    ("BonusConvertedWrong", done(lambda story: story.add(GIFT, BonusConverted(BEN, OF_GIFT, 0, story.time)), 1, converted)),
    ("BonusCashWithoutBonus", done(lambda story: settled(story, BonusConverted), 1, due)),
    ("BonusCashWithoutBonus", changed(BonusConverted, 0, 2, amount_minor=7_00)),
    ("BonusExpiredWrong", changed(BonusExpired, amount_minor=1)),
    ("BonusExpiredWrong", changed(BonusExpired, owed_minor=1)),
    ("BonusExpiredWrong", done(lambda story: story.add(SPENT, BonusExpired(BEN, 10_00, 0, story.time)))),
    ("BonusExpiredWrong", done(lambda story: story.add(GIFT, BonusExpired(BEN, 0, 0, story.time)), 1, converted)),
    ("CashOutWithoutBet", done(lambda story: story.add(wallet_of(BEN), cash(story)), 1, due)),
    ("RoleNotGranted", crediting(actor=ANN)),
    ("AccountShut", crediting(excluded)),
    ("AccountMissing", crediting(account_id=NOWHERE)),
    *[
        ("ValueNotAllowed", crediting(**terms))
        for terms in (
            {"currency": "GBP"},
            {"amount_minor": 1_000_001, "wager_minor": 1_000_001},
            {"times": 11, "wager_minor": 44_00},
            {"times": 0, "wager_minor": 0},
            {"wager_minor": 3_99},
            {"odds_min": Odds(1, 1)},
            {"stake_minor_max": 4_01},
            {"expires_at": NOON},
            {"expires_at": NOON + timedelta(days=367)},
            {"terms": 2},
        )
    ],
    ("SlipDiffers", done(shared, 1, due)),
]


def cash(story: Story) -> CashOutPaid:
    return CashOutPaid(BEN, OF_GIFT, 0, 1_00, left(story, BEN) + 1_00, story.time, 1)
