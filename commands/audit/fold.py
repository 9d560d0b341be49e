"""The fold of the audit: checks the log append by append, and stops at the first fact that is wrong."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from commands.audit.auditor import Auditor, Begin, Follow, Names, Reopen
from commands.audit.ended_streams import STREAM_ID
from commands.audit.moments import moments_of, without_zone
from commands.audit.promotion_streams import AuditedBonus
from commands.audit.registry import AUDITORS
from commands.audit.state import AuditState, EndsOf, Naming
from commands.audit.streams import Audited, AuditedBet, AuditedPendingBet, AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    BooksDoNotBalance,
    FactOutOfPlace,
    FactUnjudgeable,
    KindUnknown,
    PositionOutOfOrder,
    StreamBegunWrong,
    StreamIdMalformed,
    VersionOutOfOrder,
)
from commands.log_reader import begins
from domain.chain import SCHEME, SCHEME_MIGRATED
from domain.fact import Fact, Recorded


class Totals(msgspec.Struct, frozen=True):
    """What is held where, in minor units of one currency. All add up to nothing, `owed_minor`, what bettors owe the book, being taken off.

    `bonus_minor` is what bonuses hold, available and reserved, without what they owe.
    """

    available_minor: int
    reserved_minor: int
    house_minor: int
    payments_minor: int
    owed_minor: int
    bonus_minor: int = 0


class Going(NamedTuple):
    """How a further fact of a stream is checked: the class that the stream's state must have, and the check."""

    kind: type[Audited]
    follow: Follow


BEGINS: dict[type[Fact], Begin] = {kind: begin for auditor in AUDITORS for kind, begin in auditor.begins.items()}
GOES_ON: dict[type[Fact], Going] = {
    kind: Going(auditor.also_holds.get(kind, auditor.holds), follow)
    for auditor in AUDITORS
    if auditor.holds is not None
    for kind, follow in auditor.follows.items()
}
REOPENS: dict[type[Fact], Reopen] = {kind: reopen for auditor in AUDITORS for kind, reopen in auditor.reopens.items()}
REOPENS_WITH: dict[type[Fact], Reopen] = {
    kind: reopen for auditor in AUDITORS for kind in auditor.begins for reopen in auditor.reopens.values()
}
"""What a stream begins with -> how it is reopened."""

NAMES: dict[type[Fact], Names] = {kind: names for auditor in AUDITORS for kind, names in auditor.names.items()}

AUDITOR_OF: dict[type[Fact], Auditor] = {kind: auditor for auditor in AUDITORS for kind in (*auditor.begins, *auditor.follows)}
MOMENTS: dict[type[Fact], tuple[str, ...]] = {kind: moments_of(kind) for kind in AUDITOR_OF}


