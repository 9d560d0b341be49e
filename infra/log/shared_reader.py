"""One reader of the log for several consumers: each has a position and wishes of its own, and what they want is read and decoded once.

    log --one reader--> stretch --for each consumer what it wants--> delivery --advance--> the consumer's position

Consumers that stand at one position share a stretch. One that is behind reads by itself, a stretch a turn, which ends where the next one
stands, so that it joins them once it has caught up; meanwhile the others have a stretch a turn, too.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Generic, NamedTuple, TypeVar

from commands.log_reader import LogFilter, LogReader
from domain.fact import Recorded, UnknownFact

CONSUMERS_MAX = 64
"""Consumers of one reader: each stretch is gone over for every one of them."""


class LogConsumer:
    """Who reads: what it wants, the position up to which it has seen that, and the log's mark there, empty at 0."""

    def __init__(self, wanted: LogFilter, position: int = 0, mark: str = "") -> None:
        self.wanted = wanted
        self.position = position
        self.mark = mark

    def advance(self, upto: int, mark: str) -> None:
        """Note that everything up to a position has been seen. What is not noted is delivered again."""
        self.position, self.mark = upto, mark


ConsumerT = TypeVar("ConsumerT", bound=LogConsumer)


class Delivery(NamedTuple, Generic[ConsumerT]):
    """What a consumer has next: the facts after its position up to `upto` that it wants, in order, and the log's mark there.

    `unknown` is a fact that the consumer would have to understand and this process does not know: the delivery ends right before it. It
    `is_of_another_log` where the log is not the one, or not as it was, that the consumer has seen: then it brings nothing.
    """

    consumer: ConsumerT
    facts: Sequence[Recorded]
    upto: int
    mark: str
    unknown: Recorded | None = None
    is_of_another_log: bool = False


class TooManyConsumers(Exception):  # noqa: N818  (named for what happened)
    """One reader feeds at most `CONSUMERS_MAX` consumers."""


class SharedReader(Generic[ConsumerT]):
    """Reads a log for several consumers. For one thread, which owns the reader."""

    def __init__(self, reader: LogReader, *, facts_per_stretch: int) -> None:
        self._reader = reader
        self._facts_per_stretch = facts_per_stretch
        self._consumers: list[ConsumerT] = []

    def join(self, consumer: ConsumerT) -> None:
        """Feed a consumer too, from where it stands.

        Raises:
            TooManyConsumers: when there is no room for another.

        """
        if len(self._consumers) >= CONSUMERS_MAX:
            raise TooManyConsumers
        self._consumers.append(consumer)

    def leave(self, consumer: ConsumerT) -> None:
        """Feed it no longer, from the next turn on."""
        self._consumers = [each for each in self._consumers if each is not consumer]

    def wait(self, timeout_ms: int) -> None:
        """Return when something new may be there, or after the timeout."""
        self._reader.wait(timeout_ms)

    def turn(self) -> Iterator[Delivery[ConsumerT]]:
        """Yield the next delivery to each consumer, from the furthest behind; who then stands where another does goes on with that one.

        A consumer that has seen the whole log is given nothing, unless the log is another one now.

        Raises:
            StoreUnavailable: when the log is unavailable.

        """
        standing = sorted({each.position for each in self._consumers})
        for position, following in zip(standing, [*standing[1:], None], strict=False):
            together = [each for each in self._consumers if each.position == position]
            if together:
                limit = self._facts_per_stretch if following is None else min(self._facts_per_stretch, following - position)
                yield from self._deliver(together, position, limit)

    def _deliver(self, together: Sequence[ConsumerT], position: int, limit: int) -> Iterator[Delivery[ConsumerT]]:
        wanted = reduce(or_, [each.wanted for each in together])
        facts, upto = self._reader.read_filtered(wanted, position, limit)
        seen = self._reader.mark_at(position) if position else ""
        mark = seen if upto == position else self._reader.mark_at(upto)
        unknown = [fact for fact in facts if type(fact.body) is UnknownFact]
        for each in together:
            if mark is None or each.mark != seen:
                yield Delivery(each, (), each.position, each.mark, is_of_another_log=True)
            elif upto > position:
                mine = facts if each.wanted == wanted and not unknown else each.wanted.known(facts)
                stop = next((fact for fact in unknown if each.wanted.stops_before(fact)), None)
                yield Delivery(each, mine, upto, mark) if stop is None else self._until(each, mine, stop)

    def _until(self, consumer: ConsumerT, facts: Sequence[Recorded], stop: Recorded) -> Delivery[ConsumerT]:
        """Return the delivery that ends right before a fact."""
        upto = stop.position - 1
        mark = self._reader.mark_at(upto) if upto else ""
        if mark is None:
            return Delivery(consumer, (), consumer.position, consumer.mark, is_of_another_log=True)
        return Delivery(consumer, [fact for fact in facts if fact.position <= upto], upto, mark, unknown=stop)
