"""Callers who wait for their answers: commands go to a dispatcher in windows, as fast as it answers them."""

import gc
import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from bench.world import batches
from commands.betting.place_bet import PlaceBet
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher

BATCH = 512
CALLERS = 4 * BATCH

_decode = msgspec.json.Decoder(PlaceBet).decode


def answered(dispatcher: Dispatcher, asked: Sequence[Any]) -> tuple[float, list[Any]]:
    """Have commands decided; return how many seconds that took, and what was told in place of an answer. Bets may come as JSON."""
    refused: list[Any] = []
    room = threading.Semaphore(CALLERS // BATCH)
    numbers = iter(range(1, len(asked) + 1))

    def done(answer: Any) -> None:
        if type(answer) is not Answer:
            refused.append(answer)
        number = next(numbers)
        if not number % BATCH or number == len(asked):
            room.release()

    gc.collect()
    began_s = time.perf_counter()
    for some in batches(asked, BATCH):
        assert room.acquire(timeout=120), "the dispatcher did not answer"
        for each in some:
            dispatcher.submit(_decode(each) if type(each) is bytes else each, done)
    for _ in range(CALLERS // BATCH):
        assert room.acquire(timeout=120), "the dispatcher did not answer"
    return time.perf_counter() - began_s, refused
