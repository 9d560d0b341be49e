"""docs/scale.md is what `bench.capacity` makes of the figures that were measured, and of nothing else."""

import re

from bench import ceiling
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


ALONE = {"value": 20_000, "cores_of_writers": 0.9, "cores_of_postgres": 0.7, "head_held_us_per_bet": 8.0, "head_held": 0.16, "flush_us": 90}


def test_a_log_is_bound_by_the_cores_until_the_head_is_held_all_the_time():
    found = [ceiling.ceiling(ALONE, cores) for cores in (2, 8, 16, 32)]
    assert found == [(20_000, 1, "cores"), (100_000, 5, "cores"), (125_000, 10, "head"), (125_000, 20, "head")]


def test_the_ceiling_is_told_for_each_disk_once_all_of_it_was_measured():
    assert ceiling.told({}) == ceiling.NOT_MEASURED
    beside = {"backends": {"head": 0.25, "runs": 0.75}, "wal_bytes_per_bet": 1_055}
    measured = {name: ALONE | beside | {"flush_us": number} for number, name in enumerate(ceiling.USED)}
    told = ceiling.told(measured)
    assert told.count("head 25%, runs 75%") == len(ceiling.USED) == 9
    assert told.count("| 100,000 (5 processes, cores) | 125,000 (10 processes, head) |") == 3
    assert ceiling.told(measured) in page(FIGURES_KEPT | measured)
