"""Counts what a proposal would do to bets and wallets, from the log alone and up to one position of it.

The rules that would settle the bets are asked what they would settle: nothing here knows a formula.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from commands.ports import FOREVER_US
from commands.trading.bet_changes import PreviewedOutcome, Results, change_of, concerns
from commands.trading.four_eyes import ACTIONS, ProposalOvertaken
from domain.aggregate import Aggregate
from domain.bet.decider import BET
from domain.bet.facts import BetPlaced
from domain.bet.state import Bet
from domain.fact import Fact, Recorded
from domain.fixture.commands import AbandonFixture
from domain.fixture.decider import FIXTURE
from domain.ids import gate_of, wallet_of
from domain.market.commands import InContext, MarketContext
from domain.market.decider import MARKET
from domain.market.facts import MarketOpened, MarketPriceErrorsSet, MarketResulted, MarketVoidWindowsSet
from domain.market.outcomes import all_void
from domain.proposal.decider import PROPOSAL, ProposalUnknown
from domain.proposal.facts import ActionProposed
from domain.proposal.preview import MOVES_MONEY, Preview, PreviewedMoney

BETS_PER_QUESTION = 2_000
MARKETS_PER_QUESTION = 1_000

State = TypeVar("State")


class PreviewedLog(Protocol):
    """What previews ask of the log; see `commands.log_reader.AuditLog` and `commands.ports.EventStore`."""

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order; a stream without any is absent."""
        ...

    def head(self) -> int:
        """Return the last position there is, 0 for an empty log."""
        ...

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        """Return the first and the last fact of each stream, as far as the log goes up to a position; a stream without any is absent."""
        ...

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream, in order, after a position and up to another."""
        ...


class BetTally(msgspec.Struct):
    """What is counted in one currency; `changes` are those of wallets, by account."""

    bets: int = 0
    stake_minor: int = 0
    settled: int = 0
    paid_minor_max: int = 0
    taken_minor_max: int = 0
    changes: Counter[str] = msgspec.field(default_factory=Counter)


def preview_of(log: PreviewedLog, proposal_id: str) -> Preview | None:
    """Return what an open proposal would do, were it approved now; None where it moves no money, or is not open.

    Raises:
        ProposalUnknown: when there is none. ProposalOvertaken: when what it says is so already.
        Refused: what the rules of the market or the fixture refuse by now.
        StoreUnavailable: when the log is unavailable.

    """
    upto = log.head()
    proposal = _folded(log, PROPOSAL, proposal_id, upto)
    if proposal.proposed is None:
        raise ProposalUnknown(proposal_id)
    if proposal.status != "open" or proposal.proposed.action not in MOVES_MONEY:
        return None
    version, results = _results_of(log, proposal_id, proposal.proposed, upto)
    tallies: defaultdict[str, BetTally] = defaultdict(BetTally)
    for bets in _struck(log, results, upto):
        _count(log, bets, results, tallies, upto)
    return Preview(version, upto, tuple(_told(log, currency, tallies[currency], upto) for currency in sorted(tallies)))


def _results_of(log: PreviewedLog, proposal_id: str, proposed: ActionProposed, upto: int) -> tuple[int, Results]:
    """Return the version that the preview is bound to, and the results that the approval would give."""
    command: Any = msgspec.json.decode(proposed.details, type=ACTIONS[proposed.action])
    if isinstance(command, AbandonFixture):
        return _abandoned(log, proposal_id, command, upto)
    market = _folded(log, MARKET, command.market_id, upto)
    score = _folded(log, FIXTURE, market.fixture_id, upto).score if market.fixture_id else MarketContext().score
    stands = PreviewedOutcome(
        market.resulted, market.windows, market.resulted, market.windows, errors=market.errors, errors_before=market.errors
    )
    decided = MARKET.decide(market, InContext(command, MarketContext(score=score, is_approved=True, now_us=FOREVER_US)))
    for fact in decided:
        if isinstance(fact, MarketResulted):
            return market.version, {proposed.market_id: stands._replace(result=fact)}
        if isinstance(fact, MarketVoidWindowsSet):
            return market.number, {proposed.market_id: stands._replace(windows=fact.windows, only=command.window)}
        if isinstance(fact, MarketPriceErrorsSet):
            return market.number, {proposed.market_id: stands._replace(errors=fact.errors, only=command.error)}
    raise ProposalOvertaken(proposal_id)


def _abandoned(log: PreviewedLog, proposal_id: str, command: AbandonFixture, upto: int) -> tuple[int, Results]:
    """Return the version of the match's gate, and that each of its markets that did not come out is void."""
    if not FIXTURE.decide(_folded(log, FIXTURE, command.fixture_id, upto), command):
        raise ProposalOvertaken(proposal_id)
    gate_id, results = gate_of("fixture", command.fixture_id), dict[str, PreviewedOutcome]()
    for opened in _naming(log, MarketOpened, command.fixture_id, upto, MARKETS_PER_QUESTION):
        for market_id, (first, last) in log.ends_of([fact.stream_id for fact in opened], upto).items():
            body: Any = first.body
            if not _has_result(last.body) and body.fixture_id == command.fixture_id:
                won, placed = all_void(body)
                results[market_id] = PreviewedOutcome(MarketResulted(won, 0, 0, command.at, command.reason, placed=placed))
    return len(_facts(log, gate_id, upto)), results


