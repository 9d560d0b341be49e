"""What an aggregate is: a name, a state before anything happened, and two pure functions."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from domain.fact import Fact

State = TypeVar("State")
Shared = Literal["", "gates", "accounts"]


class Aggregate(NamedTuple, Generic[State]):
    """The decider of one kind of stream.

    `decide(state, command)` returns the new facts, none for a repeat, or raises a `Refused`. `evolve(state, fact)` returns the next
    state; it asserts and never refuses, since history is not up for debate. Both are pure. `facts` are the kinds of fact that its
    streams hold, which is how a stream of another kind is told apart. A `short_lived` aggregate has streams of a few facts, asked for when
    they begin and when they end, and hardly ever between.

    An aggregate whose streams can grow without bound names the type of its state as `snapshot`, and raises `evolve_version` when the same
    facts give another state. `times_kept_ms` is for how long decisions may ask when a version of a stream was committed, where
    `times_kept_while` is given only of those whose state it holds of. A `shared` aggregate has streams that many decisions read and that
    seldom move; its value names the group that they move with.
    """

    name: str
    initial: State
    decide: Callable[[State, Any], Sequence[Fact]]
    evolve: Callable[[State, Any], State]
    facts: tuple[type[Fact], ...]
    short_lived: bool = False
    snapshot: type[msgspec.Struct] | None = None
    evolve_version: int = 1
    times_kept_ms: int = 0
    times_kept_while: Callable[[Any], bool] | None = None
    shared: Shared = ""
