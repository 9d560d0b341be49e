"""The tilt of a match's scores against each other, and the weights that it gives them."""

from collections.abc import Sequence

import numpy as np

from domain.pricing.goals import Floats
from domain.score_model import TILT_CELLS, TILT_GOALS_MAX

Tilt = tuple[int, ...]
"""Thousandths of the natural logarithm of each weight: of every pair of goals to come, up to `TILT_GOALS_MAX` a side; empty: none."""

_LEVEL = (0,) * TILT_CELLS


def weights_of(tilts: Sequence[Tilt], cells: int) -> Floats:
    """Return what the chances of goals to come are weighted by, shaped (match, home, away), up to `cells` - 1 goals a side."""
    logs = np.array([tilt or _LEVEL for tilt in tilts], dtype=np.float64).reshape(-1, TILT_GOALS_MAX + 1, TILT_GOALS_MAX + 1) / 1_000
    goals = np.minimum(np.arange(cells), TILT_GOALS_MAX)
    return np.asarray(np.exp(logs)[:, goals[:, None], goals[None, :]], dtype=np.float64)
