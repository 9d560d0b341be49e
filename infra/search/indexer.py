"""Fills the search index from the log: a reader with a position of its own, which is written with the rows in one transaction."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import structlog
from psycopg.rows import TupleRow

from commands.log_reader import LogFilter, LogReader
from commands.process_manager import FactNotUnderstood
from domain.account.facts import AccountRegistered
from domain.fact import Fact, Recorded, UnknownFact, stored_name
from domain.fixture.facts import FixtureScheduled
from domain.ids import derived, gate_of
from domain.profile.facts import ProfileChanged
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from infra.process_managers.case_projector import PositionMoved
from infra.process_managers.tables import connect
from infra.readmodels.log_mark import why_estranged
from infra.readmodels.port import Standing
from infra.search.index_table import statement
from projections.social.search_words import folded_name, words_of

VERSION = "1"
"""Raise it when the same facts give other rows: the index is then filled anew."""
TURN = 0x51_1B_57_54
"""The advisory lock of whoever fills the index."""
FACTS_PER_STRETCH = 4_096
WAIT_MS_MAX = 500
GATHER_S = 0.1
"""How long to let facts gather after a wake-up: a stretch costs little more than a fact, and each is a commit."""
FORGET_EVERY_S = 5.0
KINDS: frozenset[type[Fact]] = frozenset(
    {AccountRegistered, ProfileChanged, FixtureScheduled, SlipShared, SlipChanged, SlipRemoved, SlipHeld, SlipReleased}
)
_WRITING = (
    "keep_entry",
    "keep_fixture",
    "keep_slip",
    "keep_tag",
    "show_slip_to",
    "remove_slip",
    "hold_slip",
    "make_private",
    "make_public",
)
_MOVING = ("take_turn", "read_position", "advance_position", "note_trouble", "begin_anew", "forget_erased")
_STATEMENTS = {name: statement(name) for name in (*_WRITING, *_MOVING)}
Write = tuple[str, dict[str, Any]]

REFUSALS = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded, ValueError)
"""What a fact raises that can never be written: text that no table takes, too many words, values that no rule expects."""

TROUBLE_CHARACTERS_MAX = 300

logger = structlog.get_logger()


class FactNotIndexed(Exception):  # noqa: N818  (named for what happened)
    """The search index cannot take a fact, and stops before it."""

    def __init__(self, recorded: Recorded[Any], error: Exception) -> None:
        fact = f"{stored_name(type(recorded.body))} of {recorded.stream_id} at position {recorded.position}"
        super().__init__(f"{fact}: {type(error).__name__}: {error}"[:TROUBLE_CHARACTERS_MAX])


class SearchIndexer:
    """Follows the log while it has the turn. For one thread; every method may raise `StoreUnavailable` or an error of psycopg."""

    def __init__(self, dsn: str, log: LogReader, *, facts_per_stretch: int = FACTS_PER_STRETCH) -> None:
        self._log, self._facts = log, facts_per_stretch
        self._connection: psycopg.Connection[TupleRow] = connect(dsn, "search index")
        self._wanted = LogFilter.of_kinds(KINDS)
        self._position: int | None = None
        self._mark = ""
        self._trouble = ""
        self._forget_at_s = 0.0

    def step(self) -> None:
        """Take the turn if it is free, or index what is new, or wait for something new; come back within half a second.

        Raises:
            PositionMoved, FactNotUnderstood, FactNotIndexed: begin again with a new one.

        """
        if not self.take_turn() or not self.index():
            self._log.wait(WAIT_MS_MAX)
            time.sleep(GATHER_S)

    def take_turn(self) -> bool:
        """Return whether it is this process's turn, which it keeps. What belongs to another log, or to other rules, is begun anew."""
        if self._position is None and self._row("take_turn", {"lock": TURN})[0]:
            position, mark, version, self._trouble = self._row("read_position", {})
            why = why_estranged(self._log, Standing(position, mark))
            if why or version != VERSION:
                if why:
                    logger.error("the search index belongs to another log and is filled anew", why=f"the index {why}")
                self._connection.execute(_STATEMENTS["begin_anew"], {"version": VERSION})
                position, mark = 0, ""
            self._position, self._mark = position, mark
            logger.info("the search index follows the log", position=position)
        return self._position is not None

    def reached(self) -> int:
        """Return the position that the index has reached, whoever fills it."""
        return int(self._row("read_position", {})[0])

    def index(self) -> int:
        """Index the next stretch of the log; return by how many positions it went on."""
        before = self._position
        assert before is not None, "it has the turn"
        facts, upto = self._log.read_filtered(self._wanted, before, self._facts)
        if unknown := next((fact for fact in facts if isinstance(fact.body, UnknownFact)), None):
            facts, upto = [fact for fact in facts if fact.position < unknown.position], unknown.position - 1
            if upto == before:
                assert isinstance(unknown.body, UnknownFact), "it was chosen by that"
                self._note(f"{unknown.body.name} of {unknown.stream_id} at position {unknown.position}: not understood: {unknown.body.why}")
                raise FactNotUnderstood(unknown)
        if upto > before:
            self._write_all(facts, before, upto)
        elif before and self._log.mark_at(before) != self._mark:
            raise PositionMoved("the log is another one, or was restored")
        elif self.reached() != before:
            raise PositionMoved("the index was emptied")
        self._forget_erased()
        return upto - before

    def _write_all(self, facts: Sequence[Recorded[Any]], before: int, upto: int) -> None:
        """Write a stretch at once; where a fact of it is refused, all before that one, and name it."""
        try:
            self._write([write for fact in facts for write in writes_of(fact)], before, upto)
        except REFUSALS:
            for fact in facts:
                try:
                    self._write(list(writes_of(fact)), before, fact.position)
                except REFUSALS as error:
                    refused = FactNotIndexed(fact, error)
                    self._note(str(refused))
                    raise refused from error
                before = fact.position
            raise
        self._note("")

    def _note(self, trouble: str) -> None:
        """Keep what the index stands before where readiness looks for it; nothing is written where that has not changed."""
        trouble = trouble.replace("\0", "")[:TROUBLE_CHARACTERS_MAX]
        if trouble != self._trouble:
            self._connection.execute(_STATEMENTS["note_trouble"], {"trouble": trouble})
            self._trouble = trouble

    def _write(self, writes: Sequence[Write], before: int, upto: int) -> None:
        mark = self._log.mark_at(upto)
        if mark is None:
            raise PositionMoved(f"the log does not reach to position {upto} any more")
        with self._connection.transaction():
            move = {"position": upto, "mark": mark, "before": before, "version": VERSION}
            if self._connection.execute(_STATEMENTS["advance_position"], move).rowcount != 1:
                raise PositionMoved("another process went on meanwhile, or emptied the index")
            with self._connection.pipeline():
                for name, parameters in writes:
                    self._connection.execute(_STATEMENTS[name], parameters)
        self._position, self._mark = upto, mark

    def _forget_erased(self) -> None:
        """Delete what accounts were found by that are erased, every few seconds; until then no question returns it."""
        if time.monotonic() >= self._forget_at_s:
            self._connection.execute(_STATEMENTS["forget_erased"])
            self._forget_at_s = time.monotonic() + FORGET_EVERY_S

    def _row(self, name: str, parameters: dict[str, Any]) -> TupleRow:
        row = self._connection.execute(_STATEMENTS[name], parameters).fetchone()
        assert row is not None, "the position is one row"
        return row

    def close(self) -> None:
        """Give up the connection, and with it the turn."""
        self._connection.close()


