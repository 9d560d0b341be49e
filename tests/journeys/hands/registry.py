"""Every operation that changes something, with the hand that asks for it and how often; and who sends the commands that have no route."""

from collections.abc import Callable
from typing import NamedTuple

from tests.journeys.hands.world import World

Ask = Callable[[World], None]


class Hand(NamedTuple):
    """How often it is asked beside the others, and how."""

    weight: int
    ask: Ask


HANDS: dict[str, Hand] = {}
"""Operation -> its hand."""


def hand(operation: str, weight: int = 3) -> Callable[[Ask], Ask]:
    """Register how an operation is asked for at random."""

    def register(ask: Ask) -> Ask:
        assert operation not in HANDS, operation
        HANDS[operation] = Hand(weight, ask)
        return ask

    return register
