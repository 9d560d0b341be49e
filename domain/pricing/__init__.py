"""What a selection is worth: teams' strengths, goals still to come, the book's margin, and the prices it shows.

A Poisson goals model (Maher, 1982), from strengths that know only earlier matches. Probabilities are floats, since they are estimates;
a price leaves this room as exact `Odds`. The only room of the domain with numpy in it: thousands of markets are repriced a second.
"""

from domain.pricing.goals import Expectation, Outlook, outlook, share_left
from domain.pricing.markets import PRICED_MARKETS, Book, Books, Prices, books_of, price_match, price_matches

__all__ = [
    "PRICED_MARKETS",
    "Book",
    "Books",
    "Expectation",
    "Outlook",
    "Prices",
    "books_of",
    "outlook",
    "price_match",
    "price_matches",
    "share_left",
]
