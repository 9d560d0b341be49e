"""Bugs to be planted into the product, one at a time: each breaks a promise, and the judge must find it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any

import msgspec
import pytest

from commands.accounts import move_money
from commands.accounts.access import NOTHING_LIMITS
from commands.betting import place_bet, settle_bet, standing_prices
from commands.dispatch.completion import BatchCompletion
from commands.dispatch.state_cache import StateCache
from commands.dispatch.unit_of_work import UnitOfWork
from commands.ports import Append
from commands.trading import abandon_unplayed, run_fixture
from commands.trading.void_market import ABANDONMENT
from domain.account_gate.state import AccountGate
from domain.bet import legs_told, settlement, striking
from domain.bet.facts import BetSettled
from domain.fact import Recorded
from domain.fixture.facts import FixtureAbandoned
from domain.fixture.state import Fixture
from domain.gate.decider import GATE
from domain.market import outcomes
from domain.market.decider import MARKET
from domain.settling import returns
from domain.settling.rules import MatchScore, results_of
from domain.wallet.commands import PayReturns
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.worker import CaseWorker
from infra.readmodels import applying, tracked_partitions
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import Section
from projections.betting import board_queries, portfolio
from projections.changes import Unrank
from projections.ports import View

Plant = Callable[[pytest.MonkeyPatch], None]
PLANTS: dict[str, Plant] = {}
"""What is wrong with the product -> how it is made so."""
MANAGED: dict[str, Plant] = {}
"""The same, of process managers: these need histories with a database."""


def plant(what: str, among: dict[str, Plant] = PLANTS) -> Callable[[Plant], Plant]:
    def named(how: Plant) -> Plant:
        among[what] = how
        return how

    return named


# Money.


@plant("a settlement pays a cent more")
def _(patch: pytest.MonkeyPatch) -> None:
    right, right_of_folds = settlement.returns_minor, settlement.returns_of_folds_minor
    patch.setattr(settlement, "returns_minor", lambda *given: right(*given) and right(*given) + 1)
    patch.setattr(settlement, "returns_of_folds_minor", lambda *given: right_of_folds(*given) and right_of_folds(*given) + 1)


@plant("every line of a bet is rounded by itself")
def _(patch: pytest.MonkeyPatch) -> None:
    def rounded(unit_minor: int, sizes: tuple[int, ...], legs: list[Any], rules: int) -> int:
        return sum(settlement.returns_minor(unit_minor, line, rules) for size in sizes for line in combinations(legs, size))

    patch.setattr(settlement, "returns_of_folds_minor", rounded)


@plant("a void leg loses its line")
def _(patch: pytest.MonkeyPatch) -> None:
    right = returns.factor
    patch.setattr(returns, "factor", lambda odds, result: (0, 1) if result == returns.VOID else right(odds, result))


@plant("the wallet gets a cent less than the settlement says")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        settle_bet, "PayReturns", lambda account, bet, stake, paid, *rest: PayReturns(account, bet, stake, paid - 1 if paid else 0, *rest)
    )


@plant("a settled bet gives its stake back, whatever came out")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(legs_told, "settled", _settled_as_void(legs_told.settled))


def _settled_as_void(right: Callable[..., BetSettled]) -> Callable[..., BetSettled]:
    def settled(*given: Any) -> BetSettled:
        return msgspec.structs.replace(right(*given), outcome="void", returns_minor=given[0].stake_minor)

    return settled


# What a bet is struck on.


def _unread(patch: pytest.MonkeyPatch, aggregate: object) -> None:
    """What is seen of an aggregate's streams is no condition of the commit."""
    right = UnitOfWork.see

    def see(self: UnitOfWork, of: Any, stream_id: str) -> Any:
        seen = right(self, of, stream_id)
        if of is aggregate:
            self.reads.pop()
        return seen

    patch.setattr(UnitOfWork, "see", see)


@plant("a gate is not read")
def _(patch: pytest.MonkeyPatch) -> None:
    _unread(patch, GATE)


@plant("a market is not read")
def _(patch: pytest.MonkeyPatch) -> None:
    _unread(patch, MARKET)


@plant("no gate is asked")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_bet, "check_below", lambda *_: None)


@plant("a lease is ignored")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing_prices, "_hold_lease", lambda *_: None)


@plant("what holds for a while is judged by the process's own time alone")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(UnitOfWork, "resolve", lambda *_: None)


@plant("what was decided on a heartbeat stands though the heartbeat was refused")
def _(patch: pytest.MonkeyPatch) -> None:
    right = UnitOfWork.append

    def append(self: UnitOfWork, *given: Any) -> Append:
        made = right(self, *given)
        looked = {entry.stream_id for entry in self.looked}
        if made.facts:
            made.reads[:] = [read for read in made.reads if read.stream_id not in looked]  # type: ignore[index]
        return made

    patch.setattr(UnitOfWork, "append", append)


