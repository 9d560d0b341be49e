"""Loads streams that are not in memory, or behind the log, in rounds: one query at a time, while other commands go on."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from commands.dispatch.batch import LoadingBatch, Overloaded, QueuedCommand
from commands.dispatch.cached_stream import CachedStream
from commands.dispatch.command_queue import CommandQueue
from commands.dispatch.state_cache import StateCache
from commands.dispatch.use_case import UseCase
from commands.ports import StoreUnavailable, Wanted
from domain.aggregate import Aggregate

ROUNDS_MAX = 2_000
"""How many loads one command may wait for: a stream of 100,000 facts takes 50, 1,000 among many others, and may lead to another stream."""

STREAMS_PER_LOAD_MAX = 512
COMMANDS_PER_LOOK = 16
"""How many commands are added to a load before it is looked at whether it is full."""

FOLLOWED_MAX = 5_000
"""How many streams that other processes changed may wait to be updated before a command needs them."""

logger = structlog.get_logger()


class TooManyRounds(Exception):  # noqa: N818  (named for what happened)
    """A command needed more rounds of loading than are allowed."""


class StreamLoader:
    """The commands that wait for streams, and the question under way. Owned by the dispatcher's thread.

    They wait in lanes of their own, as in the queue that they came from: a safety command is in the next load, whatever else waits.
    """

    def __init__(
        self, states: StateCache, use_cases: Mapping[type, UseCase], see_time: Callable[[int], None], *, lane_commands_max: int
    ) -> None:
        self._states = states
        self._use_cases = use_cases
        self._see_time = see_time
        self._waiting = CommandQueue(lane_commands_max)
        self._alone: deque[QueuedCommand] = deque()
        self._followed: deque[CachedStream] = deque(maxlen=FOLLOWED_MAX)
        self._under_way: LoadingBatch | None = None

    def __bool__(self) -> bool:
        return bool(self._under_way or self._waiting or self._alone)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the answer under way, at most so long; tell whether it has arrived."""
        return self._under_way is not None and (self._under_way.load is None or self._under_way.load.wait(timeout_s))

    def wait_for(self, queued: QueuedCommand) -> None:
        """Let a command wait until the streams that it missed are loaded; where too many of its lane wait already, it is answered so."""
        queued.rounds += 1
        if queued.rounds > ROUNDS_MAX:
            queued.answer(TooManyRounds(type(queued.command).__name__))
            return
        try:
            self._waiting.put(queued)
        except Overloaded as refusal:
            queued.answer(refusal)

    def follow(self, entries: Iterable[CachedStream]) -> None:
        """Update cached streams that other processes changed with the next query, before any command needs them."""
        self._followed.extend(entries)

    def ask(self) -> None:
        """Send the next query for missing streams, unless one is under way or none is missing."""
        if self._under_way is not None:
            return
        commands: list[QueuedCommand] = []
        wanted: dict[str, tuple[Aggregate[Any], Wanted]] = {}
        needed: dict[str, None] = {}
        while len(wanted) < STREAMS_PER_LOAD_MAX:
            is_alone = bool(self._alone) and not self._waiting.safety_waits
            taken = [] if is_alone and commands else self._next()
            for queued in taken:
                commands.append(queued)
                self._want(queued, wanted, needed)
            if is_alone or not taken:
                break
        while self._followed and len(wanted) < STREAMS_PER_LOAD_MAX:
            entry = self._followed.popleft()
            if entry.behind and entry.aggregate is not None:
                asked = self._states.wanted_of(entry.stream_id, entry.aggregate)
                if asked is not None:
                    wanted[entry.stream_id] = (entry.aggregate, asked)
        self._states.pin(needed)
        if commands or wanted:
            load = self._states.begin_load({stream_id: asked for stream_id, (_, asked) in wanted.items()}) if wanted else None
            self._under_way = LoadingBatch(commands, wanted, load)

    def _next(self) -> list[QueuedCommand]:
        """Return the commands to load for next: what must not wait, then what is loaded for alone, then some of each lane."""
        if self._waiting.safety_waits:
            return self._waiting.take_safety(COMMANDS_PER_LOOK)
        return [self._alone.popleft()] if self._alone else self._waiting.take(COMMANDS_PER_LOOK)

    def _want(self, queued: QueuedCommand, wanted: dict[str, tuple[Aggregate[Any], Wanted]], needed: dict[str, None]) -> None:
        named = self._use_cases[type(queued.command)].streams_of(queued.command)
        for aggregate, stream_id in (*named, *((aggregate, stream_id) for stream_id, aggregate in queued.missed.items())):
            needed[stream_id] = None
            if stream_id not in wanted:
                asked = self._states.wanted_of(stream_id, aggregate)
                if asked is not None:
                    wanted[stream_id] = (aggregate, asked)

    def take(self) -> list[QueuedCommand]:
        """Wait for the answer, cache it, and return the commands that waited for it.

        Where the log is unavailable they are told so. What cannot be loaded together is asked for one by one, so that it fails alone.
        """
        assert self._under_way is not None, "whoever takes has asked"
        (commands, wanted, load), self._under_way = self._under_way, None
        if load is None:
            return commands
        try:
            loaded = load.outcome()
        except StoreUnavailable as error:
            for queued in commands:
                queued.answer(error)
            return []
        except Exception as error:
            if len(commands) <= 1:
                logger.exception("streams could not be loaded", streams=len(wanted))
                for queued in commands:
                    queued.answer(error)
            else:
                logger.warning("streams could not be loaded together", commands=len(commands), exc_info=True)
                self._alone.extend(commands)
            return []
        self._see_time(loaded.now_us)
        self._states.take(wanted, loaded)
        return commands

    def clear(self) -> list[QueuedCommand]:
        """Forget everything; return the commands that waited."""
        under_way = self._under_way.commands if self._under_way is not None else []
        if self._under_way is not None and self._under_way.load is not None:
            try:
                self._under_way.load.outcome()
            except Exception:  # noqa: BLE001  (nobody wants it any more)
                logger.debug("an answer without a caller failed")
        waiting = [*under_way, *self._alone, *self._waiting.take(len(self._waiting))]
        self._under_way = None
        self._alone.clear()
        self._followed.clear()
        return waiting
