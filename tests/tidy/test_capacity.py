"""docs/scale.md is what `bench.capacity` makes of the figures that were measured, and of nothing else."""

import re

from bench.capacity import FIGURES, PAGE, Plan, newest, page
from tests.tidy.test_the_source import ROOT

FIGURES_KEPT = newest(FIGURES)


def test_the_page_is_what_the_script_makes_of_the_figures():
    assert PAGE.read_text() == page(FIGURES_KEPT), "run python -m bench.capacity take"


def test_what_is_needed_follows_from_what_was_measured():
    slower = FIGURES_KEPT | {"place_bet": FIGURES_KEPT["place_bet"] | {"value": FIGURES_KEPT["place_bet"]["value"] / 2}}
    assert Plan(slower).logs in (2 * Plan(FIGURES_KEPT).logs, 2 * Plan(FIGURES_KEPT).logs - 1)
    assert page(slower) != page(FIGURES_KEPT)


def test_the_metrics_that_the_page_scales_by_are_told():
    told = "".join(path.read_text() for path in (ROOT / "infra").rglob("*.py"))
    named = set(re.findall(r"slipstream_[a-z_]+", PAGE.read_text()))
    assert named
    assert [name for name in named if f'"{name.removesuffix("_total")}"' not in told] == []
