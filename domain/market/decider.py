"""The rules of a market: when its prices may move, when it takes bets, when it is done."""

from collections.abc import Mapping, Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.market.bet_delay import delay_set
from domain.market.commands import (
    CloseMarket,
    CorrectPrice,
    CorrectResult,
    InContext,
    LimitPayout,
    MarketContext,
    MarketDecision,
    OpenMarket,
    PriceMarket,
    RestoreBets,
    RestorePrice,
    ResultMarket,
    ResumeMarket,
    SetBetDelay,
    SuspendMarket,
    TakeBackResult,
    VoidBets,
)
from domain.market.facts import (
    MarketBetDelaySet,
    MarketClosed,
    MarketFact,
    MarketOpened,
    MarketPayoutLimited,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
    MarketVoidWindowsSet,
)
from domain.market.outcomes import check_offer, corrected_result, is_same_offer, result_of
from domain.market.payout_limit import decide_limit
from domain.market.price_errors import errors_set
from domain.market.prices import cause_of, checked_prices
from domain.market.runners import gone, withdrawn
from domain.market.state import Market, MarketNotOpen, MarketSuspendedNow, MarketUnknown, Offer, priced, set_alone_by, still_struck
from domain.market.taking_back import taken_back
from domain.market.void_windows import windows_set
from domain.refused import Refused
from domain.text import check_reason

SELECTIONS_MAX = 200
GRACE_MS_MAX = 60_000


class MarketKeyReused(Refused):
    """The market exists as another one: its fixture, type, specifiers, selections, first prices or grace window differ."""

    market_id: str


class MarketMalformed(Refused):
    """A market needs 2 to 200 different selections and a grace window of at most a minute."""

    market_id: str
    selections: int
    grace_ms: int


class AlreadySuspended(Refused):
    """The market is suspended already, for another reason."""

    market_id: str
    version: int
    reason: str


class MarketNotSuspended(Refused):
    """The market is open, at other prices: there is nothing to resume."""

    market_id: str
    version: int


class AlreadyResulted(Refused):
    """The market already has a different result."""

    market_id: str


def decide(market: Market, command: MarketDecision) -> Sequence[MarketFact]:
    """Decide what follows from a command.

    Raises:
        MarketKeyReused, MarketMalformed, MarketTextMalformed, MarketTypeUnknown, SpecifierMalformed, SelectionsOfAnotherType: from
            `OpenMarket`.
        MarketUnknown, MarketNotOpen, MarketSuspendedNow, MarketNotSuspended: with the evidence of each.
        PricesMalformed, OddsOutOfRange, ScoreModelMalformed, ShadedOverLimit, PricesOutOfBounds: from whatever carries prices.
        AlreadySuspended, ReasonMalformed: from `SuspendMarket`; with a non-runner, what `withdrawn` raises. What `delay_set` raises: from
            `SetBetDelay`.
        PayoutLimitMalformed, ReferralMalformed: from `LimitPayout`.
        AlreadyResulted, and what `result_of` raises: from `ResultMarket`. What `corrected_result` raises: from `CorrectResult`. What
            `taken_back` raises: from `TakeBackResult`. What `windows_set` raises: from `VoidBets` and
            `RestoreBets`. What `errors_set` raises: from `CorrectPrice` and `RestorePrice`.

    """
    if isinstance(command, InContext):
        return _decide_in_context(market, command.command, command.context)
    if not market.status:
        raise MarketUnknown(command.market_id)
    match command:
        case SuspendMarket() if command.non_runner:
            return withdrawn(market, command)
        case SuspendMarket():
            if market.suspended is not None:
                if market.suspended.reason != command.reason:
                    raise AlreadySuspended(command.market_id, market.version, market.suspended.reason)
                return ()
            _check_open(market, command.market_id)
            check_reason(command.reason)
            return (MarketSuspended(command.reason, command.at, command.actor),)
        case SetBetDelay():
            return delay_set(market, command)
        case CloseMarket():
            return () if market.status in ("closed", "resulted") else (MarketClosed(command.at, command.actor),)
        case LimitPayout():
            return decide_limit(market, command)
        case _:
            assert_never(command)


def _decide_in_context(
    market: Market,
    command: OpenMarket
    | PriceMarket
    | ResumeMarket
    | ResultMarket
    | CorrectResult
    | TakeBackResult
    | VoidBets
    | RestoreBets
    | CorrectPrice
    | RestorePrice,
    context: MarketContext,
) -> Sequence[MarketFact]:
    if isinstance(command, OpenMarket):
        return _open(market, command, context)
    if market.opened is None:
        raise MarketUnknown(command.market_id)
    match command:
        case PriceMarket():
            return _price(market, command, context)
        case ResumeMarket():
            if market.status == "open":
                if market.offers[-1].prices != command.prices or market.marks != context.marks:
                    raise MarketNotSuspended(command.market_id, market.version)
                return ()
            if market.status != "suspended":
                raise MarketNotOpen(command.market_id, market.status)
            withdrawn = checked_prices(_kind(market), market.runners, market.book, command, context)
            given = (context.marks, context.producer, context.session)
            return (MarketResumed(command.prices, command.at, *given, withdrawn, command.actor, command.model, cause_of(command, context)),)
        case ResultMarket():
            return _result(market, market.opened, command, context)
        case CorrectResult():
            return corrected_result(command, market, market.opened, context)
        case TakeBackResult():
            return taken_back(command, market, context)
        case VoidBets() | RestoreBets():
            return windows_set(command, market, context)
        case CorrectPrice() | RestorePrice():
            return errors_set(command, market, context)
        case _:
            assert_never(command)


