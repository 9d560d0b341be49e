"""Basketball and American football: from the points expected of both sides to the chances of who wins, by how much, and of the total.

H. S. Stern, "A Brownian motion model for the progress of sports scores" (1994), takes the lead for a sum of many small independent gains,
normal with a mean and a variance that grow with time. Here the gains themselves are summed: every possession of a side brings nothing or
some points, independently. That is what the Brownian motion is the limit of; it is as near in basketball (100 possessions a side) and
keeps what a normal loses in American football (12): that leads of 3 and 7 are common, and so that whole lines give stakes back.

Sums of n independent possessions have the n-th power of one's characteristic function; a fast Fourier transform gives the chance of
every total and lead. A level score is played on, one overtime after another, until it is not. Arrays have a row a match.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.pricing.goals import Floats, Ints, cleared

SIZE = 512
"""More points than this to come are given no chance, nor leads beyond half of it."""

SCORING_MAX = 0.95

AT_ONCE = 64
"""Matches whose transforms are worked on together: they stay in a processor's cache."""

_POINTS = np.arange(SIZE)


class PointsRules(NamedTuple):
    """How a sport scores: what a possession that scores brings, how often each, how many a side has, and how many in an overtime."""

    points: tuple[int, ...]
    shares: tuple[float, ...]
    possessions: int
    overtime_possessions: int

    @property
    def points_a_score(self) -> float:
        """The points of a possession that scores, on average."""
        return sum(one * share for one, share in zip(self.points, self.shares, strict=True))

    def scoring(self, expected: Floats) -> Floats:
        """Return the chance that a possession scores, from the points expected in regular time."""
        return np.asarray(np.clip(expected / (self.possessions * self.points_a_score), 1e-6, SCORING_MAX), dtype=np.float64)


BASKETBALL = PointsRules((1, 2, 3), (0.07, 0.61, 0.32), possessions=100, overtime_possessions=10)
AMERICAN_FOOTBALL = PointsRules((3, 6, 7, 8), (0.40, 0.04, 0.53, 0.03), possessions=12, overtime_possessions=2)


class PointsExpected(msgspec.Struct, frozen=True):
    """Points that each side is expected to score in regular time, before the match."""

    home: float
    away: float


class PointsMoment(msgspec.Struct, frozen=True):
    """Where a match stands: its score, and the possessions that each side has left, of regular time or of this overtime."""

    home: int
    away: int
    home_left: int
    away_left: int

    @property
    def is_level_at_the_end(self) -> bool:
        """Whether a period is over that another overtime follows."""
        return self.home == self.away and self.home_left == self.away_left == 0


