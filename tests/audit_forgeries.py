"""Forged logs, by what is wrong with them: each changes one thing in a log that is right, and says where it must be found."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from domain.account.facts import (
    AccountRegistered,
    EmailClaimed,
    HandleClaimed,
    PasswordChanged,
    PlaceSeen,
    RealityCheckAcknowledged,
    RealityCheckSet,
    RoleGranted,
    RoleRevoked,
    SecondFactorConfirmed,
    SecondFactorRemoved,
    SessionOpened,
    SessionsEnded,
    SignedIn,
    SkeletonClaimed,
)
from domain.account_gate.facts import (
    AccountClosed,
    AccountReopened,
    DepositLimitDeclined,
    LimitRemoved,
    LimitSet,
    OfficeLeft,
    OfficeTaken,
    SelfExcluded,
    StakeFactorSet,
    TimedOut,
    WithdrawalHoldPlaced,
    WithdrawalHoldReleased,
)
from domain.bet.facts import BetCashedOut, BetLegResulted, BetPlaced, BetSettled, BetSettlementReversed, CashOutLeg, Leg
from domain.comment.facts import CommentDeleted, CommentEdited, CommentPosted, CommentReleased
from domain.draft.facts import DraftLeg, DraftMade, DraftReplaced
from domain.fact import Fact, micros
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.follow.facts import Blocked, Followed, FollowRequestDeclined, FollowRequested, Muted, Unblocked, Unfollowed, Unmuted
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.ids import (
    account_gate_of,
    case_of,
    derived,
    draft_of,
    email_claim_of,
    follow_of,
    gate_of,
    handle_claim_of,
    mutes_of,
    notifications_of,
    pick_of,
    profile_of,
    reaction_of,
    sign_ins_of,
    skeleton_claim_of,
    slip_of,
    tail_day_of,
    tail_of,
    wallet_of,
)
from domain.market.facts import (
    MarketOpened,
    MarketPayoutLimited,
    MarketPriced,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
    VoidWindow,
)
from domain.moderation.facts import (
    AccountUnshadowed,
    AppealDecided,
    DecisionAppealed,
    ItemHeld,
    ItemReleased,
    ItemRemoved,
    ItemReported,
    ModeratedItem,
    ReportsDismissed,
)
from domain.mutes.facts import ThreadMuted
from domain.notification.facts import PreferenceSet, PriceAlertReached, PriceAlertSet
from domain.odds import Odds
from domain.producer.facts import HeartBeat, SessionBegun
from domain.profile.facts import ProfileChanged
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.proposal.preview import Preview, PreviewedMoney
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.score_model import ScoreModel
from domain.settling import HALF_WON, LOST, RULES_CURRENT, VOID, WON
from domain.settling.same_game import SameGame, odds_of_line
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.tail.facts import SlipTailed, TailCounted
from domain.wallet.facts import (
    CashOutPaid,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)
from tests.audit_bonuses import BONUSES
from tests.audit_delays import DELAYS
from tests.audit_gifts import GIFTS
from tests.audit_monitoring import MONITORING
from tests.audit_price_errors import PRICE_ERRORS
from tests.audit_referrals import REFERRALS
from tests.audit_story import (
    ALL_VOID,
    ANN,
    APPROVED,
    AWAY_WON,
    BEN,
    BOSS,
    BOTH,
    BOTH_SCORE,
    COMPETITION,
    FEED,
    FIRST,
    FIXTURE,
    FOG,
    FREE,
    FREE_BET_ID,
    GOALS,
    GRACE_MS,
    HOME_WON,
    JOINT,
    LOSER,
    MARKET,
    MODEL,
    MULTIPLE,
    NOON,
    NOWHERE,
    OTHER_MARKET,
    OVER_UNDER,
    PICK,
    REMARK,
    REPLY,
    SEALED,
    SEALED_TEXT,
    SECOND,
    SHOWN_SLIP,
    SINGLE,
    SLIP,
    TESS,
    TOM,
    TOTALS,
    VOIDED,
    Story,
    after,
    clean,
    deposit,
    grant,
    granted,
    left,
    limit_match,
    marks,
    offered,
    opened,
    people,
    placed,
    played,
    priced,
    proposed,
    resettle,
    settle,
    strike,
    strike_free,
    struck,
    tailed,
    withdraw,
)

Forged = tuple[Story, int]
Forgery = Callable[[], Forged]

WALLET = wallet_of(ANN)
HOME = Leg(MARKET, "home", FIRST["home"], 1)
AWAY_LEG = Leg(MARKET, "away", FIRST["away"], 1)
HOME_NOW = Leg(MARKET, "home", SECOND["home"], 2)
FOG_HOME = Leg(OTHER_MARKET, "home", FIRST["home"], 1)
DAYS = 24 * 3600
TODAY = "2026-06-14"


def changed(kind: type[Fact], number: int = 0, /, **fields: Any) -> Forgery:
    """Change fields of the first, second ... fact of a kind in the clean log; it is found there."""

    def forge() -> Forged:
        story = clean()
        place = story.place(kind, number)
        return story.change(place, **fields), place

    return forge


def added(make: Callable[[Story], Story], *facts: Callable[[Story], Any], at: int = 1) -> Forgery:
    """Append facts to a log; the wrong one is the `at`-th of them."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        pairs = [fact(story) for fact in facts]
        return story.add(*pairs), before + at

    return forge


def done(make: Callable[[], Story], do: Callable[[Story], Any], at: int) -> Forgery:
    """Do something to a log; it is found at the `at`-th fact that this appends, 0 is the last fact before."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        do(story)
        return story, before + at

    return forge


def bet(make: Callable[[], Story], *legs: Leg, seconds: float | None = None, account_id: str = ANN, **changes: Any) -> Forgery:
    """Strike a bet on a log, perhaps later."""

    def do(story: Story) -> None:
        if seconds is not None:
            story.at(seconds)
        strike(story, NOWHERE, *legs, account_id=account_id, **changes)

    return done(make, do, 2)


def without(kind: type[Fact], at: int, number: int = 0) -> Forgery:
    """Take a fact out of its append; what it belonged to is found, so many facts after where it stood."""

    def forge() -> Forged:
        story = clean()
        place = story.place(kind, number)
        appends = [[fact for fact in append if fact.position != place] for append in story.appends()]
        return story.rebuilt(appends), place + at

    return forge


def heard() -> Story:
    """The offer, with nothing left to do but to bet; the producer was heard of just now."""
    story = offered()
    return story.add(FEED, HeartBeat(1, story.time))


def in_play() -> Story:
    story = offered()
    return story.add(FIXTURE, KickedOff(story.time, "replay"))


def at_half_time(score: tuple[int, int] = (0, 0)) -> Story:
    story = in_play()
    if score != (0, 0):
        story.add(
            (gate_of("fixture", FIXTURE), PricesVoided("fixture", (FIXTURE,), "goal", "replay", story.time)),
            (FIXTURE, ScoreChanged(*score, 20, "first_half", story.time, "replay")),
        )
    return story.add(FIXTURE, ClockAdvanced(45, "half_time", story.time, "replay"))


def ended(home: int = 0, away: int = 0) -> Story:
    story = in_play()
    now = story.time
    return story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", now)),
        (FIXTURE, FixtureEnded(home, away, home, away, now, actor="replay")),
    )


def abandon(story: Story, actor: str = "replay") -> Story:
    now = story.time
    return story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "abandoned", actor, now)),
        (FIXTURE, FixtureAbandoned("fog", now, actor)),
    )


OTHER_CODE = "7GKQ2M9XTB"
DRAFTED = (DraftLeg(FIXTURE, MARKET, "home"),)


def draft_again(story: Story, fact: Fact) -> Story:
    """A draft of Ben's, and a fact about it that says what it says already."""
    return story.add(draft_of(OTHER_CODE), DraftMade(BEN, OTHER_CODE, "single", DRAFTED, story.time)).add(draft_of(OTHER_CODE), fact)


def muted_twice(story: Story) -> Story:
    """The same thread is muted, and muted as it is."""
    muted = ThreadMuted(ANN, SLIP, None, story.time)
    return story.add(mutes_of(ANN), muted).add(mutes_of(ANN), muted)


def rung_twice(story: Story) -> Story:
    """The same bell is set, and set as it is."""
    rung = PreferenceSet(ANN, "author", "", BEN, "all", story.time)
    return story.add(notifications_of(ANN), rung).add(notifications_of(ANN), rung)


def waits_for(odds: Odds) -> Callable[[Story], tuple[str, Fact]]:
    """Ann waits for a price of home, which is offered at 2.00 by then."""
    return lambda story: (notifications_of(ANN), PriceAlertSet(ANN, FIXTURE, MARKET, "home", odds, story.time))


def told_of_less(story: Story) -> Story:
    """Ann waits for 2.10, and is told of 2.00."""
    asked_at, own = story.time, notifications_of(ANN)
    story.add(own, PriceAlertSet(ANN, FIXTURE, MARKET, "home", Odds(2100, 1000), asked_at))
    return story.add(own, PriceAlertReached(ANN, FIXTURE, MARKET, "home", SECOND["home"], 2, Odds(2100, 1000), asked_at, story.time))


def move(story: Story, kick_off_s: float, moved_from_s: float) -> Story:
    return story.add(FIXTURE, FixtureRescheduled(after(kick_off_s), after(moved_from_s), story.time, "replay"))


def moved_match() -> Story:
    return move(offered(), 7200, 60)


def abandoned() -> Story:
    return abandon(in_play())


def stopped() -> Story:
    story = heard()
    return story.add(COMPETITION, BettingStopped("competition", ("football", "Cup"), "weather", TESS, story.time))


def reopened() -> Story:
    story = stopped()
    return story.add(COMPETITION, BettingReopened("competition", ("football", "Cup"), TESS, story.time))


def suspended() -> Story:
    story = heard()
    story.add(MARKET, MarketSuspended("goal", story.time, TESS))
    return story.add(MARKET, MarketResumed(SECOND, story.time, marks(story, FIXTURE), FEED, 1, actor="replay", cause="goal"))


def moved(seconds: float = 2) -> Story:
    """The first prices were replaced."""
    story = heard().at(seconds)
    return story.add(MARKET, priced(story, SECOND))


def risen() -> Story:
    """The home price rose from 2.35 to 2.50."""
    story = heard().at(2)
    return story.add(MARKET, priced(story, {**FIRST, "home": Odds(2500, 1000), "draw": Odds(3100, 1000)}))


def resulted(**changes: Any) -> Callable[[Story], tuple[str, MarketResulted]]:
    return lambda story: (
        MARKET,
        MarketResulted(**{"results": HOME_WON, "home": 1, "away": 0, "at": story.time, "actor": "replay", **changes}),
    )


def pricing(stream_id: str = MARKET, **changes: Any) -> Callable[[Story], tuple[str, MarketPriced]]:
    return lambda story: (stream_id, priced(story, changes.get("prices", SECOND), **{k: v for k, v in changes.items() if k != "prices"}))


def shaded(most: int, least: int = 0) -> Callable[[Story], tuple[str, MarketPriced]]:
    """Prices at scores that are tilted so far against each other."""
    return pricing(model=msgspec.structs.replace(MODEL, tilt_thousandths=(most, *(least,) * 35)))


def shading_limited(story: Story, limit_thousandths: int) -> FixtureShadingLimited:
    return FixtureShadingLimited(limit_thousandths, story.time, TESS)


def opening(**changes: Any) -> Callable[[Story], tuple[str, MarketOpened]]:
    return lambda story: (
        NOWHERE,
        opened(story, changes.get("fixture_id", FIXTURE), **{k: v for k, v in changes.items() if k != "fixture_id"}),
    )


def of_person(kind: type[Fact], *fields: Any) -> Callable[[Story], tuple[str, Fact]]:
    """A fact of Ann's gate: its own fields, then who asked and when."""
    return lambda story: (account_gate_of(ANN), kind(ANN, *fields, ANN, story.time))


def open_bets() -> Story:
    """A log that ends with bets on markets that came out."""
    return clean().until(clean().place(MarketResulted, 2))


def _priced_at(prices: Any) -> str:
    return msgspec.json.encode({"market_id": OTHER_MARKET, "prices": prices}).decode()