def _has_result(last: Fact) -> bool:
    """Tell by its last fact whether a market came out."""
    return isinstance(last, MarketResulted) or (isinstance(last, MarketVoidWindowsSet | MarketPriceErrorsSet) and last.number > 0)


def _struck(log: PreviewedLog, results: Results, upto: int) -> Iterator[Mapping[str, Recorded[BetPlaced]]]:
    """Yield the bets with a leg on one of the markets, some at a time, each once."""
    seen: set[str] = set()
    for market_id in results:
        for facts in _naming(log, BetPlaced, market_id, upto, BETS_PER_QUESTION):
            struck: dict[str, Recorded[Any]] = {fact.stream_id: fact for fact in facts if fact.stream_id not in seen}
            yield {bet_id: fact for bet_id, fact in struck.items() if any(leg.market_id == market_id for leg in fact.body.legs)}
            if len(results) > 1:
                seen |= struck.keys()


def _count(
    log: PreviewedLog, struck: Mapping[str, Recorded[BetPlaced]], results: Results, tallies: Mapping[str, BetTally], upto: int
) -> None:
    """Add what bets would be told by the results, as they stand at the position."""
    streams = log.load(dict.fromkeys(struck, 0)) if struck else {}
    for bet_id, fact in struck.items():
        placed = fact.body
        struck_us = next(each.committed_us for each in streams[bet_id] if isinstance(each.body, BetPlaced))
        if not any(concerns(results[leg.market_id], placed, struck_us, leg) for leg in placed.legs if leg.market_id in results):
            continue
        tally = tallies[placed.currency]
        tally.bets += 1
        tally.stake_minor += placed.stake_minor
        bet: Bet = BET.initial
        for recorded in streams[bet_id]:
            if recorded.position <= upto:
                bet = BET.evolve(bet, recorded.body)
        change = change_of(bet, bet_id, results, struck_us)
        tally.settled += change.is_settled
        if not placed.bonus_id:  # the money of a bonus is not the wallet's
            tally.changes[placed.account_id] += change.change_minor
            tally.paid_minor_max += change.paid_minor_max
            tally.taken_minor_max += change.taken_minor_max


def _told(log: PreviewedLog, currency: str, tally: BetTally, upto: int) -> PreviewedMoney:
    """Return what was counted in a currency, with the wallets that do not have what is taken back.

    A wallet that has anything available owes nothing, so what it has is all there is to ask.
    """
    losing = {wallet_of(account_id): -minor for account_id, minor in tally.changes.items() if minor < 0}
    wallet_ids, owed = list(losing), list[int]()
    for start in range(0, len(wallet_ids), BETS_PER_QUESTION):
        for wallet_id, (_, last) in log.ends_of(wallet_ids[start : start + BETS_PER_QUESTION], upto).items():
            lacking_minor = losing[wallet_id] - getattr(last.body, "available_minor", 0)
            if lacking_minor > 0:
                owed.append(lacking_minor)
    return PreviewedMoney(
        currency=currency,
        bets=tally.bets,
        stake_minor=tally.stake_minor,
        settled=tally.settled,
        change_minor=tally.changes.total(),
        below_zero=len(owed),
        owed_minor=sum(owed),
        paid_minor_max=tally.paid_minor_max,
        taken_minor_max=tally.taken_minor_max,
    )


def _naming(log: PreviewedLog, kind: type[Fact], stream_id: str, upto: int, limit: int) -> Iterator[Sequence[Recorded[Any]]]:
    after = 0
    while facts := log.naming([kind], stream_id, after, upto, limit):
        after = facts[-1].position
        yield facts


def _facts(log: PreviewedLog, stream_id: str, upto: int) -> Sequence[Recorded]:
    return [fact for fact in log.load({stream_id: 0}).get(stream_id, ()) if fact.position <= upto]


def _folded(log: PreviewedLog, aggregate: Aggregate[State], stream_id: str, upto: int) -> State:
    state = aggregate.initial
    for fact in _facts(log, stream_id, upto):
        state = aggregate.evolve(state, fact.body)
    return state
