"""One document of a Unified Odds Feed read into a message: what is wrong with all of it refuses it, what is wrong with a part, the part."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from commands.trading.uof_feed.messages import (
    Alive,
    AnyMessage,
    BetCancel,
    BetSettlement,
    BetStop,
    FixtureChange,
    FixtureTold,
    MarketOdds,
    OddsChange,
    RolledBack,
    SnapshotComplete,
    UofRefusal,
)
from domain.fixture.schedule import KICK_OFF_BEFORE, KICK_OFF_MIN, NAME_CHARACTERS_MAX
from domain.settling import VOID, LegResult
from domain.text import is_plain, normal
from infra.sports_data.uof.market_table import KnownMarket, NotGraded, NotOurs, market_of
from infra.sports_data.uof.match_status import match_of
from infra.sports_data.uof.odds import odds_of
from infra.sports_data.uof.values import EVENT_PREFIX, Wrong, number, text_of
from infra.sports_data.uof.xml_document import Element, NotXml, read_xml

FOOTBALL = "sr:sport:1"
CANCELLED = "3"
"""The change_type of a fixture that is cancelled."""
GROUPS_MAX = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ReadMessage(NamedTuple):
    """What a document says: its message, None where all of it is refused, and what is refused of it."""

    message: AnyMessage | None
    refused: list[UofRefusal]


def read_message(text: bytes, source: str, received_at: datetime) -> ReadMessage:
    """Read one document; `source` names it in what is refused. The document of a fixture is as new as when it was received."""
    try:
        root = read_xml(text)
    except NotXml as wrong:
        return ReadMessage(None, [UofRefusal(source, "", f"is no message: {wrong}")])
    reader = READERS.get(root.name)
    if reader is None:
        return ReadMessage(None, [UofRefusal(f"{source}: line {root.line}", root.name[:60], "is no kind of message that is taken")])
    reading = _Reading(root, source, received_at)
    try:
        return ReadMessage(reader(reading), reading.refused)
    except Wrong as wrong:
        return ReadMessage(None, [*reading.refused, UofRefusal(f"{source}: line {root.line}", root.name, str(wrong))])


class _Reading:
    """A document that is being read, and what is refused of it."""

    def __init__(self, root: Element, source: str, received_at: datetime) -> None:
        self.root = root
        self.source = source
        self.received_at = received_at
        self.refused: list[UofRefusal] = []

    def head(self) -> dict[str, Any]:
        """Return what every message has."""
        at_ms = number(self.root, "timestamp")
        return {"source": f"{self.source}: line {self.root.line}", "producer": number(self.root, "product"), "at_ms": at_ms}

    def of_event(self) -> dict[str, Any]:
        """Return what every message on an event has."""
        event = text_of(self.root, "event_id")
        if not event.startswith(EVENT_PREFIX):
            raise Wrong(f"is about {event}, which is no match")
        return self.head() | {"event": event}

    def markets(self, below: Element | None) -> list[tuple[Element, KnownMarket]]:
        """Return the markets of the book in an element; the others are refused by their ids."""
        found: dict[Any, tuple[Element, KnownMarket]] = {}
        for element in below.all("market") if below is not None else ():
            try:
                market_id = text_of(element, "id")
                known = market_of(market_id, element.attributes.get("specifiers", ""))
            except (NotOurs, Wrong) as wrong:
                self.refuse(element, wrong, is_expected=isinstance(wrong, NotGraded))
                continue
            if known.key in found:
                self.refuse(element, Wrong("is told a second time"))
            else:
                found[known.key] = (element, known)
        return list(found.values())

    def refuse(self, element: Element, wrong: Exception, *, is_expected: bool = False) -> None:
        """Note that a market is refused."""
        given = element.attributes
        about = " ".join(part for part in (f"market {given.get('id', '')[:20]}", given.get("specifiers", "")[:60]) if part)
        self.refused.append(UofRefusal(f"{self.source}: line {element.line}", about, str(wrong), is_expected))


def _alive(reading: _Reading) -> Alive:
    return Alive(**reading.head(), subscribed=reading.root.attributes.get("subscribed") == "1")


def _snapshot_complete(reading: _Reading) -> SnapshotComplete:
    return SnapshotComplete(**reading.head(), request_id=number(reading.root, "request_id"))


def _odds_change(reading: _Reading) -> OddsChange:
    head = reading.of_event()
    match = None
    told = reading.root.first("sport_event_status")
    if told is not None:
        try:
            match = match_of(told)
        except Wrong as wrong:
            reading.refused.append(UofRefusal(f"{reading.source}: line {told.line}", "sport_event_status", str(wrong)))
    markets = []
    for element, known in reading.markets(reading.root.first("odds")):
        try:
            markets.append(odds_of(element, known))
        except Wrong as wrong:
            reading.refuse(element, wrong)
            markets.append(MarketOdds(known.key, is_active=False, prices={}, withdrawn={}))
    return OddsChange(**head, markets=tuple(markets), match=match)


def _bet_stop(reading: _Reading) -> BetStop:
    groups = frozenset(text_of(reading.root, "groups").split("|"))
    if len(groups) > GROUPS_MAX:
        raise Wrong(f"has {len(groups)} groups, {GROUPS_MAX} are the limit")
    return BetStop(**reading.of_event(), groups=groups)


def _bet_settlement(reading: _Reading) -> BetSettlement:
    head = reading.of_event()
    certainty = number(reading.root, "certainty")
    if certainty not in (1, 2):
        raise Wrong(f"has certainty {certainty}")
    results: dict[Any, Mapping[str, LegResult]] = {}
    for element, known in reading.markets(reading.root.first("outcomes")):
        try:
            results[known.key] = _results(element, known)
        except Wrong as wrong:
            reading.refuse(element, wrong)
    return BetSettlement(**head, certainty=certainty, results=results)


def _results(element: Element, known: KnownMarket) -> dict[str, LegResult]:
    found: dict[str, LegResult] = {}
    for outcome in element.all("outcome"):
        outcome_id = text_of(outcome, "id")
        selection = known.outcomes.get(outcome_id)
        if selection is None or selection in found:
            raise Wrong(f"has an outcome {outcome_id[:40]!r} that {known.key.type} has not, or has once")
        found[selection] = _leg_result(outcome)
    missing = [selection for selection in known.outcomes.values() if selection not in found]
    if missing:
        raise Wrong(f"has no result of {', '.join(missing)[:60]}")
    return found


def _leg_result(outcome: Element) -> LegResult:
    result = outcome.attributes.get("result", "")
    if result == "-1":
        raise Wrong("is undecided")
    void, heat = outcome.attributes.get("void_factor", "0"), outcome.attributes.get("dead_heat_factor", "1")
    if result not in ("0", "1"):
        raise Wrong(f"has a result {result[:20]!r}")
    voided = {"0": (0, 1), "0.0": (0, 1), "0.5": (1, 2), "1": (1, 1), "1.0": (1, 1)}.get(void)
    if voided is None:
        raise Wrong(f"has a void_factor {void[:20]!r}")
    if voided == (1, 1):
        return VOID
    return LegResult((int(result), 1), void=voided, dead_heat=_dead_heat(heat))


def _dead_heat(text: str) -> tuple[int, int]:
    """Return by how much a shared win is divided: 0.5 of it is 2, 0.6667 of it is 3/2."""
    try:
        share = Fraction(text[:10]).limit_denominator(200)
    except (ValueError, ZeroDivisionError):
        raise Wrong(f"has a dead_heat_factor {text[:20]!r}") from None
    if not 0 < share <= 1:
        raise Wrong(f"has a dead_heat_factor {text[:20]!r}")
    return share.denominator, share.numerator


def _bet_cancel(reading: _Reading) -> BetCancel:
    window = _window(reading)
    markets = {}
    for element, known in reading.markets(reading.root):
        reason = f"void_reason {element.attributes['void_reason'][:20]}" if "void_reason" in element.attributes else "bet_cancel"
        markets[known.key] = reason
    return BetCancel(**reading.of_event(), markets=markets, start_ms=window.get("start_ms"), end_ms=window.get("end_ms"))


def _rolled_back(reading: _Reading) -> RolledBack:
    what: Any = reading.root.name.removeprefix("rollback_")
    markets, window = tuple(known.key for _, known in reading.markets(reading.root)), _window(reading)
    return RolledBack(**reading.of_event(), what=what, markets=markets, start_ms=window.get("start_ms"), end_ms=window.get("end_ms"))


def _window(reading: _Reading) -> dict[str, int]:
    return {f"{end}_ms": number(reading.root, f"{end}_time") for end in ("start", "end") if f"{end}_time" in reading.root.attributes}


def _fixture_change(reading: _Reading) -> FixtureChange:
    kick_off = None
    if "start_time" in reading.root.attributes:
        kick_off = EPOCH + timedelta(milliseconds=number(reading.root, "start_time"))
        if not KICK_OFF_MIN <= kick_off < KICK_OFF_BEFORE:
            raise Wrong("has a start_time in no year of ours")
    return FixtureChange(**reading.of_event(), kick_off=kick_off, is_cancelled=reading.root.attributes.get("change_type") == CANCELLED)


def _fixture(reading: _Reading) -> FixtureTold:
    fixture = reading.root.first("fixture")
    if fixture is None:
        raise Wrong("has no fixture")
    event = text_of(fixture, "id")
    tournament, sport = fixture.first("tournament"), fixture.first("tournament", "sport")
    if not event.startswith(EVENT_PREFIX) or tournament is None or sport is None:
        raise Wrong(f"{event[:40]} is no match of a tournament")
    if sport.attributes.get("id") != FOOTBALL:
        raise Wrong(f"{event[:40]} is of {_name(sport)}, which the book does not grade")
    competitors = fixture.first("competitors")
    teams = {team.attributes.get("qualifier", ""): _name(team) for team in (competitors.all("competitor") if competitors else ())}
    if teams.keys() != {"home", "away"} or teams["home"] == teams["away"]:
        raise Wrong(f"{event[:40]} has no two teams")
    extra = fixture.first("extra_info")
    neutral = any(
        info.attributes.get("key") == "neutral_ground" and info.attributes.get("value") == "true"
        for info in (extra.all("info") if extra is not None else ())
    )
    return FixtureTold(
        source=f"{reading.source}: line {fixture.line}",
        event=event,
        sport="football",
        competition=_name(tournament),
        home=teams["home"],
        away=teams["away"],
        kick_off=_kick_off(fixture),
        neutral=neutral,
        at_ms=(reading.received_at - EPOCH) // timedelta(milliseconds=1),
    )


def _name(element: Element) -> str:
    name = normal(element.attributes.get("name", ""))
    if not is_plain(name, NAME_CHARACTERS_MAX):
        raise Wrong(f"has a {element.name} without a name that can be shown")
    return name


def _kick_off(fixture: Element) -> datetime:
    text = fixture.attributes.get("start_time") or fixture.attributes.get("scheduled", "")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong("has no start_time") from None
    if found.tzinfo is None or not KICK_OFF_MIN <= found < KICK_OFF_BEFORE:
        raise Wrong("has a start_time without an offset, or in no year of ours")
    return found.astimezone(UTC)


READERS: Mapping[str, Callable[[_Reading], AnyMessage]] = {
    "alive": _alive,
    "snapshot_complete": _snapshot_complete,
    "odds_change": _odds_change,
    "bet_stop": _bet_stop,
    "bet_settlement": _bet_settlement,
    "bet_cancel": _bet_cancel,
    "rollback_bet_settlement": _rolled_back,
    "rollback_bet_cancel": _rolled_back,
    "fixture_change": _fixture_change,
    "fixtures_fixture": _fixture,
}
"""Name of a root element -> what reads it."""
