"""Place a bet: the bet and its stake are one append on two streams.

What it is struck on is read: every leg's market and its gates, its match where a price was replaced, and the account's own gate. The
producer of a price is no such read, since its heartbeats change it all the time; that its lease has not run out becomes a condition on
the time of the commit.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, check_may_stake, within_the_day
from commands.betting.bonuses import stake_bonus
from commands.betting.free_bets import use_free_bet
from commands.betting.referral import refer
from commands.betting.same_game import offered_together
from commands.betting.standing_prices import all_below, check_below, delay_of, fixture_limit
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.cached_stream import CachedStream
from commands.dispatch.stream import Seen
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account_gate.state import AccountGate
from domain.bet.commands import AskedLeg, AskedSameGame, OfferedTogether, StrikeBet
from domain.bet.decider import BET, check_shape
from domain.bet.facts import BetPending, BetPlaced, Leg
from domain.bet.same_game import check_groups
from domain.bet.stake_limit import HOUSE_LIMIT, StakeLimit, StakeOverLimit, limit_of
from domain.bet.state import Bet
from domain.bet.ways import ways_of
from domain.bonus.decider import BONUS
from domain.fixture.decider import FIXTURE
from domain.free_bet.decider import FREE_BET
from domain.market.decider import MARKET
from domain.market.payout_limit import lowest_payout_minor
from domain.market.state import Market, quote
from domain.quote import Quote
from domain.refused import Refused
from domain.settling.folds import Ratio
from domain.settling.racing import place_terms_of
from domain.settling.rules import is_exclusive
from domain.wallet.commands import ReserveStake
from domain.wallet.decider import WALLET


class PlaceBet(msgspec.Struct, frozen=True, gc=False):
    """Strike a bet for an account at the odds it was shown. `bet_id` is the idempotency key; `at` is when the command arrived.

    `each_way` is the rule of an each-way bet, empty for any other; `free_bet_id` the free bet that is its stake, empty for own money.
    `bonus_id` is the bonus that the whole stake is of, empty for cash.
    `same_game` are legs of one match that are struck together. With `refer` a bet over its limit is put to a trader, where one may be
    asked, who takes all of it, a part, or nothing.
    """

    bet_id: str
    account_id: str
    stake_minor: int
    currency: str
    type: str
    legs: tuple[AskedLeg, ...]
    accept: str
    at: datetime
    each_way: str = ""
    free_bet_id: str = ""
    same_game: tuple[AskedSameGame, ...] = ()
    refer: bool = False
    bonus_id: str = ""


class PlacesNotPaid(Refused):
    """The market pays no places, so that nothing can be bet on it each way."""

    market_id: str


class FreeBetWouldWait(Refused):
    """A bet that waits in play is not taken with a free bet: use it before kick-off, or bet own money."""

    free_bet_id: str
    delay_s: int


class BonusBetWouldWait(Refused):
    """A bet that waits in play is not taken from a bonus: bet before kick-off, or from cash."""

    bonus_id: str
    delay_s: int


class StakeOfTwoKinds(Refused):
    """A stake is a free bet, or of a bonus: never of both."""

    free_bet_id: str
    bonus_id: str


class SameGameWouldWait(Refused):
    """Legs of one match are not struck together in a bet that waits in play: bet on them before kick-off, or on each alone."""

    legs: tuple[int, ...]
    delay_s: int


NONE_EXCLUSIVE = frozenset[str]()


class BetReceipt(msgspec.Struct, frozen=True, gc=False):
    """What a bettor is told: the bet as it was struck, or as it is pending, whatever became of it since."""

    bet_id: str
    placed: BetPlaced | BetPending


def streams_of(ask: PlaceBet) -> Sequence[StreamRef]:
    """Name the streams: the bet, which is new unless this is a retry, the wallet, the account's gate, the markets."""
    given = (StreamRef(FREE_BET, ask.free_bet_id),) if ask.free_bet_id else (StreamRef(BONUS, ask.bonus_id),) if ask.bonus_id else ()
    return (
        StreamRef(BET, ask.bet_id),
        StreamRef(WALLET, remembered_wallet_of(ask.account_id)),
        account_gate_streams(ask.account_id),
        *[StreamRef(MARKET, leg.market_id) for leg in ask.legs],
        *given,
    )