LOG: list[tuple[str, Forgery]] = [
    ("KindUnknown", done(clean, lambda story: story.add(NOWHERE, Whispered("psst")), 1)),
    ("KindUnknown", done(clean, lambda story: story.add(MARKET, Whispered("psst")), 1)),
    ("FactUnjudgeable", changed(TimedOut, until=datetime(2026, 6, 20))),  # noqa: DTZ001  (that it has no time zone is what is wrong)
    ("FactUnjudgeable", changed(BetSettled, closing=(Odds(2350, 0),))),
    ("FactUnjudgeable", changed(ActionProposed, details=f'{{"market_id":"{MARKET}","x":{"[" * 20_000}{"]" * 20_000}}}')),
    ("FactUnjudgeable", lambda: (clean().change(clean().place(ActionProposed, 1), details=_priced_at(5)), clean().place(ProposalApproved))),
    ("KindRetired", done(people, lambda story: story.add(ANN, SignedIn(story.time)), 1)),
    ("StreamIdMalformed", done(people, lambda story: story.add("nowhere", SessionOpened(ANN, story.time)), 1)),
    ("StreamBegunWrong", done(people, lambda story: story.add(NOWHERE, KickedOff(story.time, "replay")), 1)),
    ("StreamBegunWrong", done(people, lambda story: story.add(NOWHERE, FundsDeposited(ANN, 1, "x", 1, story.time)), 1)),
    ("StreamOver", done(clean, lambda story: story.add(FIXTURE, FixtureEnded(2, 1, 2, 1, story.time, actor="replay")), 1)),
    ("StreamOver", done(clean, lambda story: story.add(MARKET, MarketSuspended("late", story.time, TESS)), 1)),
    ("StreamOver", done(clean, lambda story: story.add(APPROVED, ProposalRejected(TESS, TOM, "changed my mind", story.time)), 1)),
    ("FactOutOfPlace", done(offered, lambda story: story.add(MARKET, opened(story, FIXTURE)), 1)),
    ("FactOutOfPlace", done(offered, lambda story: story.add(FIXTURE, SessionOpened(ANN, story.time)), 1)),
    ("StreamMisplaced", changed(HandleClaimed, handle="someone")),
    ("StreamMisplaced", changed(WalletOpened, account_id=NOWHERE)),
    ("StreamMisplaced", lambda: (clean().put(clean().place(TransferRecorded), stream_id=NOWHERE), clean().place(TransferRecorded))),
    ("StreamMisplaced", changed(SessionOpened, account_id=BEN)),
    ("StreamMisplaced", changed(SessionBegun, name="another")),
    ("StreamMisplaced", changed(BettingStopped, subject=(FOG,))),
    ("StreamMisplaced", changed(BettingReopened, 1, subject=("football", "League"))),
]
"""What is wrong with streams and kinds."""


class Whispered(Fact, frozen=True, tag="whispered.v1"):
    """A kind of fact that no auditor knows."""

    text: str


def _look_alike(story: Story) -> Story:
    """Register an account under a handle that looks like tom_2's, and leave its skeleton unclaimed."""
    handle, email, now = "torn__2", "torn@example.com", story.time
    return story.add(
        (handle_claim_of(handle), HandleClaimed(handle, NOWHERE, now)),
        (email_claim_of(email), EmailClaimed(NOWHERE, now)),
        (wallet_of(NOWHERE), WalletOpened(NOWHERE, "EUR", now)),
        (NOWHERE, AccountRegistered(handle, SEALED, "$argon2id$", "EUR", now, email_claim_of(email))),
    )


PEOPLE: list[tuple[str, Forgery]] = [
    ("RoleNotGranted", done(people, lambda story: story.add(account_gate_of(ANN), SelfExcluded(ANN, None, BEN, story.time)), 1)),
    ("RoleNotGranted", done(people, lambda story: story.add(account_gate_of(ANN), AccountClosed(ANN, "mine now", TESS, story.time)), 1)),
    ("ClaimedTwice", done(clean, lambda story: story.add(handle_claim_of("ANN"), HandleClaimed("ANN", BEN, story.time)), 1)),
    ("ClaimedTwice", done(clean, lambda story: story.add(email_claim_of("ann@example.com"), EmailClaimed(BEN, story.time)), 1)),
    ("ClaimWithoutAccount", done(people, lambda story: story.add(handle_claim_of("cat"), HandleClaimed("cat", NOWHERE, story.time)), 1)),
    ("ClaimWithoutAccount", changed(EmailClaimed, account_id=NOWHERE)),
    (
        "ClaimWithoutAccount",
        lambda: (
            clean().change(clean().place(AccountRegistered), email_claim_id=email_claim_of("somebody@else.org")),
            clean().place(EmailClaimed),
        ),
    ),
    ("HandleNotClaimed", without(HandleClaimed, 3)),
    ("HandleLooksLikeAnother", done(people, _look_alike, 4)),
    ("ClaimWithoutAccount", changed(SkeletonClaimed, account_id=NOWHERE)),
    (
        "StreamMisplaced",
        lambda: (clean().put(clean().place(SkeletonClaimed), stream_id=skeleton_claim_of("nobody")), clean().place(SkeletonClaimed)),
    ),
    ("EmailNotClaimed", without(EmailClaimed, 1)),
    ("WalletNotOpened", without(WalletOpened, 0)),
    ("WalletWithoutAccount", changed(WalletOpened, currency="USD")),
    ("WalletWithoutAccount", done(people, lambda story: story.add(wallet_of(NOWHERE), WalletOpened(NOWHERE, "EUR", story.time)), 1)),
    ("AccountMissing", done(people, lambda story: story.add(sign_ins_of(NOWHERE, "2026-06-14"), SessionOpened(NOWHERE, story.time)), 1)),
    (
        "AccountMissing",
        done(people, lambda story: story.add(account_gate_of(NOWHERE), SelfExcluded(NOWHERE, None, NOWHERE, story.time)), 1),
    ),
    ("RoleGrantedTwice", done(people, lambda story: story.add(TESS, RoleGranted("trader", "console", story.time)), 1)),
    ("SessionsOutOfOrder", done(people, lambda story: story.add(ANN, SessionsEnded(2, "sign_out", ANN, story.time)), 1)),
    ("SessionsOutOfOrder", done(people, lambda story: story.add(ANN, SecondFactorRemoved(NOWHERE, ANN, story.time)), 1)),
    ("SessionsOutOfOrder", done(people, lambda story: story.add(ANN, PlaceSeen("elsewhere", is_first=False, at=story.time)), 1)),
    ("SessionsOutOfOrder", changed(PlaceSeen, 1, place="at home")),
    ("RoleNotGranted", done(people, lambda story: story.add(ANN, RealityCheckSet(15, BEN, story.time)), 1)),
    ("RoleNotGranted", done(people, lambda story: story.add(ANN, RealityCheckAcknowledged("console", story.time)), 1)),
    ("SessionsNotEnded", done(people, lambda story: story.add(ANN, PasswordChanged("$argon2id$2", story.time)), 1)),
    ("SessionsNotEnded", done(people, lambda story: story.add(ANN, SecondFactorConfirmed(NOWHERE, story.time)), 1)),
    ("SessionsNotEnded", done(people, lambda story: story.add(ANN, SessionsEnded(1, "password", ANN, story.time)), 1)),
    ("RoleNotGranted", done(people, lambda story: story.add(ANN, SessionsEnded(1, "sign_out", BEN, story.time)), 1)),
    ("RoleNotGranted", done(people, lambda story: grant(story, BEN, "trader", ANN), 2)),
    ("RoleNotGranted", done(people, lambda story: grant(story, BEN, "trader", TESS), 2)),
    ("RoleNotGranted", done(people, lambda story: grant(story, BEN, "trader", "nobody"), 2)),
    ("RoleNotGranted", done(people, lambda story: story.add(BEN, RoleRevoked("trader", "console", story.time)), 1)),
    ("RoleNotGranted", done(offered, lambda story: story.add(MARKET, MarketSuspended("mine", story.time, ANN)), 1)),
    ("RoleNotGranted", done(clean, lambda story: story.add(NOWHERE, proposed(story, MARKET, by=TOM)), 1)),
    ("RoleNotGranted", changed(ProposalApproved, approved_by=ANN)),
    ("ValueNotAllowed", done(people, lambda story: grant(story, BEN, "king", "console"), 2)),
    (
        "OfficeWithoutGrant",
        done(people, lambda story: story.add(account_gate_of(BEN), OfficeTaken(BEN, "trader", "console", story.time)), 1),
    ),
    ("GrantWithoutOffice", done(people, lambda story: story.add(BEN, RoleGranted("trader", "console", story.time)), 1)),
    ("GrantWithoutOffice", done(people, lambda story: story.add(TESS, RoleRevoked("trader", "console", story.time)), 1)),
    (
        "AccountGateOutOfOrder",
        done(people, lambda story: story.add(account_gate_of(TESS), OfficeLeft(TESS, "trader", BOSS, story.time)), 1),
    ),
    ("AccountGateOutOfOrder", changed(TimedOut, 1, until=people().time + timedelta(hours=2))),
    ("AccountGateOutOfOrder", done(clean, lambda story: story.add(account_gate_of(BEN), AccountReopened(BEN, "console", story.time)), 1)),
    ("AccountGateOutOfOrder", done(clean, lambda story: story.add(account_gate_of(ANN), SelfExcluded(ANN, None, ANN, story.time)), 1)),
    ("ValueNotAllowed", changed(SelfExcluded, until=people().time + timedelta(days=30))),
    ("AccountShut", bet(lambda: grant(heard(), ANN, "auditor", "console"), HOME)),
    ("AccountShut", done(lambda: grant(people(), ANN, "trader", BOSS), lambda story: deposit(story, ANN, 1, "visa 3"), 1)),
    ("AccountShut", bet(lambda: (story := heard()).add(*of_person(SelfExcluded, None)(story)), HOME)),
    ("AccountShut", bet(lambda: (story := heard()).add(*of_person(TimedOut, story.time + timedelta(days=1))(story)), HOME)),
    ("AccountShut", done(clean, lambda story: deposit(story, ANN, 1, "visa 3"), 1)),
]
"""What is wrong with accounts."""


def of_others_wallet(story: Story) -> None:
    """Take a bet's stake from somebody else's wallet."""
    fact = placed(story, HOME)
    story.add((wallet_of(BEN), StakeReserved(BEN, NOWHERE, 10_00, left(story, BEN) - 10_00, story.time)), (NOWHERE, fact))


def limited(kind: str, period: str = "day", amount_minor: int = 15_00) -> Callable[[], Story]:
    """Return how a story begins in which Ann has a limit."""
    return lambda: (story := heard()).add(
        account_gate_of(ANN), LimitSet(ANN, kind, period, amount_minor, amount_minor, story.time, ANN, story.time)
    )


def change_limit(amount_minor: int, until_then_minor: int, **after: float) -> Callable[[Story], Story]:
    """Return what changes Ann's limit on stakes in a day."""
    return lambda story: story.add(
        account_gate_of(ANN),
        LimitSet(ANN, "stake", "day", amount_minor, until_then_minor, story.time + timedelta(**after), ANN, story.time),
    )


def decline_limit(story: Story) -> Story:
    """Note that Ann wants no limit on deposits."""
    return story.add(account_gate_of(ANN), DepositLimitDeclined(ANN, ANN, story.time))


def remove_limit(until_then_minor: int, **after: float) -> Callable[[Story], Story]:
    """Return what removes Ann's limit on stakes in a day."""
    return lambda story: story.add(
        account_gate_of(ANN), LimitRemoved(ANN, "stake", "day", until_then_minor, story.time + timedelta(**after), ANN, story.time)
    )


def stake_dated(story: Story, days: int) -> Story:
    """Strike a bet whose stake is dated on another day than it is committed."""
    fact, at = placed(story, HOME), story.time + timedelta(days=days)
    return story.add((wallet_of(ANN), StakeReserved(ANN, NOWHERE, 10_00, left(story, ANN) - 10_00, at)), (NOWHERE, fact))


def set_factor(factor: str, reason: str = "arbitrage", actor: str = "console") -> Callable[[Story], Story]:
    """Return what sets Ann's stake factor."""
    return lambda story: story.add(account_gate_of(ANN), StakeFactorSet(ANN, factor, reason, actor, story.time))


def factored(factor: str) -> Callable[[], Story]:
    """Return how a story begins in which Ann has a stake factor."""
    return lambda: set_factor(factor)(heard())


def hold_withdrawals(story: Story, reason: str = "a check", actor: str = "console") -> Story:
    """Hold Ann's withdrawals."""
    return story.add(account_gate_of(ANN), WithdrawalHoldPlaced(ANN, reason, actor, story.time))


def release_withdrawals(story: Story, actor: str = "console") -> Story:
    """Hold Ann's withdrawals no more."""
    return story.add(account_gate_of(ANN), WithdrawalHoldReleased(ANN, actor, story.time))


def held() -> Story:
    """Return how a story begins in which Ann's withdrawals are held."""
    return hold_withdrawals(heard())


def limit_market(payout_minor_max: int, reason: str = "few know it", actor: str = TESS) -> Callable[[Story], Story]:
    """Return what limits the most that is paid on a bet on the market."""
    return lambda story: story.add(MARKET, MarketPayoutLimited(payout_minor_max, reason, story.time, actor))


def market_limited(payout_minor_max: int) -> Callable[[], Story]:
    """Return how a story begins in which the market has a limit."""
    return lambda: limit_market(payout_minor_max)(heard())


