"""How many bets are under way is bounded by the rate at which they are answered: an overload is refused from its first moment on."""

from collections import deque
from datetime import UTC, datetime
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.answer_rate import WEIGHT, AnswerRate
from api.auth.tokens import Session
from api.bet_placing import BETS_UNDER_WAY, WITHIN_S, BetPlacing
from commands.dispatch.batch import Overloaded

NOW = datetime(2026, 6, 11, 19, 0, tzinfo=UTC)
ADA, MARKET = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c13"
BODY = msgspec.json.encode(
    {"type": "single", "stake_minor": 5, "currency": "EUR", "legs": [{"market_id": MARKET, "selection": "home", "odds": "2", "version": 7}]}
)
SESSION = Session(ADA, "ada", "EUR", (), 2_000_000_000)
FEW = 8


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class SlowQueue:
    """A queue in which bets wait as they do before the deciding thread: answered in batches, so many a second, on a clock set by hand."""

    def __init__(self, clock: Clock, per_s: float, batch_max: int) -> None:
        self._clock, self._per_s, self._batch_max = clock, per_s, batch_max
        self._waiting: deque = deque()
        self._batch: list = []
        self._done_s = clock.now_s

    def call(self, _command, told) -> None:
        self._waiting.append(told)

    def go_on(self) -> None:
        """Answer the batch whose time is over, and begin the next."""
        now_s = self._clock.now_s
        while now_s >= self._done_s and (self._batch or self._waiting):
            answered, self._batch = self._batch, [self._waiting.popleft() for _ in range(min(self._batch_max, len(self._waiting)))]
            self._done_s = (self._done_s if answered else now_s) + len(self._batch) / self._per_s
            for told in answered:
                told(ValueError("whatever the answer is"))


def offered(per_s: float, times: float, batch_max: int, seconds: float, quiet_s: float = 0.0):
    """Offer so many times what a queue can do; return how long each that was taken waited, how many were answered by then, and refused."""
    clock = Clock()
    queue = SlowQueue(clock, per_s, batch_max)
    placing = BetPlacing(queue, clock)
    waited_s, refused, tick_s = [], 0, 0.002
    ends_s, owed, numbers = clock.now_s + quiet_s + seconds, 0.0, count()
    quiet_ends_s = clock.now_s + quiet_s
    while clock.now_s < ends_s:
        owed += tick_s * (per_s * times if clock.now_s >= quiet_ends_s else per_s / 20)
        while owed >= 1:
            owed -= 1
            began_s = clock.now_s
            try:
                placing.place(BODY, b"%d" % next(numbers), SESSION, NOW, print, lambda _, s=began_s: waited_s.append(clock.now_s - s))
            except Overloaded:
                refused += 1
        clock.now_s += tick_s
        queue.go_on()
    in_time = len(waited_s)
    while any((queue._waiting, queue._batch)):
        clock.now_s += tick_s
        queue.go_on()
    return sorted(waited_s), in_time, refused


@pytest.mark.parametrize("quiet_s", [0.0, 3.0])
@settings(max_examples=5, deadline=None)
@given(per_s=st.sampled_from([2_000, 5_000, 12_000]), times=st.sampled_from([2, 10]), batch_max=st.sampled_from([64, 256, 1_024]))
def test_ten_times_what_a_queue_can_do_is_answered_within_half_a_second_from_the_first_bet_on(quiet_s, per_s, times, batch_max):
    waited_s, answered, refused = offered(per_s, times, batch_max, 1.5, quiet_s)
    assert refused
    assert waited_s[int(len(waited_s) * 0.99)] <= 0.5
    assert answered >= 0.9 * per_s * 1.5 - BETS_UNDER_WAY


def test_what_a_queue_can_do_is_measured_while_it_is_busy_and_kept_while_it_is_not():
    clock = Clock()
    rate = AnswerRate(WITHIN_S, FEW, clock)
    answer(rate, clock, 1_000, 2.0, is_full=True)
    assert rate.per_s == pytest.approx(1_000, rel=0.02)
    assert rate.waiting_max == pytest.approx(1_000 * WITHIN_S, rel=0.03)
    answer(rate, clock, 10, 1.0, is_full=False)
    kept_per_s = rate.per_s
    assert kept_per_s > 1_000 * (1 - WEIGHT), "no more than the interval in which it became quiet counts"
    answer(rate, clock, 10, 5.0, is_full=False)
    assert rate.per_s == kept_per_s
    answer(rate, clock, 100, 5.0, is_full=True)
    assert rate.per_s == pytest.approx(100, rel=0.1)


def test_so_many_are_always_taken():
    clock = Clock()
    rate = AnswerRate(WITHIN_S, FEW, clock)
    assert rate.waiting_max == FEW
    answer(rate, clock, 5, 5.0, is_full=True)
    assert rate.waiting_max == FEW


def answer(rate: AnswerRate, clock: Clock, per_s: float, seconds: float, *, is_full: bool) -> None:
    """Answers at a rate, after each of which somebody is refused or not."""
    for _ in range(int(per_s * seconds)):
        clock.now_s += 1 / per_s
        rate.note()
        if is_full:
            rate.note_refused()
