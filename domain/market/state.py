"""Where a market stands, and what a bet on it may be struck at."""

import msgspec

from domain.ids import ID_REGEX
from domain.market.facts import MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended, PriceError, VoidWindow
from domain.odds import Odds
from domain.quote import Quote
from domain.refused import Refused
from domain.score_model import ScoreModel
from domain.settling.racing import NonRunner

OFFERS_KEPT_MAX = 64
"""How many replaced prices a market remembers. One that moves faster than this within its grace window has a shorter window."""


class MarketUnknown(Refused):
    """There is no such market."""

    market_id: str


class MarketNotOpen(Refused):
    """Betting on this market has ended: it is closed or resulted."""

    market_id: str
    status: str


class MarketSuspendedNow(Refused):
    """The market is suspended: no bet is taken until its prices come back."""

    market_id: str
    version: int


class PricesAwaited(Refused):
    """The prices of this market are void: betting continues once there are fresh ones."""

    market_id: str
    version: int


class SelectionUnknown(Refused):
    """The market has no such selection."""

    market_id: str
    selection: str


class SelectionWithdrawn(Refused):
    """The selection is not offered at present."""

    market_id: str
    selection: str
    version: int


class VersionFromTheFuture(Refused):
    """The bet names a market version that does not exist yet."""

    market_id: str
    version: int
    current_version: int


class Offer(msgspec.Struct, frozen=True, gc=False):
    """Prices that stood from `version` on, until the ones of version `replaced_by` came (0: they still stand).

    They may be struck for `grace_ms` after that version was committed. `model` is what they were computed from, None where that is not
    known.
    """

    version: int
    prices: dict[str, Odds]
    replaced_by: int = 0
    grace_ms: int = 0
    model: ScoreModel | None = None


class Market(msgspec.Struct, frozen=True, gc=False):
    """Where a market stands: status is empty, open, suspended, closed or resulted; `offers` are the prices that may still be struck.

    The standing prices, the last of them, were given at the versions `marks` of the `gates`, by `producer` in its `session`; `book` is
    what every selection cost last, offered or not. `opened` and `resulted` are the facts it began and ended with, `suspended` is the one
    that it stands suspended by, `result_before` the result before the one that stands; bets struck in its `windows` are void, legs at
    prices among its `errors` pay the right odds, `number` is that of the last result, window or error. `closing` is the book as it stood
    last before play, prices from version `in_play_since` on may be those of play (0: there are none): see `closing_odds`. `non_runners` are
    those of a race that were withdrawn.
    `payout_minor_max` is the most that is paid on a bet with a leg here, before account factors, 0 where a trader set none.
    `sole_trader` is the account that set the standing prices by hand, as long as no second one has given the same; empty where a process or
    a producer gave them.
    Bets in play wait `delay_s` before they are struck. Bets over their limit that pay at most `referral_minor_max` may wait for a trader,
    up to `referral_s` seconds.
    """

    status: str = ""
    version: int = 0
    fixture_id: str = ""
    type: str = ""
    selections: tuple[str, ...] = ()
    grace_ms: int = 0
    in_play_grace_ms: int = 0
    gates: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()
    producer: str = ""
    session: int = 0
    offers: tuple[Offer, ...] = ()
    book: dict[str, Odds] = {}
    opened: MarketOpened | None = None
    resulted: MarketResulted | None = None
    suspended: MarketSuspended | None = None
    closing: dict[str, Odds] = {}
    in_play_since: int = 0
    non_runners: dict[str, NonRunner] = {}
    payout_minor_max: int = 0
    delay_s: int = 0
    referral_minor_max: int = 0
    referral_s: int = 0
    result_before: MarketResulted | None = None
    sole_trader: str = ""
    windows: tuple[VoidWindow, ...] = ()
    number: int = 0
    errors: tuple[PriceError, ...] = ()

    @property
    def runners(self) -> tuple[str, ...]:
        """The selections without those that were withdrawn for good: what prices are judged as a book of."""
        gone = self.non_runners
        return tuple([selection for selection in self.selections if selection not in gone]) if gone else self.selections


def closing_odds(market: Market, selection: str, version: int) -> Odds | None:
    """Return the closing odds of a selection, for a bet at a version of the market; None for a bet in play, and where they are not known.

    They are the last odds that were given before play. A price says by its grace whether it was given in play: so a market whose grace is
    the same before and in play has none. When a market was opened again after a suspension is not told; those prices count as in play,
    until one before play follows.
    """
    return None if market.in_play_since and version >= market.in_play_since else market.closing.get(selection)


