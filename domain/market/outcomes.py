"""What a market may be called, and what its type says of its selections and results. Types that no rule grades are the trader's word."""

from collections.abc import Sequence

from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import MarketOpened
from domain.refused import Refused
from domain.settling import VOID
from domain.settling.grading import FinalScore, HalfTimeScoreUnknown, MarketTypeUnknown, Results, SpecifierMalformed, grade, selections_of
from domain.text import KEY_CHARACTERS_MAX, check_reason, is_plain

GOALS_MAX = 200
NAME_CHARACTERS_MAX = 120


class MarketTextMalformed(Refused):
    """A market's type, specifiers and selections are 1 to 60 printable characters each, the selections' names 1 to 120."""

    market_id: str
    text: str


class SelectionsOfAnotherType(Refused):
    """Markets of this type have exactly certain selections, and these are others."""

    market_id: str
    selections: tuple[str, ...]


class GoalsOutOfRange(Refused):
    """A market is graded on two counts of goals, each from 0 to 200."""

    market_id: str
    home: int
    away: int


class ResultContradictsScore(Refused):
    """The score says that a selection came out otherwise."""

    market_id: str
    selection: str
    home: int
    away: int


class ResultContradictsFixture(Refused):
    """The fixture ended with another score after 90 minutes than the market is graded on."""

    market_id: str
    home: int
    away: int


class VoidWithoutReason(Refused):
    """Nothing counts, and the score does not say so: a void market needs its reason."""

    market_id: str


class ReasonWithoutVoid(Refused):
    """A reason why nothing counts was given, and something counts."""

    market_id: str
    void_reason: str


def check_texts(command: OpenMarket) -> None:
    """Refuse a market of which something cannot be shown.

    Raises:
        MarketTextMalformed: with the beginning of the text.

    """
    selections = [selection.selection for selection in command.selections]
    for key in (command.type, *command.specifiers, *command.specifiers.values(), *selections):
        if not is_plain(key, KEY_CHARACTERS_MAX):
            raise MarketTextMalformed(command.market_id, key[:KEY_CHARACTERS_MAX])
    for selection in command.selections:
        if not is_plain(selection.name, NAME_CHARACTERS_MAX):
            raise MarketTextMalformed(command.market_id, selection.name[:NAME_CHARACTERS_MAX])


def check_selections(command: OpenMarket, selections: Sequence[str]) -> None:
    """Refuse selections that could never be graded as the market's type is.

    Raises:
        SelectionsOfAnotherType: with those that the type has.
        SpecifierMalformed: when the type needs a line and has none that can be read.

    """
    try:
        known = selections_of(command.type, command.specifiers)
    except MarketTypeUnknown:
        return
    if set(selections) != set(known):
        raise SelectionsOfAnotherType(command.market_id, known)


def check_result(command: ResultMarket, opened: MarketOpened) -> None:
    """Refuse results that the score or the reason contradicts.

    Raises:
        GoalsOutOfRange, ReasonMalformed, ReasonWithoutVoid, VoidWithoutReason, ResultContradictsScore: in this order.

    """
    market_id, home, away = command.market_id, command.home, command.away
    if not (0 <= home <= GOALS_MAX and 0 <= away <= GOALS_MAX):
        raise GoalsOutOfRange(market_id, home, away)
    is_void = all(result == VOID for result in command.results.values())
    if command.void_reason:
        check_reason(command.void_reason)
        if not is_void:
            raise ReasonWithoutVoid(market_id, command.void_reason)
        return
    graded = graded_of(opened, home, away)
    if graded == command.results:
        return
    if is_void:
        raise VoidWithoutReason(market_id)
    if graded is not None:
        differing = (selection for selection, result in command.results.items() if graded.get(selection) != result)
        raise ResultContradictsScore(market_id, next(differing, ""), home, away)


def check_result_of_ended(command: ResultMarket, opened: MarketOpened, regular_home: int, regular_away: int) -> None:
    """Refuse a grading on another score than the one with which the fixture ended.

    Raises:
        ResultContradictsFixture: with that score.

    """
    if command.void_reason or (command.home, command.away) == (regular_home, regular_away):
        return
    if graded_of(opened, command.home, command.away) is not None:
        raise ResultContradictsFixture(command.market_id, regular_home, regular_away)


def graded_of(opened: MarketOpened, home: int, away: int) -> Results | None:
    """Return how every selection came out on that score; None where a final score does not say."""
    try:
        return grade(opened.type, opened.specifiers, FinalScore(home, away))
    except (MarketTypeUnknown, SpecifierMalformed, HalfTimeScoreUnknown):
        return None
