"""Logs written by hand, and ways to forge them."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from operator import is_
from typing import Any, TypeVar

import msgspec

from commands.log_reader import BatchRow, LogFilter, LogStretch, WholeBatches, begins
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
    SessionEnded,
    SessionOpened,
    SessionsEnded,
    SkeletonClaimed,
)
from domain.account.look_alikes import skeleton
from domain.account_gate.facts import (
    AccountClosed,
    AccountReopened,
    DepositLimitDeclined,
    LimitRemoved,
    LimitSet,
    OfficeLeft,
    OfficeTaken,
    ReturnRequested,
    SelfExcluded,
    StakeFactorSet,
    TimedOut,
    WithdrawalHoldPlaced,
    WithdrawalHoldReleased,
)
from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    CashOutLeg,
    Leg,
    ReferralAnswered,
)
from domain.bonus.facts import (
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.chain import GENESIS, SCHEME, SCHEME_EARLIER, batch_digest, mark_of, rows_digest
from domain.comment.facts import CommentDeleted, CommentEdited, CommentHeld, CommentPosted, CommentReleased
from domain.draft.facts import DraftDeleted, DraftLeg, DraftMade, DraftPublished, DraftReplaced
from domain.fact import Fact, Recorded, micros, moment
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.fixture_limit.facts import FixturePayoutLimited
from domain.follow.facts import (
    Blocked,
    Followed,
    FollowRequestDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from domain.free_bet.commands import GrantFreeBet
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.gifts.facts import GiftCounted
from domain.ids import (
    account_gate_of,
    address_of,
    bonus_of,
    case_of,
    cash_out_of,
    derived,
    draft_of,
    email_claim_of,
    fixture_limit_of,
    follow_of,
    free_bet_of,
    gate_of,
    gifts_of,
    handle_claim_of,
    monitoring_of,
    mutes_of,
    notifications_of,
    pick_of,
    producer_of,
    profile_of,
    reaction_of,
    sign_ins_of,
    skeleton_claim_of,
    slip_of,
    tail_day_of,
    tail_of,
    transfer_of,
    wallet_of,
)
from domain.market.facts import (
    MarketBetDelaySet,
    MarketClosed,
    MarketOpened,
    MarketPayoutLimited,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
    PriceError,
    Selection,
    VoidWindow,
)
from domain.moderation.facts import (
    AccountShadowed,
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
from domain.monitoring.facts import AlertsClosed, RuleMet, TransferAssessed
from domain.mutes.facts import ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    NoticesMarked,
    PreferenceSet,
    PriceAlertReached,
    PriceAlertRemoved,
    PriceAlertSet,
    ScheduleSet,
)
from domain.odds import Odds
from domain.partitions import PARTITIONS
from domain.pricing.chances import chance_millionths
from domain.producer.facts import HeartBeat, SessionBegun
from domain.profile.facts import ProfileChanged
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.proposal.preview import Preview, PreviewedMoney
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.score_model import ScoreModel
from domain.settling import LOST, RULES_CURRENT, VOID, WON
from domain.settling.same_game import SameGame
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.tail.facts import SlipTailed, TailCounted
from domain.wallet.facts import (
    BonusReceived,
    CashOutPaid,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReleased,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)
from infra.eventstore.fact_encoding import copy_row

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
LOG_ID = derived("log", "of the story")
BOSS, TESS, TOM = derived("account", "boss"), derived("account", "tess"), derived("account", "tom")
ANN, BEN = derived("account", "ann"), derived("account", "ben")
FIXTURE, FOG = derived("fixture", "one"), derived("fixture", "fog")
MARKET, OTHER_MARKET = derived("market", "one"), derived("market", "in fog")
TOTALS, HALF, BOTH = (derived("market", name) for name in ("totals", "first half", "both score"))
CLOSED, TOGETHER = derived("bet", "closed"), derived("bet", "together")
SINGLE, LOSER, MULTIPLE, VOIDED, LATE = (derived("bet", name) for name in ("single", "loser", "multiple", "voided", "late"))
GOALS, FREE = derived("market", "goals"), derived("bet", "free")
FREE_BET_ID = free_bet_of(BEN, "welcome")
LARGE_GIFT, APPROVED_GIFT = free_bet_of(BEN, "large"), derived("proposal", "large gift")
GIFT, SPENT = bonus_of(BEN, "gift"), bonus_of(BEN, "spent")
OF_GIFT, OF_SPENT = derived("bet", "of the gift"), derived("bet", "of the other")
"""Two bonuses of Ben's, one that becomes cash and one that expires, and a bet from each."""

CAP_MINOR = 20_00
"""The most that Ben stakes by tails in a day: two of ten."""

DELAYED, TOO_LATE, DELAY_S = derived("bet", "delayed"), derived("bet", "too late"), 3
REFERRED, UNANSWERED = derived("bet", "referred"), derived("bet", "unanswered")
REFER_S, TAKEN_MINOR = 10, 6_00
TAILED, FADED = derived("bet", "tailed"), derived("bet", "faded")
SLIP, PICK, CAPTION = slip_of(VOIDED), pick_of(ANN, "both"), "s1." + "a" * 40
APPROVED, REJECTED, CORRECTION = (derived("proposal", name) for name in ("approved", "rejected", "correction"))
CODE = "7GKQ2M9XTA"
NOWHERE = derived("nowhere", "at all")
SHOWN_SLIP, REMARK, REPLY = slip_of(MULTIPLE), derived("comment", "remark"), derived("comment", "reply")
RUDE = derived("comment", "rude")
SEALED_TEXT = "s1." + "A" * 40
FEED = producer_of("replay")
COMPETITION, SPORT = gate_of("competition", "football", "Cup"), gate_of("sport", "football")
SELECTIONS = (Selection("home", "Reds"), Selection("draw", "Draw"), Selection("away", "Blues"))
YES_NO = (Selection("yes", "Yes"), Selection("no", "No"))
OVER_UNDER = (Selection("over", "Over 1.5"), Selection("under", "Under 1.5"))
MODEL = ScoreModel(1_500_000, 1_200_000, -150_000, 950_000)
"""What two markets of a match were priced from."""

SHADED = ScoreModel(1_500_000, 1_200_000, -150_000, 950_000, 21, 1, 0, None, (210, *(0,) * 34, 60))
"""What one was priced from when open bets weighed on no goal more."""


BOTH_SCORE = Odds(1900, 1000)
FIRST = {"home": Odds(2350, 1000), "draw": Odds(3200, 1000), "away": Odds(2900, 1000)}
SECOND = {"home": Odds(2000, 1000), "draw": Odds(3300, 1000), "away": Odds(3500, 1000)}
JOINT = SameGame((0, 1), Odds(4400, 1000), 207_477)
"""The home side and both teams to score, by that model, with what a ten on them returns."""

JOINT_MINOR = 44_00
HOME_WON = {"home": WON, "draw": LOST, "away": LOST}
AWAY_WON = {"home": LOST, "draw": LOST, "away": WON}
ALL_VOID = dict.fromkeys(HOME_WON, VOID)
GRACE_MS, IN_PLAY_GRACE_MS, LEASE_MS = 3_000, 500, 10_000
SEALED = "s1." + "A" * 43
STEP_US = 1_000
"""Each append is committed a millisecond after the one before, unless told otherwise."""


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def micros_after(seconds: float) -> int:
    return micros(after(seconds))


