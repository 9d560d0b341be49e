"""Connects an event loop with the dispatcher: a future for each command, and one wake-up of the loop for many answers."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import structlog

from commands.dispatch.batch import Answer, Done

COMMAND_TIMEOUT_S = 2.0
"""How long a request may wait to be decided. A bet is judged by when it arrived, so an old one would be struck at a price long gone."""


Told = Callable[[Answer | BaseException], None]

logger = structlog.get_logger()


class CommandSubmitter(Protocol):
    """Takes commands; `commands.dispatch.dispatcher.Dispatcher` is one."""

    def submit(self, command: Any, done: Done, *, wait_s_max: float | None = None) -> None:
        """Queue a command; `done` is called once, on another thread. After its timeout it is answered `Overloaded`."""
        ...


class AsyncCommandQueue:
    """Submits commands from one event loop. Waking a loop from another thread costs a system call, so a batch of answers wakes it once."""

    def __init__(self, submitter: CommandSubmitter) -> None:
        self._submitter = submitter
        self._answered: deque[tuple[Told, Answer | BaseException]] = deque()
        self._waking = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit(self, command: Any) -> "asyncio.Future[Answer]":
        """Queue a command and return the future of its answer, which raises what the rules refuse.

        Raises:
            Overloaded, Stopping: at once, when the command was not taken.

        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.call(command, partial(settle, future))
        return future

    def call(self, command: Any, told: Told) -> None:
        """Queue a command; `told` gets its answer, or what was raised, on the event loop that this is called from.

        Raises:
            Overloaded, Stopping: at once, when the command was not taken.

        """
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._submitter.submit(command, partial(self._done, told), wait_s_max=COMMAND_TIMEOUT_S)

    def _done(self, told: Told, answer: Answer | BaseException) -> None:
        """Note an answer, on the dispatcher's thread. The flag is lowered before the answers are taken, so none is left lying."""
        self._answered.append((told, answer))
        if not self._waking and self._loop is not None and not self._loop.is_closed():
            self._waking = True
            self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._waking = False
        answered = self._answered
        while answered:
            told, answer = answered.popleft()
            try:
                told(answer)
            except Exception:
                logger.exception("an answer could not be handed out")


def settle(future: "asyncio.Future[Any]", answer: Any) -> None:
    """Give a future its answer, or what was raised; one that is no longer waited for stays as it is."""
    if future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
