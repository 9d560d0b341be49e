"""A race to be run, in one plain shape whatever it comes from, with the ids and the commands that follow from it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.fixture.commands import ScheduleFixture
from domain.ids import FixtureId, MarketId, derived, gate_of
from domain.market.facts import Selection
from domain.settling.racing import RACE_PLACE, RACE_WINNER, RACING, Order

STEP_S = 20
"""Seconds between the moments before the off at which a race's chances are known."""


class Withdrawal(NamedTuple):
    """A runner that is withdrawn, at the moment `row` of the race's chances."""

    row: int
    selection: str


class RaceMarket(NamedTuple):
    """A market of a race: its type, its specifiers and its id."""

    type: str
    specifiers: dict[str, str]
    market_id: MarketId


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """One race: the `number`-th of its source, who runs, how the chances to win move before the off, and how it ends.

    `chances` has a row every `STEP_S` seconds, the last one `STEP_S` before the off, with a chance for each runner in the order of
    `runners`, those that are withdrawn included. `places` are paid, `place_terms` is the fraction of the odds that bets each way
    get for one. The race lasts `lasts_s` seconds; in `order` is everybody who finished.
    """

    source: str
    number: int
    course: str
    title: str
    runners: tuple[Selection, ...]
    chances: tuple[tuple[float, ...], ...]
    withdrawals: tuple[Withdrawal, ...]
    places: int
    place_terms: str
    lasts_s: int
    order: Order

    @property
    def on_offer_s(self) -> int:
        """How long before the off the race is on offer, in seconds."""
        return STEP_S * len(self.chances)

    @property
    def fixture_id(self) -> FixtureId:
        """The fixture's id: the same after every restart."""
        return race_id(self.source, self.number)

    @property
    def gates(self) -> tuple[str, ...]:
        """The ids of the gates that the race's markets stand below."""
        return gate_of("fixture", self.fixture_id), gate_of("competition", RACING, self.course), gate_of("sport", RACING)

    def markets(self) -> Iterator[RaceMarket]:
        """Yield the markets of the race: to win, each way too, and to be placed."""
        of = self.fixture_id
        terms = {"places": str(self.places), "place_terms": self.place_terms}
        yield RaceMarket(RACE_WINNER, terms, derived("market", of, RACE_WINNER))
        yield RaceMarket(RACE_PLACE, {"places": str(self.places)}, derived("market", of, RACE_PLACE))

    def gone_at(self, row: int) -> frozenset[str]:
        """Return the runners that are withdrawn by a moment."""
        return frozenset(each.selection for each in self.withdrawals if each.row <= row)


def race_id(source: str, number: int) -> FixtureId:
    """Return the id of the fixture of a source's race."""
    return derived("fixture", source, "race", str(number))


def schedule(race: Race, off: datetime, at: datetime, actor: str) -> ScheduleFixture:
    """Return the command that announces a race at a course, to be off at a time."""
    return ScheduleFixture(race.fixture_id, RACING, race.course, race.course, race.title, off, True, at, actor)