class Story:
    """A log written by hand, versions and positions given in order; each append is a batch. It is an `AuditLog` and has streams.

    The chain is made of what the log holds when it is read: whatever was forged, it is the rules that must find it. `sealed` keeps the rows
    of the batches as they are now. Batches whose numbers, from 0, are in `earlier` were written by a process of the earlier rules.
    """

    def __init__(self, *, scheme: int = SCHEME) -> None:
        self.log: list[Recorded[Any]] = []
        self.sizes: list[int] = []
        self.scheme = scheme
        self.earlier: Container[int] = ()
        self.now_us = micros(NOON)
        self.head_told: int | None = None
        self.misnamed: tuple[int, ...] = ()
        self.rows: list[BatchRow] | None = None
        self._chained: list[tuple[bytes, list[Recorded[Any]], BatchRow]] = []

    def at(self, seconds: float) -> "Story":
        """Go on at so many seconds after noon."""
        self.now_us = micros_after(seconds)
        return self

    @property
    def time(self) -> datetime:
        """The log's time now."""
        return NOON + timedelta(microseconds=self.now_us - micros(NOON))

    def add(self, *facts: tuple[str, Fact] | str | Fact) -> "Story":
        """Append facts, all in one: pairs of a stream and a fact, or one stream and its fact."""
        pairs: Any = [facts] if isinstance(facts[0], str) else facts
        self.now_us += STEP_US
        for stream_id, fact in pairs:
            version = 1 + sum(1 for recorded in self.log if recorded.stream_id == stream_id)
            self.log.append(Recorded(len(self.log) + 1, stream_id, version, fact, self.now_us))
        self.sizes.append(len(pairs))
        return self

    def copy(self) -> "Story":
        """Return the same log, to be forged."""
        other = Story(scheme=self.scheme)
        other.log, other.sizes, other.now_us = list(self.log), list(self.sizes), self.now_us
        other._chained, other.earlier = list(self._chained), self.earlier
        return other

    def place(self, kind: type[Fact], number: int = 0) -> int:
        """Return the position of the first, second ... fact of a kind; -1 is the last."""
        return [recorded.position for recorded in self.log if type(recorded.body) is kind][number]

    def body(self, position: int) -> Any:
        return self.log[position - 1].body

    def change(self, position: int, **fields: Any) -> "Story":
        """Forge fields of the fact at a position."""
        return self.put(position, body=msgspec.structs.replace(self.body(position), **fields))

    def put(self, place: int, **fields: Any) -> "Story":
        """Forge where a fact stands, or all of it."""
        self.log[place - 1] = msgspec.structs.replace(self.log[place - 1], **fields)
        return self

    def until(self, position: int) -> "Story":
        """Forget the appends that end after a position."""
        other, count = self.copy(), 0
        other.sizes, other.log = [], []
        for size in self.sizes:
            if count + size > position:
                break
            count += size
            other.sizes.append(size)
        other.log = self.log[:count]
        other.now_us = other.log[-1].committed_us if other.log else micros(NOON)
        return other

    def rebuilt(self, appends: Sequence[Sequence[Recorded[Any]]]) -> "Story":
        """Return a log of these appends, positions and versions given anew."""
        other, versions, position = Story(scheme=self.scheme), {}, 0
        other._chained = list(self._chained)
        for append in appends:
            for recorded in append:
                position += 1
                version = versions[recorded.stream_id] = versions.get(recorded.stream_id, 0) + 1
                if (recorded.position, recorded.version) != (position, version):
                    recorded = msgspec.structs.replace(recorded, position=position, version=version)  # noqa: PLW2901  (the same fact there)
                other.log.append(recorded)
            if append:
                other.sizes.append(len(append))
        other.now_us = self.now_us
        return other

    def appends(self) -> list[list[Recorded[Any]]]:
        ends = [sum(self.sizes[: number + 1]) for number in range(len(self.sizes))]
        return [self.log[end - size : end] for end, size in zip(ends, self.sizes, strict=True)]

    def sealed(self) -> "Story":
        """Keep the batches' rows as they are now, so that what is forged from now on breaks the chain."""
        self.rows = list(self.read_batches(0, len(self.log)).batches)
        return self

    def identity(self) -> str:
        return LOG_ID

    def mark_at(self, position: int) -> str | None:
        if position <= 0:
            return mark_of(LOG_ID, b"")
        rows = self.rows if self.rows is not None else (row for _, row in self._batches())
        return next((mark_of(LOG_ID, row.digest) for row in rows if row.upto >= position), None)

    def _batches(self) -> Iterator[tuple[list[Recorded[Any]], BatchRow]]:
        """Yield the batches with their rows, made anew from the first one on that is not as it was when it was read last."""
        digest, start = GENESIS, 0
        for number, size in enumerate(self.sizes):
            facts = self.log[start : start + size]
            start += size
            scheme = SCHEME_EARLIER if number in self.earlier else self.scheme
            before, kept, row = self._chained[number] if number < len(self._chained) else (b"", [], None)
            same = row is not None and len(kept) == size and all(map(is_, kept, facts))
            if row is None or not same or (before, row.upto, row.scheme) != (digest, start, scheme):
                rows = row.rows_digest if row is not None and same else rows_digest(b"".join(map(row_of, facts)))
                row = _chained(digest, start, facts, scheme, rows)
                self._chained[number : number + 1] = [(digest, facts, row)]
            digest = row.digest
            yield facts, row

    def read_batches(self, after: int, facts_min: int) -> WholeBatches:
        facts: list[Recorded[Any]] = []
        batches: list[BatchRow] = []
        for number, (of_batch, row) in enumerate(self._batches()):
            if row.upto > after:
                facts += of_batch
                batches.append(row if self.rows is None else msgspec.structs.replace(self.rows[number], rows_digest=row.rows_digest))
                if len(facts) >= facts_min:
                    break
        return WholeBatches(facts, batches, [position for position in self.misnamed if after < position <= after + len(facts)])

    def ends_of(self, stream_ids: Collection[str], upto: int) -> dict[str, tuple[Recorded[Any], Recorded[Any]]]:
        found: dict[str, list[Recorded[Any]]] = {}
        for fact in self.log[:upto]:
            if fact.stream_id in stream_ids:
                found.setdefault(fact.stream_id, []).append(fact)
        return {stream_id: ([fact for fact in facts[:3] if begins(fact)][-1], facts[-1]) for stream_id, facts in found.items()}

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> list[Recorded[Any]]:
        wanted, named = frozenset(kinds), stream_id.encode()
        facts = [fact for fact in self.log[after:upto] if type(fact.body) in wanted]
        return [fact for fact in facts if named in msgspec.json.encode(fact.body)][:limit]

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return [recorded for recorded in self.log if recorded.position > after][:limit]

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        return LogStretch.of(wanted, self.read(after, limit), after)

    def wait(self, timeout_ms: int) -> None: ...

    def head(self) -> int:
        return self.head_told or max((recorded.position for recorded in self.log), default=0)

    def head_committed(self) -> int:
        return self.head()

    def load(self, streams: dict[str, int]) -> dict[str, list[Recorded[Any]]]:
        return {stream_id: [fact for fact in self.log if fact.stream_id == stream_id] for stream_id in streams}


def _chained(before: bytes, upto: int, facts: Sequence[Recorded[Any]], scheme: int, rows: bytes) -> BatchRow:
    """Return the row of a batch that is one append."""
    committed_us, sizes = facts[0].committed_us, (len(facts),)
    digest = batch_digest(scheme=scheme, log_id=LOG_ID, before=before, upto=upto, committed_us=committed_us, append_sizes=sizes, rows=rows)
    return BatchRow(upto, committed_us, sizes, scheme, digest, rows)


def written_once(write: Callable[[], Story]) -> Callable[[], Story]:
    """Let a story be written, and its batches be chained, once: whoever asks for it has a copy of their own."""

    @cache
    def kept() -> Story:
        story = write()
        story.read_batches(0, len(story.log))
        return story

    return wraps(write)(lambda: kept().copy())


def everywhere(position: int) -> dict[int, int]:
    """All partitions of a process manager at one position."""
    return dict.fromkeys(range(PARTITIONS), position)


def row_of(fact: Recorded[Any]) -> bytes:
    """Return what is digested of a fact; of one that no log could hold, anything."""
    try:
        return copy_row(fact.stream_id, fact.version, fact.body, fact.position)
    except (KeyError, ValueError):
        return msgspec.json.encode(fact)


def register(story: Story, account_id: str, handle: str) -> Story:
    email, now = f"{handle}@example.com", story.time
    return story.add(
        (handle_claim_of(handle), HandleClaimed(handle, account_id, now)),
        (skeleton_claim_of(skeleton(handle)), SkeletonClaimed(account_id, now)),
        (email_claim_of(email), EmailClaimed(account_id, now)),
        (wallet_of(account_id), WalletOpened(account_id, "EUR", now)),
        (account_id, AccountRegistered(handle, SEALED, "$argon2id$", "EUR", now, email_claim_of(email))),
    )


def grant(story: Story, account_id: str, role: str, by: str) -> Story:
    now = story.time
    return story.add(
        (account_gate_of(account_id), OfficeTaken(account_id, role, by, now)),
        (account_id, RoleGranted(role, by, now)),
    )


def deposit(
    story: Story, account_id: str, amount_minor: int, reference: str, used_by: str = "", found: Sequence[tuple[str, int, int]] = ()
) -> Story:
    repaid_minor, now = min(owed(story, account_id), amount_minor), story.time
    available_minor = left(story, account_id) + amount_minor - repaid_minor
    return story.add(
        (wallet_of(account_id), FundsDeposited(account_id, amount_minor, reference, available_minor, now, repaid_minor)),
        assessed(story, account_id, reference, "deposit", amount_minor, *found),
        (transfer_of(account_id, reference), TransferRecorded(used_by or account_id, "deposit", amount_minor, "EUR", reference, now)),
    )


def assessed(
    story: Story, account_id: str, reference: str, direction: str, amount_minor: int, *found: tuple[str, int, int]
) -> tuple[str, TransferAssessed]:
    """What monitoring says of a transfer, whose findings are told: rule, what it came to, from what on it is met."""
    of_account = [recorded.body for recorded in story.log if getattr(recorded.body, "account_id", "") == account_id]
    staked_minor = sum(body.stake_minor for body in of_account if isinstance(body, StakeReserved))
    staked_minor -= sum(body.stake_minor for body in of_account if isinstance(body, StakeReleased))
    stream_id = monitoring_of(account_id)
    before = [recorded.body for recorded in story.log if recorded.stream_id == stream_id]
    raised = max([body.alert for body in before if isinstance(body, TransferAssessed)], default=0)
    fact = TransferAssessed(
        holder_id=account_id,
        transfer_id=transfer_of(account_id, reference),
        direction=direction,
        amount_minor=amount_minor,
        currency="EUR",
        staked_minor=staked_minor,
        rules=1,
        at=story.time,
        alert=raised + 1 if found else 0,
        findings=tuple(RuleMet(*each) for each in found),
    )
    return stream_id, fact


def left(story: Story, account_id: str) -> int:
    """What a wallet has available."""
    wallet_id = wallet_of(account_id)
    moved = [recorded.body for recorded in story.log if recorded.stream_id == wallet_id and hasattr(recorded.body, "available_minor")]
    return moved[-1].available_minor if moved else 0