def place_bet(ask: PlaceBet, streams: UnitOfWork) -> Outcome:
    """Strike the bet and reserve its stake, or take what it names in its place. In play, or for a trader, it may be pending at first.

    Raises:
        Refused: what the shape of the bet, the account's gate, the markets' quotes, their gates and producers, their places, the bet and
            the wallet, the free bet or the bonus refuse, in this order. A repeat with the same body is none of them.

    """
    bet_id, account_id, asked, at = ask.bet_id, ask.account_id, ask.legs, ask.at
    bet = streams.load_new(BET, bet_id)
    if bet.state.status:
        known, given = (bet_id, account_id, ask.stake_minor, ask.currency, ask.type, asked), (ask.free_bet_id, ask.same_game)
        bet.decide(StrikeBet(*known, (), ask.accept, at, ask.each_way, (), HOUSE_LIMIT, *given, bonus_id=ask.bonus_id))
        return Outcome(BetReceipt(bet_id, _asked_for(bet.state)), bet, creates=True)
    check_shape(ask.stake_minor, ask.type, asked, ask.accept, ask.each_way)
    if ask.same_game:
        check_groups(ask.same_game, ask.type, asked, ask.each_way)
    wallet = streams.load(WALLET, remembered_wallet_of(account_id))
    account = check_may_stake(streams, account_id, wallet.entry)
    markets = [streams.see(MARKET, leg.market_id) for leg in asked]
    try:
        offered = tuple([_offered(leg, market, streams) for leg, market in zip(asked, markets, strict=True)])
    except StreamsNotCached:
        streams.need(all_below([market.state for market in markets]))
        raise
    terms = tuple([place_terms(leg.market_id, market.state) for leg, market in zip(asked, markets, strict=True)]) if ask.each_way else ()
    delay_s = 0
    for market in markets:
        if market.state.delay_s:
            if delay_s := delay_of(markets, streams):
                _check_can_wait(ask, delay_s)
            at = within_the_day(streams, at)
            break
    together: tuple[OfferedTogether, ...] = ()
    if ask.same_game:
        groups = [group.legs for group in ask.same_game]
        together = offered_together(groups, asked, offered, [market.state for market in markets], streams)
    what = (bet_id, account_id, ask.stake_minor, ask.currency, ask.type)
    own = (most_paid(account.gate, markets, offered), ask.free_bet_id, ask.same_game, together, delay_s)
    exclusive = exclusive_of(asked, markets)
    strike = StrikeBet(*what, asked, offered, ask.accept, at, ask.each_way, terms, *own, exclusive=exclusive, bonus_id=ask.bonus_id)
    try:
        bet.decide(strike)
    except StakeOverLimit as over:
        bet.decide(strike := refer(strike, over, markets, streams, is_asked=ask.refer))
        at = strike.at
    placed = _asked_for(bet.state)
    for number, offer in enumerate(offered):
        if offer.replaced_by and placed.legs[number].version == offer.shown_version:
            streams.hold(markets[number], offer.replaced_by, offer.grace_ms)
    if ask.free_bet_id or ask.bonus_id:
        _take_given(placed, bet_id, streams)
    elif account.gate.limits:
        at = within_the_day(streams, at)
        wallet.decide(ReserveStake(account_id, bet_id, ask.stake_minor, ask.currency, at, account.limits))
    else:
        wallet.decide(ReserveStake(account_id, bet_id, ask.stake_minor, ask.currency, at))
    return Outcome(BetReceipt(bet_id, placed), bet, creates=True)


def _take_given(placed: BetPlaced | BetPending, bet_id: str, streams: UnitOfWork) -> None:
    """Take a stake that is no cash: a free bet, or of a bonus.

    Raises:
        StakeOfTwoKinds, and what the free bet or the bonus refuses.

    """
    assert isinstance(placed, BetPlaced), "what waits is staked in cash"
    if not placed.bonus_id:
        use_free_bet(placed, bet_id, streams)
    elif not placed.free_bet_id:
        stake_bonus(placed, bet_id, streams)
    else:
        raise StakeOfTwoKinds(placed.free_bet_id, placed.bonus_id)