@plant("who is shut out may bet")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_bet, "check_may_stake", lambda *_: NOTHING_LIMITS)


@plant("who is shut out may bring money in")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(move_money, "check_may_bet", lambda *_: AccountGate())


@plant("other odds are taken though the bettor wanted exactly these")
def _(patch: pytest.MonkeyPatch) -> None:
    right = striking._leg
    patch.setattr(striking, "_leg", lambda asked, offered, _accept: right(asked, offered, "any"))


@plant("the goals of extra time count")
def _(patch: pytest.MonkeyPatch) -> None:
    right = Fixture.score.fget

    def score(self: Fixture) -> MatchScore:
        found: MatchScore = right(self)  # type: ignore[misc]
        return msgspec.structs.replace(found, home=self.home_goals, away=self.away_goals)

    patch.setattr(Fixture, "score", property(score))


@plant("a market is graded while goals may still change it")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "results_of", lambda kind, lines, score: results_of(kind, lines, _over(score, "playing")))


@plant("a market of an abandoned match is graded")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "results_of", lambda kind, lines, score: results_of(kind, lines, _over(score, "abandoned")))


def _over(score: MatchScore, phase: str) -> MatchScore:
    return msgspec.structs.replace(score, phase="over") if score.phase == phase else score


@plant("the end of a match does not end the betting on it")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(run_fixture, "EndBetting", run_fixture.VoidPrices)


@plant("a goal does not void the prices")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(run_fixture, "ChangeScore", type("NeverAsked", (), {}))


# What is told.


@plant("a refusal is told on whatever state was at hand")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(UnitOfWork, "conditions", lambda _self: Append(()))


@plant("a repeat tells where the bet was last heard of, not where it was struck")
def _(patch: pytest.MonkeyPatch) -> None:
    right = place_bet.Outcome
    patch.setattr(place_bet, "Outcome", lambda receipt, key, **_: right(receipt, key))


@plant("a state stays as it was decided though the commit failed")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StateCache, "clear", lambda _self: None)
    patch.setattr(
        BatchCompletion, "take_back", lambda _self, one, _doubted: {stream.stream_id for stream in one.streams.touched if stream.facts}
    )


# What is shown.


@plant("a view applies a batch twice")
def _(patch: pytest.MonkeyPatch) -> None:
    right = MemoryModels._apply

    def apply(self: MemoryModels, partition: int, section: Section) -> None:
        standing = self._standing[partition].get(section.build)
        if standing is not None:
            self._standing[partition][section.build] = standing._replace(position=section.expected)
        right(self, partition, section)

    patch.setattr(MemoryModels, "_apply", apply)


@plant("a view misses the last fact of a stretch")
def _(patch: pytest.MonkeyPatch) -> None:
    right = tracked_partitions.projected

    def projected(view: View, facts: Sequence[Recorded], kinds: Sequence[type[Any]]) -> tracked_partitions.Projected:
        upto = len(facts) - 1 or 1
        return right(view, facts[:upto], kinds[:upto])._replace(upto=facts[-1].position)

    patch.setattr(applying, "projected", projected)


@plant("a settled bet is shown as open, too")
def _(patch: pytest.MonkeyPatch) -> None:
    right: Callable[..., Iterable[Any]] = portfolio._PROJECTED[BetSettled]
    patch.setitem(portfolio._PROJECTED, BetSettled, lambda *given: [each for each in right(*given) if not isinstance(each, Unrank)])


@plant("a market below a stopped gate is shown as open")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(board_queries, "standing", lambda state, *_: (state.status, None))


# What process managers do.


@plant("a worker drops its cases before they are done", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    def due_chunk(self: CaseWorker) -> int:
        came, position, part = self._last
        named = {"came": came, "position": position, "part": part, "limit": self._cases_per_chunk}
        with self._connection.transaction():
            cases = self._claimed(self._sql.claim_due, named)
            self._connection.execute(self._sql.drop_waiting, ([case.row for case in cases],))
        if cases:
            self._decided(cases)
            self._last = (cases[-1].number, cases[-1].position, cases[-1].part)
        return len(cases)

    patch.setattr(CaseWorker, "due_chunk", due_chunk)


@plant("cases of a stretch are lost when its process dies", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    right = CaseProjector._write

    def write(self: CaseProjector, cohort: Any, changes: Any, again: Any, mark: str) -> Any:
        if changes.upto % 5:
            return right(self, cohort, changes, again, mark)
        return self._advanced(cohort, sorted(changes.touched), changes.upto, mark, self._connection.cursor())

    patch.setattr(CaseProjector, "_write", write)


@plant("a match that was never played is abandoned before its time", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(abandon_unplayed, "never_played_at", lambda kick_off, _at, _within: kick_off + timedelta(minutes=30))


@plant("a bet on an abandoned match stays open", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(ABANDONMENT.reactions, FixtureAbandoned, lambda _: ())  # type: ignore[arg-type]
