"""Submits commands and blocks until they are answered. Event loops, which must not block, use `submit` directly."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from commands.dispatch.batch import Answer, Done, Stopping


class BlockingClient(ABC):
    """Blocking calls on top of `submit`."""

    @abstractmethod
    def submit(self, command: Any, done: Done, *, wait_s_max: float | None = None) -> None:
        """Queue a command; see `commands.dispatch.dispatcher.Dispatcher`."""

    def call(self, command: Any, timeout_s: float = 30.0) -> Answer:
        """Submit a command and wait for its answer.

        Raises:
            Refused: what the rules say. StoreUnavailable: when the log is unavailable. TimeoutError: when no answer came in time.

        """
        return self.call_many([command], timeout_s)[0]

    def call_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer]:
        """Submit commands together and wait for all their answers, in order.

        Raises:
            Refused: the first refusal among them; the others were still decided. Else as `call`.

        """
        answers = self.try_many(commands, timeout_s)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, Answer)]

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        """Submit commands together and return for each its answer or its error, in order.

        Raises:
            TimeoutError: when not all were answered in time.

        """
        waiting = _Waiting(len(commands))
        for index, command in enumerate(commands):
            self.submit(command, _Slot(waiting, index))
        if commands and not waiting.all_done.wait(timeout_s):
            raise TimeoutError(f"no answer within {timeout_s} s")
        return waiting.answers


class _Waiting:
    """The answers of one call. They arrive on one thread, so that counting them down needs no lock."""

    __slots__ = ("all_done", "answers", "left")

    def __init__(self, wanted: int) -> None:
        self.answers: list[Answer | BaseException] = [Stopping()] * wanted
        self.left = wanted
        self.all_done = threading.Event()


class _Slot:
    """Where one answer goes."""

    __slots__ = ("index", "waiting")

    def __init__(self, waiting: _Waiting, index: int) -> None:
        self.waiting = waiting
        self.index = index

    def __call__(self, answer: Answer | BaseException) -> None:
        waiting = self.waiting
        waiting.answers[self.index] = answer
        waiting.left -= 1
        if not waiting.left:
            waiting.all_done.set()
