"""What a market may be called, what its type says of its selections and prices, and how it comes out."""

from collections.abc import Mapping, Sequence

from domain.market.commands import CorrectResult, MarketContext, OpenMarket, ResultMarket
from domain.market.facts import MarketOpened, MarketResulted
from domain.market.state import Market
from domain.odds import Odds
from domain.refused import Refused
from domain.settling import VOID, LegResult
from domain.settling.grading import FinalScore, SpecifierMalformed, grade, selections_of
from domain.settling.racing import RACE_PLACE, RACES, RUNNERS_MAX, FinishingOrderMalformed, Order, grade_race, place_terms_of, places_of
from domain.settling.rules import MatchScore, canonical_specifiers, is_void, is_within_bounds, needs_half_time, results_of
from domain.settling.tennis import TENNIS_TYPES, are_sets
from domain.text import KEY_CHARACTERS_MAX, check_reason, is_plain

NAME_CHARACTERS_MAX = 120
GOALS_MAX = 200


class MarketTextMalformed(Refused):
    """A market's type, specifiers and selections are 1 to 60 printable characters each, the selections' names 1 to 120."""

    market_id: str
    text: str


class SelectionsOfAnotherType(Refused):
    """Markets of this type need other selections than these."""

    market_id: str
    selections: tuple[str, ...]


class TooManyRunners(Refused):
    """A race has at most so many runners."""

    market_id: str
    runners: int
    runners_max: int


class ResultNotDecided(Refused):
    """The score has not decided the market yet, or never will: the markets of an abandoned match are void."""

    market_id: str
    phase: str


class ResultContradictsScore(Refused):
    """The score says that a selection came out otherwise."""

    market_id: str
    selection: str
    home: int
    away: int


class ResultContradictsFixture(Refused):
    """The market is graded on other goals than the fixture's score."""

    market_id: str
    home: int
    away: int


class VoidWithoutReason(Refused):
    """A void market needs a reason where the score gives none."""

    market_id: str


class ReasonWithoutVoid(Refused):
    """A reason for a void market was given, but the market is not void."""

    market_id: str
    void_reason: str


class ApprovalNeeded(Refused):
    """A second trader has to agree to this."""

    market_id: str


class PricesOutOfBounds(ApprovalNeeded):
    """The prices of all selections do not add up to a book of this type: a second trader has to agree to them."""


class VoidNeedsApproval(ApprovalNeeded):
    """The match was not abandoned: a second trader has to agree that nothing counts."""


class NothingToCorrect(Refused):
    """The market has no result yet that could be corrected."""

    market_id: str


class CorrectionNeedsApproval(ApprovalNeeded):
    """A result that bets were settled by is corrected: a second trader has to agree to that."""


class ScoreImpossible(Refused):
    """Goals are 0 to 200 a side, at half time no more than at the end; sets of tennis can be, and those won are the score."""

    home: int
    away: int
    half_time: tuple[int, int] | None


def is_same_offer(opened: MarketOpened, command: OpenMarket) -> bool:
    """Tell whether a market was opened by the same command."""
    return (opened.fixture_id, opened.type, opened.specifiers, opened.selections, opened.prices) == (
        command.fixture_id,
        command.type,
        command.specifiers,
        command.selections,
        command.prices,
    ) and (opened.grace_ms, opened.in_play_grace_ms) == (command.grace_ms, command.in_play_grace_ms)


def check_offer(command: OpenMarket) -> None:
    """Refuse a market of which something cannot be shown, or that no rule could grade.

    Raises:
        MarketTextMalformed: with the beginning of the text. SelectionsOfAnotherType: with those that the type has.
        MarketTypeUnknown, SpecifierMalformed: when no rule grades it, or its specifiers are not those of its type in canonical form.

    """
    selections = [selection.selection for selection in command.selections]
    for key in (command.type, *command.specifiers, *command.specifiers.values(), *selections):
        if not is_plain(key, KEY_CHARACTERS_MAX):
            raise MarketTextMalformed(command.market_id, key[:KEY_CHARACTERS_MAX])
    for selection in command.selections:
        if not is_plain(selection.name, NAME_CHARACTERS_MAX):
            raise MarketTextMalformed(command.market_id, selection.name[:NAME_CHARACTERS_MAX])
    if canonical_specifiers(command.type, command.specifiers) != command.specifiers:
        raise SpecifierMalformed(command.type, "=".join(*command.specifiers.items())[:KEY_CHARACTERS_MAX])
    if command.type in RACES:
        if len(selections) > RUNNERS_MAX:
            raise TooManyRunners(command.market_id, len(selections), RUNNERS_MAX)
        if command.type == RACE_PLACE and places_of(command.type, command.specifiers) >= len(selections):
            raise SpecifierMalformed(command.type, f"places={command.specifiers['places']}")
        return
    known = selections_of(command.type, command.specifiers)
    if set(selections) != set(known):
        raise SelectionsOfAnotherType(command.market_id, known)


def check_bounds(
    market_id: str, market_type: str, specifiers: Mapping[str, str], selections: Sequence[str], book: Mapping[str, Odds]
) -> None:
    """Refuse prices that do not add up to a book, over all selections, whether they are offered at present or not.

    Raises:
        PricesOutOfBounds: when a second trader has to agree to them.

    """
    if len(book) < len(selections) or not is_within_bounds(market_type, specifiers, book.values()):
        raise PricesOutOfBounds(market_id)