def quote(market: Market, market_id: str, selection: str, version: int) -> Quote:
    """Return what `selection` may be struck at, for a bettor who saw `version`.

    Whether gates and producer still hold the prices, and whether a replaced one is within its grace, is for the caller to see.

    Raises:
        MarketUnknown, SelectionUnknown, VersionFromTheFuture, MarketSuspendedNow, MarketNotOpen, SelectionWithdrawn: in this order.

    """
    if not market.status:
        raise MarketUnknown(market_id)
    if selection not in market.selections:
        raise SelectionUnknown(market_id, selection[:60])
    if type(version) is not int or not 0 <= version <= market.version:
        raise VersionFromTheFuture(market_id, version, market.version)
    if market.status == "suspended":
        raise MarketSuspendedNow(market_id, market.version)
    if market.status != "open":
        raise MarketNotOpen(market_id, market.status)
    standing = market.offers[-1]
    current = standing.prices.get(selection)
    if current is None:
        raise SelectionWithdrawn(market_id, selection, standing.version)
    if version >= standing.version:
        return Quote(market.fixture_id, current, standing.version, current, standing.version)
    for offer in reversed(market.offers):
        if offer.version <= version:
            shown = offer.prices.get(selection)
            return Quote(market.fixture_id, current, standing.version, shown, offer.version, offer.replaced_by, offer.grace_ms)
    return Quote(market.fixture_id, current, standing.version, None, version)


def still_struck(market: Market, version: int, fact: MarketPriced) -> tuple[Offer, ...]:
    """Return the offers that a bet may still name once `version` replaces the standing one.

    Prices that were given at other marks, or in another session, are void: no grace saves them. Nor does the longer grace from before
    kick-off save an older price once there are prices of play: it would outlive the newer one.
    """
    if (market.marks, market.producer, market.session) != (fact.marks, fact.producer, fact.session):
        return ()
    *older, standing = market.offers
    grace_ms = market.grace_ms if fact.grace_ms is None else fact.grace_ms
    kept = [offer for offer in older if offer.grace_ms <= grace_ms]
    return (*kept, Offer(standing.version, standing.prices, version, grace_ms, standing.model))[-OFFERS_KEPT_MAX:]


def priced(market: Market, version: int, fact: MarketPriced | MarketResumed, offers: tuple[Offer, ...]) -> Market:
    """Return the market at the prices of a fact that makes a version of it; `offers` are those that may be struck then."""
    book = {**market.book, **fact.withdrawn, **fact.prices}
    is_before_play = isinstance(fact, MarketPriced) and fact.grace_ms == market.grace_ms != market.in_play_grace_ms
    return Market(
        status="open",
        version=version,
        fixture_id=market.fixture_id,
        type=market.type,
        selections=market.selections,
        grace_ms=market.grace_ms,
        in_play_grace_ms=market.in_play_grace_ms,
        gates=market.gates,
        marks=fact.marks,
        producer=fact.producer,
        session=fact.session,
        offers=offers,
        book=book,
        opened=market.opened,
        closing=book if is_before_play else market.closing,
        in_play_since=0 if is_before_play else market.in_play_since or version,
        non_runners=market.non_runners,
        payout_minor_max=market.payout_minor_max,
        delay_s=market.delay_s,
        referral_minor_max=market.referral_minor_max,
        referral_s=market.referral_s,
        sole_trader=set_alone_by(market, fact),
        windows=market.windows,
        errors=market.errors,
    )


def set_alone_by(market: Market, fact: MarketOpened | MarketPriced | MarketResumed) -> str:
    """Return the account that alone set the prices of the market's next fact by hand; empty where none did.

    A second trader agrees by giving the whole book again as another one gave it, while that stands and no gate has moved since.
    """
    actor = fact.actor
    if fact.producer or ID_REGEX.fullmatch(actor) is None:
        return ""
    if isinstance(fact, MarketPriced) and market.sole_trader not in ("", actor) and market.marks == fact.marks:
        book = {**market.book, **fact.withdrawn, **fact.prices}
        if market.offers[-1].prices == fact.prices and market.book == book:
            return ""
    return actor