def _check_can_wait(ask: PlaceBet, delay_s: int) -> None:
    """Refuse bets that are struck at once or not at all.

    Raises:
        FreeBetWouldWait, BonusBetWouldWait, SameGameWouldWait: in this order.

    """
    if ask.free_bet_id:
        raise FreeBetWouldWait(ask.free_bet_id, delay_s)
    if ask.bonus_id:
        raise BonusBetWouldWait(ask.bonus_id, delay_s)
    if ask.same_game:
        raise SameGameWouldWait(ask.same_game[0].legs, delay_s)


def most_paid(account: AccountGate, markets: Sequence[Seen[Market]], offered: Sequence[Quote]) -> StakeLimit:
    """Return the most that is paid on the bet: the lowest limit of its markets and matches, or of any bet, times the account's factor."""
    for market, quoted in zip(markets, offered, strict=True):
        if market.state.payout_minor_max or quoted.fixture_minor_max:
            limits = [each.state.payout_minor_max for each in markets] + [each.fixture_minor_max for each in offered]
            return limit_of(account.factor.units, lowest_payout_minor(limits))
    return limit_of(account.factor.units)


def exclusive_of(legs: Sequence[AskedLeg] | Sequence[Leg], markets: Sequence[Seen[Market]]) -> frozenset[str]:
    """Return the markets that a bet has several selections of, of which one wins at most; `markets` are those of its legs, in order."""
    if len(legs) == 1:
        return NONE_EXCLUSIVE
    found = set[str]()
    for numbers in ways_of(legs):
        market = markets[numbers[0]].state
        if len(numbers) > 1 and market.opened is not None and is_exclusive(market.type, market.opened.specifiers):
            found.add(legs[numbers[0]].market_id)
    return frozenset(found)


def _asked_for(bet: Bet) -> BetPlaced | BetPending:
    """Return what a bet began with."""
    placed = bet.pending or bet.placed
    assert placed is not None, "a decided bet is struck or pending"
    return placed


def place_terms(market_id: str, market: Market) -> Ratio:
    """Return the fraction of the odds that a place on a market pays.

    Raises:
        PlacesNotPaid: when it pays none.

    """
    terms = None if market.opened is None else place_terms_of(market.type, market.opened.specifiers)
    if terms is None:
        raise PlacesNotPaid(market_id)
    return terms.part


def _offered(leg: AskedLeg, seen: Seen[Market], streams: UnitOfWork) -> Quote:
    """Return what a leg may be struck at: only prices that were given since a gate changed last, by a producer within its lease.

    What was read of gates and the limit of the match is remembered.

    Raises:
        BettingSuspended, BettingOver, PricesAwaited: and before them what `quote` refuses.

    """
    offered = quote(seen.state, leg.market_id, leg.selection, leg.version)
    assert type(seen) is CachedStream, "what was seen is an entry"
    if remembered := streams.recall(seen):
        fixture_minor_max = remembered.found
    else:
        before = streams.so_far()
        check_below(leg.market_id, seen.state, streams)
        fixture_minor_max = fixture_limit(seen.state.fixture_id, streams)
        streams.remember(seen, before, "gates", seen.version, fixture_minor_max)
    if fixture_minor_max:
        offered = msgspec.structs.replace(offered, fixture_minor_max=fixture_minor_max)
    return _within_grace(offered, seen, streams) if offered.replaced_by else offered


def _within_grace(offered: Quote, seen: Seen[Market], streams: UnitOfWork) -> Quote:
    """Return what may be struck where the price that was shown was replaced: that price for as long as its grace lasts, then no more.

    The grace from before kick-off ends with the kick-off, whose commit leaves only what the grace of play gives; so the match is read.
    """
    grace_ms = offered.grace_ms
    if streams.read(FIXTURE, offered.fixture_id).status != "scheduled":
        grace_ms = min(grace_ms, seen.state.in_play_grace_ms)
    if not streams.is_within(seen, offered.replaced_by, grace_ms):
        return msgspec.structs.replace(offered, shown=None, replaced_by=0)
    return offered if grace_ms == offered.grace_ms else msgspec.structs.replace(offered, grace_ms=grace_ms)