def marks(story: Story, fixture_id: str) -> tuple[int, ...]:
    gates = (gate_of("fixture", fixture_id), COMPETITION, SPORT)
    return tuple(sum(recorded.stream_id == gate_id for recorded in story.log) for gate_id in gates)


def opened(story: Story, fixture_id: str, **changes: Any) -> MarketOpened:
    gates = (gate_of("fixture", fixture_id), COMPETITION, SPORT)
    fact = MarketOpened(
        *(fixture_id, "match_result", {}, SELECTIONS, FIRST, GRACE_MS, story.time, IN_PLAY_GRACE_MS),
        gates=gates,
        marks=marks(story, fixture_id),
        producer=FEED,
        session=1,
        actor="replay",
    )
    return caused(msgspec.structs.replace(fact, **changes), "feed")


def priced(story: Story, prices: dict[str, Odds], grace_ms: int = GRACE_MS, **changes: Any) -> MarketPriced:
    fact = MarketPriced(prices, story.time, grace_ms, marks(story, FIXTURE), FEED, 1, actor="replay")
    return caused(msgspec.structs.replace(fact, **changes), "clock")


Prices = TypeVar("Prices", MarketOpened, MarketPriced)


def caused(fact: Prices, cause: str) -> Prices:
    """Say why prices were given, where they do not: a trader's for themselves."""
    return fact if fact.cause else msgspec.structs.replace(fact, cause=cause if fact.producer else "trader")


def scheduled(story: Story, **changes: Any) -> FixtureScheduled:
    fact = FixtureScheduled("football", "Cup", "Reds", "Blues", after(60), neutral=False, at=story.time, actor="replay")
    return msgspec.structs.replace(fact, **changes)


MATCH_OF = dict.fromkeys((MARKET, TOTALS, HALF, BOTH, GOALS), FIXTURE) | {OTHER_MARKET: FOG}


def placed(story: Story, *legs: Leg, account_id: str = ANN, **changes: Any) -> BetPlaced:
    """Return a bet of ten on these legs."""
    numerator, denominator = changes.get("stake_minor", 10_00), 1
    for leg in legs:
        numerator, denominator = numerator * leg.odds.numerator, denominator * leg.odds.denominator
    legs = tuple([msgspec.structs.replace(leg, fixture_id=leg.fixture_id or MATCH_OF.get(leg.market_id, "")) for leg in legs])
    kind = "single" if len(legs) == 1 else "multiple"
    potential_minor = (2 * numerator + denominator) // (2 * denominator)
    fact = BetPlaced(account_id, 10_00, "EUR", kind, legs, "exact", potential_minor, story.time, rules=RULES_CURRENT)
    standing = tuple([lower_of(story, leg) for leg in legs])
    return msgspec.structs.replace(fact, **{"standing": standing if any(standing) else (), **changes})


def lower_of(story: Story, leg: Leg) -> Odds | None:
    """What stands for a leg, where that is lower than what it is struck at."""
    prices = (fact.body.prices for fact in reversed(story.log) if fact.stream_id == leg.market_id and hasattr(fact.body, "prices"))
    stands: Odds | None = next(prices, {}).get(leg.selection)
    return stands if stands is not None and stands < leg.odds else None


def strike(story: Story, bet_id: str, *legs: Leg, account_id: str = ANN, **changes: Any) -> Story:
    """Strike a bet, its stake in the same append."""
    fact = placed(story, *legs, account_id=account_id, **changes)
    stake_minor = fact.stake_minor
    reserved = StakeReserved(account_id, bet_id, stake_minor, left(story, account_id) - stake_minor, story.time)
    return story.add((wallet_of(account_id), reserved), (bet_id, fact))


def settle(story: Story, bet_id: str, results: tuple[Any, ...], returns_minor: int, outcome: str, account_id: str = ANN) -> Story:
    """Settle a bet of ten, its payment in the same append."""
    payment, settled = settlement(story, bet_id, results, returns_minor, outcome, account_id, left(story, account_id))
    return story.add((wallet_of(account_id), payment), (bet_id, settled))


def settlement(
    story: Story, bet_id: str, results: tuple[Any, ...], returns_minor: int, outcome: str, account_id: str, before: int, number: int = 1
) -> tuple[Fact, BetSettled]:
    """The payment and the settlement of what is open of a bet of ten; `before` is what its wallet has, and below zero what it owes."""
    cash = next((fact.body for fact in reversed(story.log) if fact.stream_id == bet_id and isinstance(fact.body, BetCashedOut)), None)
    struck = next(fact.body for fact in story.log if fact.stream_id == bet_id and isinstance(fact.body, BetPlaced))
    stake_minor = cash.stake_left_minor if cash else struck.stake_minor
    now, come_in = story.time, stake_minor if outcome == "void" else returns_minor
    repaid = min(max(-before, 0), come_in)
    available_minor = max(before, 0) + come_in - repaid
    if outcome == "void":
        payment: Fact = StakeRefunded(account_id, bet_id, stake_minor, available_minor, now, number, repaid)
    elif returns_minor:
        payment = ReturnsPaid(account_id, bet_id, stake_minor, returns_minor, available_minor, now, number, repaid)
    else:
        payment = StakeLost(account_id, bet_id, stake_minor, available_minor, now, number)
    settled = BetSettled(account_id, outcome, stake_minor, returns_minor, results, number, now, closing_of(story, bet_id))
    if cash:
        of_part = {"stake_closed_minor": cash.stake_closed_minor, "cashed_out_minor": cash.cashed_out_minor}
        settled = msgspec.structs.replace(settled, **of_part)
    return payment, settled


def closing_of(story: Story, bet_id: str) -> tuple[Odds, ...]:
    """The odds of a bet's legs that stood when their matches kicked off; none where a leg was struck afterwards."""
    placed = next(fact.body for fact in story.log if fact.stream_id == bet_id)
    if placed.same_game:
        return ()
    closing = []
    for leg in placed.legs:
        facts = [fact for fact in story.log if fact.stream_id == leg.market_id]
        kicked_off = [
            fact.position for fact in story.log if fact.stream_id == facts[0].body.fixture_id and isinstance(fact.body, KickedOff)
        ]
        before = [
            fact.body for fact in facts if hasattr(fact.body, "prices") and fact.position < min(kicked_off, default=fact.position + 1)
        ]
        if leg.version > len(before):
            return ()
        closing.append({**before[-1].withdrawn, **before[-1].prices}[leg.selection])
    return tuple(closing)


def resettle(
    story: Story, bet_id: str, market_id: str, results: tuple[Any, ...], returns_minor: int, outcome: str, account_id: str = ANN
) -> Story:
    """Settle a bet of ten anew: what it was settled as before is undone in the same append."""
    last = next(fact.body for fact in reversed(story.log) if fact.stream_id == bet_id)
    held = left(story, account_id)
    taken, number, now = min(held, last.returns_minor), last.settlement, story.time
    undone = SettlementReversed(
        account_id, bet_id, number, last.stake_minor, last.returns_minor, last.returns_minor - taken, held - taken, now
    )
    before = held - last.returns_minor - owed(story, account_id)
    payment, settled = settlement(story, bet_id, results, returns_minor, outcome, account_id, before, number + 1)
    reversal = BetSettlementReversed(account_id, number, market_id, last.stake_minor, last.returns_minor, now)
    wallet_id = wallet_of(account_id)
    return story.add((wallet_id, undone), (wallet_id, payment), (bet_id, reversal), (bet_id, settled))


def owed(story: Story, account_id: str) -> int:
    """What a wallet owes."""
    facts = [recorded.body for recorded in story.log if recorded.stream_id == wallet_of(account_id)]
    return sum(getattr(fact, "owed_minor", 0) - getattr(fact, "repaid_minor", 0) for fact in facts)


@written_once
def people() -> Story:
    """A boss, two traders, two bettors with a hundred each."""
    story = Story()
    for account_id, handle in ((BOSS, "boss"), (TESS, "tess"), (TOM, "tom_2"), (ANN, "ann"), (BEN, "ben")):
        register(story, account_id, handle)
    grant(story, BOSS, "admin", "console")
    grant(story, TESS, "trader", BOSS)
    grant(story, TOM, "trader", BOSS)
    deposit(story, ANN, 100_00, "visa 1")
    deposit(story, BEN, 100_00, "visa 1")
    for place, is_first in (("at home", True), ("abroad", False)):
        sign_ins = sign_ins_of(ANN, "2026-06-14")
        story.add((ANN, PlaceSeen(place, is_first, story.time)), (sign_ins, SessionOpened(ANN, story.time)))
    return story.add(sign_ins, SessionOpened(ANN, story.time))


def signing_out(story: Story) -> Story:
    """A reality check is read; two sessions end, then all; another password; a second factor that comes, and goes by the console."""
    story.add(BEN, RealityCheckSet(30, BEN, story.time)).add(BEN, RealityCheckAcknowledged(BEN, story.time))
    for name in ("phone", "laptop"):
        story.add(ANN, SessionEnded(ANN, derived("session", name), story.time + timedelta(days=1), story.time))
    story.add(ANN, SessionsEnded(1, "sign_out", ANN, story.time))
    now, factor_id = story.time, derived("second factor", "boss")
    story.add((ANN, PasswordChanged("$argon2id$2", now)), (ANN, SessionsEnded(2, "password", ANN, now)))
    story.add((BOSS, SecondFactorConfirmed(factor_id, now)), (BOSS, SessionsEnded(1, "second_factor", BOSS, now)))
    return story.add((BOSS, SecondFactorRemoved(factor_id, "console", now)), (BOSS, SessionsEnded(2, "second_factor", "console", now)))