class Fold:
    """Folds the log into an `AuditState`, fact by fact. `ends_of` and `naming` query the log for what was folded before."""

    def __init__(self, state: AuditState | None = None, ends_of: EndsOf | None = None, naming: Naming | None = None) -> None:
        self.state = state or AuditState()
        self.state.naming, self.state.ends_of = naming, ends_of
        self._ends_of = ends_of
        self._revived: Collection[str] = ()

    def begin_stretch(self, facts: Sequence[Recorded[Any]]) -> None:
        """Find, once for a read, ended streams that these facts begin again, and reload what the facts need of the log before.

        Raises:
            ViolationFound: when one of their streams has no id that can be.

        """
        try:
            self._revived = self.state.over.among(facts)
        except ValueError:
            for recorded in facts:
                if STREAM_ID.fullmatch(recorded.stream_id) is None:
                    raise ViolationFound(StreamIdMalformed, recorded) from None
            raise
        self.state.ended, self.state.recalled = {}, {}
        live = self.state.live
        reopening = {recorded.stream_id for recorded in facts if type(recorded.body) in REOPENS and recorded.stream_id not in live}
        if reopening:
            reopening -= {recorded.stream_id for recorded in facts if recorded.version == 1}
            self._recall(reopening, facts[0].position - 1)
        self._note_firsts(facts)

    def _note_firsts(self, facts: Sequence[Recorded[Any]]) -> None:
        """Note the first facts of the streams that facts of this read are checked against; the log is queried once for earlier ones."""
        named = {stream_id for fact in facts if type(fact.body) in NAMES for stream_id in NAMES[type(fact.body)](fact.body)}
        firsts = {fact.stream_id: fact for fact in facts if begins(fact) and fact.stream_id in named} if named else {}
        before = [stream_id for stream_id in named - firsts.keys() if STREAM_ID.fullmatch(stream_id)]
        if before and self._ends_of is not None:
            firsts |= {stream_id: first for stream_id, (first, _) in self._ends_of(before, facts[0].position - 1).items()}
        self.state.firsts = firsts

    def _recall(self, stream_ids: Collection[str], upto: int) -> None:
        """Reload ended streams that facts of this read reopen, and the markets of such bets.

        Of an ended stream only 8 bytes are kept. Its first and its last fact, which were checked when they were folded, give the state that
        these facts are checked against; the log is queried once for all of them, and once for the markets of the bets among them.
        """
        recalled, live = self.state.recalled, self.state.live
        for _ in range(2):
            gone = [stream_id for stream_id in stream_ids if stream_id not in live and stream_id not in recalled]
            if not gone or self._ends_of is None:
                return
            for stream_id, (first, last) in self._ends_of(gone, upto).items():
                reopen = REOPENS_WITH.get(type(first.body))
                stream = reopen(first, last) if reopen is not None else None
                if stream is not None:
                    recalled[stream_id] = stream
            bets = (self.state.known(stream_id) for stream_id in stream_ids)
            stream_ids = {leg.market_id for bet in bets if type(bet) is AuditedBet for leg in bet.legs}

    def follow(self, facts: Sequence[Recorded[Any]], append_sizes: Sequence[int], committed_us: int, scheme: int) -> None:
        """Fold the facts of a batch, append by append.

        Raises:
            ViolationFound: at the first fact that is wrong. The fold is of no further use then.

        """
        state, goes_on, moments = self.state, GOES_ON, MOMENTS
        live, position, start = state.live, state.position, 0
        state.committed_us, state.migrated, state.earlier = committed_us, scheme == SCHEME_MIGRATED, scheme < SCHEME
        for size in append_sizes:
            state.append = append = facts[start : start + size]
            start += size
            for recorded in append:
                if zoneless := without_zone(recorded.body, moments.get(type(recorded.body), ())):
                    raise _unjudgeable(recorded, ValueError(f"{zoneless} has no time zone"))
            for recorded in append:
                position += 1
                if recorded.position != position:
                    raise ViolationFound(PositionOutOfOrder, recorded, expected=position)
                stream = live.get(recorded.stream_id)
                if stream is None:
                    stream = self._reopened(recorded) if type(recorded.body) in REOPENS else None
                if stream is None:
                    self._begin(recorded)
                    continue
                version = stream.version + 1
                if recorded.version != version:
                    raise ViolationFound(VersionOutOfOrder, recorded, version=recorded.version, expected=version)
                fact = recorded.body
                going = goes_on.get(type(fact))
                if going is None or going[0] is not type(stream):
                    raise _out_of_place(recorded, stream)
                stream.version = version
                try:
                    going[1](state, recorded, stream, fact)
                except ViolationFound:
                    raise
                except Exception as error:
                    raise _unjudgeable(recorded, error) from error
            state.position = position

    def _reopened(self, recorded: Recorded[Any]) -> Audited | None:
        """Return a stream that was over and goes on, live again; None where there was none."""
        state, stream_id = self.state, recorded.stream_id
        stream: Audited | None = state.ended.pop(stream_id, None) or state.recalled.get(stream_id)
        if stream is not None:
            state.live[stream_id] = stream
        return stream

    def _begin(self, recorded: Recorded[Any]) -> None:
        """Check the first fact of a stream, and keep the state that it leads to; a stream without one has ended with it."""
        state, stream_id = self.state, recorded.stream_id
        begin = BEGINS.get(type(recorded.body))
        if begin is None or recorded.version != 1 or stream_id in state.over.recent or stream_id in self._revived:
            raise self._begun_wrong(recorded, begin)
        try:
            stream = begin(state, recorded, recorded.body)
        except ViolationFound:
            raise
        except Exception as error:
            raise _unjudgeable(recorded, error) from error
        if stream is None:
            state.over.recent.add(stream_id)
        else:
            state.live[stream_id] = stream

    def _begun_wrong(self, recorded: Recorded[Any], begin: Begin | None) -> ViolationFound:
        state, stream_id, auditor = self.state, recorded.stream_id, AUDITOR_OF.get(type(recorded.body))
        if auditor is None:
            return _unknown(recorded)
        if stream_id in state.over or stream_id in self._revived:
            return ViolationFound(auditor.over, recorded)
        if recorded.version != 1:
            return ViolationFound(VersionOutOfOrder, recorded, version=recorded.version, expected=1)
        assert begin is None, "whatever else is wrong with a beginning was looked at"
        return ViolationFound(StreamBegunWrong, recorded)

    def totals(self) -> dict[str, Totals]:
        """Return what is held where, by currency."""
        available: Counter[str] = Counter()
        reserved: Counter[str] = Counter()
        owed: Counter[str] = Counter()
        for _, wallet in self.state.all_of(AuditedWallet):
            available[wallet.currency] += wallet.available
            reserved[wallet.currency] += wallet.reserved
            owed[wallet.currency] += wallet.owed
        bonus: Counter[str] = Counter()
        for _, each in self.state.all_of(AuditedBonus):
            bonus[each.currency] += each.available + each.reserved - each.owed
        house, payments = self.state.house, self.state.payments
        return {
            currency: Totals(available[currency], reserved[currency], house[currency], payments[currency], owed[currency], bonus[currency])
            for currency in available
        }

    def imbalance(self) -> BooksDoNotBalance | None:
        """Return the first account whose sum is not what it must be: a wallet's reserve, then all accounts of a currency together."""
        staked: Counter[str] = Counter()
        for _, bet in self.state.all_of(AuditedBet):
            staked[bet.bonus_id or bet.wallet_id] += bet.stake if not bet.free_bet_id else 0
        for _, pending in self.state.all_of(AuditedPendingBet):
            staked[pending.wallet_id] += pending.stake
        for wallet_id, wallet in self.state.all_of(AuditedWallet):
            if wallet.reserved != staked[wallet_id]:
                return self._unbalanced(f"{wallet.account_id}:reserved", staked[wallet_id], wallet.reserved)
        for bonus_id, bonus in self.state.all_of(AuditedBonus):
            if bonus.reserved != staked[bonus_id]:
                return self._unbalanced(f"{bonus.account_id}:bonus_reserved", staked[bonus_id], bonus.reserved)
        for currency, held in self.totals().items():
            of_bettors_minor = held.available_minor + held.reserved_minor + held.bonus_minor - held.owed_minor
            total_minor = of_bettors_minor + held.house_minor + held.payments_minor
            if total_minor:
                return self._unbalanced(f"all {currency}", 0, total_minor)
        return None

    def _unbalanced(self, account: str, expected_minor: int, found_minor: int) -> BooksDoNotBalance:
        return BooksDoNotBalance(
            position=self.state.position, stream_id="", fact="", account=account, expected_minor=expected_minor, found_minor=found_minor
        )


def _unknown(recorded: Recorded[Any]) -> ViolationFound:
    return ViolationFound(KindUnknown, recorded, why=getattr(recorded.body, "why", "")[:200])


def _unjudgeable(recorded: Recorded[Any], error: Exception) -> ViolationFound:
    return ViolationFound(FactUnjudgeable, recorded, error=f"{type(error).__name__}: {error}"[:200])


def _out_of_place(recorded: Recorded[Any], stream: Audited) -> ViolationFound:
    if type(recorded.body) not in AUDITOR_OF:
        return _unknown(recorded)
    return ViolationFound(FactOutOfPlace, recorded, holds=type(stream).__name__.removeprefix("Audited").lower())
