"""What the recorder remembers of versions is true or absent, whatever was forgotten, and however late a loaded version comes in."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.ports import Append, Read
from infra.eventstore.version_index import ABSENT_MAX, VersionIndex

STREAMS = tuple("abcdefgh")
WRITES = st.tuples(st.just("write"), st.lists(st.sampled_from(STREAMS), min_size=1, max_size=3, unique=True))
LOADS = st.tuples(st.just("load"), st.lists(st.sampled_from(STREAMS), min_size=1, max_size=4, unique=True))
ASKED = st.tuples(st.just("ask"), st.lists(st.sampled_from(STREAMS), min_size=1, max_size=4, unique=True))
FOREIGN = st.tuples(st.just("foreign"), st.lists(st.sampled_from(STREAMS), min_size=1, max_size=3, unique=True))
OTHERS = st.tuples(st.sampled_from(["arrive", "far behind", "lost"]), st.just([]))
STEPS = st.lists(WRITES | WRITES | LOADS | ASKED | FOREIGN | OTHERS, max_size=40)


def known(index: VersionIndex, stream_id: str) -> int:
    """Return the version that the index gives, -1 where it would ask."""
    versions, new, old = index.look_up([Append((), [Read(stream_id, 1)])])
    assert (new, old) in (([], []), ([], [stream_id]))
    return -1 if old else versions[stream_id]


@settings(max_examples=500)
@given(steps=STEPS, versions_max=st.sampled_from([2, 4, 8, 100]))
def test_a_version_is_true_or_not_known(steps: Sequence[tuple[str, list[str]]], versions_max: int):
    index, position = VersionIndex(versions_max), 0
    truth = dict.fromkeys(STREAMS, 0)
    underway: list[tuple[dict[str, int], int]] = []
    index.forget(0)
    for step, streams in steps:
        if step == "write":
            newborn = [stream_id for stream_id in streams if not truth[stream_id]]
            index.begun(newborn)
            truth |= {stream_id: truth[stream_id] + 1 for stream_id in streams}
            position += len(streams)
            index.advance_to({stream_id: truth[stream_id] for stream_id in streams if stream_id not in newborn}, position)
        elif step == "ask":  # under the lock, about what exists and what does not
            index.advance_to({stream_id: truth[stream_id] for stream_id in streams}, position)
        elif step == "foreign":  # another process wrote, and this one catches up
            truth |= {stream_id: truth[stream_id] + 1 for stream_id in streams}
            position += len(streams)
            index.advance_to({stream_id: truth[stream_id] for stream_id in streams}, position)
        elif step == "load":
            underway.append(({stream_id: truth[stream_id] for stream_id in streams if truth[stream_id]}, position))
        elif step == "arrive" and underway:
            index.add_loaded(*underway.pop(0))
        elif step == "far behind":  # others wrote so much that it is not worth catching up
            truth |= {stream_id: truth[stream_id] + 1 for stream_id in STREAMS}
            position += len(STREAMS)
            index.forget(position)
        elif step == "lost":
            index.forget(-1)
            index.add_loaded(dict(truth), position)
            assert len(index) == 0, "an index that is true nowhere takes nothing in"
            index.forget(position)
        assert all(known(index, stream_id) in (-1, truth[stream_id]) for stream_id in STREAMS)


def test_what_was_loaded_need_not_be_asked_for_again():
    index = VersionIndex()
    index.forget(10)
    index.add_loaded({"a": 3}, 10)
    assert known(index, "a") == 3
    index.advance_to({"a": 4}, 11)
    index.add_loaded({"a": 3, "b": 1}, 10)
    assert (known(index, "a"), known(index, "b")) == (4, 1)


def test_a_stream_that_does_not_exist_need_not_be_asked_for_again_until_somebody_begins_it():
    index = VersionIndex()
    index.forget(10)
    assert known(index, "a") == -1
    index.advance_to({"a": 0, "b": 0}, 10)
    assert (known(index, "a"), known(index, "b")) == (0, 0)
    index.begun(["a"])
    index.advance_to({"b": 1}, 12)
    assert (known(index, "a"), known(index, "b")) == (-1, 1)


def test_the_memory_of_streams_that_do_not_exist_is_bounded():
    index = VersionIndex()
    index.forget(0)
    for number in range(ABSENT_MAX + 1):
        index.advance_to({str(number): 0}, 0)
    assert len(index) == 1