class PointsOutlook(NamedTuple):
    """How matches end: chances of the lead at the end, of home over away, and of the total, cumulated.

    `lead[m, i]` is the chance that home's lead at the end is at most i - SIZE / 2 more than now, `total[m, i]` that at most i points come.
    """

    lead: Floats
    total: Floats

    def lead_above(self, more: Floats) -> tuple[Floats, Floats]:
        """Return the chances that the lead grows by more, and by less, than some; shaped as those, (match, line)."""
        return beside(self.lead, more + SIZE // 2)

    def total_above(self, more: Floats) -> tuple[Floats, Floats]:
        """Return the chances that more points come than some, and fewer; shaped as those, (match, line)."""
        return beside(self.total, more)


def beside(cumulated: Floats, lines: Floats) -> tuple[Floats, Floats]:
    """Return the chances above lines and below them, shaped (match, line), from those of at most 0, 1, 2 .. of something, a row a match."""
    last = cumulated.shape[1] - 1

    def at_most(whole: Floats) -> Floats:
        index = whole.astype(np.int64)
        found = np.take_along_axis(cumulated, np.clip(index, 0, last), axis=1)
        return np.where(index < 0, 0.0, np.where(index > last, 1.0, found))

    return 1.0 - at_most(np.floor(lines)), at_most(np.ceil(lines) - 1)


@cache
def _one_score(rules: PointsRules) -> NDArray[np.complex128]:
    """Return the transform of the points of a possession that scores."""
    chances = np.zeros(SIZE)
    chances[list(rules.points)] = rules.shares
    return np.fft.rfft(chances)


def points_outlook(rules: PointsRules, expected: Sequence[PointsExpected], moments: Sequence[PointsMoment]) -> PointsOutlook:
    """Return how matches end, from where each stands."""
    scoring = rules.scoring(np.array([(one.home, one.away) for one in expected]))
    left, lead = np.array([_left(rules, one) for one in moments]), np.array([one.home - one.away for one in moments])
    found = PointsOutlook(np.empty((len(left), SIZE)), np.empty((len(left), SIZE)))
    for begin in range(0, len(left), AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        found.lead[rows], found.total[rows] = _outlook(rules, scoring[rows], left[rows], lead[rows])
    return found


def _outlook(rules: PointsRules, scoring: Floats, left: Ints, lead: Ints) -> PointsOutlook:
    possession = 1.0 + scoring[:, :, None] * (_one_score(rules) - 1.0)
    now = _ends(_powers(possession, left), lead)
    later = _ends(_powers(possession, np.full_like(left, rules.overtime_possessions)), np.zeros_like(lead))
    until_decided = (later.total - later.level) / (1.0 - later.level)
    decided = later.leads / later.leads.sum(axis=1, keepdims=True)
    growths = now.leads + now.level_chance[:, None] * np.take_along_axis(decided, (_POINTS + lead[:, None]) % SIZE, axis=1)
    leads = np.concatenate([growths[:, SIZE // 2 :], growths[:, : SIZE // 2]], axis=1)
    return PointsOutlook(_cumulated(leads), _cumulated(np.fft.irfft(now.total + now.level * (until_decided - 1.0), SIZE)))


def _powers(base: NDArray[np.complex128], exponents: Ints) -> NDArray[np.complex128]:
    """Return powers with whole exponents, by squaring (D. E. Knuth, "The Art of Computer Programming", 4.6.3)."""
    square, found = base.copy(), np.ones_like(base)
    for bit in range(int(exponents.max()).bit_length()):
        if bit:
            square *= square
        has_bit = (exponents >> bit & 1).astype(np.bool_)
        found[has_bit] *= square[has_bit]
    return found


class _Ends(NamedTuple):
    """How a period ends: chances of each growth of the lead but that to level, transforms of all totals and of those that are level."""

    leads: Floats
    total: NDArray[np.complex128]
    level: NDArray[np.complex128]
    level_chance: Floats


def _left(rules: PointsRules, moment: PointsMoment) -> tuple[int, int]:
    if moment.is_level_at_the_end:
        return rules.overtime_possessions, rules.overtime_possessions
    return moment.home_left, moment.away_left


def _ends(sides: NDArray[np.complex128], lead: Ints) -> _Ends:
    """Return how a period ends, from the transforms of the points of home and away in it, shaped (match, side, frequency).

    Home's h points make it level with h + lead of away's: a total of 2 h + lead, whose transform at frequency k is that of h at 2 k, turned
    by the lead.
    """
    home, away = sides[:, 0], sides[:, 1]
    leads = np.fft.irfft(home * away.conj(), SIZE)
    leads[np.arange(len(lead)), -lead % SIZE] = 0.0
    of_home, of_away = np.moveaxis(np.fft.irfft(sides, SIZE), 1, 0)
    needed = _POINTS + lead[:, None]
    meets = np.where((needed >= 0) & (needed + _POINTS < SIZE), of_home * np.take_along_axis(of_away, needed % SIZE, axis=1), 0.0)
    once = np.fft.rfft(meets)
    level = np.concatenate([once[:, ::2], once[:, -3::-2].conj()], axis=1) * _turns()[lead % SIZE]
    return _Ends(leads, home * away, level, meets.sum(axis=1))


@cache
def _turns() -> NDArray[np.complex128]:
    """Return what a transform is multiplied by where all is later by 0, 1, 2 .. points: a row each."""
    frequencies = np.arange(SIZE // 2 + 1)
    return np.asarray(np.exp(-2j * np.pi * (np.outer(np.arange(SIZE), frequencies) % SIZE) / SIZE), dtype=np.complex128)


def _cumulated(chances: Floats) -> Floats:
    """Return chances added up along each row, cleared of what the transform rounds."""
    upto = np.cumsum(np.maximum(np.where(np.abs(chances) < 1e-13, 0.0, chances), 0.0), axis=1)
    return cleared(upto / upto[:, -1:])
