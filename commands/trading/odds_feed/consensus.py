"""What the bookmakers of a feed agree on: each one's margin comes off, the chances are averaged, and the book's own margin goes on."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from commands.trading.odds_feed.messages import BookmakerQuote, FeedMatch, Held, MarketKey
from domain.pricing.markets import Book, book_of
from domain.pricing.overround import Method, apply_margin, remove_margin
from domain.settling.grading import selections_of
from domain.settling.rules import is_within_bounds

QUOTE_AGE_MAX = timedelta(minutes=15)
"""Quotes that are older than this say nothing about the market of now."""

CLOCK_AHEAD_MAX = timedelta(minutes=1)


class Pricing(NamedTuple):
    """How margins come off and go on, and what the book's own prices of a market add up to (1.05 is five per cent)."""

    method: Method = "power"
    overround: float = 1.05


class Consensus(NamedTuple):
    """The books of each match by market, and everything that is held back."""

    books: list[dict[MarketKey, Book]]
    held: list[Held]


def consensus_of(matches: Sequence[FeedMatch], pricing: Pricing, now: datetime) -> Consensus:
    """Return the books of many matches. Markets with as many selections go through the methods together.

    A quote is held that lacks a selection, is older than `QUOTE_AGE_MAX` or of the future, adds up to no book (no overround, or an absurd
    one), or has no probabilities by the method. A market of which every quote is held has no book.
    """
    held: list[Held] = []
    by_width: dict[int, list[tuple[int, BookmakerQuote]]] = defaultdict(list)
    for number, match in enumerate(matches):
        for quote in match.quotes or ():
            reason = _why_held(quote, now)
            if reason:
                held.append(Held(match.key, str(quote.market), quote.bookmaker, reason))
            else:
                by_width[len(quote.prices)].append((number, quote))
    books: list[dict[MarketKey, Book]] = [{} for _ in matches]
    for quotes in by_width.values():
        _add_books(books, held, matches, quotes, pricing)
    return Consensus(books, held)


def _why_held(quote: BookmakerQuote, now: datetime) -> str:
    expected = selections_of(quote.market.type, dict(quote.market.specifiers))
    missing = [selection for selection in expected if selection not in quote.prices]
    if missing or len(quote.prices) != len(expected):
        return f"has no price for {', '.join(missing)}" if missing else "prices what the market does not have"
    if now - quote.updated_at > QUOTE_AGE_MAX:
        return f"was updated at {quote.updated_at.isoformat()}, more than {QUOTE_AGE_MAX.seconds // 60} minutes ago"
    if quote.updated_at - now > CLOCK_AHEAD_MAX:
        return f"was updated at {quote.updated_at.isoformat()}, which is yet to come"
    if not is_within_bounds(quote.market.type, dict(quote.market.specifiers), quote.prices.values()):
        implied = sum(odds.denominator / odds.numerator for odds in quote.prices.values())
        return f"adds up to {100 * implied:.1f} %, which is no book"
    return ""


def _add_books(
    books: list[dict[MarketKey, Book]],
    held: list[Held],
    matches: Sequence[FeedMatch],
    quotes: Sequence[tuple[int, BookmakerQuote]],
    pricing: Pricing,
) -> None:
    ordered = [selections_of(quote.market.type, dict(quote.market.specifiers)) for _, quote in quotes]
    odds = np.array(
        [
            [quote.prices[selection].numerator / quote.prices[selection].denominator for selection in selections]
            for (_, quote), selections in zip(quotes, ordered, strict=True)
        ],
        dtype=np.float64,
    )
    found = remove_margin(odds, pricing.method).probabilities
    chances: dict[tuple[int, MarketKey], list[np.ndarray]] = defaultdict(list)
    for (number, quote), row in zip(quotes, found, strict=True):
        if np.isnan(row).any():
            held.append(Held(matches[number].key, str(quote.market), quote.bookmaker, f"has no chances by the method {pricing.method}"))
        else:
            chances[number, quote.market].append(row)
    if not chances:
        return
    means = np.array([np.mean(rows, axis=0) for rows in chances.values()])
    for (number, market), implied in zip(chances, apply_margin(means, pricing.overround, pricing.method), strict=True):
        selections = selections_of(market.type, dict(market.specifiers))
        book = None if np.isnan(implied).any() else book_of(selections, implied)
        if book is None or not book.prices:
            held.append(Held(matches[number].key, str(market), "", f"cannot be priced at {100 * pricing.overround:.1f} %"))
        elif not is_within_bounds(market.type, dict(market.specifiers), [*book.prices.values(), *book.withdrawn.values()]):
            held.append(Held(matches[number].key, str(market), "", "adds up to no book once its prices are ticks"))
        else:
            books[number][market] = book
