"""The football markets of a Unified Odds Feed that the book grades: its ids, their outcomes and their groups."""

from collections.abc import Mapping
from typing import NamedTuple

from commands.trading.odds_feed.messages import MarketKey
from domain.settling.grading import SpecifierMalformed
from domain.settling.rules import LINES, canonical_specifiers, type_of

GROUPS = frozenset({"all", "score", "regular_play"})
"""The groups of markets on goals, as the descriptions of markets say; those of one half are in its own group beside."""

FIRST_HALF_GROUPS = frozenset({"all", "score", "1st_half"})
SECOND_HALF_GROUPS = frozenset({"all", "score", "2nd_half"})

_RESULT = {"1": "home", "2": "draw", "3": "away"}
_DOUBLE_CHANCE = {"9": "home_or_draw", "10": "home_or_away", "11": "draw_or_away"}
_TEAMS = {"4": "home", "5": "away"}
_HANDICAP = {"1714": "home", "1715": "away"}
_TOTAL = {"12": "over", "13": "under"}
_ODD_EVEN = {"70": "odd", "72": "even"}
_YES_NO = {"74": "yes", "76": "no"}
_SCORES = {str(274 + 2 * number): f"{number % 5}-{number // 5}" for number in range(25)} | {"324": "other"}
_HALVES = {
    str(418 + 2 * number): f"{half}/{full}"
    for number, (half, full) in enumerate((half, full) for half in _RESULT.values() for full in _RESULT.values())
}
_RESULT_AND_TOTAL = {
    "794": "home/under",
    "796": "home/over",
    "798": "draw/under",
    "800": "draw/over",
    "802": "away/under",
    "804": "away/over",
}

MARKETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "1": ("match_result", _RESULT),
    "10": ("double_chance", _DOUBLE_CHANCE),
    "11": ("draw_no_bet", _TEAMS),
    "16": ("asian_handicap", _HANDICAP),
    "18": ("total_goals", _TOTAL),
    "26": ("odd_even", _ODD_EVEN),
    "29": ("both_teams_to_score", _YES_NO),
    "37": ("result_and_total", _RESULT_AND_TOTAL),
    "45": ("correct_score", _SCORES),
    "47": ("half_time_full_time", _HALVES),
    "60": ("first_half_match_result", _RESULT),
    "63": ("first_half_double_chance", _DOUBLE_CHANCE),
    "64": ("first_half_draw_no_bet", _TEAMS),
    "66": ("first_half_asian_handicap", _HANDICAP),
    "68": ("first_half_total_goals", _TOTAL),
    "74": ("first_half_odd_even", _ODD_EVEN),
    "75": ("first_half_both_teams_to_score", _YES_NO),
    "83": ("second_half_match_result", _RESULT),
    "85": ("second_half_double_chance", _DOUBLE_CHANCE),
    "86": ("second_half_draw_no_bet", _TEAMS),
    "88": ("second_half_asian_handicap", _HANDICAP),
    "90": ("second_half_total_goals", _TOTAL),
    "94": ("second_half_odd_even", _ODD_EVEN),
    "95": ("second_half_both_teams_to_score", _YES_NO),
}
"""Id of a market -> the book's type, and its outcomes: id -> selection."""


class NotOurs(Exception):  # noqa: N818  (it says why a market is not taken)
    """The book does not grade this market, or not with these specifiers."""


class NotGraded(NotOurs):
    """The book grades no such market."""


class KnownMarket(NamedTuple):
    """A market of the book, and its outcomes by their ids."""

    key: MarketKey
    outcomes: Mapping[str, str]


def specifiers_of(text: str) -> dict[str, str]:
    """Read specifiers such as `total=2.5|from=1`, in any order.

    Raises:
        NotOurs: when they cannot be read.

    """
    found: dict[str, str] = {}
    for part in text.split("|") if text else ():
        name, equals, value = part.partition("=")
        if not (name and equals and value) or name in found:
            raise NotOurs(f"has specifiers {text[:60]!r} that cannot be read")
        found[name] = value
    return found


def market_of(market_id: str, specifiers: str) -> KnownMarket:
    """Return the market of the book that an id and specifiers name.

    Raises:
        NotOurs: when there is none.

    """
    known = MARKETS.get(market_id)
    if known is None:
        raise NotGraded("is a market that the book does not grade")
    market_type, outcomes = known
    given = specifiers_of(specifiers)
    try:
        canonical = canonical_specifiers(market_type, given)
    except SpecifierMalformed as refused:
        raise NotOurs(f"has a specifier {refused.specifier!r} that {market_type} does not take") from None
    return KnownMarket(MarketKey(market_type, tuple(sorted(canonical.items()))), outcomes)


def groups_of(market_type: str) -> frozenset[str]:
    """Return the groups that a type of market is stopped with."""
    period = type_of(market_type).period
    return {"first_half_": FIRST_HALF_GROUPS, "second_half_": SECOND_HALF_GROUPS}.get(period, GROUPS)


def takes_line(market_type: str) -> str:
    """Return the specifier that a type needs, empty where it needs none."""
    return LINES.get(type_of(market_type).asks, "")
