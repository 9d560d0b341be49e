"""The state of the audit after a fact: every open stream, and the balances. It can be saved and continued from."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from commands.audit.account_streams import AuditedAccountGate, AuditedSignIns, AuditedTailDay
from commands.audit.ended_streams import EndedStreams
from commands.audit.monitoring_state import AuditedMonitoring
from commands.audit.promotion_streams import AuditedBonus, AuditedFreeBet, AuditedGifts
from commands.audit.social_streams import (
    AuditedCase,
    AuditedComment,
    AuditedDraft,
    AuditedMutes,
    AuditedNotifications,
    AuditedPair,
    AuditedProfile,
    AuditedReaction,
    AuditedSlip,
)
from commands.audit.streams import (
    AuditedAccount,
    AuditedBet,
    AuditedFixture,
    AuditedFixtureLimit,
    AuditedGate,
    AuditedMarket,
    AuditedPendingBet,
    AuditedProducer,
    AuditedProposal,
    AuditedWallet,
)
from domain.fact import Fact, Recorded
from domain.market.facts import MarketResulted

AuditedStream = (
    AuditedAccount
    | AuditedAccountGate
    | AuditedSignIns
    | AuditedTailDay
    | AuditedWallet
    | AuditedMonitoring
    | AuditedFixture
    | AuditedFixtureLimit
    | AuditedFreeBet
    | AuditedBonus
    | AuditedGifts
    | AuditedGate
    | AuditedProducer
    | AuditedMarket
    | AuditedProposal
    | AuditedProfile
    | AuditedPair
    | AuditedBet
    | AuditedPendingBet
    | AuditedSlip
    | AuditedReaction
    | AuditedComment
    | AuditedDraft
    | AuditedMutes
    | AuditedNotifications
    | AuditedCase
)


StreamT = TypeVar("StreamT")
FactT = TypeVar("FactT", bound=Fact)


Naming = Callable[[Iterable[type[Fact]], str, int, int, int], Sequence[Recorded[Any]]]
"""See `commands.log_reader.AuditLog.naming`."""

EndsOf = Callable[[Collection[str], int], Mapping[str, tuple[Recorded[Any], Recorded[Any]]]]
"""Returns the first and the last fact of streams, up to a position; see `commands.log_reader.AuditLog`."""


class AuditState:
    """The audit after `position`. Bounded by the open streams; 8 bytes for each ended one.

    `append` are the facts that were appended together with the one that is looked at, `committed_us` is when. `migrated` says that they
    were put together later from a log without batches: times are then what authors said, and rules that are younger do not hold.
    `earlier` says that they were decided before 2026-11-27, when a role had to stand at the commit itself, a trader needed another one to
    abandon a match, kick-off ended the grace of before, and no pick could be shared after the whistle; it is so of migrated ones too.
    `ended`: streams that ended in this read; `recalled`: earlier ended streams reloaded from the log; see `Fold.begin_stretch`.
    `firsts`: the first facts of streams that facts of this read are checked against, whether ended or not.
    `results_before` are the results before the last ones of markets that have several. `naming` and `ends_of` ask the log.
    `corrected` are the markets whose results were corrected, with when the last time was, until all their bets were seen to stand by that.
    `producers` are the names of those that were heard of. `moves` counts what happened to gates, and the ends of matches.
    `assesses` says that a transfer was held against the rules of monitoring: from then on each is. `counts_gifts` says that a free bet or a
    bonus was counted or approved: from then on each is.
    """

    def __init__(self) -> None:
        self.position = 0
        self.committed_us = 0
        self.migrated = self.earlier = False
        self.append: Sequence[Recorded[Any]] = ()
        self.live: dict[str, Any] = {}
        self.over = EndedStreams()
        self.ended: dict[str, Any] = {}
        self.recalled: dict[str, Any] = {}
        self.firsts: dict[str, Recorded[Any]] = {}
        self.corrected: dict[str, int] = {}
        self.results_before: dict[str, MarketResulted] = {}
        self.producers: set[str] = set()
        self.moves = 0
        self.assesses = self.counts_gifts = False
        self.naming: Naming | None = None
        self.ends_of: EndsOf | None = None
        self.house: Counter[str] = Counter()
        self.payments: Counter[str] = Counter()
        self.accounts_count = 0
        self.bets_placed = 0
        self.bets_settled = 0

    def end(self, stream_id: str) -> None:
        """Note that a stream has had its last fact, as far as one can tell."""
        stream = self.live.pop(stream_id, None)
        if stream is not None:
            self.ended[stream_id] = stream
        self.over.recent.add(stream_id)

    def known(self, stream_id: str) -> Any:
        """Return a stream that is live, ended in this read, or was reloaded for it; None for any other."""
        return self.live.get(stream_id) or self.ended.get(stream_id) or self.recalled.get(stream_id)

    def of(self, kind: type[StreamT], stream_id: str) -> StreamT | None:
        """Return a stream that is not over, None where there is none of that kind."""
        stream = self.live.get(stream_id)
        return stream if type(stream) is kind else None

    def first_of(self, kind: type[FactT], stream_id: str, before: Recorded[Any]) -> Recorded[FactT] | None:
        """Return the first fact of a stream that a fact of this stretch names, if it is of a kind and stands before that fact."""
        first = self.firsts.get(stream_id)
        return first if first is not None and type(first.body) is kind and first.position < before.position else None

    def all_of(self, kind: type[StreamT]) -> Iterator[tuple[str, StreamT]]:
        """Yield the streams of a kind that are not over."""
        return ((stream_id, stream) for stream_id, stream in self.live.items() if type(stream) is kind)

    def together(self, kind: type[FactT], stream_id: str | None = None) -> Recorded[FactT] | None:
        """Return the one fact of a kind, in a certain stream, that was appended together with this one; None for none or several.

        What an append is about comes last.
        """
        last = self.append[-1]
        if stream_id is not None and last.stream_id == stream_id and type(last.body) is kind:
            return last
        found = None
        for recorded in self.append:
            if type(recorded.body) is kind and (stream_id is None or recorded.stream_id == stream_id):
                if found is not None:
                    return None
                found = recorded
        return found

    def about_bet(self, bet_id: str, *kinds: type[Fact]) -> Recorded[Any] | None:
        """Return the one fact of some kinds about a bet that was appended together with this one; None for none or several.

        Nearly always it is the first of two.
        """
        first = self.append[0]
        if len(self.append) == 2 and type(first.body) in kinds and first.body.bet_id == bet_id:
            return first
        found = [recorded for recorded in self.append if type(recorded.body) in kinds and recorded.body.bet_id == bet_id]
        return found[0] if len(found) == 1 else None


class SavedState(msgspec.Struct, frozen=True):
    """An `AuditState` between two appends, as it is saved."""

    position: int
    committed_us: int
    migrated: bool
    earlier: bool
    live: dict[str, AuditedStream]
    over: bytes
    over_key: tuple[int, int]
    corrected: dict[str, int]
    results_before: dict[str, MarketResulted]
    producers: set[str]
    moves: int
    house: dict[str, int]
    payments: dict[str, int]
    accounts_count: int
    bets_placed: int
    bets_settled: int
    assesses: bool = False
    counts_gifts: bool = False


def saved(state: AuditState) -> SavedState:
    """Return what to save of a state."""
    return SavedState(
        position=state.position,
        committed_us=state.committed_us,
        migrated=state.migrated,
        earlier=state.earlier,
        live=state.live,
        over=state.over.packed(),
        over_key=state.over.key,
        corrected=state.corrected,
        results_before=state.results_before,
        producers=state.producers,
        moves=state.moves,
        house=dict(state.house),
        payments=dict(state.payments),
        accounts_count=state.accounts_count,
        bets_placed=state.bets_placed,
        bets_settled=state.bets_settled,
        assesses=state.assesses,
        counts_gifts=state.counts_gifts,
    )


def restored(kept: SavedState) -> AuditState:
    """Return the state that was saved."""
    state = AuditState()
    state.position, state.committed_us = kept.position, kept.committed_us
    state.migrated, state.earlier = kept.migrated, kept.earlier
    state.live = dict(kept.live)
    state.results_before = dict(kept.results_before)
    state.over = EndedStreams.unpacked(kept.over, kept.over_key)
    state.corrected = dict(kept.corrected)
    state.producers, state.moves = set(kept.producers), kept.moves
    state.house, state.payments = Counter(kept.house), Counter(kept.payments)
    state.accounts_count, state.bets_placed, state.bets_settled = kept.accounts_count, kept.bets_placed, kept.bets_settled
    state.assesses, state.counts_gifts = kept.assesses, kept.counts_gifts
    return state
