"""Partitions of a process manager that read the log together, though each has a position of its own."""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg.rows import TupleRow

from commands.process_manager import ProcessManager
from infra.log.shared_reader import LogConsumer
from infra.process_managers.partition_turns import PartitionTurns
from infra.process_managers.tables import Statements
from infra.readmodels.port import Standing

COHORTS_MAX = 4
"""Cohorts of a manager: one goes on with what is new, others catch up. Beyond that the furthest behind takes in whoever is behind."""

PAUSE_S_FIRST = 0.1


class FollowedManager:
    """A manager that follows the log with the partitions that this process keeps, and when it is to look for others again."""

    def __init__(self, manager: ProcessManager, connection: psycopg.Connection[TupleRow], assigned: Iterable[int] | None) -> None:
        self.manager = manager
        self.sql = Statements(manager.tables)
        self.turns = PartitionTurns(connection, self.sql, manager.name, None if assigned is None else frozenset(assigned))
        self.cohorts: list[Cohort] = []
        self.next_try_s = 0.0
        self.pause_s = PAUSE_S_FIRST
        self.told = ""

    @property
    def held(self) -> frozenset[int]:
        """The partitions that this process keeps."""
        return frozenset(partition for cohort in self.cohorts for partition in cohort.stands)


class Cohort(LogConsumer):
    """Partitions that read together from the position of the furthest behind: each passes over what is not after its own.

    `stands` is where each was written to stand. One that nothing changes is written further only from time to time, so the cohort may
    have read further than any of them.
    """

    def __init__(self, followed: FollowedManager, partition: int, standing: Standing) -> None:
        super().__init__(followed.manager.wanted, standing.position, standing.mark)
        self.followed = followed
        self.stands = {partition: standing}

    def take_in(self, stands: Mapping[int, Standing]) -> None:
        """Let partitions read along; where one is behind the others, these wait for it."""
        self.stands.update(stands)
        for standing in stands.values():
            if standing.position < self.position:
                self.advance(*standing)

    @property
    def positions(self) -> Mapping[int, int]:
        """Where each partition stands."""
        return {partition: standing.position for partition, standing in self.stands.items()}

    @property
    def untold(self) -> Mapping[int, Standing]:
        """Partitions that were not written to stand where they are."""
        return {partition: standing for partition, standing in self.stands.items() if standing.position < self.position}


def cohorts_with(followed: FollowedManager, stands: Mapping[int, Standing], near: int) -> list[Cohort]:
    """Return the cohorts of a manager once it keeps these partitions too; a partition joins one that is close to it, or begins one.

    What is far behind thus holds up nothing that is not. `near` is how far a cohort may be put back, in positions.
    """
    cohorts = list(followed.cohorts)
    began = {id(cohort): cohort.position for cohort in cohorts}
    for partition, standing in sorted(stands.items(), key=lambda item: -item[1].position):
        joined = next((cohort for cohort in cohorts if abs(began[id(cohort)] - standing.position) <= near), None)
        if joined is None and len(cohorts) >= COHORTS_MAX:
            joined = min(cohorts, key=lambda cohort: cohort.position)
        if joined is None:
            joined = Cohort(followed, partition, standing)
            began[id(joined)] = standing.position
            cohorts.append(joined)
        joined.take_in({partition: standing})
    return cohorts


def merged(cohorts: Iterable[Cohort]) -> list[Cohort]:
    """Return cohorts of one manager once those that have come to stand at one position are one."""
    by_place: dict[Standing, Cohort] = {}
    for cohort in cohorts:
        one = by_place.setdefault(Standing(cohort.position, cohort.mark), cohort)
        if one is not cohort:
            one.stands.update(cohort.stands)
    return list(by_place.values())
