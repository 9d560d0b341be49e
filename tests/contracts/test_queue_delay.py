"""A queue is too slow when not even the quickest of those answered lately was quick, and never before a few are under way."""

from api.queue_delay import INTERVAL_S, QueueDelay


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def delay_of(late_s: float = 0.1, few: int = 3) -> tuple[QueueDelay, Hand]:
    clock = Hand()
    return QueueDelay(late_s, few, clock), clock


def answered(delay: QueueDelay, clock: Hand, *took_s: float) -> None:
    """Requests that took so long, one after another."""
    for each_s in took_s:
        began_s = delay.begin()
        clock.now_s += each_s
        delay.end(began_s)


def under_way(delay: QueueDelay, count: int) -> None:
    for _ in range(count):
        delay.begin()


def test_a_queue_whose_quickest_answer_is_late_is_too_slow_while_more_than_a_few_wait():
    delay, clock = delay_of()
    answered(delay, clock, 0.2, 0.3, 0.2)
    assert not delay.is_too_slow
    under_way(delay, 3)
    assert delay.is_too_slow


def test_one_quick_answer_in_an_interval_says_that_it_is_not():
    delay, clock = delay_of()
    answered(delay, clock, 2.0, 0.01, 0.3)
    under_way(delay, 10)
    assert not delay.is_too_slow


def test_it_recovers_with_the_first_interval_that_has_a_quick_answer():
    delay, clock = delay_of()
    answered(delay, clock, 0.5, 0.5, 0.5)
    under_way(delay, 5)
    assert delay.is_too_slow
    answered(delay, clock, 0.01, INTERVAL_S, 0.01)
    assert not delay.is_too_slow
