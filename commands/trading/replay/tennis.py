"""Tennis as it is played: a match by its players and its draw, laid out in time point by point, and its prices at a moment."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

import msgspec

from commands.trading.replay.match_steps import Kind, Step
from commands.trading.replay.offer import MatchOffer
from domain.fixture.clock import MINUTE_MAX
from domain.fixture.state import Fixture
from domain.pricing import Books, PricedMarket
from domain.pricing.other_sports import tennis_books, tennis_markets
from domain.pricing.tennis import ServeChances, TennisMoment
from domain.settling.tennis import Sets, TennisScore, is_set_over

SET_PERIODS = ("first_set", "second_set", "third_set", "fourth_set", "fifth_set")
POINT_S, CHANGE_S = 35, 60
"""How long a point lasts with what follows it, and how long the players take between two games."""

REOPEN_AFTER_S = 30
END_AFTER_S = 60
DRAW_BYTES = 2
DRAW_OF = 1 << 8 * DRAW_BYTES


class TennisMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A match: its players, the chance that each wins a point on serve, and the draw of every point.

    `draws` has two bytes a point: below the server's chance of 65,536, the server wins it. A match that outlasts its draws goes to the home
    player. Where `retires` is "home" or "away", that player gives up after `retires_after` points, if it goes on for so long.
    """

    source: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    serve: ServeChances
    draws: bytes
    home_first: bool
    retires: Literal["home", "away", ""] = ""
    retires_after: int = 0
    neutral: bool = True
    sport: str = "tennis"


class TennisStep(Step, frozen=True):
    """A step of tennis: `standing` is where the match stands for its prices."""

    standing: TennisMoment = TennisMoment()


def markets_of(match: TennisMatch, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a match, in the order they are shown."""
    return tennis_markets(match.serve, every=every)


def opening_books(match: TennisMatch, markets: Sequence[PricedMarket]) -> Books:
    """Return what the markets cost before the match begins."""
    return tennis_books([markets], [match.serve], [TennisMoment(home_serves=match.home_first)])[0]


def books_at(moments: Sequence[tuple[MatchOffer, TennisStep]], *, every: bool) -> list[Books]:
    """Return the prices of each match at its step, those that are best of as many sets in one vectorised call."""
    books: list[Books] = [{} for _ in moments]
    matches = [_match(offer) for offer, _ in moments]
    order = sorted(range(len(moments)), key=lambda row: matches[row].serve.sets_to_win)
    for _, group in groupby(order, key=lambda row: matches[row].serve.sets_to_win):
        rows = list(group)
        markets = [markets_of(matches[row], every=every) for row in rows]
        found = tennis_books(markets, [matches[row].serve for row in rows], [moments[row][1].standing for row in rows])
        for row, of_match in zip(rows, found, strict=True):
            books[row] = of_match
    return books


def reached(steps: Sequence[Step], fixture: Fixture) -> int:
    """Return the index of the last step that a live fixture shows: that of its score, which no other has."""
    if fixture.tennis is None:
        return 0
    shown = [index for index, step in enumerate(steps) if step.tennis == fixture.tennis and step.kind != "end"]
    at = [index for index in shown if steps[index].kind in ("goal", "point")]
    return at[0] if at else 0


def _match(offer: MatchOffer) -> TennisMatch:
    match = offer.match
    assert isinstance(match, TennisMatch), "an offer of tennis is of a tennis match"
    return match


class _Play:
    """A match while its points are played."""

    def __init__(self, match: TennisMatch) -> None:
        self.match = match
        self.sets: Sets = ((0, 0),)
        self.points = (0, 0)
        self.home_serves = match.home_first
        self.played = 0
        self.retired: Literal["home", "away", ""] = ""

    @property
    def is_tie_break(self) -> bool:
        return self.sets[-1] == (6, 6)

    @property
    def home_serves_next(self) -> bool:
        """Whether home serves the next point; in a tie-break the service changes within the game."""
        changed = self.is_tie_break and (sum(self.points) + 1) // 2 % 2 == 1
        return self.home_serves != changed

    @property
    def score(self) -> TennisScore:
        return TennisScore(self.sets, self.points, "home" if self.home_serves_next else "away", self.retired)

    @property
    def is_over(self) -> bool:
        return bool(self.retired) or max(self.score.sets_won) == self.match.serve.sets_to_win

    @property
    def moment(self) -> TennisMoment:
        over = [games for games in self.sets if is_set_over(games)]
        games = (0, 0) if is_set_over(self.sets[-1]) else self.sets[-1]
        return TennisMoment(self.score.sets_won, sum(map(sum, over)), games, self.points, self.home_serves)

    def play(self) -> bool:
        """Play the next point; return whether it ended a game, or the match."""
        if self.match.retires and self.played == self.match.retires_after:
            self.retired = self.match.retires
            return True
        home_wins = self._drawn() if self.home_serves_next else not self._drawn()
        self.played += 1
        self.points = (self.points[0] + home_wins, self.points[1] + (not home_wins))
        if max(self.points) < (7 if self.is_tie_break else 4) or abs(self.points[0] - self.points[1]) < 2:
            return False
        home, away = self.sets[-1]
        games = (home + home_wins, away + (not home_wins))
        self.sets, self.points, self.home_serves = (*self.sets[:-1], games), (0, 0), not self.home_serves
        if is_set_over(games) and not self.is_over:
            self.sets = (*self.sets, (0, 0))
        return True

    def _drawn(self) -> bool:
        """Say whether the server wins the next point."""
        at = self.played * DRAW_BYTES
        drawn = self.match.draws[at : at + DRAW_BYTES]
        if len(drawn) < DRAW_BYTES:
            return self.home_serves_next
        chance = self.match.serve.home if self.home_serves_next else self.match.serve.away
        return int.from_bytes(drawn, "big") < chance * DRAW_OF


def steps_of(match: TennisMatch) -> tuple[TennisStep, ...]:
    """Return every step of a match in order. The end of a game suspends betting for half a minute, that of the match closes it."""
    return tuple(_steps(match))


def _steps(match: TennisMatch) -> Iterator[TennisStep]:
    play, at_s = _Play(match), 1
    yield _step(play, 0, "kick_off", told=False)
    yield _step(play, at_s, "point")
    while True:
        at_s += POINT_S
        ends_game = play.play()
        if play.is_over:
            break
        yield _step(play, at_s, "goal" if ends_game else "point")
        if ends_game:
            yield _step(play, at_s + REOPEN_AFTER_S, "reopen")
            at_s += CHANGE_S
    yield _step(play, at_s, "goal", is_closed=True)
    yield _step(play, at_s + END_AFTER_S, "end", is_closed=True)


def _step(play: _Play, at_s: int, kind: Kind, *, told: bool = True, is_closed: bool = False) -> TennisStep:
    score = play.score
    home, away = score.sets_won
    return TennisStep(
        at_s=at_s,
        kind=kind,
        period=SET_PERIODS[len(score.sets) - 1] if told else "first_half",
        minute=min(at_s // 60, MINUTE_MAX),
        home=home,
        away=away,
        betting="closed" if is_closed else "suspended" if kind == "goal" else "open",
        reason="retirement" if play.retired else "game",
        tennis=score if told else None,
        standing=play.moment,
    )
