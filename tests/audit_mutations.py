"""Every way to change one thing in a log: each field of each fact, nested ones too; each fact taken out, doubled, put elsewhere."""

import os
import types
import typing
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

import msgspec

from commands.audit import Checkpoint, verify
from domain.fact import Fact, Recorded
from domain.settling import HALF_WON, LOST, VOID, WON, LegResult
from tests.audit_story import NOWHERE, Story, clean
from tests.decisions.stored import example

LOOKED_HARDER = os.environ.get("SLIPSTREAM_HYPOTHESIS") == "deep"
"""Whether each change is looked for by an audit of the whole log, and not only of what follows the last batch before it."""

FACTS_PER_READ_USUALLY = 32
"""Nearly every change is found within a few facts."""

Change = tuple[str, Any]
"""The path of what is changed, indices and keys left out (`legs[].odds`), and the value that it is changed to."""


def changes(value: Any, kind: Any) -> Iterator[Change]:
    """Yield every change to a value of an annotated type."""
    if value is None:
        yield "", example(_inner(kind))
        return
    if _is_optional(kind):
        yield "", None
        kind = _inner(kind)
    match value:
        case bool():
            yield "", not value
        case int():
            yield from (("", value + by) for by in (1, -1, 1_000_000_000_000))
        case str():
            yield from (("", other) for other in (f"{value}x", "", NOWHERE, "x\n") if other != value)
        case datetime():
            yield from (("", value + timedelta(hours=by)) for by in (1, -1, 24 * 300))
        case LegResult():
            yield from (("", other) for other in (WON, LOST, VOID, HALF_WON, LegResult((5, 1)), LegResult((1, 0))) if other != value)
        case dict():
            yield from _changes_of_dict(value, kind)
        case tuple():
            yield from _changes_of_tuple(value, kind)
        case msgspec.Struct():
            yield from changes_of_struct(value)
        case _:
            raise TypeError(value)


def changes_of_struct(struct: Any) -> Iterator[Change]:
    """Yield every change to a field of a struct, as a struct."""
    for field in msgspec.structs.fields(type(struct)):
        for path, value in changes(getattr(struct, field.name), field.type):
            yield f".{field.name}{path}", msgspec.structs.replace(struct, **{field.name: value})


def _changes_of_dict(value: dict[Any, Any], kind: Any) -> Iterator[Change]:
    _, of = typing.get_args(kind)
    yield "{}", {**value, "another": example(of)}
    for key, held in value.items():
        rest = {other: kept for other, kept in value.items() if other != key}
        yield "{}", rest
        yield "{}", {**rest, f"{key}x": held}
        for path, changed in changes(held, of):
            yield f"{{}}{path}", {**value, key: changed}


def _changes_of_tuple(value: tuple[Any, ...], kind: Any) -> Iterator[Change]:
    inner = typing.get_args(kind)
    of = inner[0]
    if not inner[1:] or inner[1] is Ellipsis:
        others = [(*value, value[-1] if value else example(of)), value[:-1], tuple(reversed(value))]
        yield from (("[]", other) for other in others if other != value)
    for index, held in enumerate(value):
        for path, changed in changes(held, of):
            yield f"[]{path}", (*value[:index], changed, *value[index + 1 :])


def is_found(forged: Story, position: int) -> bool:
    """Say whether the audit finds a change of the clean story at or after a position.

    What stands before it is right, and was proved to be: in a usual run the audit goes on from there (that one that does so ends as one of
    the whole log is proved in `test_audit_chain.py`), in a deep one it reads the whole log.
    """
    if LOOKED_HARDER:
        return verify(forged).violation is not None
    ends, kept = proved()
    before = kept[bisect_right(ends, position - 1) - 1]
    checkpoint = Checkpoint.decoded(before) if before else None
    found = verify(forged, checkpoint=checkpoint, facts_per_read=FACTS_PER_READ_USUALLY)
    return found.violation is not None


@cache
def proved() -> tuple[list[int], list[bytes]]:
    """Return where the batches of the clean story end, from 0, and what was proved up to there."""
    story, kept = clean(), [b""]
    ends = [0, *accumulate(story.sizes)]
    for end in ends[1:]:
        before = Checkpoint.decoded(kept[-1]) if kept[-1] else None
        found = verify(story.until(end), checkpoint=before, keep_checkpoint=True)
        assert found.checkpoint is not None, found.violation
        kept.append(found.checkpoint.encoded())
    return ends, kept


Words = dict[str, set[str]]
"""The text that fields of a name hold, by that name."""

