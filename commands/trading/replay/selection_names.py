"""What people read for a selection of a match's markets: "Mexico", "Over 2.5", "Mexico or draw"."""

from typing import Protocol

from domain.pricing import PricedMarket
from domain.settling.grading import MARGIN_MAX

BOTH_CHARACTERS_MAX = 100


class Teams(Protocol):
    """Who plays: names of 1 to 120 characters."""

    @property
    def home(self) -> str:
        """The home side's name."""
        ...

    @property
    def away(self) -> str:
        """The away side's name."""
        ...


def name_of(match: Teams, market: PricedMarket, selection: str) -> str:
    """Return the name of a selection, as the market's type writes its selections; see `domain.settling.grading.GRADERS`."""
    line = market.line[1] if market.line else ""
    asks = market.type.removeprefix("first_half_").removeprefix("second_half_")
    match asks:
        case "total_goals" | "total_points" | "total_games":
            return f"{selection.capitalize()} {line}"
        case "asian_handicap" | "point_spread":
            return f"{_side(match, selection)} {_signed(line if selection == 'home' else _other(line))}"
        case "double_chance":
            one, _, other = selection.partition("_or_")
            return f"{_side(match, one)} or {'draw' if other == 'draw' else _side(match, other)}"
        case "half_time_full_time":
            return " / ".join(_side(match, one) for one in selection.split("/"))
        case "result_and_total":
            result, _, total = selection.partition("/")
            return f"{_side(match, result)} and {total} {line}"
        case "winning_margin" if selection != "draw":
            side, _, lead = selection.partition("_by_")
            return f"{_side(match, side)} by {MARGIN_MAX} or more" if lead.endswith("_plus") else f"{_side(match, side)} by {lead}"
        case "set_betting":
            home, away = selection.split("-")
            return f"{_side(match, 'home' if home > away else 'away')} {max(home, away)}:{min(home, away)}"
        case "correct_score" if selection == "other":
            return "Any other score"
        case "correct_score":
            return selection.replace("-", ":")
        case _:
            return _side(match, selection)


def _side(match: Teams, side: str) -> str:
    """Return a side's name; only which side it is where the names of both would be longer than a selection's name may be."""
    if len(match.home) + len(match.away) > BOTH_CHARACTERS_MAX:
        return side.capitalize()
    return {"home": match.home, "away": match.away}.get(side, side.capitalize())


def _other(line: str) -> str:
    """Return the line of the other side."""
    return line[1:] if line.startswith("-") else f"-{line}" if line != "0" else line


def _signed(line: str) -> str:
    return line if line.startswith("-") or line == "0" else f"+{line}"