def match_limited(payout_minor_max: int) -> Callable[[], Story]:
    """Return how a story begins in which the match has a limit."""
    return lambda: limit_match(heard(), payout_minor_max)


def of_match(payout_minor_max: int, **changes: Any) -> Callable[[Story], Story]:
    return lambda story: limit_match(story, payout_minor_max, **changes)


LIMITS: list[tuple[str, Forgery]] = [
    ("BetOverLimit", bet(match_limited(100_00), HOME, stake_minor=43_00)),
    ("BetOverLimit", bet(lambda: limit_market(200_00)(match_limited(100_00)()), HOME, stake_minor=43_00)),
    ("BetOverLimit", bet(lambda: set_factor("0.5")(match_limited(200_00)()), HOME, stake_minor=43_00)),
    *[("ValueNotAllowed", done(heard, of_match(amount), 1)) for amount in (-1, 0, 1_000_000_000)],
    ("ValueNotAllowed", done(match_limited(100_00), of_match(100_00), 1)),
    ("ValueNotAllowed", done(heard, of_match(100_00, reason=""), 1)),
    ("ValueNotAllowed", done(match_limited(100_00), of_match(200_00, fixture_id=FOG), 1)),
    ("RoleNotGranted", done(heard, of_match(100_00, actor=ANN), 1)),
    ("FixtureLimitOutOfPlace", done(ended, of_match(100_00), 1)),
    *[
        ("LimitPassed", done(limited(kind, period, 9_99), lambda story: strike(story, NOWHERE, HOME), 1))
        for kind in ("stake", "loss")
        for period in ("day", "week", "month")
    ],
    *[
        ("LimitPassed", done(limited("deposit", period), lambda story: deposit(story, ANN, 15_01, "visa 9"), 1))
        for period in ("day", "week", "month")
    ],
    ("LimitNotWaited", done(limited("stake"), change_limit(20_00, 20_00), 1)),
    ("LimitNotWaited", done(limited("stake"), change_limit(20_00, 15_00, hours=23), 1)),
    ("LimitNotWaited", done(limited("stake"), change_limit(20_00, 15_00, days=9), 1)),
    ("LimitNotWaited", done(limited("stake"), change_limit(20_00, 19_00, days=1), 1)),
    ("LimitNotWaited", done(limited("stake"), change_limit(10_00, 15_00, days=1), 1)),
    ("LimitNotWaited", done(limited("stake"), change_limit(10_00, 10_00, days=1), 1)),
    ("LimitNotWaited", done(limited("stake"), remove_limit(15_00, hours=23), 1)),
    ("LimitNotWaited", done(limited("stake"), remove_limit(14_00, days=1), 1)),
    ("LimitNotWaited", done(limited("loss"), remove_limit(15_00, days=1), 1)),
    ("AccountGateOutOfOrder", done(limited("stake"), change_limit(15_00, 15_00), 1)),
    ("ValueNotAllowed", done(limited("stake"), change_limit(0, 0), 1)),
    ("RoleNotGranted", changed(LimitSet, actor=ANN)),
    ("RoleNotGranted", changed(DepositLimitDeclined, actor=BEN)),
    ("AccountGateOutOfOrder", done(limited("deposit"), decline_limit, 1)),
    ("AccountGateOutOfOrder", done(lambda: decline_limit(heard()), decline_limit, 1)),
    ("MovedOnAnotherDay", done(limited("deposit"), lambda story: stake_dated(story, 1), 1)),
    ("MovedOnAnotherDay", done(limited("stake"), lambda story: stake_dated(story, -1), 1)),
    ("BetOverLimit", bet(factored("0.00001"), HOME, stake_minor=43_00)),
    ("BetOverLimit", bet(factored("0.00001"), HOME, stake_minor=42_56)),
    *[("ValueNotAllowed", done(heard, set_factor(text), 1)) for text in ("0", "10.0001", "0.50", "00.5", "0.0000001", "-1", "half", "")],
    ("ValueNotAllowed", done(heard, set_factor("0.5", reason=""), 1)),
    ("AccountGateOutOfOrder", done(heard, set_factor("1"), 1)),
    ("AccountGateOutOfOrder", done(factored("0.5"), set_factor("0.5"), 1)),
    ("RoleNotGranted", done(heard, set_factor("0.5", actor=ANN), 1)),
    ("BetOverLimit", bet(market_limited(100_00), HOME, stake_minor=43_00)),
    ("WithdrawnWhileHeld", done(held, lambda story: withdraw(story, ANN, 1, "bank 8"), 1)),
    ("AccountGateOutOfOrder", done(held, hold_withdrawals, 1)),
    ("AccountGateOutOfOrder", done(lambda: release_withdrawals(held()), release_withdrawals, 1)),
    ("ValueNotAllowed", done(heard, lambda story: hold_withdrawals(story, reason=""), 1)),
    ("RoleNotGranted", done(heard, lambda story: hold_withdrawals(story, actor=TESS), 1)),
    ("RoleNotGranted", done(held, lambda story: release_withdrawals(story, actor=ANN), 1)),
    ("BetOverLimit", bet(lambda: set_factor("0.5")(market_limited(200_00)()), HOME, stake_minor=43_00)),
    *[("ValueNotAllowed", done(heard, limit_market(amount), 1)) for amount in (-1, 0, 1_000_000_000)],
    ("ValueNotAllowed", done(market_limited(100_00), limit_market(100_00), 1)),
    ("ValueNotAllowed", done(heard, limit_market(100_00, reason=""), 1)),
    ("StreamOver", done(clean, limit_market(100_00), 1)),
    ("RoleNotGranted", done(heard, limit_market(100_00, actor=ANN), 1)),
]
"""What is wrong with limits, and with what passed one."""


LOTS = [("large", 2_000_000_00, 10_000_00), ("sum", 2_000_100_00, 10_000_00)]
MONEY: list[tuple[str, Forgery]] = [
    ("ReferenceUsedTwice", done(people, lambda story: deposit(story, ANN, 1, "visa 1"), 3)),
    ("AmountNotPositive", done(people, lambda story: deposit(story, ANN, 0, "visa 2"), 1)),
    ("AmountNotPositive", done(heard, lambda story: strike(story, NOWHERE, HOME, stake_minor=-10_00), 1)),
    ("MoneyOfAnother", changed(StakeReserved, 1, account_id=BEN)),
    (
        "StreamMisplaced",
        done(clean, lambda story: story.add(account_gate_of(BEN), TimedOut(ANN, story.time + timedelta(1), ANN, story.time)), 1),
    ),
    ("WalletBelowZero", done(people, lambda story: withdraw(story, ANN, 100_01, "bank 2"), 1)),
    ("WalletBelowZero", changed(ReturnsPaid, stake_minor=100_01)),
    ("BalanceWrong", changed(FundsDeposited, available_minor=100_01)),
    ("BalanceWrong", changed(ReturnsPaid, available_minor=999_99)),
    ("StakeWithoutBet", without(BetPlaced, -1)),
    ("StakeNotReserved", without(StakeReserved, 0)),
    ("StakeDiffers", done(heard, of_others_wallet, 2)),
    ("StakeDiffers", changed(BetPlaced, currency="USD")),
    ("StakeDiffers", changed(BetPlaced, stake_minor=20_00)),
    ("PaymentWithoutSettlement", without(BetSettled, -1)),
    ("PaymentWithoutSettlement", changed(ReturnsPaid, bet_id=NOWHERE)),
    ("PaymentMissing", without(ReturnsPaid, 0)),
    ("PaymentDiffers", lambda: (clean().change(clean().place(StakeLost), stake_minor=9_00), clean().place(StakeLost) + 1)),
    ("MoneyWithoutReference", without(TransferRecorded, -2)),
    ("MoneyWithoutReference", done(people, lambda story: deposit(story, ANN, 1, "visa 2", TESS), 1)),
    ("MoneyWithoutReference", changed(FundsWithdrawn, reference="bank 9")),
    ("TransferNotMoved", changed(TransferRecorded, direction="withdrawal")),
    ("TransferDiffers", changed(TransferRecorded, amount_minor=1)),
    ("TransferDiffers", changed(TransferRecorded, currency="USD")),
]
"""What is wrong with money."""


def goal_to(home: int, away: int, minute: int = 20, period: str = "first_half", cause: str = "goal") -> Callable[[Story], Story]:
    def score(story: Story) -> Story:
        now = story.time
        return story.add(
            (gate_of("fixture", FIXTURE), PricesVoided("fixture", (FIXTURE,), cause, "replay", now)),
            (FIXTURE, ScoreChanged(home, away, minute, period, now, "replay")),
        )

    return score


def two_up() -> Story:
    """Two goals, on which the totals came out in play."""
    story = goal_to(2, 0)(in_play())
    return story.add(
        (FIXTURE, ScoreConfirmed(2, 0, story.time, "replay")),
        (TOTALS, MarketResulted({"over": WON, "under": LOST}, 2, 0, story.time, actor="replay")),
    )


def totals_resulted(home: int = 2, away: int = 0, **changes: Any) -> Callable[[Story], tuple[str, MarketResulted]]:
    return lambda story: (TOTALS, MarketResulted({"over": WON, "under": LOST}, home, away, story.time, actor="replay", **changes))


def with_bet_on_totals() -> Story:
    """The totals came out in play, and a bet on them is open."""
    story = in_play()
    strike(story, NOWHERE, Leg(TOTALS, "over", Odds(1800, 1000), 1))
    return goal_to(2, 0)(story).add(
        (FIXTURE, ScoreConfirmed(2, 0, story.time, "replay")),
        (TOTALS, MarketResulted({"over": WON, "under": LOST}, 2, 0, story.time, actor="replay")),
    )


GENEROUS = {"home": Odds(9000, 1000), "draw": Odds(9000, 1000), "away": Odds(9000, 1000)}


def proposal() -> Story:
    story = offered()
    return story.add(APPROVED, proposed(story, MARKET, prices={key: [9000, 1000] for key in GENEROUS}))


def approving(by: str = TOM, **changes: Any) -> Callable[[Story], Story]:
    def approve(story: Story) -> Story:
        now = story.time
        price = priced(story, changes.pop("prices", GENEROUS), producer="", session=0, actor=changes.pop("actor", TESS))
        return story.add((APPROVED, ProposalApproved(by, now)), (changes.pop("market_id", MARKET), price))

    return approve


def proposer_revoked() -> Story:
    """A proposal is open, and its proposer is no trader any more."""
    story = proposal()
    now = story.time
    return story.add((account_gate_of(TESS), OfficeLeft(TESS, "trader", BOSS, now)), (TESS, RoleRevoked("trader", BOSS, now)))


def giving_up(by: str = TESS, fixture_id: str = FIXTURE, **changes: Any) -> Callable[[], Story]:
    """A proposal to abandon a match, on which betting is stopped."""

    def make() -> Story:
        story = offered()
        story.add(gate_of("fixture", FIXTURE), BettingStopped("fixture", (FIXTURE,), "abandonment proposed", TESS, story.time))
        return story.add(APPROVED, giving_up_proposed(story, by, fixture_id, **changes))

    return make


def giving_up_proposed(story: Story, by: str = TESS, fixture_id: str = FIXTURE, market_id: str = "") -> ActionProposed:
    details = msgspec.json.encode({"fixture_id": FIXTURE, "reason": "fog"}).decode()
    until = story.time + timedelta(minutes=10)
    return ActionProposed("abandon_fixture", market_id, details, "It needs two.", by, until, story.time, fixture_id)


def given_up(by: str = TOM, reason: str = "fog", actor: str = TESS) -> Callable[[Story], Story]:
    def give_up(story: Story) -> Story:
        now = story.time
        return story.add(
            (APPROVED, ProposalApproved(by, now)),
            (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "abandoned", actor, now)),
            (FIXTURE, FixtureAbandoned(reason, now, actor)),
        )

    return give_up


def given_up_beside_prices(story: Story) -> Story:
    """Prices were approved, and a match is abandoned in the same append."""
    now = story.time
    price = priced(story, GENEROUS, producer="", session=0, actor=TESS)
    return story.add(
        (APPROVED, ProposalApproved(TOM, now)),
        (MARKET, price),
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "abandoned", TESS, now)),
        (FIXTURE, FixtureAbandoned("fog", now, TESS)),
    )


def ended_again(story: Story, home: int = 0, away: int = 0) -> Story:
    now = story.time
    return story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", now)),
        (FIXTURE, FixtureEnded(home, away, home, away, now, actor="replay")),
    )


