"""What a selection is worth: teams' strengths, goals still to come, the book's margin, and the prices it shows.

A Poisson goals model (Maher, 1982), from strengths that know only earlier matches. Probabilities are floats, since they are estimates;
a price leaves this room as exact `Odds`. The only room of the domain with numpy in it: thousands of markets are repriced a second.
"""

from domain.pricing.goals import Expectation, Outlook, outlook, share_left
from domain.pricing.grid import MatchMoment, PricedMarket, selections_of_market
from domain.pricing.markets import FOOTBALL_MARKETS, MAIN_MARKETS, MATCH_RESULT, TOTAL_GOALS, Book, Books, books_of

__all__ = [
    "FOOTBALL_MARKETS",
    "MAIN_MARKETS",
    "MATCH_RESULT",
    "TOTAL_GOALS",
    "Book",
    "Books",
    "Expectation",
    "MatchMoment",
    "Outlook",
    "PricedMarket",
    "books_of",
    "outlook",
    "selections_of_market",
    "share_left",
]