@written_once
def offered() -> Story:
    """The people, a feed, and three markets on two matches of a cup."""
    story = people().at(1)
    story.add(FEED, SessionBegun("replay", 1, LEASE_MS, story.time))
    story.add(FIXTURE, scheduled(story))
    story.add(FOG, scheduled(story, home="Whites", away="Blacks", kick_off=after(120)))
    story.add(MARKET, opened(story, FIXTURE, model=MODEL))
    story.add(OTHER_MARKET, opened(story, FOG))
    totals = {"over": Odds(1800, 1000), "under": Odds(2000, 1000)}
    story.add(TOTALS, opened(story, FIXTURE, type="total_goals", specifiers={"total": "1.5"}, selections=OVER_UNDER, prices=totals))
    both = {"yes": Odds(1900, 1000), "no": Odds(1900, 1000)}
    return story.add(BOTH, opened(story, FIXTURE, type="both_teams_to_score", selections=YES_NO, prices=both, model=MODEL))


@written_once
def struck() -> Story:
    """Bets before kick-off: a single, one that loses, and a double on both matches; the first at a price that was replaced, in grace."""
    story = offered().at(2)
    strike(story, LOSER, Leg(MARKET, "away", FIRST["away"], 1), account_id=BEN)
    strike(story, MULTIPLE, Leg(MARKET, "home", FIRST["home"], 1), Leg(OTHER_MARKET, "draw", FIRST["draw"], 1))
    story.at(3).add(FEED, HeartBeat(1, story.time))
    story.add(MARKET, priced(story, SECOND))
    story.at(5)
    strike(story, SINGLE, Leg(MARKET, "home", FIRST["home"], 1))
    strike(story, VOIDED, Leg(OTHER_MARKET, "home", FIRST["home"], 1), accept="any")
    return freely_struck(shown(story))


def granted(story: Story, **changes: Any) -> FreeBetGranted:
    fact = FreeBetGranted(BEN, 10_00, "EUR", story.time + timedelta(days=7), "welcome", TESS, story.time)
    return msgspec.structs.replace(fact, **changes)


def strike_free(story: Story, bet_id: str, leg: Leg, **changes: Any) -> Story:
    """Strike a bet of Ben's with his free bet, which is used in the same append."""
    fact = placed(story, leg, account_id=BEN)
    potential_minor = fact.potential_returns_minor - fact.stake_minor
    fact = msgspec.structs.replace(fact, free_bet_id=FREE_BET_ID, potential_returns_minor=potential_minor)
    return story.add((FREE_BET_ID, FreeBetUsed(BEN, bet_id, story.time)), (bet_id, msgspec.structs.replace(fact, **changes)))


def freely_struck(story: Story) -> Story:
    """A trader grants Ben a free bet, and he strikes a bet with it on a market of its own."""
    totals = {"over": Odds(1800, 1000), "under": Odds(2000, 1000)}
    story.add(GOALS, opened(story, FIXTURE, type="total_goals", specifiers={"total": "2.5"}, selections=OVER_UNDER, prices=totals))
    story.add(counted(story, FREE_BET_ID, 10_00, 10_00), (FREE_BET_ID, granted(story)))
    strike_free(story, FREE, Leg(GOALS, "over", Odds(1800, 1000), 1))
    story.add(counted(story, GIFT, 4_00, 14_00), (GIFT, credited(story)))
    terms = {"amount_minor": 10_00, "times": 5, "wager_minor": 50_00, "stake_minor_max": 10_00}
    spent = credited(story, **terms, expires_at=NOON + timedelta(days=100))
    story.add(counted(story, SPENT, 10_00, 24_00), (SPENT, spent))
    return strike_bonus(story, OF_GIFT, GIFT, Leg(GOALS, "over", Odds(1800, 1000), 1), stake_minor=4_00)


def counted(story: Story, gift_id: str, amount_minor: int, sum_minor: int) -> tuple[str, GiftCounted]:
    """What is counted of a gift of Tess's to Ben."""
    return gifts_of(TESS, BEN), GiftCounted(BEN, TESS, gift_id, amount_minor, "EUR", sum_minor, 1, story.time)


def large_gift(story: Story) -> ActionProposed:
    """The proposal of a free bet for Ben that is more than Tess gives alone."""
    what = (LARGE_GIFT, BEN, 150_00, "EUR", story.time + timedelta(days=7), "a complaint", TESS)
    details = msgspec.json.encode(GrantFreeBet(*what, story.time)).decode()
    until = story.time + timedelta(minutes=10)
    return ActionProposed("grant_free_bet", "", details, "too much for one", TESS, until, story.time, holder_id=BEN)


def approve_gift(story: Story) -> Story:
    """Tess proposes the large free bet, and Tom approves it."""
    ask = large_gift(story)
    story.add(APPROVED_GIFT, ask)
    expires_at = ask.at + timedelta(days=7)
    gift = granted(story, amount_minor=150_00, reason="a complaint", expires_at=expires_at)
    return story.add((APPROVED_GIFT, ProposalApproved(TOM, gift.at)), (LARGE_GIFT, gift))


def credited(story: Story, **changes: Any) -> BonusCredited:
    terms = (4_00, "EUR", 1, 4_00, Odds(1800, 1000), 4_00, story.time + timedelta(days=7), 1)
    return msgspec.structs.replace(BonusCredited(BEN, *terms, "welcome", TESS, story.time), **changes)


def bonus_left(story: Story, bonus_id: str) -> int:
    """What a bonus has available, while it is active."""
    body = next(fact.body for fact in reversed(story.log) if fact.stream_id == bonus_id)
    return body.amount_minor if isinstance(body, BonusCredited) else getattr(body, "available_minor", 0)


def strike_bonus(story: Story, bet_id: str, bonus: str, leg: Leg, stake_minor: int = 10_00, **changes: Any) -> Story:
    """Strike a bet of Ben's from a bonus, its stake in the same append."""
    fact = placed(story, leg, account_id=BEN, stake_minor=stake_minor, bonus_id=bonus)
    reserved = BonusStakeReserved(BEN, bet_id, stake_minor, bonus_left(story, bonus) - stake_minor, story.time)
    return story.add((bonus, reserved), (bet_id, msgspec.structs.replace(fact, **changes)))


def bonus_settlement(
    story: Story, result: Any, returns_minor: int, outcome: str, repriced: tuple[Odds, ...] = ()
) -> list[tuple[str, Fact]]:
    """What settles the bet of the gift, upon the reversal of its settlement before: first the gift becomes cash, and then all is cash."""
    last, left_minor, now, closing = story.load({OF_GIFT: 0})[OF_GIFT][-1].body, left(story, BEN), story.time, closing_of(story, OF_GIFT)
    if not isinstance(last, BetSettled):
        settled = BonusBetSettled(BEN, OF_GIFT, 1, 4_00, returns_minor, "bonus", 4_00, 4_00, returns_minor, now)
        received = BonusReceived(BEN, GIFT, OF_GIFT, returns_minor, left_minor + returns_minor, now)
        bet = BetSettled(BEN, outcome, 4_00, returns_minor, (result,), 1, now, closing)
        return [(wallet_of(BEN), received), (GIFT, settled), (GIFT, BonusConverted(BEN, OF_GIFT, returns_minor, now)), (OF_GIFT, bet)]
    number, before_minor = last.settlement, last.returns_minor
    was_minor, is_minor = (0 if each == "void" else 4_00 for each in (last.outcome, outcome))
    left_minor -= before_minor
    return [
        (wallet_of(BEN), SettlementReversed(BEN, OF_GIFT, number, 0, before_minor, 0, left_minor, now)),
        (wallet_of(BEN), ReturnsPaid(BEN, OF_GIFT, 0, returns_minor, left_minor + returns_minor, now, number + 1)),
        (GIFT, BonusSettlementReversed(BEN, OF_GIFT, number, 4_00, before_minor, "cash", was_minor, 0, 0, now)),
        (GIFT, BonusBetSettled(BEN, OF_GIFT, number + 1, 4_00, returns_minor, "cash", is_minor, is_minor, 0, now)),
        (OF_GIFT, BetSettlementReversed(BEN, number, GOALS, 4_00, before_minor, now)),
        (OF_GIFT, BetSettled(BEN, outcome, 4_00, returns_minor, (result,), number + 1, now, closing, repriced=repriced)),
    ]


