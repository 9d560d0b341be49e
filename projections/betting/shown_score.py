"""The score of a match as it is shown: goals or points, and of tennis the sets, games and points as they are called."""

import msgspec

from domain.settling.tennis import TennisScore
from projections.betting.board import ScoreRow

POINTS_CALLED, TIE_BREAK = ("0", "15", "30", "40"), (6, 6)


class ShownTennis(msgspec.Struct, frozen=True):
    """A score of tennis: the games of each set, the points of the game as they are called, who serves, and who gave up, else empty."""

    sets: list[tuple[int, int]]
    points: tuple[str, str]
    serving: str
    retired: str


class ShownScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goals or points so far, extra time included; of tennis, the sets won, with the rest in `tennis`, which others leave out."""

    home: int
    away: int
    tennis: ShownTennis | None = None


_score_row = msgspec.msgpack.Decoder(ScoreRow).decode
_tennis_row = msgspec.msgpack.Decoder(TennisScore).decode


def shown_score(score: bytes, tennis: bytes | None) -> ShownScore:
    """Return a score as its rows show it; `tennis` is there where sets were told."""
    row = _score_row(score)
    return ShownScore(row.home, row.away, None if tennis is None else _shown_tennis(_tennis_row(tennis)))


def _shown_tennis(score: TennisScore) -> ShownTennis:
    return ShownTennis(list(score.sets), called(score), score.serving, score.retired)


def called(score: TennisScore) -> tuple[str, str]:
    """Return the points of the game that is played as they are called: 0, 15, 30, 40 and A; in a tie-break their number."""
    home, away = score.points
    if score.sets[-1] == TIE_BREAK:
        return str(home), str(away)
    if min(home, away) >= len(POINTS_CALLED) - 1:
        return ("A" if home > away else "40", "A" if away > home else "40")
    return POINTS_CALLED[min(home, 3)], POINTS_CALLED[min(away, 3)]