TRADING: list[tuple[str, Forgery]] = [
    ("FixtureOutOfOrder", done(in_play, lambda story: story.add(FIXTURE, KickedOff(story.time, "replay")), 1)),
    ("GateOutOfOrder", done(ended, goal_to(1, 0), 1)),
    ("FixtureOutOfOrder", done(offered, ended_again, 2)),
    ("FixtureOutOfOrder", done(offered, goal_to(1, 0), 2)),
    ("FixtureOutOfOrder", done(offered, lambda story: story.add(FIXTURE, ClockAdvanced(1, "first_half", story.time, "replay")), 1)),
    ("FixtureOutOfOrder", done(ended, lambda story: story.add(FIXTURE, FixtureEnded(1, 0, 1, 0, story.time, actor="replay")), 1)),
    ("FixtureOutOfOrder", done(abandoned, lambda story: story.add(FIXTURE, FixtureEnded(1, 0, 1, 0, story.time, actor="replay")), 1)),
    ("FixtureOutOfOrder", done(ended, lambda story: story.add(FIXTURE, ScoreChanged(1, 0, 90, "second_half", story.time, "replay")), 1)),
    ("ClockWentBack", done(at_half_time, lambda story: story.add(FIXTURE, ClockAdvanced(35, "first_half", story.time, "replay")), 1)),
    ("ClockWentBack", done(at_half_time, goal_to(1, 0, 35), 2)),
    ("ScoreBelowConfirmed", done(two_up, goal_to(1, 0, 30, cause="score corrected"), 2)),
    ("ScoreBelowConfirmed", done(two_up, lambda story: ended_again(story, 1, 0), 2)),
    ("ConfirmationWithoutResult", done(in_play, lambda story: story.add(FIXTURE, ScoreConfirmed(1, 0, story.time, "replay")), 1)),
    ("ScoreNotConfirmed", added(lambda: goal_to(2, 0)(in_play()), totals_resulted())),
    ("GateNotMoved", done(in_play, lambda story: story.add(FIXTURE, ScoreChanged(1, 0, 9, "first_half", story.time, "replay")), 1)),
    ("GateNotMoved", done(in_play, lambda story: story.add(FIXTURE, FixtureEnded(1, 0, 1, 0, story.time, actor="replay")), 1)),
    ("GateNotMoved", done(in_play, lambda story: story.add(FIXTURE, FixtureAbandoned("fog", story.time, "replay")), 1)),
    ("GateNotMoved", done(in_play, goal_to(1, 0, cause="score corrected"), 2)),
    (
        "GateMovedAlone",
        done(
            in_play,
            lambda story: story.add(gate_of("fixture", FIXTURE), PricesVoided("fixture", (FIXTURE,), "goal", "replay", story.time)),
            1,
        ),
    ),
    (
        "GateMovedAlone",
        done(
            in_play,
            lambda story: story.add(gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", story.time)),
            1,
        ),
    ),
    ("GateMovedAlone", changed(BettingEnded, cause="abandoned")),
    (
        "GateOutOfOrder",
        done(stopped, lambda story: story.add(COMPETITION, BettingStopped("competition", ("football", "Cup"), "x", TESS, story.time)), 1),
    ),
    (
        "GateOutOfOrder",
        done(reopened, lambda story: story.add(COMPETITION, BettingReopened("competition", ("football", "Cup"), TESS, story.time)), 1),
    ),
    (
        "GateOutOfOrder",
        done(ended, lambda story: story.add(gate_of("fixture", FIXTURE), BettingStopped("fixture", (FIXTURE,), "x", TESS, story.time)), 1),
    ),
    ("FixtureMissing", added(offered, opening(fixture_id=NOWHERE))),
    ("FixtureMissing", added(offered, opening(fixture_id=WALLET))),
    (
        "FixtureMissing",
        done(people, lambda story: story.add(gate_of("fixture", NOWHERE), BettingStopped("fixture", (NOWHERE,), "x", TESS, story.time)), 1),
    ),
    ("FixtureOver", added(ended, opening())),
    ("FixtureOver", added(clean, opening())),
    ("FixtureOver", added(ended, pricing())),
    ("GatesWrong", added(offered, opening(gates=(gate_of("fixture", FIXTURE),), marks=(0,)))),
    ("GatesWrong", added(offered, opening(gates=(gate_of("fixture", FOG), COMPETITION, gate_of("sport", "football"))))),
    ("MarksWrong", added(reopened, pricing(marks=(0, 0, 0)))),
    ("MarksWrong", added(reopened, opening(marks=(0, 3, 0)))),
    ("MarksWrong", added(offered, pricing(marks=()))),
    ("PricesBelowStoppedGate", added(stopped, pricing())),
    ("PricesBelowStoppedGate", added(stopped, opening())),
    ("ProducerMissing", added(offered, pricing(producer=NOWHERE))),
    ("SessionWrong", added(offered, pricing(session=2))),
    ("SessionWrong", done(offered, lambda story: story.add(FEED, HeartBeat(2, story.time)), 1)),
    ("SessionWrong", done(offered, lambda story: story.add(FEED, SessionBegun("replay", 3, 10_000, story.time)), 1)),
    ("ShadedTooFar", added(offered, shaded(201))),
    ("ShadedTooFar", done(offered, lambda story: story.add((FIXTURE, shading_limited(story, 100)), shaded(101)(story)), 2)),
    ("ValueNotAllowed", added(offered, shaded(301))),
    ("ValueNotAllowed", added(offered, shaded(200, 1))),
    ("ValueNotAllowed", added(offered, lambda story: (FIXTURE, shading_limited(story, 301)))),
    ("ValueNotAllowed", added(offered, lambda story: (FIXTURE, shading_limited(story, 200)))),
    ("FixtureOutOfOrder", added(ended, lambda story: (FIXTURE, shading_limited(story, 100)))),
    ("ValueNotAllowed", added(offered, pricing(cause="trader"))),
    ("ValueNotAllowed", added(offered, pricing(cause="luck"))),
    ("LeaseLapsed", done(offered, lambda story: story.at(12).add(FEED, HeartBeat(1, story.time)), 1)),
    ("PricesNotMoved", added(offered, pricing(prices=FIRST))),
    ("PricesOutOfBounds", added(offered, pricing(prices=GENEROUS))),
    ("PricesOutOfBounds", added(offered, pricing(prices={"home": Odds(1010, 1000), "draw": Odds(1010, 1000), "away": Odds(1010, 1000)}))),
    ("PricesOutOfBounds", added(offered, pricing(prices={"home": Odds(2350, 1000)}))),
    ("PricesOutOfBounds", added(offered, opening(prices=GENEROUS))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "home": Odds(500, 1000)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "home": Odds(0, 1000)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "home": Odds(-2, 1)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "home": Odds(1_000_001, 1)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "home": Odds(2, 1)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={**SECOND, "somebody": Odds(2000, 1000)}))),
    ("ValueNotAllowed", added(offered, pricing(prices={}))),
    ("ValueNotAllowed", added(offered, pricing(grace_ms=60_000))),
    ("ValueNotAllowed", added(in_play, pricing(grace_ms=GRACE_MS))),
    ("ValueNotAllowed", added(offered, opening(type="banana"))),
    ("ValueNotAllowed", added(offered, opening(specifiers={"total": "2.5"}))),
    ("ValueNotAllowed", added(offered, opening(type="total_goals", specifiers={"total": "02.50"}, selections=OVER_UNDER))),
    ("ValueNotAllowed", added(offered, opening(grace_ms=60_001))),
    ("MarketOutOfOrder", added(played, pricing())),
    (
        "MarketOutOfOrder",
        added(
            offered, lambda story: (MARKET, MarketResumed(SECOND, story.time, marks(story, FIXTURE), FEED, 1, actor="replay", cause="goal"))
        ),
    ),
    ("ResultNumberWrong", added(with_bet_on_totals, totals_resulted())),
    ("ScoreWrong", added(lambda: ended(1, 0), resulted(home=2))),
    ("ScoreWrong", added(lambda: goal_to(2, 0)(in_play()), totals_resulted(3))),
    ("GradeWrong", added(lambda: ended(1, 0), resulted(results={"home": LOST, "draw": WON, "away": LOST}))),
    ("GradeWrong", added(lambda: ended(1, 0), resulted(results={**HOME_WON, "home": HALF_WON}))),
    ("GradeWrong", added(abandoned, resulted(home=0, void_reason="abandoned"))),
    ("ValueNotAllowed", added(lambda: ended(1, 0), resulted(results={}))),
    ("ValueNotAllowed", added(lambda: ended(1, 0), resulted(results={"home": WON, "draw": LOST}))),
    ("ValueNotAllowed", added(lambda: ended(1, 0), resulted(half_time=(0, 0)))),
    ("AbandonedTooEarly", done(moved_match, lambda story: abandon(story.at(60 + 3600), "abandonment"), 2)),
    (
        "ValueNotAllowed",
        done(
            moved_match,
            lambda story: move(story, 60 + 72 * 3600 + 1, 7200),
            1,
        ),
    ),
    (
        "ValueNotAllowed",
        done(moved_match, lambda story: move(story, 7200, 7200), 1),
    ),
    (
        "FixtureOutOfOrder",
        done(in_play, lambda story: move(story, 7200, 60), 1),
    ),
    ("AbandonedTooEarly", done(in_play, lambda story: abandon(story.at(30 * 24 * 3600), "abandonment"), 2)),
    ("AbandonedTooEarly", done(offered, lambda story: abandon(story.at(60 + 3600 - 1), "abandonment"), 2)),
    ("ValueNotAllowed", added(lambda: ended(1, 0), resulted(actor="abandonment"))),
    ("ResultOfAbandoned", added(offered, resulted(home=0))),
    ("ResultOfAbandoned", added(abandoned, resulted(home=0))),
    ("ResultTooEarly", added(lambda: goal_to(1, 0)(in_play()), resulted())),
    ("ResultTooEarly", added(lambda: goal_to(1, 0)(in_play()), totals_resulted(1))),
    ("VoidNotAllowed", added(offered, resulted(results=ALL_VOID, home=0, void_reason="a mistake"))),
    ("VoidNotAllowed", added(ended, resulted(results=ALL_VOID, home=0, void_reason="a mistake"))),
    ("ApprovalWithoutAction", done(proposal, lambda story: story.add(APPROVED, ProposalApproved(TOM, story.time)), 1)),
    ("ApprovalWithoutAction", done(proposal, approving(prices=SECOND), 1)),
    ("ApprovalWithoutAction", done(proposal, approving(actor=TOM), 1)),
    ("ApprovalWithoutAction", done(proposal, approving(market_id=OTHER_MARKET), 1)),
    ("RoleNotGranted", done(proposer_revoked, approving(), 1)),
    ("RoleNotGranted", done(proposer_revoked, lambda story: story.add(MARKET, MarketSuspended("mine", story.time, TESS)), 1)),
    ("AbandonmentNotApproved", done(in_play, lambda story: abandon(story, TESS), 2)),
    ("AbandonmentNotApproved", done(giving_up(), lambda story: abandon(story, TESS), 2)),
    ("AbandonmentNotApproved", done(proposal, given_up_beside_prices, 4)),
    ("ApprovalWithoutAction", done(giving_up(), given_up(reason="rain"), 1)),
    ("ApprovalWithoutAction", done(giving_up(), given_up(actor=TOM), 1)),
    ("ApprovalWithoutAction", done(giving_up(), lambda story: story.add(APPROVED, ProposalApproved(TOM, story.time)), 1)),
    ("ProposalOutOfOrder", done(giving_up(), given_up(TESS), 1)),
    ("GateNotMoved", done(offered, lambda story: story.add(APPROVED, giving_up_proposed(story)), 1)),
    ("FixtureMissing", done(ended, lambda story: story.add(APPROVED, giving_up_proposed(story)), 1)),
    ("FixtureMissing", done(offered, lambda story: story.add(APPROVED, giving_up_proposed(story, fixture_id=NOWHERE)), 1)),
    ("ValueNotAllowed", done(offered, lambda story: story.add(APPROVED, giving_up_proposed(story, market_id=MARKET)), 1)),
    ("RoleNotGranted", done(offered, lambda story: story.add(APPROVED, giving_up_proposed(story, by=ANN)), 1)),
    ("ProposalOutOfOrder", done(proposal, approving(TESS), 1)),
    ("ProposalOutOfOrder", done(lambda: proposal().at(3600), approving(), 1)),
    (
        "ProposalOutOfOrder",
        done(lambda: proposal().at(3600), lambda story: story.add(APPROVED, ProposalRejected(TESS, TOM, "no", story.time)), 1),
    ),
]
"""What is wrong with matches, gates, producers, markets and proposals."""


def lapsed() -> Story:
    """The producer was silent for longer than its lease, came back, and has not given prices again."""
    story = heard().at(30)
    return story.add(FEED, SessionBegun("replay", 2, 10_000, story.time))


def long_ago() -> Story:
    """A bet a year before its market was opened."""
    story = heard()
    bets = strike(story, NOWHERE, HOME).appends()
    market = next(number for number, append in enumerate(bets) if append[0].stream_id == MARKET)
    bets.insert(market, bets.pop())
    return story.rebuilt(bets)


