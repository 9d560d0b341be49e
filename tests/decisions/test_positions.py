"""Positions on the wire: opaque text of one log; what is of another log is not waited for, what is none is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.positions import EXAMPLE, SEVERAL_MAX, TEXT, Positions
from api.refusals import CursorMalformed, CursorOfAnotherLog, PositionMalformed
from domain.ids import derived

HERE, ELSEWHERE = Positions(derived("log", "here")), Positions(derived("log", "elsewhere"))
PLACES = st.integers(0, (1 << 53) - 1)


@given(PLACES)
def test_a_position_comes_back_as_it_was_given(position: int):
    assert HERE.read(HERE.text(position)) == position
    assert HERE.header(position) == f"slipstream-position: {HERE.text(position)}\r\n".encode()
    assert TEXT.fullmatch(HERE.text(position))
    assert TEXT.fullmatch(EXAMPLE)


@given(st.lists(PLACES, min_size=1, max_size=SEVERAL_MAX))
def test_of_several_the_latest_is_waited_for(positions: list[int]):
    assert HERE.read(", ".join(map(HERE.text, positions))) == max(positions)


@given(PLACES, PLACES)
def test_a_position_of_another_log_is_not_waited_for(here: int, elsewhere: int):
    assert HERE.read(ELSEWHERE.text(elsewhere)) == 0
    assert HERE.read(f"{ELSEWHERE.text(elsewhere)},{HERE.text(here)}") == here
    assert HERE.read(None) == 0


@given(st.text(max_size=30))
def test_what_is_no_position_is_refused_by_name(text: str):
    if all(TEXT.fullmatch(each.strip()) for each in text.split(",")):
        return
    with pytest.raises(PositionMalformed):
        HERE.read(text)


@pytest.mark.parametrize(
    "text", ["", "42", "-1", HERE.log, f"{HERE.log}.", f"{HERE.log}.1F", f"{HERE.log}.{'f' * 15}", ",", "k3J9x_Qa.1f4,"]
)
def test_what_looks_like_a_position_and_is_none_is_refused_too(text: str):
    with pytest.raises(PositionMalformed):
        HERE.read(text)


def test_more_positions_than_anybody_waits_for_are_refused():
    with pytest.raises(PositionMalformed):
        HERE.read(",".join([HERE.text(1)] * (SEVERAL_MAX + 1)))


@given(st.text("abcXYZ019_-", min_size=1, max_size=60))
def test_a_cursor_comes_back_and_one_of_another_log_is_refused_by_name(cursor: str):
    assert HERE.cursor(HERE.cursor_text(cursor)) == cursor
    with pytest.raises(CursorOfAnotherLog):
        HERE.cursor(ELSEWHERE.cursor_text(cursor))
    with pytest.raises(CursorMalformed):
        HERE.cursor(cursor[:8])
    assert HERE.cursor(None) is None
    assert HERE.cursor_text(None) is None