WORDS: Words = {
    "accept": {"exact", "better", "any"},
    "cause": {"goal", "score_corrected", "red_card"},
    "ended_by": {"account", "operator", "password"},
    "kind": {"like", "repost", "save", "slip", "comment", "account"},
    "period": {"first_half", "half_time", "second_half"},
    "reason": {"spam", "abuse"},
    "side": {"tail", "fade"},
    "stake_shown": {"hidden", "units", "amount"},
    "visibility": {"public", "followers"},
    "what": {"account", "reposts"},
}
"""Words that may be more than the story has."""


def words_of(story: Story) -> Words:
    """Return the text that fields of each name hold anywhere in a story, and what more they may hold."""
    found = {name: set(words) for name, words in WORDS.items()}
    for fact in story.log:
        for name, text in _texts(fact.body, ""):
            found.setdefault(name, set()).add(text)
    return found


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield name, value
        case dict():
            for held in value.values():
                yield from _texts(held, name)
        case tuple():
            for held in value:
                yield from _texts(held, name)
        case msgspec.Struct():
            for field in msgspec.structs.fields(type(value)):
                yield from _texts(getattr(value, field.name), field.name)


def other_words(value: Any, words: Words, name: str = "") -> Iterator[Change]:
    """Yield every change of a text to another one that a field of that name holds somewhere."""
    match value:
        case str():
            yield from (("", other) for other in sorted(words.get(name, ())) if other != value)
        case dict():
            for key, held in value.items():
                yield from ((f"{{}}{path}", {**value, key: other}) for path, other in other_words(held, words, name))
        case LegResult():
            return
        case tuple():
            for index, held in enumerate(value):
                yield from ((f"[]{path}", (*value[:index], other, *value[index + 1 :])) for path, other in other_words(held, words, name))
        case msgspec.Struct():
            for field in msgspec.structs.fields(type(value)):
                for path, other in other_words(getattr(value, field.name), words, field.name):
                    yield f".{field.name}{path}", msgspec.structs.replace(value, **{field.name: other})


def _is_optional(kind: Any) -> bool:
    return typing.get_origin(kind) in {typing.Union, types.UnionType} and type(None) in typing.get_args(kind)


def _inner(kind: Any) -> Any:
    return next(inner for inner in typing.get_args(kind) if inner is not type(None))


def without(story: Story, position: int) -> Story:
    return story.rebuilt([[fact for fact in append if fact.position != position] for append in story.appends()])


def doubled(story: Story, position: int) -> Story:
    """The fact stands twice in its append."""
    return story.rebuilt([[copy for fact in append for copy in [fact] * (1 + (fact.position == position))] for append in story.appends()])


def appended_again(story: Story, position: int) -> Story:
    """The fact is appended once more, alone, right after its append."""
    appends: list[list[Recorded[Any]]] = []
    for append in story.appends():
        appends.append(append)
        appends += [[fact] for fact in append if fact.position == position]
    return story.rebuilt(appends)


def swapped(story: Story, number: int) -> Story:
    """An append changes places with the next one, whose times they take."""
    appends = story.appends()
    one, other = appends[number], appends[number + 1]
    earlier, later = one[0].committed_us, other[0].committed_us
    appends[number] = [msgspec.structs.replace(fact, committed_us=earlier) for fact in other]
    appends[number + 1] = [msgspec.structs.replace(fact, committed_us=later) for fact in one]
    return story.rebuilt(appends)


def moved_to_the_end(story: Story, position: int) -> Story:
    """The fact is appended at the end, alone, instead of where it was."""
    fact = msgspec.structs.replace(story.log[position - 1], committed_us=story.log[-1].committed_us)
    return story.rebuilt([*([kept for kept in append if kept.position != position] for append in story.appends()), [fact]])


def put_into(story: Story, position: int, stream_id: str) -> Story:
    """The fact stands in another stream."""
    appends = [
        [msgspec.structs.replace(fact, stream_id=stream_id) if fact.position == position else fact for fact in append]
        for append in story.appends()
    ]
    return story.rebuilt(appends)


def inserted(story: Story, after: int, stream_id: str, fact: Fact) -> Story:
    """A fact is appended, alone, after the append that ends at a position."""
    appends: list[list[Recorded[Any]]] = []
    for append in story.appends():
        appends.append(append)
        if append[-1].position >= after > append[0].position - 1:
            appends.append([Recorded(0, stream_id, 0, fact, append[-1].committed_us)])
    return story.rebuilt(appends)