def on_a_withdrawn() -> Story:
    story = heard()
    prices = {name: odds for name, odds in SECOND.items() if name != "home"}
    return story.add(MARKET, priced(story, prices, withdrawn={"home": SECOND["home"]}))


def leg_told_twice(story: Story) -> None:
    story.add(MULTIPLE, story.body(story.place(BetLegResulted)))


def at_leg(story: Story) -> Story:
    return story.until(story.place(BetLegResulted))


YES_LEG = Leg(BOTH, "yes", BOTH_SCORE, 1)
SHORTER_MODEL = msgspec.structs.replace(MODEL, home_millionths=2_000_000)
LONGER_MODEL = msgspec.structs.replace(MODEL, home_millionths=1_300_000)
UNDER = Leg(TOTALS, "under", Odds(2100, 1000), 2)


def together(make: Callable[[], Story], group: SameGame = JOINT, *legs: Leg, **changes: Any) -> Forgery:
    """Strike a bet of Ann's on legs of one match together, by default on the home side and both teams to score."""
    odds = odds_of_line([leg.odds for leg in legs or (HOME, YES_LEG)], (group,))
    potential_minor = (2 * 10_00 * odds.numerator + odds.denominator) // (2 * odds.denominator)
    return bet(make, *(legs or (HOME, YES_LEG)), **{"same_game": (group,), "potential_returns_minor": potential_minor, **changes})


def with_totals(**changes: Any) -> Callable[[], Story]:
    """The offer, with a model behind the total of goals as well."""
    prices = {"over": Odds(1700, 1000), "under": Odds(2100, 1000)}
    return lambda: (story := heard()).add(TOTALS, priced(story, prices, **{"model": MODEL, **changes}))


def repriced(home: int, model: ScoreModel) -> Callable[[], Story]:
    """The offer, with the home side at another price by now, in thousandths, and that of both teams to score a tick on."""

    def make() -> Story:
        story = heard()
        story.add(MARKET, priced(story, {**FIRST, "home": Odds(home, 1000)}, model=model))
        return story.add(BOTH, priced(story, {"yes": Odds(1910, 1000), "no": Odds(1900, 1000)}, model=model))

    return make


def joint(**changes: Any) -> SameGame:
    return msgspec.structs.replace(JOINT, **changes)


TOGETHER_WRONG: list[tuple[str, Forgery]] = [
    ("JointOddsWrong", together(heard, joint(odds=Odds(4500, 1000)))),
    ("JointOddsWrong", together(heard, joint(odds=Odds(4465, 1000)))),
    ("JointChanceWrong", together(heard, joint(chance_millionths=207_470))),
    ("LegsUnrelated", together(heard, JOINT, HOME, Leg(TOTALS, "over", Odds(1800, 1000), 1))),
    ("LegsUnrelated", together(heard, JOINT, HOME, FOG_HOME)),
    ("ValueNotAllowed", together(heard, JOINT, HOME, HOME)),
    ("ValueNotAllowed", together(heard, JOINT, HOME, AWAY_LEG, FOG_HOME, lines=2)),
    ("LegsUnrelated", together(with_totals(model=msgspec.structs.replace(MODEL, home=1)), JOINT, HOME, UNDER)),
    ("LegsContradictory", together(with_totals(), JOINT, YES_LEG, UNDER)),
    ("LegTwice", together(with_totals(), JOINT, HOME, YES_LEG, UNDER)),
    ("ValueNotAllowed", together(heard, joint(legs=(0,)))),
    ("ValueNotAllowed", together(heard, joint(legs=(1, 0)))),
    ("ValueNotAllowed", together(heard, joint(legs=(0, 2)))),
    ("ValueNotAllowed", bet(heard, HOME, YES_LEG, same_game=(JOINT, JOINT))),
    ("ValueNotAllowed", together(heard, JOINT, HOME, YES_LEG, FOG_HOME, type="roundrobin:2", lines=3, stake_minor=9_00)),
    ("ValueNotAllowed", added(heard, lambda story: (TOTALS, priced(story, FIRST, model=msgspec.structs.replace(MODEL, minutes_gone=91))))),
    ("OddsNotAgreed", together(heard, joint(asked=Odds(4500, 1000)))),
    ("OddsNotAgreed", together(heard, joint(asked=Odds(4500, 1000)), accept="better")),
    ("OddsNotBest", together(repriced(2500, LONGER_MODEL), accept="better")),
    (
        "OddsNotBest",
        together(
            repriced(2300, SHORTER_MODEL),
            joint(odds=Odds(3150, 1000), chance_millionths=298_679, asked=JOINT.odds),
            Leg(MARKET, "home", Odds(2300, 1000), 2, HOME.odds, 1),
            Leg(BOTH, "yes", Odds(1910, 1000), 2, BOTH_SCORE, 1),
            accept="any",
        ),
    ),
    ("SlipDiffers", changed(SlipShared, 2, same_game=(SameGame((0, 1), Odds(4500, 1000)),))),
]

BETTING: list[tuple[str, Forgery]] = [
    *TOGETHER_WRONG,
    ("MarketMissing", lambda: ((story := long_ago()), story.place(BetPlaced))),
    ("MarketMissing", bet(heard, Leg(NOWHERE, "home", FIRST["home"], 1))),
    ("LegOnOtherFixture", bet(heard, Leg(MARKET, "home", FIRST["home"], 1, fixture_id=FOG))),
    ("MarketMissing", bet(heard, Leg(FIXTURE, "home", FIRST["home"], 1))),
    ("ValueNotAllowed", bet(heard)),
    ("ValueNotAllowed", bet(heard, *[HOME] * 26)),
    ("ValueNotAllowed", bet(heard, HOME, type="banana")),
    ("ValueNotAllowed", bet(heard, HOME, FOG_HOME, type="single")),
    ("ValueNotAllowed", bet(lambda: deposit(heard(), ANN, 2_000_000_00, "lots", found=LOTS), HOME, stake_minor=1_000_000_01)),
    ("ValueNotAllowed", bet(heard, HOME, accept="whatever")),
    ("LegTwice", bet(heard, HOME, HOME, type="single", lines=2)),
    ("LegTwice", bet(heard, HOME, AWAY_LEG, HOME, type="single", lines=3, stake_minor=9_00)),
    ("LegTwice", bet(heard, HOME, Leg(TOTALS, "over", Odds(1800, 1000), 1))),
    ("BetAfterSuspension", bet(suspended, HOME)),
    ("BetAfterSuspension", bet(suspended, Leg(MARKET, "home", FIRST["home"], 2))),
    ("BetAfterSuspension", bet(lambda: suspended().until(suspended().place(MarketSuspended)), HOME)),
    ("BetAfterSuspension", bet(played, HOME_NOW)),
    ("BetAfterSuspension", bet(two_up, Leg(TOTALS, "over", Odds(1800, 1000), 1))),
    ("BetAfterEnd", bet(ended, HOME)),
    ("BetAfterEnd", bet(abandoned, HOME)),
    ("BettingStoppedThere", bet(stopped, HOME)),
    ("PricesVoid", bet(reopened, HOME)),
    ("PricesVoid", bet(lambda: goal_to(1, 0)(in_play()), HOME)),
    ("ProducerSilent", bet(heard, HOME, seconds=12)),
    ("ProducerSilent", bet(lapsed, HOME)),
    ("VersionFromTheFuture", bet(heard, Leg(MARKET, "home", FIRST["home"], 2))),
    ("VersionFromTheFuture", bet(heard, Leg(MARKET, "home", FIRST["home"], 1, None, 7))),
    ("PriceStale", bet(moved, HOME, seconds=5.1)),
    ("PriceStale", bet(lambda: moved().add(MARKET, priced(moved(), FIRST)), HOME, seconds=5.2)),
    ("PriceStale", bet(lambda: (story := moved(2)).add(MARKET, priced(story, FIRST, producer="", session=0, actor=TESS)), HOME)),
    ("OddsNotShown", bet(heard, Leg(MARKET, "home", Odds(2360, 1000), 1))),
    ("OddsNotShown", bet(heard, Leg(MARKET, "nobody", FIRST["home"], 1))),
    ("OddsNotShown", bet(moved, Leg(MARKET, "home", FIRST["home"], 2))),
    ("OddsNotShown", bet(on_a_withdrawn, HOME_NOW)),
    ("OddsNotShown", bet(heard, Leg(MARKET, "home", Odds(4700, 2000), 1))),
    ("OddsNotAgreed", bet(heard, Leg(MARKET, "home", FIRST["home"], 1, Odds(2400, 1000)))),
    ("OddsNotAgreed", bet(moved, Leg(MARKET, "home", SECOND["home"], 2, FIRST["home"], 1), accept="better")),
    ("OddsNotBest", bet(risen, HOME, accept="any")),
    ("OddsNotBest", bet(risen, HOME, accept="better")),
    ("OddsNotBest", bet(moved, Leg(MARKET, "home", SECOND["home"], 2, FIRST["home"], 1), accept="any")),
    ("PotentialReturnsWrong", changed(BetPlaced, potential_returns_minor=29_01)),
    ("PotentialReturnsWrong", bet(heard, HOME, stake_minor=10, potential_returns_minor=23)),
    ("PotentialReturnsWrong", bet(heard, HOME, AWAY_LEG, type="single", lines=2, potential_returns_minor=26_25)),
    ("ValueNotAllowed", bet(heard, HOME, AWAY_LEG, type="single", potential_returns_minor=14_50)),
    ("PotentialReturnsWrong", bet(heard, HOME, stake_minor=10, potential_returns_minor=24, rules=1)),
    ("ValueNotAllowed", bet(heard, HOME, rules=RULES_CURRENT + 1)),
    ("LegMissing", changed(BetLegResulted, market_id=NOWHERE)),
    ("LegResultedTwice", done(lambda: at_leg(clean()), leg_told_twice, 1)),
    ("LegNotTold", without(BetLegResulted, 1)),
    ("MarketNotResulted", done(heard, lambda story: settle(strike(story, SINGLE, HOME), SINGLE, (WON,), 23_50, "won"), 4)),
    ("MarketNotResulted", done(struck, lambda story: story.add(MULTIPLE, BetLegResulted(ANN, MARKET, WON, (WON, None), story.time)), 1)),
    ("LegResultWrong", changed(BetSettled, results=(VOID,))),
    ("LegResultWrong", changed(BetLegResulted, result=LOST)),
    ("LegMissing", changed(BetLegResulted, leg=1)),
    ("LegMissing", changed(BetLegResulted, leg=-1)),
    ("LegMissing", changed(BetLegResulted, leg=2)),
    ("ResultsSoFarWrong", changed(BetLegResulted, results=(LOST, None))),
    ("ResultsSoFarWrong", changed(BetLegResulted, results=(None, WON))),
    ("ResultsSoFarWrong", changed(BetLegResulted, results=(WON, VOID))),
    ("SettlementOfAnother", changed(BetLegResulted, results=(WON,))),
    ("SettlementOfAnother", changed(BetLegResulted, account_id=BEN)),
    ("SettlementOfAnother", changed(BetSettled, account_id=BEN)),
    ("SettlementOfAnother", changed(BetSettled, stake_minor=1)),
    ("SettlementOfAnother", changed(BetSettled, results=(WON, WON))),
    ("SettlementNumberWrong", changed(BetSettled, settlement=7)),
    ("ReturnsWrong", changed(BetSettled, returns_minor=23_51)),
    ("OutcomeWrong", changed(BetSettled, outcome="void")),
    ("ClosingOddsWrong", changed(BetSettled, closing=(Odds(9000, 1000),))),
    (
        "PaymentDiffers",
        done(
            open_bets, lambda story: paid_otherwise(story, ReturnsPaid(ANN, SINGLE, 10_00, 23_51, left(story, ANN) + 23_51, story.time)), 2
        ),
    ),
    (
        "PaymentDiffers",
        done(open_bets, lambda story: paid_otherwise(story, StakeLost(ANN, SINGLE, 10_00, left(story, ANN), story.time)), 2),
    ),
    (
        "PaymentDiffers",
        done(open_bets, lambda story: paid_otherwise(story, StakeRefunded(ANN, SINGLE, 10_00, left(story, ANN) + 10_00, story.time)), 2),
    ),
    ("SettledTwice", done(clean, lambda story: story.add(SINGLE, BetLegResulted(ANN, MARKET, WON, (WON, None), story.time)), 1)),
]
"""What is wrong with bets."""


def paid_otherwise(story: Story, payment: Fact) -> Story:
    now = story.time
    return story.add((WALLET, payment), (SINGLE, BetSettled(ANN, "won", 10_00, 23_50, (WON,), 1, now)))


def corrected() -> Story:
    """A log that ends with a corrected result, and bets that were settled by the one before."""
    return clean().until(clean().place(MarketResulted, 4))


