"""The slips on each competition.

    {pNN}:competitions       hash: <fixture> -> its competition, in the partition of the fixture
    {pNN}:in:<competition>   sorted set of <slip>:<author> with a leg on a fixture of this partition, by position; the newest 500

A competition is named by the id of its gate. Its slips are in the partitions of its fixtures; whoever asks merges them.
"""

from collections.abc import Sequence
from typing import Any

from domain.fact import Recorded
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    FixtureShadingLimited,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.ids import gate_of
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from projections.changes import Change, Put, Rank, Trim
from projections.partitions import TAG_CHARACTERS, TAGS, tag_of
from projections.ports import Row, SeenRows, View

IN_COMPETITION_MAX = 500
"""Slips that a competition keeps in each partition."""


def competition_of(sport: str, competition: str) -> str:
    """Return the id of a competition: that of its gate."""
    return gate_of("competition", sport, competition)


def in_competition_keys(competition_id: str) -> Sequence[str]:
    """Return the keys of the slips on a competition, one for each partition."""
    return [f"{tag}:in:{competition_id}" for tag in TAGS]


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a shared slip, the competitions of its fixtures."""
    body = recorded.body
    if not isinstance(body, SlipShared):
        return ()
    return [Row(f"{tag_of(fixture_id)}:competitions", fixture_id) for fixture_id in dict.fromkeys(leg.fixture_id for leg in body.legs)]


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes; of a slip, in the partition that the rows are of."""
    match body := recorded.body:
        case FixtureScheduled():
            competition_id = competition_of(body.sport, body.competition)
            return (Put(f"{tag_of(recorded.stream_id)}:competitions", recorded.stream_id, competition_id.encode()),)
        case SlipShared():
            keys = {f"{row.key[:TAG_CHARACTERS]}:in:{competition.decode()}" for row, competition in rows.items() if competition is not None}
            member = f"{recorded.stream_id}:{body.author_id}"
            ranked = [(Rank(key, member, recorded.position), Trim(key, IN_COMPETITION_MAX)) for key in sorted(keys)]
            return [change for each in ranked for change in each]
        case _:
            return ()


VIEW = View(
    "competitions",
    1,
    project,
    consumes=frozenset({FixtureScheduled, SlipShared}),
    ignores=frozenset(
        {
            FixtureRescheduled,
            FixtureShadingLimited,
            KickedOff,
            ClockAdvanced,
            ScoreChanged,
            ScoreConfirmed,
            FixtureEnded,
            FixtureAbandoned,
            SlipChanged,
            SlipRemoved,
            SlipHeld,
            SlipReleased,
        }
    ),
    sees=sees,
)