def free_settlement(story: Story, result: Any, returns_minor: int, outcome: str, repriced: tuple[Odds, ...] = ()) -> list[tuple[str, Fact]]:
    """What settles the free bet, upon the reversal of its settlement before: money only where it pays, the free bet where it was void."""
    wallet_id, now, bets, money, free = wallet_of(BEN), story.time, [], [], []
    last, available_minor = story.load({FREE: 0})[FREE][-1].body, left(story, BEN)
    number = 1
    if isinstance(last, BetSettled):
        number, of_last = last.settlement + 1, (BEN, last.settlement)
        bets.append(BetSettlementReversed(*of_last, GOALS, 10_00, last.returns_minor, now))
        if last.returns_minor:
            available_minor -= last.returns_minor
            money.append(SettlementReversed(BEN, FREE, last.settlement, 0, last.returns_minor, 0, available_minor, now))
        if last.outcome == "void":
            free.append(FreeBetTakenAgain(BEN, FREE, last.settlement, now))
    if returns_minor:
        money.append(ReturnsPaid(BEN, FREE, 0, returns_minor, available_minor + returns_minor, now, number))
    if outcome == "void":
        free.append(FreeBetGivenBack(BEN, FREE, number, now))
    bets.append(BetSettled(BEN, outcome, 10_00, returns_minor, (result,), number, now, closing_of(story, FREE), repriced=repriced))
    return [(wallet_id, each) for each in money] + [(FREE_BET_ID, each) for each in free] + [(FREE, each) for each in bets]


def corrected_freely(story: Story) -> Story:
    """The free bet pays; its market is voided, that is taken back: the free bet is given back, and taken again. So is a bet of a bonus."""
    story.add(GOALS, MarketClosed(story.time, "replay"))
    story.add(GOALS, MarketResulted({"over": WON, "under": LOST}, 2, 1, story.time, actor="replay"))
    story.add(*free_settlement(story, WON, 8_00, "won"))
    story.add(*bonus_settlement(story, WON, 7_20, "won"))
    for number, void_reason in ((2, "a wrong ball"), (3, "")):
        proposal, result = derived("proposal", f"goals {number}"), VOID if void_reason else WON
        details = {"home": 2, "away": 1, "void_reason": void_reason, "reason": "protest"}
        action, details = ("correct_result", details) if void_reason else ("take_back_result", {"number": 2, "reason": "protest"})
        story.add(proposal, proposed(story, GOALS, action, **details))
        now, results = story.time, {"over": result, "under": VOID if void_reason else LOST}
        what = (results, 2, 1, now, void_reason)
        fact = MarketResulted(*what, actor=TESS, number=number, reason="protest", takes_back=0 if void_reason else 2)
        story.add((proposal, ProposalApproved(TOM, now, seen(story, GOALS, 1))), (GOALS, fact))
        story.add(*free_settlement(story, result, 0 if void_reason else 8_00, "void" if void_reason else "won"))
        story.add(*bonus_settlement(story, result, 4_00 if void_reason else 7_20, "void" if void_reason else "won"))
    return voided_for_a_while(story)


def voided_for_a_while(story: Story) -> Story:
    """The free bet was struck in a window of time of which bets are void; then they are not."""
    struck = story.load({FREE: 0})[FREE][0].committed_at
    window = VoidWindow(struck - timedelta(seconds=1), struck + timedelta(seconds=1))
    for number, action, windows in ((4, "void_bets", (window,)), (5, "restore_bets", ())):
        proposal, details = derived("proposal", f"goals {number}"), {"window": msgspec.to_builtins(window), "reason": "a goal unseen"}
        story.add(proposal, proposed(story, GOALS, action, **details))
        now, shown = story.time, msgspec.structs.replace(seen(story, GOALS, 1), version=number - 1)
        fact = MarketVoidWindowsSet(windows, number, "a goal unseen", now, TESS)
        story.add((proposal, ProposalApproved(TOM, now, shown)), (GOALS, fact))
        story.add(*free_settlement(story, VOID if windows else WON, 0 if windows else 8_00, "void" if windows else "won"))
    return repriced_for_a_while(story)


def repriced_for_a_while(story: Story) -> Story:
    """The price that the free bet and the bet of the gift were struck at was an obvious error; then it is said that it was none."""
    error, reason = PriceError("over", 1, 1, Odds(1800, 1000), Odds(1200, 1000)), "others stood at 1.20"
    for number, action, errors in ((6, "correct_price", (error,)), (7, "restore_price", ())):
        proposal, details = derived("proposal", f"goals {number}"), {"error": msgspec.to_builtins(error), "reason": reason}
        story.add(proposal, proposed(story, GOALS, action, **details))
        now, shown = story.time, msgspec.structs.replace(seen(story, GOALS, 2), version=number - 1)
        fact = MarketPriceErrorsSet(errors, number, 1, reason, now, TESS)
        story.add((proposal, ProposalApproved(TOM, now, shown)), (GOALS, fact))
        repriced = (error.right,) if errors else ()
        story.add(*free_settlement(story, WON, 2_00 if errors else 8_00, "won", repriced))
        story.add(*bonus_settlement(story, WON, 4_80 if errors else 7_20, "won", repriced))
    return story


def strike_together(story: Story) -> Story:
    """A bet of Ben's on two legs of one match, which he shows for a while."""
    legs = (Leg(MARKET, "home", FIRST["home"], 1), Leg(BOTH, "yes", BOTH_SCORE, 1))
    strike(story, TOGETHER, *legs, account_id=BEN, same_game=(JOINT,), potential_returns_minor=JOINT_MINOR)
    shown_legs = (SlipLeg(FIXTURE, MARKET, "home", FIRST["home"], 1), SlipLeg(FIXTURE, BOTH, "yes", BOTH_SCORE, 1))
    same_game = (SameGame(JOINT.legs, JOINT.odds),)
    what = (BEN, "multiple", shown_legs, "public", "hidden", story.time, TOGETHER, 10_00, "EUR")
    story.add(slip_of(TOGETHER), SlipShared(*what, same_game=same_game))
    return story.add(slip_of(TOGETHER), SlipRemoved(BEN, story.time))


def shown(story: Story) -> Story:
    """Ann shows a bet and a pick; Ben tails the one and fades the other; a moderator holds the pick for a while, and Ann removes it."""
    leg = SlipLeg(FOG, OTHER_MARKET, "home", FIRST["home"], 1)
    words = {"caption": CAPTION, "mentions": (BEN, TESS), "tags": ("derby", "cup_1")}
    story.add(SLIP, SlipShared(ANN, "single", (leg,), "public", "units", story.time, VOIDED, 10_00, "EUR", 2_00, **words))
    story.add(PICK, SlipShared(ANN, "single", (SlipLeg(FIXTURE, BOTH, "yes", Odds(2500, 1000)),), "public", "hidden", story.time))
    tailed(story, SLIP, TAILED, "tail", Leg(OTHER_MARKET, "home", FIRST["home"], 1))
    tailed(story, PICK, FADED, "fade", Leg(BOTH, "no", Odds(1900, 1000), 1))
    story.add(PICK, SlipHeld(ANN, "spam", "the same again", BOSS, story.time))
    story.add(PICK, SlipReleased(ANN, BOSS, story.time))
    story.add(PICK, SlipRemoved(ANN, story.time))
    story.add(SLIP, SlipChanged(ANN, "public", False, story.time, story.time + timedelta(days=1)))
    drafted(story)
    strike_together(story)
    return story.add(SLIP, SlipChanged(ANN, "followers", True, story.time))


def drafted(story: Story) -> Story:
    """Ben keeps a bet for later, keeps another in its place, hands that on, and takes it back."""
    draft = draft_of(CODE)
    story.add(draft, DraftMade(BEN, CODE, "single", (DraftLeg(FIXTURE, MARKET, "home"),), story.time))
    story.add(draft, DraftReplaced(BEN, CODE, "single", (DraftLeg(FIXTURE, BOTH, "yes"),), story.time))
    story.add(draft, DraftPublished(BEN, CODE, story.time))
    return story.add(draft, DraftDeleted(BEN, CODE, story.time))


def tailed(story: Story, slip_id: str, bet_id: str, side: str, leg: Leg) -> Story:
    """A bet of Ben's from a slip of Ann's, its stake and the tail in the same append."""
    now, fact = story.time, placed(story, leg, account_id=BEN)
    reserved = StakeReserved(BEN, bet_id, fact.stake_minor, left(story, BEN) - fact.stake_minor, now)
    day = now.date().isoformat()
    tail = SlipTailed(BEN, slip_id, ANN, bet_id, side, now, day)
    count = TailCounted(BEN, day, bet_id, fact.stake_minor, CAP_MINOR, now)
    return story.add((tail_of(bet_id), tail), (tail_day_of(BEN, day), count), (wallet_of(BEN), reserved), (bet_id, fact))


def limit_match(story: Story, payout_minor_max: int, **changes: Any) -> Story:
    """Limit what is paid on a bet on the match that is played."""
    fact = FixturePayoutLimited(FIXTURE, payout_minor_max, "a rumour", story.time, TESS)
    return story.add(fixture_limit_of(FIXTURE), msgspec.structs.replace(fact, **changes))