def undone(story: Story, **changes: Any) -> tuple[tuple[str, Fact], tuple[str, Fact]]:
    """What a wallet and a bet say of the reversal of the single's settlement."""
    reversal = BetSettlementReversed(ANN, 1, MARKET, 10_00, 23_50, story.time)
    moved = SettlementReversed(ANN, SINGLE, 1, 10_00, 23_50, 13_50, 0, story.time)
    return (WALLET, moved), (SINGLE, msgspec.structs.replace(reversal, **changes))


def correction(story: Story, home: int, away: int, results: dict[str, Any]) -> Story:
    """A correction that two traders agree to."""
    story.add(NOWHERE, proposed(story, MARKET, "correct_result", home=home, away=away, void_reason="", reason="told wrong"))
    result = MarketResulted(results, home, away, story.time, actor=TESS, number=2, reason="told wrong")
    return story.add((NOWHERE, ProposalApproved(TOM, story.time)), (MARKET, result))


def settled_once() -> Story:
    """A log in which everything is settled and nothing corrected yet."""
    story = clean()
    return story.until(story.place(FundsWithdrawn, 1) - 1)


def elsewhere(forge: Forgery, by: int) -> Forgery:
    """It is found so many facts after the one that was changed."""

    def moved_on() -> Forged:
        story, place = forge()
        return story, place + by

    return moved_on


def shown_otherwise(number: int = 1, **changes: Any) -> Forgery:
    """The approval of the correction was bound to something else."""
    preview = clean().log[clean().place(ProposalApproved, number) - 1].body.preview  # type: ignore[attr-defined]
    return changed(ProposalApproved, number, preview=msgspec.structs.replace(preview, **changes))


def voiding(from_hours: int, to_hours: int) -> Callable[[Story], tuple[str, Fact]]:
    """Bets of a window of time are void by the word of one trader."""

    def void(story: Story) -> tuple[str, Fact]:
        window = VoidWindow(story.time + timedelta(hours=from_hours), story.time + timedelta(hours=to_hours))
        return MARKET, MarketVoidWindowsSet((window,), 2, "mine", story.time, TESS)

    return void


def of_money(**changes: Any) -> tuple[PreviewedMoney, ...]:
    """What was shown of money, changed."""
    (money,) = clean().log[clean().place(ProposalApproved, 1) - 1].body.preview.money  # type: ignore[attr-defined]
    return (msgspec.structs.replace(money, **changes),)


CORRECTING: list[tuple[str, Forgery]] = [
    ("PreviewWrong", shown_otherwise(version=1_000)),
    ("PreviewWrong", shown_otherwise(money=())),
    ("PreviewWrong", shown_otherwise(money=of_money(bets=70))),
    ("PreviewWrong", shown_otherwise(money=of_money(stake_minor=1))),
    ("ValueNotAllowed", shown_otherwise(upto=10_000)),
    ("ValueNotAllowed", shown_otherwise(money=of_money(below_zero=0))),
    ("ValueNotAllowed", shown_otherwise(money=of_money(taken_minor_max=1))),
    ("ValueNotAllowed", shown_otherwise(money=of_money(paid_minor_max=-1))),
    ("ValueNotAllowed", changed(ProposalApproved, 0, preview=Preview(1, 1, ()))),
    ("TakenBackWrong", changed(MarketResulted, -1, home=3)),
    ("ResultNumberWrong", changed(MarketVoidWindowsSet, 0, number=5)),
    ("ApprovalWithoutAction", elsewhere(changed(MarketVoidWindowsSet, 0, reason="another"), -1)),
    ("ApprovalWithoutAction", elsewhere(changed(MarketVoidWindowsSet, 0, windows=()), -1)),
    ("WindowNotApproved", added(settled_once, voiding(-2, -1))),
    ("ValueNotAllowed", added(settled_once, voiding(-2, 1))),
    ("ValueNotAllowed", added(settled_once, voiding(-1, -2))),
    ("ApprovalWithoutAction", elsewhere(changed(MarketResulted, -1, takes_back=1), -1)),
    ("ResultNumberWrong", changed(MarketResulted, 4, number=3)),
    ("ApprovalWithoutAction", elsewhere(changed(MarketResulted, -1, number=1), -1)),
    ("ResultNumberWrong", changed(MarketResulted, 0, number=2)),
    ("ValueNotAllowed", changed(MarketResulted, 0, reason="no reason")),
    ("CorrectionNotApproved", added(settled_once, resulted(results=AWAY_WON, away=3, number=2, reason="mine"))),
    ("GradeWrong", added(settled_once, resulted(results=AWAY_WON, home=3, number=2, reason="mine"))),
    ("NothingCorrected", done(settled_once, lambda story: correction(story, 3, 0, HOME_WON), 3)),
    ("ApprovalWithoutAction", elsewhere(changed(MarketResulted, -2, home=1), -1)),
    ("ApprovalWithoutAction", elsewhere(changed(MarketResulted, -1, reason="another"), -1)),
    ("SettlementNumberWrong", changed(BetSettlementReversed, settlement=2)),
    ("SettlementNumberWrong", changed(BetSettled, 9, settlement=3)),
    ("SettlementNumberWrong", changed(BetSettled, 9, settlement=1)),
    ("ReversalOfAnother", changed(BetSettlementReversed, returns_minor=23_51)),
    ("ReversalOfAnother", changed(BetSettlementReversed, account_id=BEN)),
    ("ReversalWithoutCause", changed(BetSettlementReversed, market_id=OTHER_MARKET)),
    ("ReversalWithoutCause", done(corrected, lambda story: resettle(story, VOIDED, OTHER_MARKET, (VOID,), 10_00, "void"), 3)),
    ("ReversalWithoutCause", done(clean, lambda story: resettle(story, LOSER, MARKET, (WON,), 29_00, "won", BEN), 3)),
    ("ReversalMissing", done(corrected, lambda story: story.add(undone(story)[1]), 1)),
    ("NotSettledAnew", done(corrected, lambda story: story.add(*undone(story)), 2)),
    ("LegResultWrong", done(corrected, lambda story: resettle(story, SINGLE, MARKET, (WON,), 23_50, "won"), 4)),
    ("ReversalDiffers", elsewhere(changed(SettlementReversed, settlement=2), 2)),
    ("ReversalWithoutBet", changed(SettlementReversed, bet_id=NOWHERE)),
    ("ReversalWithoutBet", without(BetSettlementReversed, -2)),
    ("OwedWrong", changed(SettlementReversed, owed_minor=0)),
    ("OwedWrong", changed(SettlementReversed, 3, owed_minor=23_51)),
    ("RepaymentWrong", changed(FundsDeposited, 2, repaid_minor=0)),
    ("RepaymentWrong", changed(FundsDeposited, 2, repaid_minor=57_01)),
    ("RepaymentWrong", changed(ReturnsPaid, repaid_minor=1)),
    ("PaymentDiffers", elsewhere(changed(StakeLost, 2, settlement=1), 2)),
    ("SettledTwice", done(settled_once, lambda story: story.add(SINGLE, BetSettled(ANN, "won", 10_00, 23_50, (WON,), 2, story.time)), 1)),
]
"""What is wrong with results that are corrected, and with bets that are settled anew."""


PAIR = follow_of(ANN, BEN)


def between(before: list[Callable[[Any], Fact]], fact: Callable[[Any], Fact], *, private: bool = False) -> Forgery:
    """Add a wrong fact to what Ann and Ben were to each other, where Ben is private or not; each is made of the moment."""

    def forge() -> Forged:
        story = people()
        if private:
            story.add(profile_of(BEN), ProfileChanged(BEN, "", "", True, story.time))
        for earlier in before:
            story.add(PAIR, earlier(story.time))
        return story.add(PAIR, fact(story.time)), len(story.log)

    return forge


def follows(at: Any) -> Fact:
    return Followed(ANN, BEN, at)


def asks(at: Any) -> Fact:
    return FollowRequested(ANN, BEN, at)


def blocks(at: Any) -> Fact:
    return Blocked(BEN, ANN, at)


def mutes(at: Any) -> Fact:
    return Muted(ANN, BEN, "all", None, at)


FOLLOWS: list[tuple[str, Forgery]] = [
    ("FollowOutOfOrder", between([follows], follows)),
    ("FollowOutOfOrder", between([asks], asks, private=True)),
    ("FollowOutOfOrder", between([follows], asks)),
    ("FollowOutOfOrder", between([follows], lambda at: Unfollowed(BEN, ANN, at))),
    ("FollowOutOfOrder", between([mutes], lambda at: Unfollowed(ANN, BEN, at))),
    ("FollowOutOfOrder", between([mutes], lambda at: FollowRequestDeclined(ANN, BEN, at))),
    ("FollowOutOfOrder", between([mutes], lambda at: Followed(ANN, BEN, at, requested=True))),
    ("FollowOutOfOrder", between([blocks], follows)),
    ("FollowOutOfOrder", between([blocks], lambda at: Followed(BEN, ANN, at))),
    ("FollowOutOfOrder", between([blocks], asks, private=True)),
    ("FollowOutOfOrder", between([follows, blocks], lambda at: Unfollowed(ANN, BEN, at))),
    ("FollowOutOfOrder", between([blocks], lambda at: Blocked(ANN, BEN, at))),
    ("FollowOutOfOrder", between([blocks], lambda at: Unblocked(ANN, BEN, at))),
    ("FollowOutOfOrder", between([blocks], mutes)),
    ("FollowOutOfOrder", between([mutes], mutes)),
    ("FollowOutOfOrder", between([mutes], lambda at: Unmuted(BEN, ANN, at))),
    ("FollowedUnasked", between([], follows, private=True)),
    ("RequestToPublic", between([], asks)),
    ("ValueNotAllowed", between([], lambda at: Muted(ANN, BEN, "likes", None, at))),
    ("ValueNotAllowed", between([], lambda at: Muted(ANN, BEN, "all", at - timedelta(hours=1), at))),
    ("ValueNotAllowed", between([], lambda at: Muted(ANN, BEN, "all", at + timedelta(days=367), at))),
    ("ValueNotAllowed", done(people, lambda story: story.add(follow_of(ANN, ANN), Followed(ANN, ANN, story.time)), 1)),
    ("AccountMissing", done(people, lambda story: story.add(follow_of(ANN, NOWHERE), Followed(ANN, NOWHERE, story.time)), 1)),
    ("AccountMissing", done(people, lambda story: story.add(follow_of(NOWHERE, ANN), Blocked(NOWHERE, ANN, story.time)), 1)),
    ("AccountMissing", done(people, lambda story: story.add(profile_of(NOWHERE), ProfileChanged(NOWHERE, "", "", True, story.time)), 1)),
    ("StreamMisplaced", between([follows], lambda at: Unfollowed(ANN, TESS, at))),
    ("StreamMisplaced", changed(ProfileChanged, account_id=ANN)),
    ("ValueNotAllowed", changed(ProfileChanged, display_name="Ben")),
    ("ValueNotAllowed", changed(ProfileChanged, bio="s1." + "A" * 30_000)),
    ("ProfileUnchanged", done(people, lambda story: story.add(profile_of(ANN), ProfileChanged(ANN, "", "", False, story.time)), 1)),
    ("ProfileUnchanged", changed(ProfileChanged, 1, private=True)),
]
"""What is wrong between two accounts, and with profiles."""


def a_slip(*legs: SlipLeg, **changes: Any) -> Callable[[Story], tuple[str, Fact]]:
    """A slip of Ann's single, or one that says otherwise."""

    def make(story: Story) -> tuple[str, Fact]:
        fact = SlipShared(ANN, "single", legs or (SHOWN,), "public", "amount", story.time, SINGLE, 10_00, "EUR")
        fact = msgspec.structs.replace(fact, **changes)
        return slip_of(fact.bet_id) if fact.bet_id else pick_of(ANN, "forged"), fact

    return make


def a_pick(*legs: SlipLeg, **changes: Any) -> Callable[[Story], tuple[str, Fact]]:
    said = {"bet_id": "", "stake_minor": 0, "currency": "", "stake_shown": "hidden", **changes}
    return a_slip(*(legs or (msgspec.structs.replace(SHOWN, version=0),)), **said)


def a_tail(make: Callable[[], Story], slip_id: str, side: str, leg: Leg, **changes: Any) -> Forgery:
    """Ben's bet from a slip; the wrong fact is the first of its append."""

    def forge() -> Forged:
        story = make()
        before = len(story.log)
        tailed(story, slip_id, NOWHERE, side, leg)
        return story.change(before + 1, **changes), before + 1

    return forge


def shown_only() -> Story:
    """A log that ends with a slip and a pick on display."""
    story = struck()
    return story.until(story.place(SlipShared, 1))


def held_slip() -> Story:
    """A log that ends with a pick that is held."""
    story = struck()
    return story.until(story.place(SlipHeld))