def empty_index(dsn: str) -> None:
    """Empty the index; whoever fills it begins anew."""
    with psycopg.connect(dsn) as connection:
        connection.execute(_STATEMENTS["begin_anew"], {"version": ""})


def writes_of(recorded: Recorded[Any]) -> Iterator[Write]:
    """Yield what a fact changes in the tables: statements by name, with their parameters, in order."""
    stream_id = recorded.stream_id
    match fact := recorded.body:
        case AccountRegistered():
            yield _entry("account", stream_id, fact.handle)
        case ProfileChanged():
            yield "make_private" if fact.private else "make_public", {"account_id": fact.account_id}
        case FixtureScheduled():
            for team in (fact.home, fact.away):
                yield _entry("team", derived("team", fact.sport, team), team, fact.sport)
            yield _entry("competition", gate_of("competition", fact.sport, fact.competition), fact.competition, fact.sport)
            words = sorted({word for name in (fact.home, fact.away, fact.competition) for word in words_of(name)})
            yield "keep_fixture", {"fixture_id": stream_id, "words": words}
        case SlipShared():
            named = {"slip_id": stream_id, "position": recorded.position}
            tag_words = sorted({word for tag in fact.tags for word in (tag.replace("_", ""), *words_of(tag)) if word})
            fixture_ids = sorted({leg.fixture_id for leg in fact.legs})
            shown = {"author_id": fact.author_id, "is_public": fact.visibility == "public"}
            yield "keep_slip", {**named, **shown, "fixture_ids": fixture_ids, "words": tag_words}
            for tag in fact.tags:
                yield "keep_tag", {**named, "tag": tag}
        case SlipChanged():
            yield "show_slip_to", {"slip_id": stream_id, "is_public": fact.visibility == "public"}
        case SlipRemoved():
            yield "remove_slip", {"slip_id": stream_id}
        case SlipHeld() | SlipReleased():
            yield "hold_slip", {"slip_id": stream_id, "is_held": isinstance(fact, SlipHeld)}
        case _:
            pass


def _entry(kind: str, entry_id: str, name: str, sport: str = "") -> Write:
    words = sorted(set(words_of(name)))
    return "keep_entry", {"kind": kind, "entry_id": entry_id, "name": name, "sport": sport, "folded": folded_name(name), "words": words}