@written_once
def played() -> Story:
    """The match up to its last minutes: stopped and reopened gates, kick-off, goals, a bet in play, a total that is exceeded."""
    story = struck().at(8)
    story.add(FEED, HeartBeat(1, story.time))
    story.add(gate_of("fixture", FIXTURE), BettingStopped("fixture", (FIXTURE,), "line-ups", TESS, story.time))
    story.add(gate_of("fixture", FIXTURE), BettingReopened("fixture", (FIXTURE,), TESS, story.time))
    story.add(COMPETITION, BettingStopped("competition", ("football", "Cup"), "weather", TESS, story.time))
    story.add(COMPETITION, BettingReopened("competition", ("football", "Cup"), TESS, story.time))
    story.add(FIXTURE, FixtureRescheduled(after(90), after(60), story.time, "replay"))
    story.add(FIXTURE, FixtureShadingLimited(250, story.time, TESS))
    story.add(FIXTURE, KickedOff(story.time, "replay"))
    story.add(FIXTURE, ClockAdvanced(20, "first_half", story.time, "replay"))
    goal(story, 1, 0, 21, "first_half")
    story.add(MARKET, priced(story, SECOND, IN_PLAY_GRACE_MS, model=SHADED, cause="liability"))
    story.add(
        MARKET, priced(story, {"home": Odds(1500, 1000)}, IN_PLAY_GRACE_MS, withdrawn={"draw": Odds(4000, 1000), "away": Odds(8000, 1000)})
    )
    strike(story, LATE, Leg(MARKET, "home", Odds(2000, 1000), 3), accept="better")
    own, asked_at = notifications_of(ANN), story.time
    for selection, odds in (("home", Odds(1900, 1000)), ("draw", Odds(9, 1)), ("away", Odds(50, 1))):
        story.add(own, PriceAlertSet(ANN, FIXTURE, MARKET, selection, odds, asked_at))
    story.add(own, PriceAlertRemoved(ANN, MARKET, "draw", "person", story.time))
    story.add(MARKET, MarketSuspended("penalty", story.time, TESS))
    story.add(MARKET, MarketResumed(SECOND, story.time, marks(story, FIXTURE), FEED, 1, actor="replay", cause="goal"))
    version = sum(fact.stream_id == MARKET for fact in story.log)
    reached = (SECOND["home"], version, Odds(1900, 1000), asked_at)
    story.add(own, PriceAlertReached(ANN, FIXTURE, MARKET, "home", *reached, story.time))
    cashed_out(story, CLOSED, 40, 100)
    version = len(story.load({MARKET: 0})[MARKET])
    strike_bonus(story, OF_SPENT, SPENT, Leg(MARKET, "home", SECOND["home"], version))
    cash_out(story, OF_SPENT, version, 100)
    delayed(story)
    referred(story)
    story.add(TOTALS, MarketPayoutLimited(2_500_00, "few know this league", story.time, TESS))
    story.add(TOTALS, MarketPayoutLimited(0, "known by now", story.time, TESS))
    limit_match(story, 2_500_00)
    limit_match(story, 0)
    goal(story, 2, 0, 30, "first_half")
    goal(story, 1, 0, 31, "first_half")
    goal(story, 2, 0, 40, "first_half")
    story.add(
        (FIXTURE, ScoreConfirmed(2, 0, story.time, "replay")),
        (TOTALS, MarketResulted({"over": WON, "under": LOST}, 2, 0, story.time, actor="replay")),
    )
    story.add(FIXTURE, ClockAdvanced(45, "half_time", story.time, "replay"))
    goal(story, 2, 1, 60, "second_half")
    return story.add(MARKET, MarketClosed(story.time, "replay"))


def cashed_out(story: Story, bet_id: str, *shares: int) -> Story:
    """A bet of Ben's in play on the home side, which is cashed out share by share of what is open."""
    version = len(story.load({MARKET: 0})[MARKET])
    strike(story, bet_id, Leg(MARKET, "home", SECOND["home"], version), account_id=BEN)
    for share in shares:
        cash_out(story, bet_id, version, share)
    return story


def cash_out(story: Story, bet_id: str, version: int, share: int) -> Story:
    """Cash out a share of what is open of a bet of Ben's on the home side at its second price, which stands."""
    facts = [fact.body for fact in story.load({bet_id: 0})[bet_id]]
    before = [fact for fact in facts if isinstance(fact, BetCashedOut)]
    open_minor = before[-1].stake_left_minor if before else facts[0].stake_minor
    closed_minor, chance = open_minor * share // 100, chance_millionths(SECOND, list(SECOND), "home")
    amount_minor, expires_us = closed_minor * 2 * chance * 95 // (1_000_000 * 100), micros(story.time) // 1_000 * 1_000 + 9_000_000
    fact = BetCashedOut(
        account_id=BEN,
        cash_out_id=cash_out_of(bet_id, str(share)),
        number=len(before) + 1,
        stake_minor=closed_minor,
        stake_left_minor=open_minor - closed_minor,
        amount_minor=amount_minor,
        stake_closed_minor=10_00 - open_minor + closed_minor,
        cashed_out_minor=sum(each.amount_minor for each in before) + amount_minor,
        potential_returns_minor=(open_minor - closed_minor) * 2,
        share_percent=share,
        bet_version=len(facts),
        legs=(CashOutLeg(MARKET, version, chance),),
        results=(None,),
        rules=2,
        expires_at=moment(expires_us),
        asked_minor=amount_minor,
        asked_version=f"{len(facts)}-{version}-{expires_us // 1_000}",
        actor=BEN,
        at=story.time,
    )
    if bonus_id := facts[0].bonus_id:
        left_minor = bonus_left(story, bonus_id) + amount_minor
        of_bonus = BonusCashOutPaid(BEN, bet_id, fact.number, closed_minor, amount_minor, "bonus", left_minor, story.time)
        return story.add((bonus_id, of_bonus), (bet_id, fact))
    available_minor = left(story, BEN) + amount_minor
    paid = CashOutPaid(BEN, bet_id, closed_minor, amount_minor, available_minor, story.time, fact.number)
    return story.add((wallet_of(BEN), paid), (bet_id, fact))


def delayed(story: Story) -> Story:
    """Bets on the market wait in play: of two of Ben's one is struck when its delay is over, the other refused, since its price moved."""
    version = len(story.load({MARKET: 0})[MARKET])
    story.add(MARKET, MarketBetDelaySet(DELAY_S, story.time, TESS))
    waiting = Leg(MARKET, "home", SECOND["home"], version), Leg(MARKET, "away", SECOND["away"], version)
    pend(story, DELAYED, waiting[0])
    reserved_at = story.time
    pend(story, TOO_LATE, waiting[1])
    story.now_us += DELAY_S * 1_000_000
    story.add(DELAYED, placed(story, waiting[0], account_id=BEN))
    longer = SECOND | {"away": Odds(3600, 1000)}
    story.add(MARKET, priced(story, longer, IN_PLAY_GRACE_MS))
    evidence = {"market_id": MARKET, "selection": "away", "asked": "3.50", "current": "3.60"}
    refused = BetRefused(BEN, 10_00, "prices-moved", "A price moved.", evidence, story.time)
    released = StakeReleased(BEN, TOO_LATE, 10_00, left(story, BEN) + 10_00, reserved_at, story.time)
    return story.add((wallet_of(BEN), released), (TOO_LATE, refused))


def referred(story: Story) -> Story:
    """Two bets of Ben's over the limit are put to a trader, who takes nothing of one, and leaves the other alone."""
    story.add(FEED, HeartBeat(1, story.time))
    story.add(TOTALS, priced(story, {"over": Odds(1900, 1000), "under": Odds(1900, 1000)}, IN_PLAY_GRACE_MS))
    story.add(TOTALS, MarketPayoutLimited(12_00, "a new league", story.time, TESS, 50_00, REFER_S))
    for bet_id in (REFERRED, UNANSWERED):
        pend(story, bet_id, total(story), 0, refer_s=REFER_S)
    answer(story, REFERRED, 0)
    story.now_us += (REFER_S - 1) * 1_000_000
    story.add(FEED, HeartBeat(1, story.time))
    story.now_us += 1_000_000
    return story.add(*refusal(story, UNANSWERED, "referral-expired"))


def total(story: Story) -> Leg:
    """Return a leg on more goals than the line, at the prices that stand."""
    facts = story.load({TOTALS: 0})[TOTALS]
    version, body = next((fact.version, fact.body) for fact in reversed(facts) if hasattr(fact.body, "prices"))
    return Leg(TOTALS, "over", body.prices["over"], version)


def answer(story: Story, bet_id: str, taken_minor: int, actor: str = TESS) -> Story:
    """A trader takes so much of a bet of ten, which is struck for that, or nothing."""
    now = story.time
    answered = ReferralAnswered(BEN, taken_minor, taken_minor, actor, now)
    back, end = refusal(story, bet_id, "referral-declined")
    if taken_minor:
        rest = msgspec.structs.replace(back[1], stake_minor=10_00 - taken_minor, available_minor=left(story, BEN) + 10_00 - taken_minor)
        back, end = (back[0], rest), (bet_id, placed(story, total(story), account_id=BEN, stake_minor=taken_minor))
    return story.add(back, (bet_id, answered), end)


def refusal(story: Story, bet_id: str, reason: str) -> tuple[tuple[str, Any], tuple[str, Any]]:
    """The release of the stake of a bet of ten, and its refusal."""
    began = next(fact.body for fact in story.log if fact.stream_id == bet_id)
    released = StakeReleased(BEN, bet_id, 10_00, left(story, BEN) + 10_00, began.at, story.time)
    return (wallet_of(BEN), released), (bet_id, BetRefused(BEN, 10_00, reason, "Why.", {}, story.time))