SHOWN = SlipLeg(FIXTURE, MARKET, "home", FIRST["home"], 1)
YES, NO = (Leg(BOTH, name, Odds(1900, 1000), 1) for name in ("yes", "no"))
SLIPS: list[tuple[str, Forgery]] = [
    ("AccountMissing", added(struck, a_pick(author_id=NOWHERE))),
    ("AccountMissing", added(struck, a_slip(mentions=(NOWHERE,)))),
    ("MentionOfBlocked", added(lambda: struck().add(PAIR, blocks(NOON)), a_slip(mentions=(BEN,)))),
    ("SlipNotSeen", a_tail(lambda: shown_only().add(PAIR, blocks(NOON)), SLIP, "tail", FOG_HOME)),
    ("SlipNotSeen", a_tail(lambda: shown_only().add(SLIP, SlipChanged(ANN, "followers", False, NOON)), SLIP, "tail", FOG_HOME)),
    ("AccountMissing", a_tail(shown_only, SLIP, "tail", FOG_HOME, tailer_id=NOWHERE)),
    ("ValueNotAllowed", added(struck, a_slip(mentions=(BEN, BEN)))),
    ("ValueNotAllowed", added(struck, a_slip(visibility="nobody"))),
    ("ValueNotAllowed", added(struck, a_slip(stake_shown="so so"))),
    ("ValueNotAllowed", added(struck, a_slip(unit_minor=1))),
    ("ValueNotAllowed", added(struck, a_slip(stake_shown="units"))),
    ("ValueNotAllowed", added(struck, a_slip(tags=("Derby",)))),
    ("ValueNotAllowed", added(struck, a_slip(tags=tuple(f"t{number}" for number in range(11))))),
    ("ValueNotAllowed", added(struck, a_slip(caption="open for all to read"))),
    ("ValueNotAllowed", added(struck, a_slip(type="multiple"))),
    ("ValueNotAllowed", added(struck, a_pick(SHOWN, msgspec.structs.replace(SHOWN, market_id=TOTALS), type="multiple"))),
    ("ValueNotAllowed", added(struck, a_pick(stake_minor=1))),
    ("ValueNotAllowed", added(struck, a_pick(currency="EUR"))),
    ("ValueNotAllowed", added(struck, a_pick(stake_shown="amount"))),
    ("ValueNotAllowed", added(struck, a_pick(SHOWN))),
    ("ValueNotAllowed", added(struck, a_pick(SlipLeg(FIXTURE, MARKET, "home", Odds(1000, 1000))))),
    ("SlipLegWrong", added(struck, a_slip(msgspec.structs.replace(SHOWN, fixture_id=FOG)))),
    ("SlipLegWrong", added(struck, a_pick(SlipLeg(FIXTURE, MARKET, "nobody", FIRST["home"])))),
    ("SlipLegWrong", added(struck, a_pick(SlipLeg(FIXTURE, NOWHERE, "home", FIRST["home"])))),
    ("SlipLegWrong", added(struck, a_pick(SlipLeg(FIXTURE, "no id", "home", FIRST["home"])))),
    ("SlipWithoutBet", added(struck, a_slip(bet_id=NOWHERE))),
    ("SlipWithoutBet", added(struck, a_slip(bet_id=MARKET))),
    ("SlipDiffers", added(struck, a_slip(author_id=BEN))),
    ("SlipDiffers", added(struck, a_slip(stake_minor=100_00))),
    ("SlipDiffers", added(struck, a_slip(currency="USD"))),
    ("SlipDiffers", added(struck, a_slip(msgspec.structs.replace(SHOWN, selection="away")))),
    ("SlipDiffers", added(struck, a_slip(msgspec.structs.replace(SHOWN, odds=Odds(9000, 1000))))),
    ("SlipDiffers", added(struck, a_slip(msgspec.structs.replace(SHOWN, version=2)))),
    ("SlipDiffers", added(clean, a_slip(msgspec.structs.replace(SHOWN, odds=Odds(9000, 1000))))),
    ("StreamMisplaced", done(struck, lambda story: story.add(NOWHERE, a_slip()(story)[1]), 1)),
    ("PickTooLate", added(played, a_pick())),
    ("PickTooLate", added(ended, a_pick())),
    ("PickTooLate", added(abandoned, a_pick())),
    ("PickTooLate", added(clean, a_pick())),
    ("SlipOfAnother", changed(SlipChanged, author_id=BEN)),
    ("SlipOfAnother", changed(SlipRemoved, author_id=BEN)),
    ("DraftOutOfOrder", done(struck, lambda story: draft_again(story, DraftReplaced(BEN, OTHER_CODE, "single", DRAFTED, story.time)), 2)),
    ("MuteOutOfOrder", done(struck, muted_twice, 2)),
    ("AlertReachedBefore", added(struck, waits_for(Odds(2000, 1000)))),
    ("AlertNotReached", done(struck, told_of_less, 2)),
    ("NotificationUnchanged", done(struck, rung_twice, 2)),
    ("SlipOutOfOrder", done(struck, lambda story: story.add(SLIP, SlipChanged(ANN, "followers", True, story.time)), 1)),
    ("SlipOutOfOrder", done(struck, lambda story: story.add(SLIP, SlipReleased(ANN, BOSS, story.time)), 1)),
    ("SlipOutOfOrder", done(held_slip, lambda story: story.add(PICK, SlipHeld(ANN, "abuse", "again", BOSS, story.time)), 1)),
    ("RoleNotGranted", done(struck, lambda story: story.add(SLIP, SlipHeld(ANN, "spam", "mine", BEN, story.time)), 1)),
    ("StreamOver", done(struck, lambda story: story.add(PICK, SlipReleased(ANN, BOSS, story.time)), 1)),
    ("SlipNotSeen", a_tail(struck, slip_of(SINGLE), "tail", FOG_HOME)),
    ("SlipNotSeen", a_tail(struck, PICK, "fade", NO)),
    ("SlipNotSeen", a_tail(held_slip, PICK, "fade", NO)),
    ("TailOfOwnSlip", a_tail(shown_only, SLIP, "tail", FOG_HOME, tailer_id=ANN)),
    ("SlipOfAnother", a_tail(shown_only, SLIP, "tail", FOG_HOME, slip_author_id=BEN)),
    ("TailWithoutBet", a_tail(shown_only, SLIP, "tail", FOG_HOME, tailer_id=TESS)),
    (
        "TailWithoutBet",
        done(shown_only, lambda story: story.add(tail_of(NOWHERE), SlipTailed(BEN, SLIP, ANN, NOWHERE, "tail", story.time)), 1),
    ),
    ("TailNotCounted", a_tail(shown_only, SLIP, "tail", FOG_HOME, day="2026-06-13")),
    ("TailNotCounted", changed(TailCounted, stake_minor=1_00)),
    ("TailNotCounted", lambda: (clean().change(clean().place(TailCounted, 1), bet_id=NOWHERE), clean().place(SlipTailed, 1))),
    (
        "TailNotCounted",
        done(shown_only, lambda story: story.add(tail_day_of(BEN, TODAY), TailCounted(BEN, TODAY, NOWHERE, 1_00, None, story.time)), 1),
    ),
    ("ValueNotAllowed", changed(TailCounted, day="2026-06-13")),
    ("StreamMisplaced", changed(TailCounted, 1, account_id=TESS)),
    ("AccountMissing", changed(TailCounted, account_id=NOWHERE)),
    ("TailCapExceeded", changed(TailCounted, 1, daily_cap_minor=19_99)),
    ("TailCapExceeded", changed(TailCounted, daily_cap_minor=9_99)),
    ("TailDiffers", a_tail(shown_only, SLIP, "tail", Leg(OTHER_MARKET, "away", FIRST["away"], 1))),
    ("TailDiffers", a_tail(shown_only, SLIP, "fade", Leg(OTHER_MARKET, "away", FIRST["away"], 1))),
    ("TailDiffers", a_tail(shown_only, PICK, "fade", YES)),
    ("TailDiffers", a_tail(shown_only, PICK, "tail", NO)),
    ("ValueNotAllowed", a_tail(shown_only, PICK, "both", NO)),
    ("StreamMisplaced", a_tail(shown_only, SLIP, "tail", FOG_HOME, bet_id=SINGLE)),
]
"""What is wrong with slips and tails."""


def talking(*further: Callable[[Any], tuple[str, Fact]]) -> Callable[[], Story]:
    """A log in which a slip was liked no more, a comment and its reply stand, and then what `further` says; each is made of the moment."""

    def make() -> Story:
        story = clean()
        story = story.until(story.place(CommentEdited))
        for fact in further:
            story.add(*fact(story.time))
        return story

    return make


def says(make: Callable[[], Story], stream_id: str, fact: Callable[[Any], Fact]) -> Forgery:
    """Append a wrong fact, made of the moment."""
    return done(make, lambda story: story.add(stream_id, fact(story.time)), 1)


def reacts(kind: str = "like", slip_id: str = SHOWN_SLIP, age_days: int = 0, account_id: str = BEN) -> Callable[[Any], Fact]:
    return lambda at: Reacted(kind, account_id, slip_id, ANN, age_days, at)


def comments(**changes: Any) -> Callable[[Any], Fact]:
    return lambda at: msgspec.structs.replace(CommentPosted(BEN, SHOWN_SLIP, ANN, SEALED_TEXT, at), **changes)


def edits(text: str = SEALED_TEXT, **changes: Any) -> Callable[[Any], Fact]:
    return lambda at: msgspec.structs.replace(CommentEdited(BEN, SHOWN_SLIP, text, at), **changes)


def blocked(at: Any) -> tuple[str, Fact]:
    return PAIR, Blocked(ANN, BEN, at)


def blocked_by_tess(at: Any) -> tuple[str, Fact]:
    return follow_of(TESS, BEN), Blocked(TESS, BEN, at)


def for_followers(at: Any) -> tuple[str, Fact]:
    return SHOWN_SLIP, SlipChanged(ANN, "followers", False, at)


def closed(at: Any) -> tuple[str, Fact]:
    return SHOWN_SLIP, SlipChanged(ANN, "public", True, at)


def closed_by_then(at: Any) -> tuple[str, Fact]:
    return SHOWN_SLIP, SlipChanged(ANN, "public", False, at, at + timedelta(milliseconds=1))


def slip_held(at: Any) -> tuple[str, Fact]:
    return SHOWN_SLIP, SlipHeld(ANN, "spam", "why", BOSS, at)


def private(at: Any) -> tuple[str, Fact]:
    return profile_of(ANN), ProfileChanged(ANN, "", "", True, at)


def following(at: Any) -> tuple[str, Fact]:
    return PAIR, Followed(BEN, ANN, at)


def tess_remarks(at: Any) -> tuple[str, Fact]:
    return NOWHERE, CommentPosted(TESS, SHOWN_SLIP, ANN, SEALED_TEXT, at)


def edited_often() -> Story:
    story = talking()()
    for number in range(19):
        story.add(REMARK, CommentEdited(BEN, SHOWN_SLIP, f"{SEALED_TEXT}{number}", story.time))
    return story


def much_later() -> Story:
    story = talking()()
    story.now_us += 15 * 60 * 1_000_000
    return story


