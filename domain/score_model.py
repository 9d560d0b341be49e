"""What the prices of a football market were computed from: the goals expected of both sides, where the match stood, and its shading.

Shading weights each score by e to the power of its tilt, so that what open bets would win most on costs more: `domain.pricing.shading`.
"""

import msgspec

from domain.refused import Refused

MILLIONTHS = 1_000_000
GOALS_MAX = 99
MINUTES_MAX = 90
EXPECTED_MILLIONTHS_MAX = 20 * MILLIONTHS
RHO_MILLIONTHS_MAX = 20 * MILLIONTHS
EXPONENT_MILLIONTHS_MAX = 20 * MILLIONTHS
TILT_GOALS_MAX = 5
"""Goals to come of a side that have a tilt of their own; more have that of this many."""

TILT_CELLS = (TILT_GOALS_MAX + 1) ** 2
TILT_THOUSANDTHS_MAX = 300
"""The most that scores may be tilted against each other: the odds on one against the other move by the factor e ** 0.3 at most."""

SHADING_THOUSANDTHS = 200
"""How far they may be where no trader said otherwise."""


class ScoreModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """The grid of final scores behind a price, by its parameters, all of them whole numbers so that it is the same wherever it is read.

    `home_millionths` and `away_millionths` are the goals expected of each side in 90 minutes, before the match; `rho_millionths` is how low
    scores depend on each other; `exponent_millionths` is the margin's (see `domain.pricing.margin`). `minutes_gone`, `home` and `away` say
    where the match stood, `half_time` the goals at half time, None before it. `tilt_thousandths` is empty, or has the tilt of each pair of
    goals to come, up to `TILT_GOALS_MAX` a side, those of the away side counted first; the least tilted is 0.
    """

    home_millionths: int
    away_millionths: int
    rho_millionths: int
    exponent_millionths: int
    minutes_gone: int = 0
    home: int = 0
    away: int = 0
    half_time: tuple[int, int] | None = None
    tilt_thousandths: tuple[int, ...] = ()


class ScoreModelMalformed(Refused):
    """Prices name a model of scores that cannot be: goals, minute, margin or tilt are out of bounds."""

    market_id: str


class ShadedOverLimit(Refused):
    """The prices are shaded further than the limit of their match allows."""

    market_id: str
    tilt_thousandths: int
    limit_thousandths: int


def is_score_model(model: ScoreModel) -> bool:
    """Say whether a model's numbers are within their bounds."""
    first = (0, 0) if model.half_time is None else model.half_time
    return (
        0 < model.home_millionths <= EXPECTED_MILLIONTHS_MAX
        and 0 < model.away_millionths <= EXPECTED_MILLIONTHS_MAX
        and abs(model.rho_millionths) <= RHO_MILLIONTHS_MAX
        and 0 < model.exponent_millionths <= EXPONENT_MILLIONTHS_MAX
        and 0 <= model.minutes_gone <= MINUTES_MAX
        and 0 <= first[0] <= model.home <= GOALS_MAX
        and 0 <= first[1] <= model.away <= GOALS_MAX
        and (not (tilt := model.tilt_thousandths) or (len(tilt) == TILT_CELLS and min(tilt) == 0 < max(tilt) <= TILT_THOUSANDTHS_MAX))
    )


def check_score_model(market_id: str, model: ScoreModel | None, limit_thousandths: int) -> None:
    """Refuse a model that cannot be, or one that is tilted further than a limit; none is none.

    Raises:
        ScoreModelMalformed, ShadedOverLimit: with the market.

    """
    if model is None:
        return
    if not is_score_model(model):
        raise ScoreModelMalformed(market_id)
    if model.tilt_thousandths and (tilt := max(model.tilt_thousandths)) > limit_thousandths:
        raise ShadedOverLimit(market_id, tilt, limit_thousandths)
