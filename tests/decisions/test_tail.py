"""The rules of a tail: recorded once, with its bet, of somebody else's slip."""

from typing import Any

import msgspec
import pytest

from domain.refused import Refused
from domain.tail.commands import RecordTail
from domain.tail.decider import TAIL, OwnSlipTailed, SideUnknown, TailKeyReused
from domain.tail.facts import SlipTailed
from tests.decisions.given import NOON, given, later

TAILED = SlipTailed("bob", "slip-1", "ann", "bet-1", "tail", NOON)


def record(**changed: Any) -> RecordTail:
    return RecordTail(**{**msgspec.structs.asdict(TAILED), **changed})


def test_a_tail_names_the_slip_its_author_and_the_bet():
    given(TAIL).when(record()).then(TAILED)
    given(TAIL, TAILED).when(record(at=later(hours=1))).nothing()


@pytest.mark.parametrize(
    ("facts", "changed", "refusal", "evidence"),
    [
        ([], {"side": "both"}, SideUnknown, {"side": "both"}),
        ([], {"tailer_id": "ann"}, OwnSlipTailed, {"slip_id": "slip-1"}),
        ([TAILED], {"slip_id": "slip-2"}, TailKeyReused, {"bet_id": "bet-1"}),
        ([TAILED], {"side": "fade"}, TailKeyReused, {}),
        ([TAILED], {"tailer_id": "eve"}, TailKeyReused, {}),
    ],
)
def test_a_tail_refuses(facts: list[SlipTailed], changed: dict[str, Any], refusal: type[Refused], evidence: dict[str, Any]):
    given(TAIL, *facts).when(record(**changed)).refused(refusal, **evidence)


def test_a_tail_is_recorded_once():
    with pytest.raises(AssertionError):
        given(TAIL, TAILED, TAILED)