LIKE, REPOST, NEW = reaction_of("like", BEN, SHOWN_SLIP), reaction_of("repost", BEN, SHOWN_SLIP), derived("comment", "new")
TALK: list[tuple[str, Forgery]] = [
    ("SlipNotSeen", says(talking(), reaction_of("like", BEN, NOWHERE), reacts(slip_id=NOWHERE))),
    ("SlipNotSeen", says(talking(), reaction_of("like", BEN, SLIP), reacts(slip_id=SLIP))),
    ("SlipNotSeen", says(talking(slip_held), LIKE, reacts())),
    ("SlipNotSeen", says(talking(blocked), REPOST, reacts("repost"))),
    ("SlipNotSeen", says(talking(for_followers), LIKE, reacts())),
    ("SlipNotSeen", says(talking(private), LIKE, reacts())),
    ("SlipNotSeen", says(talking(private), NEW, comments())),
    ("SlipNotSeen", says(talking(blocked), REMARK, edits())),
    ("ReactionOutOfOrder", says(talking(), LIKE, lambda at: ReactionWithdrawn("like", BEN, SHOWN_SLIP, ANN, at))),
    ("ReactionOutOfOrder", says(talking(lambda at: (LIKE, reacts()(at))), LIKE, reacts())),
    ("RepostForFollowers", says(talking(following, for_followers), REPOST, reacts("repost"))),
    ("RepostForFollowers", says(talking(following, private), REPOST, reacts("repost"))),
    ("StreamMisplaced", says(talking(), NEW, reacts())),
    ("StreamMisplaced", changed(ReactionWithdrawn, kind="save")),
    ("ValueNotAllowed", says(talking(), reaction_of("clap", BEN, SHOWN_SLIP), reacts("clap"))),
    ("ValueNotAllowed", says(talking(), LIKE, reacts(age_days=1))),
    ("ValueNotAllowed", changed(Reacted, slip_author_id=TESS)),
    ("ValueNotAllowed", changed(ReactionWithdrawn, slip_author_id=TESS)),
    ("AccountMissing", says(talking(), reaction_of("like", NOWHERE, SHOWN_SLIP), reacts(account_id=NOWHERE))),
    ("AccountMissing", says(talking(), NEW, comments(author_id=NOWHERE))),
    ("AccountMissing", says(talking(), NEW, comments(mentions=(NOWHERE,)))),
    ("CommentWhileClosed", says(talking(closed), NEW, comments())),
    ("CommentWhileClosed", says(talking(closed_by_then), NEW, comments())),
    ("ReplyOutOfPlace", says(talking(), NEW, comments(parent_id=NEW))),
    ("ReplyOutOfPlace", says(talking(), NEW, comments(parent_id=REPLY))),
    ("ReplyOutOfPlace", says(talking(), NEW, comments(parent_id=REMARK, parent_author_id=ANN))),
    ("ValueNotAllowed", says(talking(), NEW, comments(parent_author_id=BEN))),
    ("ReplyOutOfPlace", says(clean, NEW, comments(parent_id=REPLY))),
    ("ReplyOutOfPlace", says(talking(tess_remarks, blocked_by_tess), NEW, comments(parent_id=NOWHERE))),
    ("MentionOfBlocked", says(talking(blocked_by_tess), NEW, comments(mentions=(TESS,)))),
    ("MentionOfBlocked", says(talking(blocked_by_tess), REMARK, edits(mentions=(TESS,)))),
    ("ValueNotAllowed", says(talking(), NEW, comments(text="open for all to read"))),
    ("ValueNotAllowed", says(talking(), NEW, comments(mentions=(ANN, ANN)))),
    ("ValueNotAllowed", says(talking(), NEW, comments(slip_author_id=BEN))),
    ("ValueNotAllowed", says(talking(), REMARK, edits("open for all to read"))),
    ("ValueNotAllowed", says(talking(), REMARK, lambda at: CommentDeleted(BEN, SHOWN_SLIP, at, TESS))),
    ("ValueNotAllowed", changed(CommentDeleted, deleted_by=ANN)),
    ("EditOutOfOrder", says(talking(), REMARK, edits(f"{SEALED_TEXT}B"))),
    ("EditOutOfOrder", says(much_later, REMARK, edits())),
    ("EditOutOfOrder", says(edited_often, REMARK, edits())),
    ("CommentOfAnother", says(talking(), REMARK, edits(author_id=ANN))),
    ("CommentOfAnother", changed(CommentDeleted, slip_id=SLIP)),
    ("StreamOver", says(clean, REPLY, lambda at: CommentEdited(ANN, SHOWN_SLIP, f"{SEALED_TEXT}C", at))),
]
"""What is wrong with reactions and comments."""


def up_to(kind: type[Fact], number: int = 0) -> Callable[[], Story]:
    """A log that ends with the fact of a kind that is the first, second, ... of it."""

    def make() -> Story:
        story = clean()
        return story.until(story.place(kind, number))

    return make


def reports_hold(at: Any) -> ItemHeld:
    return ItemHeld(OF_SLIP, "reports", "Reported by 1 accounts.", "reports", 1, at)


def words_hold(at: Any) -> ItemHeld:
    return ItemHeld(OF_SLIP, "words", WORDS_REASON, "words", 1, at)


WORDS_REASON = "The word filter marked what it says."
OF_SLIP_OF_TESS = ModeratedItem("slip", SHOWN_SLIP, TESS, SHOWN_SLIP)
OF_SLIP, OF_BEN = ModeratedItem("slip", SHOWN_SLIP, ANN, SHOWN_SLIP), ModeratedItem("account", BEN, BEN)
SLIPS_CASE, REMARKS_CASE, BENS_CASE = case_of("slip", SHOWN_SLIP), case_of("comment", REMARK), case_of("account", BEN)
OF_REMARK = ModeratedItem("comment", REMARK, BEN, SHOWN_SLIP)
MODERATION: list[tuple[str, Forgery]] = [
    ("ReportOutOfPlace", changed(ItemReported, reporter_id=ANN)),
    ("ReportOutOfPlace", says(up_to(ItemReported), SLIPS_CASE, lambda at: ItemReported(OF_SLIP, BEN, "abuse", at))),
    ("ReportOutOfPlace", says(up_to(ItemHeld, 1), REMARKS_CASE, lambda at: ItemReported(OF_REMARK, TESS, "abuse", at))),
    ("AccountMissing", changed(ItemReported, reporter_id=NOWHERE)),
    ("CaseOutOfOrder", says(clean, BENS_CASE, lambda at: AccountUnshadowed(OF_BEN, "why", BOSS, at))),
    ("CaseOutOfOrder", says(clean, BENS_CASE, lambda at: DecisionAppealed(OF_BEN, SEALED_TEXT, at))),
    ("CaseOutOfOrder", says(clean, BENS_CASE, lambda at: ReportsDismissed(OF_BEN, "why", BOSS, at))),
    ("CaseOfAnother", changed(ReportsDismissed, item=ModeratedItem("account", BEN, ANN))),
    (
        "CaseOfAnother",
        says(talking(), SLIPS_CASE, lambda at: ItemReported(OF_SLIP_OF_TESS, BEN, "spam", at)),
    ),
    ("HeldByTooFew", changed(ItemHeld, reports=3)),
    ("HeldByTooFew", says(up_to(ItemReported), SLIPS_CASE, reports_hold)),
    ("MarkedWithoutText", says(up_to(ItemReported), SLIPS_CASE, words_hold)),
    ("HeldWithoutCase", says(talking(), SHOWN_SLIP, lambda at: SlipHeld(ANN, "words", WORDS_REASON, "words", at))),
    ("ItemNotAsDecided", says(clean, REMARKS_CASE, lambda at: ItemRemoved(OF_REMARK, "spam", "why", BOSS, at))),
    ("ItemNotAsDecided", says(up_to(DecisionAppealed), SHOWN_SLIP, lambda at: SlipReleased(ANN, BOSS, at))),
    ("ItemNotAsDecided", says(up_to(DecisionAppealed), SLIPS_CASE, lambda at: ItemReleased(OF_SLIP, "why", BOSS, at))),
    (
        "AppealDecidedBySame",
        says(up_to(DecisionAppealed, 1), SLIPS_CASE, lambda at: AppealDecided(OF_SLIP, granted=False, reason="why", actor=BOSS, at=at)),
    ),
    ("RoleNotGranted", changed(ReportsDismissed, actor=TESS)),
    ("SharedWhileSuspended", says(up_to(ItemHeld, 2), NEW, comments())),
    ("SharedWhileSuspended", says(up_to(ItemHeld, 2), REPOST, reacts("repost"))),
    ("HeldWithoutCase", says(talking(), SHOWN_SLIP, lambda at: SlipHeld(ANN, "reports", "why", "reports", at))),
    ("CommentHoldOutOfOrder", says(clean, REMARK, lambda at: CommentReleased(BEN, SHOWN_SLIP, BOSS, at))),
    ("ReplyOutOfPlace", says(up_to(ItemHeld, 1), NEW, comments(author_id=ANN, parent_id=REMARK))),
]
"""What is wrong with reports and what moderators decide."""


CASHING_OUT: list[tuple[str, Forgery]] = [
    ("ValueNotAllowed", changed(BetPlaced, 2, standing=())),
    ("CashOutDiffers", changed(BetCashedOut, share_percent=41)),
    ("CashOutDiffers", changed(BetCashedOut, asked_minor=10_00)),
    ("CashOutAmountWrong", changed(BetCashedOut, amount_minor=10_00, cashed_out_minor=10_00)),
    ("CashOutChanceWrong", changed(BetCashedOut, legs=(CashOutLeg(MARKET, 6, 900_000),))),
    ("CashOutWithoutPrice", changed(BetCashedOut, legs=(CashOutLeg(MARKET, 5, 500_000),))),
    ("CashOutTooLate", changed(BetCashedOut, expires_at=NOON, asked_version=f"1-6-{micros(NOON) // 1_000}")),
    ("CashOutPaymentDiffers", elsewhere(changed(CashOutPaid, number=2), 1)),
    ("CashOutPaymentDiffers", without(CashOutPaid, 0)),
    ("CashOutWithoutBet", changed(CashOutPaid, bet_id=NOWHERE)),
    ("CashOutWithoutBet", without(BetCashedOut, -1)),
]
"""What is wrong with bets that are cashed out."""


OVER = Leg(GOALS, "over", Odds(1800, 1000), 1)


def changed_settlement(**fields: Any) -> Forgery:
    """Change the first settlement of the free bet in the clean log; it is found there."""

    def forge() -> Forged:
        story = clean()
        place = next(fact.position for fact in story.log if fact.stream_id == FREE and isinstance(fact.body, BetSettled))
        return story.change(place, **fields), place

    return forge


def unused() -> Story:
    """A free bet of Ben's that no bet was struck with."""
    story = struck()
    return story.until(story.place(FreeBetGranted))


def freely(make: Callable[[], Story], at: int, **changes: Any) -> Forgery:
    """Strike a bet with the free bet."""
    return done(make, lambda story: strike_free(story, NOWHERE, OVER, **changes), at)


def granting(make: Callable[[], Story], **changes: Any) -> Forgery:
    """Grant one more free bet."""
    return done(make, lambda story: story.add(NOWHERE, granted(story, **changes)), 1)


def free_money_beside(story: Story) -> Story:
    """The free bet is struck, and its stake taken from the wallet all the same."""
    append, before = strike_free(story, NOWHERE, OVER).appends()[-1], left(story, BEN)
    used, fact = append
    story = story.until(used.position - 1)
    reserved = StakeReserved(BEN, NOWHERE, 10_00, before - 10_00, story.time)
    return story.add((FREE_BET_ID, used.body), (wallet_of(BEN), reserved), (NOWHERE, fact.body))


def stake_beside() -> Forged:
    story = unused()
    before = len(story.log)
    return free_money_beside(story), before + 3


def late() -> Story:
    return unused().at(8 * DAYS)


def free_slip(story: Story) -> tuple[str, Fact]:
    leg = SlipLeg(FIXTURE, GOALS, "over", Odds(1800, 1000), 1)
    return slip_of(FREE), SlipShared(BEN, "single", (leg,), "public", "amount", story.time, FREE, 10_00, "EUR")


def excluded_ben() -> Story:
    story = unused()
    return story.add(account_gate_of(BEN), SelfExcluded(BEN, None, BEN, story.time))


FREE_BETS: list[tuple[str, Forgery]] = [
    ("FreeBetUsedTwice", freely(struck, 1)),
    ("FreeBetTooLate", freely(late, 1)),
    ("FreeBetWithoutBet", freely(unused, 1, free_bet_id="")),
    ("FreeBetWithoutBet", done(unused, lambda story: story.add(FREE_BET_ID, FreeBetUsed(BEN, NOWHERE, story.time)), 1)),
    ("FreeBetDiffers", freely(unused, 2, stake_minor=9_00)),
    ("FreeBetDiffers", freely(unused, 2, account_id=ANN)),
    ("FreeBetDiffers", freely(unused, 2, currency="GBP")),
    ("PotentialReturnsWrong", freely(unused, 2, potential_returns_minor=18_00)),
    ("FreeBetMovedMoney", bet(unused, OVER, account_id=BEN, free_bet_id=FREE_BET_ID, potential_returns_minor=8_00)),
    ("FreeBetMovedMoney", stake_beside),
    ("ReturnsWrong", changed_settlement(returns_minor=18_00)),
    ("OutcomeWrong", changed_settlement(outcome="part_lost")),
    ("FreeBetGivenBackWrong", changed(FreeBetGivenBack, settlement=1)),
    ("FreeBetGivenBackWrong", without(FreeBetTakenAgain, 0)),
    ("SlipDiffers", added(struck, free_slip)),
    ("RoleNotGranted", granting(unused, actor=ANN)),
    ("AccountShut", granting(excluded_ben)),
    ("ValueNotAllowed", granting(unused, currency="GBP")),
    ("ValueNotAllowed", granting(unused, amount_minor=1_000_001)),
    ("ValueNotAllowed", granting(unused, expires_at=NOON)),
    ("AccountMissing", granting(unused, account_id=NOWHERE)),
]
"""What is wrong with free bets."""


FORGERIES = [
    *DELAYS,
    *REFERRALS,
    *CASHING_OUT,
    *FREE_BETS,
    *BONUSES,
    *GIFTS,
    *PRICE_ERRORS,
    *CORRECTING,
    *LOG,
    *PEOPLE,
    *FOLLOWS,
    *LIMITS,
    *MONEY,
    *MONITORING,
    *TRADING,
    *BETTING,
    *SLIPS,
    *TALK,
    *MODERATION,
]