def pend(story: Story, bet_id: str, leg: Leg, delay_s: int = DELAY_S, refer_s: int = 0) -> Story:
    """A bet of Ben's waits, its stake reserved in the same append."""
    fact = placed(story, leg, account_id=BEN)
    what = (BEN, 10_00, "EUR", fact.type, fact.legs, "exact", fact.potential_returns_minor, delay_s, story.time)
    reserved = StakeReserved(BEN, bet_id, 10_00, left(story, BEN) - 10_00, story.time)
    return story.add((wallet_of(BEN), reserved), (bet_id, BetPending(*what, rules=RULES_CURRENT, refer_s=refer_s)))


def goal(story: Story, home: int, away: int, minute: int, period: str) -> Story:
    rises = (
        home + away > sum((story.body(p).home + story.body(p).away) for p in [story.place(ScoreChanged, -1)])
        if has(story, ScoreChanged)
        else True
    )
    cause = "goal" if rises else "score corrected"
    now = story.time
    return story.add(
        (gate_of("fixture", FIXTURE), PricesVoided("fixture", (FIXTURE,), cause, "replay", now)),
        (FIXTURE, ScoreChanged(home, away, minute, period, now, "replay")),
    )


def has(story: Story, kind: type[Fact]) -> bool:
    return any(type(recorded.body) is kind for recorded in story.log)


LEEWAY = 3
"""So many positions before the approval it was counted: what is taken out before does not make that the future."""


def seen(story: Story, market_id: str, settled: int, change_minor: int = 0, below_zero: int = 0, owed_minor: int = 0) -> Preview:
    """What a trader is shown of a market that takes no more bets."""
    log = [fact for fact in story.log if isinstance(fact.body, BetPlaced) and any(leg.market_id == market_id for leg in fact.body.legs)]
    version = sum(fact.stream_id == market_id for fact in story.log)
    stakes_minor = sum(fact.body.stake_minor for fact in log)  # type: ignore[attr-defined]
    at_most = (max(0, change_minor), max(0, -change_minor))
    money = PreviewedMoney("EUR", len(log), stakes_minor, settled, change_minor, below_zero, owed_minor, *at_most)
    return Preview(version, story.log[-1].position - LEEWAY, (money,))


def proposed(story: Story, market_id: str, action: str = "price_market", by: str = TESS, **details: Any) -> ActionProposed:
    text = msgspec.json.encode({"market_id": market_id, **details}).decode()
    return ActionProposed(action, market_id, text, "below the bounds", by, story.time + timedelta(minutes=10), story.time)


@written_once
def clean() -> Story:
    """A log that holds every kind of fact, and is right."""
    story = played()
    generous = {"home": Odds(1500, 1000), "draw": Odds(9000, 1000), "away": Odds(9000, 1000)}
    story.add(REJECTED, proposed(story, OTHER_MARKET, prices=msgspec.to_builtins(generous)))
    story.add(REJECTED, ProposalRejected(TESS, TOM, "too generous", story.time))
    story.add(APPROVED, proposed(story, OTHER_MARKET, prices=msgspec.to_builtins(generous)))
    now = story.time
    price = MarketPriced(generous, now, GRACE_MS, marks(story, FOG), actor=TESS, cause="trader")
    story.add((APPROVED, ProposalApproved(TOM, now)), (OTHER_MARKET, price))
    story.at(60)
    now = story.time
    story.add(
        (gate_of("fixture", FIXTURE), BettingEnded("fixture", (FIXTURE,), "ended", "replay", now)),
        (FIXTURE, FixtureEnded(2, 1, 2, 1, now, actor="replay")),
    )
    story.add(
        (gate_of("fixture", FOG), BettingEnded("fixture", (FOG,), "abandoned", "replay", now)),
        (FOG, FixtureAbandoned("fog", now, "replay")),
    )
    story.add(MARKET, MarketResulted(HOME_WON, 2, 1, story.time, actor="replay"))
    story.add(notifications_of(ANN), PriceAlertRemoved(ANN, MARKET, "away", "closed", story.time))
    story.add(OTHER_MARKET, MarketResulted(ALL_VOID, 0, 0, story.time, "abandoned", actor="replay"))
    story.add(BOTH, MarketResulted({"yes": WON, "no": LOST}, 2, 1, story.time, actor="replay"))
    settle(story, SINGLE, (WON,), 23_50, "won")
    settle(story, LATE, (WON,), 20_00, "won")
    settle(story, DELAYED, (WON,), 20_00, "won", BEN)
    settle(story, LOSER, (LOST,), 0, "lost", BEN)
    story.add(MULTIPLE, BetLegResulted(ANN, MARKET, WON, (WON, None), story.time, 0))
    settle(story, MULTIPLE, (WON, VOID), 23_50, "won")
    settle(story, VOIDED, (VOID,), 10_00, "void")
    settle(story, TAILED, (VOID,), 10_00, "void", BEN)
    settle(story, FADED, (LOST,), 0, "lost", BEN)
    story.add(TOGETHER, BetLegResulted(BEN, MARKET, WON, (WON, None), story.time, 0))
    settle(story, TOGETHER, (WON, WON), JOINT_MINOR, "won", BEN)
    legs = (SlipLeg(FIXTURE, MARKET, "home", FIRST["home"], 1), SlipLeg(FOG, OTHER_MARKET, "draw", FIRST["draw"], 1))
    story.add(slip_of(MULTIPLE), SlipShared(ANN, "multiple", legs, "public", "amount", story.time, MULTIPLE, 10_00, "EUR"))
    withdraw(story, ANN, 13_50, "bank 1")
    correct(story)
    befriend(story)
    talk(story)
    moderated(story)
    return goodbyes(story)


def correct(story: Story) -> Story:
    """The away side had won: what was paid is taken back, as far as it is there, and bets are settled anew; the rest is owed and repaid."""
    withdraw(story, ANN, 113_50, "bank 2")
    details = {"home": 2, "away": 3, "void_reason": "", "reason": "two goals were missing"}
    story.add(CORRECTION, proposed(story, MARKET, "correct_result", **details))
    now = story.time
    corrected = MarketResulted(AWAY_WON, 2, 3, now, actor=TESS, number=2, reason="two goals were missing")
    story.add((CORRECTION, ProposalApproved(TOM, now, seen(story, MARKET, 6, -77_00, 1, 50_00))), (MARKET, corrected))
    resettle(story, SINGLE, MARKET, (LOST,), 0, "lost")
    resettle(story, LATE, MARKET, (LOST,), 0, "lost")
    resettle(story, LOSER, MARKET, (WON,), 29_00, "won", BEN)
    resettle(story, DELAYED, MARKET, (LOST,), 0, "lost", BEN)
    resettle(story, MULTIPLE, MARKET, (LOST, VOID), 0, "lost")
    resettle(story, TOGETHER, MARKET, (LOST, WON), 0, "lost", BEN)
    deposit(story, ANN, 60_00, "visa 4")
    return corrected_freely(story)


def withdraw(story: Story, account_id: str, amount_minor: int, reference: str, *found: tuple[str, int, int]) -> Story:
    now = story.time
    return story.add(
        (wallet_of(account_id), FundsWithdrawn(account_id, amount_minor, reference, left(story, account_id) - amount_minor, now)),
        assessed(story, account_id, reference, "withdrawal", amount_minor, *found),
        (transfer_of(account_id, reference), TransferRecorded(account_id, "withdrawal", amount_minor, "EUR", reference, now)),
    )


def befriend(story: Story) -> Story:
    """A private account that is asked again and again, accepts, blocks and lifts that, becomes public and is followed; and a mute."""
    pair, now = follow_of(ANN, BEN), story.time
    story.add(profile_of(BEN), ProfileChanged(BEN, SEALED, SEALED, True, now))
    story.add(pair, FollowRequested(ANN, BEN, now))
    story.add(pair, FollowRequestWithdrawn(ANN, BEN, now))
    story.add(pair, FollowRequested(ANN, BEN, now))
    story.add(pair, FollowRequestDeclined(ANN, BEN, now))
    story.add(pair, FollowRequested(ANN, BEN, now))
    story.add(pair, Followed(ANN, BEN, now, requested=True))
    story.add(pair, Unfollowed(ANN, BEN, now, removed=True))
    story.add(pair, Blocked(BEN, ANN, now))
    story.add(pair, Unblocked(BEN, ANN, now))
    story.add(profile_of(BEN), ProfileChanged(BEN, SEALED, SEALED, False, now))
    story.add(pair, Followed(ANN, BEN, now))
    story.add(pair, Unfollowed(ANN, BEN, now))
    others = follow_of(TESS, TOM)
    story.add(others, Muted(TESS, TOM, "reposts", now + timedelta(days=30), now))
    return story.add(others, Unmuted(TESS, TOM, now))


def talk(story: Story) -> Story:
    """A slip is liked, and not, and so again; a comment on it, its reply, an edit, and the reply taken back."""
    liked = reaction_of("like", BEN, SHOWN_SLIP)
    for _ in range(2):
        story.add(liked, Reacted("like", BEN, SHOWN_SLIP, ANN, 0, story.time))
        story.add(liked, ReactionWithdrawn("like", BEN, SHOWN_SLIP, ANN, story.time))
    story.add(REMARK, CommentPosted(BEN, SHOWN_SLIP, ANN, SEALED_TEXT, story.time, mentions=(ANN,)))
    story.add(REPLY, CommentPosted(ANN, SHOWN_SLIP, ANN, SEALED_TEXT, story.time, parent_id=REMARK, parent_author_id=BEN))
    story.add(REMARK, CommentEdited(BEN, SHOWN_SLIP, f"{SEALED_TEXT}B", story.time))
    story.add(REPLY, CommentDeleted(ANN, SHOWN_SLIP, story.time))
    return hushed(story)