def result_of(command: ResultMarket, market: Market, opened: MarketOpened, context: MarketContext) -> MarketResulted:
    """Return how a market came out: by its rules on the score, or of a race on the order that is told, or void.

    Raises:
        ReasonMalformed, ReasonWithoutVoid, VoidNeedsApproval: for a void.
        FinishingOrderMalformed: for the order of a race, or one of what is none.
        ResultNotDecided, VoidWithoutReason, ResultContradictsScore, ResultContradictsFixture: else, in this order.

    """
    score, market_id = context.score, command.market_id
    results: dict[str, LegResult]
    placed: dict[str, LegResult] = {}
    if command.void_reason:
        results, placed = all_void(opened)
        check_reason(command.void_reason)
        if command.results is not None and command.results != results:
            raise ReasonWithoutVoid(market_id, command.void_reason)
        if not is_void(score) and not context.is_approved:
            raise VoidNeedsApproval(market_id)
    else:
        graded, placed = _race(command.order, market, opened, score)
        if opened.type not in RACES:
            graded = results_of(opened.type, opened.specifiers, score)
        if command.results is not None and graded != command.results and all(told == VOID for told in command.results.values()):
            raise VoidWithoutReason(market_id)
        if graded is None:
            raise ResultNotDecided(market_id, score.phase)
        results = graded
        _check_told(command, graded, score)
    half_time = score.half_time if needs_half_time(opened.type) else None
    is_tennis = opened.type in TENNIS_TYPES and not command.void_reason
    return MarketResulted(
        results=results,
        home=score.home,
        away=score.away,
        at=command.at,
        void_reason=command.void_reason,
        half_time=half_time,
        actor=command.actor,
        order=() if command.void_reason else command.order,
        placed=placed,
        non_runners=market.non_runners,
        sets=score.sets if is_tennis else (),
        retired=score.retired and is_tennis,
    )


def all_void(opened: MarketOpened) -> tuple[dict[str, LegResult], dict[str, LegResult]]:
    """Return the results of a void market: to win, and to be placed where it pays places."""
    results = {selection.selection: VOID for selection in opened.selections}
    return results, dict(results) if place_terms_of(opened.type, opened.specifiers) else {}


def _race(
    order: Order, market: Market, opened: MarketOpened, score: MatchScore
) -> tuple[dict[str, LegResult] | None, dict[str, LegResult]]:
    """Return how the runners of a race that is over came out to win, None before that, and to be placed; nothing of other markets.

    Raises:
        FinishingOrderMalformed: for an order that none of this race can be.

    """
    if opened.type not in RACES:
        if order:
            raise FinishingOrderMalformed("", sum(map(len, order)), 0)
        return None, {}
    if score.phase != "over":
        return None, {}
    if opened.type == RACE_PLACE:
        return grade_race(market.selections, order, market.non_runners, places_of(opened.type, opened.specifiers))[1], {}
    terms = place_terms_of(opened.type, opened.specifiers)
    return grade_race(market.selections, order, market.non_runners, terms.places if terms else 0)


def corrected_result(command: CorrectResult, market: Market, opened: MarketOpened, context: MarketContext) -> Sequence[MarketResulted]:
    """Return the result in place of the one that stands: by the market's rules on the goals or the order that the command names, or void.

    What says the same as the one that stands is none.

    Raises:
        NothingToCorrect, ReasonMalformed, ScoreImpossible, FinishingOrderMalformed, HalfTimeScoreUnknown, SetsUnknown,
            CorrectionNeedsApproval: in this order.

    """
    stands = market.resulted
    if stands is None:
        raise NothingToCorrect(command.market_id)
    check_reason(command.reason)
    home, away, half_time = command.home, command.away, command.half_time
    first_half = half_time or (0, 0)
    if not (0 <= first_half[0] <= home <= GOALS_MAX and 0 <= first_half[1] <= away <= GOALS_MAX):
        raise ScoreImpossible(home, away, half_time)
    is_tennis = opened.type in TENNIS_TYPES and not command.void_reason
    if is_tennis and command.sets and not are_sets(command.sets, home, away):
        raise ScoreImpossible(home, away, half_time)
    results, placed = all_void(opened)
    if command.void_reason:
        check_reason(command.void_reason)
        half_time = None
    elif opened.type in RACES:
        graded, placed = _race(command.order, market, opened, MatchScore("over"))
        results, half_time = graded or results, None
    else:
        _race(command.order, market, opened, MatchScore())
        results = grade(opened.type, opened.specifiers, FinalScore(home, away, half_time, command.sets, command.retired))
        half_time = half_time if needs_half_time(opened.type) else None
    if (results, placed) == (stands.results, stands.placed):
        return ()
    if not context.is_approved:
        raise CorrectionNeedsApproval(command.market_id)
    corrected = MarketResulted(
        results=results,
        home=home,
        away=away,
        at=command.at,
        void_reason=command.void_reason,
        half_time=half_time,
        actor=command.actor,
        number=market.number + 1,
        reason=command.reason,
        order=() if command.void_reason else command.order,
        placed=placed,
        non_runners=market.non_runners,
        sets=command.sets if is_tennis else (),
        retired=command.retired and is_tennis,
    )
    return (corrected,)


def _check_told(command: ResultMarket, graded: Mapping[str, LegResult], score: MatchScore) -> None:
    """Refuse what a person typed where the rules say otherwise; the first half may be told by its own goals."""
    told = (score.home if command.home is None else command.home, score.away if command.away is None else command.away)
    if told not in ((score.home, score.away), score.half_time):
        raise ResultContradictsFixture(command.market_id, score.home, score.away)
    for selection in {**graded, **(command.results or graded)}:
        if command.results is not None and graded.get(selection) != command.results.get(selection):
            raise ResultContradictsScore(command.market_id, selection, score.home, score.away)
