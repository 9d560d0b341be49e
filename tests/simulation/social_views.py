"""What slips count in the end of a history, by projectors that die and begin again; the judge compares."""

import asyncio
from random import Random
from typing import Any

from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.ports import ReadModelsUnavailable
from projections.social import engagement
from tests.simulation.faults import Crashed, Faults
from tests.simulation.judge.social import Social, check_counts
from tests.simulation.viewers import FailingModels

CHUNKS = (1, 3, 10, 1_000)
FAULTS_PERCENT = 20


def check_social_views(log: Any, rng: Random, social: Social) -> None:
    """Project what is counted while everything fails, and compare each slip with the judge's own picture."""
    faults = Faults(rng)
    models: MemoryModels = FailingModels(rng, faults, lambda: None)
    faults.percent = FAULTS_PERCENT
    while True:
        projector = Projector(log, models, (engagement.VIEW,), chunk_facts=rng.choice(CHUNKS))
        try:
            projector.catch_up()
        except (Crashed, ReadModelsUnavailable):
            faults.percent -= 1 if faults.percent else 0
            continue
        break
    reads = MemoryReads(models)
    slip_ids = list(social.slips)
    rows = asyncio.run(reads.many(engagement.VIEW, [engagement.count_fields(slip_id) for slip_id in slip_ids]))
    for slip_id, row in zip(slip_ids, rows, strict=True):
        check_counts(social, slip_id, dict(engagement.numbers_of(row)))
