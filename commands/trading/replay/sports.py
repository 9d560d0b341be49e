"""The sports that are played again, and what each has of its own. Add a sport here, and its matches to `infra.sports_data.simulated`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from commands.trading.replay import football, points, tennis
from commands.trading.replay.match_steps import Step, reached, timeline
from commands.trading.replay.offer import MatchOffer
from domain.fixture.state import Fixture
from domain.ids import FixtureId, MarketId
from domain.pricing import Books, PricedMarket
from domain.pricing.tilt import Tilt
from domain.score_model import ScoreModel


class MarketsOfMatch(Protocol):
    """Returns the markets of a match, in the order they are shown: those on the board, or every one."""

    def __call__(self, match: Any, /, *, every: bool) -> tuple[PricedMarket, ...]:
        """Return the markets."""
        ...


class BooksOfMatches(Protocol):
    """Returns the prices of each match at its step, in one vectorised call."""

    def __call__(self, moments: Sequence[tuple[Any, Any]], /, *, every: bool) -> list[Books]:
        """Return the books."""
        ...


class ShadedBooks(Protocol):
    """Returns the prices of each match at its step, None before it begins, and at its tilt, in one vectorised call."""

    def __call__(self, moments: Sequence[tuple[Any, Any, Tilt]], /, *, every: bool) -> list[Books]:
        """Return the books."""
        ...


class PlayedSport(NamedTuple):
    """What a sport has of its own. Matches, offers and steps are those of the sport.

    `steps` lays a match out in time, `reached` says which of its steps a live fixture shows last; `opening` is what markets cost before it
    begins, `books` at a step, `model` what a price is computed from, where other prices of the match can be computed from that, too;
    `regular` is the score that markets are graded on, from the last step. Where prices follow from a grid of scores, `shaded` are those at
    a tilt.
    """

    markets: MarketsOfMatch
    steps: Callable[[Any], tuple[Step, ...]]
    reached: Callable[[Sequence[Step], Fixture], int]
    opening: Callable[[Any, Sequence[PricedMarket]], Books]
    books: BooksOfMatches
    offer: Callable[[Any, FixtureId, dict[PricedMarket, MarketId], str, Books], MatchOffer]
    model: Callable[[Any, PricedMarket, Step | None], ScoreModel | None] = lambda *_: None
    regular: Callable[[Any, Step], tuple[int, int]] = lambda _, last: (last.home, last.away)
    shootout_winner: Callable[[Any], str] = lambda _: ""
    shaded: ShadedBooks | None = None


def _offer(match: Any, fixture_id: FixtureId, market_ids: dict[PricedMarket, MarketId], producer: str, opening: Books) -> MatchOffer:
    return MatchOffer(match=match, fixture_id=fixture_id, market_ids=market_ids, producer=producer, opening=opening)


FOOTBALL = PlayedSport(
    markets=football.football_markets,
    steps=timeline,
    reached=reached,
    opening=football.opening_books,
    books=football.football_books,
    offer=football.football_offer,
    model=football.model_of,
    regular=football.regular_score,
    shootout_winner=lambda match: str(match.shootout_winner),
    shaded=football.shaded_books,
)
TENNIS = PlayedSport(
    markets=tennis.markets_of,
    steps=tennis.steps_of,
    reached=tennis.reached,
    opening=tennis.opening_books,
    books=tennis.books_at,
    offer=_offer,
)
POINTS = PlayedSport(
    markets=points.markets_of, steps=points.steps_of, reached=reached, opening=points.opening_books, books=points.books_at, offer=_offer
)

SPORTS: Mapping[str, PlayedSport] = {"football": FOOTBALL, "tennis": TENNIS, "basketball": POINTS, "american_football": POINTS}
"""Sport -> what it has of its own."""