def hushed(story: Story) -> Story:
    """A thread and a word are muted, and seen again; and once more, for a month."""
    mutes, month = mutes_of(BEN), timedelta(days=30)
    story.add(mutes, ThreadMuted(BEN, SHOWN_SLIP, story.time + month, story.time))
    story.add(mutes, ThreadUnmuted(BEN, SHOWN_SLIP, story.time))
    story.add(mutes, ThreadMuted(BEN, SHOWN_SLIP, None, story.time))
    story.add(mutes, WordMuted(BEN, SEALED_TEXT, None, story.time))
    story.add(mutes, WordUnmuted(BEN, SEALED_TEXT, story.time))
    story.add(mutes, WordMuted(BEN, SEALED_TEXT, story.time + month, story.time))
    return told(story)


def told(story: Story) -> Story:
    """A bell, a switch for a match and one for likes, set and taken back; notices that were read, one by one and all."""
    own = notifications_of(BEN)
    for level, channel, subject, setting in (
        ("author", "", ANN, "all"),
        ("author", "", ANN, "highlights"),
        ("match", "", FIXTURE, "off"),
        ("kind", "in_app", "like", "off"),
        ("kind", "in_app", "like", "inherit"),
    ):
        story.add(own, PreferenceSet(BEN, level, channel, subject, setting, story.time))
    story.add(own, ScheduleSet(BEN, "Europe/Berlin", 1_380, 450, "wait", story.time))
    story.add(own, DigestSet(BEN, "email", "daily", 8, story.time))
    story.add(own, LanguageSet(BEN, "de", story.time))
    story.add(own, PreferenceSet(BEN, "promotion", "email", "slips", "on", story.time))
    story.add(own, NoticesMarked(BEN, "read", 7, story.time, f"comment:{REMARK}"))
    story.add(own, NoticesMarked(BEN, "seen", 9, story.time))
    mail, push = (address_of(BEN, channel, SEALED_TEXT) for channel in ("email", "web_push"))
    story.add(own, AddressAdded(BEN, "email", mail, SEALED_TEXT, story.time))
    story.add(own, AddressConfirmed(BEN, mail, story.time))
    story.add(own, AddressAdded(BEN, "web_push", push, SEALED_TEXT, story.time))
    return story.add(own, AddressRemoved(BEN, push, "gone", story.time))


def moderated(story: Story) -> Story:
    """Two reports hold a slip, an appeal is declined, it is removed, and an appeal granted; a comment and an account are looked at."""
    item, case = ModeratedItem("slip", SHOWN_SLIP, ANN, SHOWN_SLIP), case_of("slip", SHOWN_SLIP)
    story.add(case, ItemReported(item, BEN, "spam", story.time))
    now, why = story.time, "Reported by 2 accounts."
    held = ItemHeld(item, "reports", why, "reports", 2, now)
    story.add((case, ItemReported(item, TESS, "abuse", now)), (case, held), (SHOWN_SLIP, SlipHeld(ANN, "reports", why, "reports", now)))
    story.add(case, DecisionAppealed(item, SEALED_TEXT, story.time))
    story.add(case, AppealDecided(item, False, "It is spam.", BOSS, story.time))
    story.add(case, ItemRemoved(item, "spam", "Links.", BOSS, story.time))
    story.add(case, DecisionAppealed(item, SEALED_TEXT, story.time))
    now = story.time
    story.add((SHOWN_SLIP, SlipReleased(ANN, "console", now)), (case, AppealDecided(item, True, "No spam.", "console", now)))
    remark, case = ModeratedItem("comment", REMARK, BEN, SHOWN_SLIP), case_of("comment", REMARK)
    now = story.time
    story.add((REMARK, CommentHeld(BEN, SHOWN_SLIP, "abuse", "Rude.", BOSS, now)), (case, ItemHeld(remark, "abuse", "Rude.", BOSS, 0, now)))
    now = story.time
    story.add((REMARK, CommentReleased(BEN, SHOWN_SLIP, BOSS, now)), (case, ItemReleased(remark, "Not so rude.", BOSS, now)))
    account, case = ModeratedItem("account", BEN, BEN), case_of("account", BEN)
    story.add(case, ItemReported(account, ANN, "impersonation", story.time))
    story.add(case, ReportsDismissed(account, "It is Ben.", BOSS, story.time))
    story.add(case, ItemReported(account, TESS, "other", story.time))
    story.add(case, ItemHeld(account, "spam", "Links.", BOSS, 1, story.time, story.time + timedelta(days=1)))
    story.add(case, ItemReleased(account, "Not so many.", BOSS, story.time))
    story.add(case, AccountShadowed(account, "spam", "A bot.", BOSS, story.time))
    story.add(case, AccountUnshadowed(account, "No bot.", BOSS, story.time))
    return marked(story)


def marked(story: Story) -> Story:
    """The word filter holds a comment of Tess's as it is posted."""
    item, now, why = ModeratedItem("comment", RUDE, TESS, SHOWN_SLIP), story.time, "The word filter marked what it says."
    return story.add(
        (case_of("comment", RUDE), ItemHeld(item, "words", why, "words", 0, now)),
        (RUDE, CommentPosted(TESS, SHOWN_SLIP, ANN, SEALED_TEXT, now)),
        (RUDE, CommentHeld(TESS, SHOWN_SLIP, "words", why, "words", now)),
    )


def limiting(story: Story) -> Story:
    """Ben limits what he deposits in a day, lowers it, asks for more, and removes it; each change leaves him what is left."""
    gate, day, limit = account_gate_of(BEN), 24 * 3600, ("deposit", "day")
    story.at(210 * day)
    story.add(account_gate_of(ANN), DepositLimitDeclined(ANN, ANN, story.time))
    story.add(gate, LimitSet(BEN, *limit, 50_00, 50_00, story.time, BEN, story.time))
    deposit(story, BEN, 20_00, "visa 3")
    story.add(gate, LimitSet(BEN, *limit, 20_00, 20_00, story.time, BEN, story.time))
    story.add(gate, LimitSet(BEN, *limit, 60_00, 20_00, story.time + timedelta(days=1, seconds=60), BEN, story.time))
    story.at(212 * day)
    deposit(story, BEN, 60_00, "visa 4")
    story.add(gate, LimitRemoved(BEN, *limit, 60_00, story.time + timedelta(days=1, seconds=60), BEN, story.time))
    story.at(214 * day)
    return deposit(story, BEN, 61_00, "visa 5")


def monitored(story: Story) -> Story:
    """Ben brings much money in and takes it out again; somebody looks at both alerts, and at a third."""
    monitoring, large = monitoring_of(BEN), ("large", 12_000_00, 10_000_00)
    deposit(story, BEN, 12_000_00, "visa 6", found=[large, ("sum", 12_061_00, 10_000_00)])
    withdraw(story, BEN, 9_000_00, "bank 10", ("unplayed", 9_001_00, 1_000_00))
    story.add(monitoring, AlertsClosed(1, 2, "a flat was sold", "console", story.time))
    withdraw(story, BEN, 3_000_00, "bank 11", ("sum", 12_001_00, 10_000_00), ("unplayed", 12_001_00, 1_000_00))
    return story.add(monitoring, AlertsClosed(3, 3, "the same flat", "console", story.time))


def goodbyes(story: Story) -> Story:
    """A pause, an exclusion and the return from it, lower stakes, an account closed and opened again, a trader who leaves."""
    gate, days = account_gate_of(BEN), 24 * 3600
    signing_out(story)
    story.add(gate, TimedOut(BEN, story.time + timedelta(days=1), BEN, story.time))
    story.add(gate, TimedOut(BEN, story.time + timedelta(days=2), BEN, story.time))
    until = after(200 * days)
    story.add(gate, SelfExcluded(BEN, until, BEN, story.time))
    story.at(201 * days)
    story.add(SPENT, BonusExpired(BEN, bonus_left(story, SPENT), 0, story.time))
    story.add(gate, ReturnRequested(BEN, story.time + timedelta(days=1, seconds=60), BEN, story.time))
    story.at(203 * days)
    deposit(story, BEN, 5_00, "visa 2")
    limiting(story)
    story.add(gate, StakeFactorSet(BEN, "0.25", "arbitrage", TOM, story.time))
    story.add(gate, StakeFactorSet(BEN, "0.5", "fewer of them", "console", story.time))
    story.add(gate, WithdrawalHoldPlaced(BEN, "a payment is checked", "console", story.time))
    story.add(gate, WithdrawalHoldReleased(BEN, "console", story.time))
    withdraw(story, BEN, 1_00, "bank 9")
    monitored(story)
    approve_gift(story)
    story.add(gate, AccountClosed(BEN, "moved away", "console", story.time))
    story.add(gate, AccountReopened(BEN, "console", story.time))
    now = story.time
    story.add((account_gate_of(TOM), OfficeLeft(TOM, "trader", BOSS, now)), (TOM, RoleRevoked("trader", BOSS, now)))
    return story.add(account_gate_of(ANN), SelfExcluded(ANN, None, ANN, story.time))