def _open(market: Market, command: OpenMarket, context: MarketContext) -> Sequence[MarketFact]:
    if market.opened is not None:
        if not is_same_offer(market.opened, command):
            raise MarketKeyReused(command.market_id)
        return ()
    names = tuple(selection.selection for selection in command.selections)
    graces = (command.grace_ms, command.in_play_grace_ms)
    are_graces = all(type(grace_ms) is int and 0 <= grace_ms <= GRACE_MS_MAX for grace_ms in graces)
    if not (are_graces and 2 <= len(set(names)) == len(names) <= SELECTIONS_MAX):
        raise MarketMalformed(command.market_id, len(names), command.grace_ms)
    check_offer(command)
    withdrawn = checked_prices((command.type, command.specifiers), names, {}, command, context)
    what = (command.fixture_id, command.type, command.specifiers, command.selections, command.prices, command.grace_ms, command.at)
    given = (context.gates, context.marks, context.producer, context.session)
    return (MarketOpened(*what, command.in_play_grace_ms, *given, withdrawn, command.actor, command.model, cause_of(command, context)),)


def _price(market: Market, command: PriceMarket, context: MarketContext) -> Sequence[MarketFact]:
    if market.status == "suspended":
        raise MarketSuspendedNow(command.market_id, market.version)
    _check_open(market, command.market_id)
    given = (context.marks, context.producer, context.session)
    is_same = market.offers[-1].prices == command.prices and (market.marks, market.producer, market.session) == given
    if is_same and (context.is_approved or market.sole_trader in ("", command.actor)):
        return ()
    withdrawn = checked_prices(_kind(market), market.runners, market.book, command, context)
    grace_ms = market.in_play_grace_ms if context.score.phase == "playing" else market.grace_ms
    return (
        MarketPriced(command.prices, command.at, grace_ms, *given, withdrawn, command.actor, command.model, cause_of(command, context)),
    )


def _result(market: Market, opened: MarketOpened, command: ResultMarket, context: MarketContext) -> Sequence[MarketFact]:
    if market.resulted is None:
        return (result_of(command, market, opened, context),)
    resulted = market.resulted
    told = (command.results, command.home, command.away, command.order or None)
    stands = (resulted.results, resulted.home, resulted.away, resulted.order)
    if command.void_reason != resulted.void_reason or any(
        one is not None and one != other for one, other in zip(told, stands, strict=True)
    ):
        raise AlreadyResulted(command.market_id)
    return ()


def _check_open(market: Market, market_id: str) -> None:
    if market.status != "open":
        raise MarketNotOpen(market_id, market.status)


def _kind(market: Market) -> tuple[str, Mapping[str, str]]:
    return market.type, {} if market.opened is None else market.opened.specifiers


def evolve(market: Market, fact: MarketFact) -> Market:
    """Return the market after the fact, one version on."""
    version, change = market.version + 1, msgspec.structs.replace
    match fact:
        case MarketPriced():
            return priced(market, version, fact, (*still_struck(market, version, fact), Offer(version, fact.prices, model=fact.model)))
        case MarketSuspended():
            return change(market, status="suspended", version=version, offers=(), suspended=fact, non_runners=gone(market, version, fact))
        case MarketResumed():
            return priced(market, version, fact, (Offer(version, fact.prices, model=fact.model),))
        case MarketBetDelaySet():
            return change(market, version=version, delay_s=fact.delay_s)
        case MarketClosed():
            return change(market, status="closed", version=version, offers=(), suspended=None)
        case MarketPayoutLimited():
            limits = (fact.payout_minor_max, fact.referral_minor_max, fact.referral_s)
            return change(market, version=version, payout_minor_max=limits[0], referral_minor_max=limits[1], referral_s=limits[2])
        case MarketResulted():
            before = market.resulted
            known = {"resulted": fact, "result_before": before, "number": fact.number}
            return change(market, status="resulted", version=version, offers=(), suspended=None, **known)
        case MarketVoidWindowsSet():
            return change(market, version=version, windows=fact.windows, number=fact.number or market.number)
        case MarketPriceErrorsSet():
            return change(market, version=version, errors=fact.errors, number=fact.number or market.number)
        case MarketOpened():
            assert not market.status, "a market is opened once"
            return Market(
                status="open",
                version=version,
                fixture_id=fact.fixture_id,
                type=fact.type,
                selections=tuple(selection.selection for selection in fact.selections),
                grace_ms=fact.grace_ms,
                in_play_grace_ms=fact.in_play_grace_ms,
                gates=fact.gates,
                marks=fact.marks,
                producer=fact.producer,
                session=fact.session,
                offers=(Offer(version, fact.prices, model=fact.model),),
                book={**fact.prices, **fact.withdrawn},
                opened=fact,
                closing={**fact.prices, **fact.withdrawn} if fact.grace_ms != fact.in_play_grace_ms else {},
                sole_trader=set_alone_by(market, fact),
            )
        case _:
            assert_never(fact)


MARKET = Aggregate("market", Market(), decide, evolve, get_args(MarketFact), snapshot=Market, evolve_version=10, times_kept_ms=GRACE_MS_MAX)
