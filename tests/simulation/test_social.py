"""Histories in which people follow, share, react, comment and tail, and moderators hold: judged by the judge's own rules of people."""

from collections import Counter

import pytest

from tests.simulation.history import Lived, live
from tests.simulation.judge.record import Violation
from tests.simulation.planted_social import SOCIAL

HISTORIES = 8
HISTORIES_OF_A_BUG = 60
LIVED: dict[int, Lived] = {}

HAPPENS = {
    "follow.requested": 4,
    "follow.followed": 15,
    "follow.unfollowed": 3,
    "follow.blocked": 5,
    "slip.shared": 40,
    "slip.changed": 12,
    "slip.removed": 2,
    "slip.held": 4,
    "slip.released": 1,
    "reaction.given": 20,
    "reaction.withdrawn": 2,
    "comment.posted": 20,
    "comment.edited": 1,
    "comment.deleted": 5,
    "tail.slip_tailed": 7,
    "tail_day.tail_counted": 7,
    "moderation.item_reported": 3,
}
"""What must have come about how often in all histories together: a third of what does."""

REFUSED = ("SlipUnknown", "DailyCapReached", "OwnSlipTailed", "RepliesClosed", "AccountUnknown")


def lived(seed: int) -> Lived:
    found = LIVED.get(seed)
    if found is None:
        found = LIVED[seed] = live(seed, social=True)
    return found


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_promise_among_people_holds_after_every_step_of_a_history(seed: int):
    assert lived(seed).checks > 0


def test_histories_of_people_are_worth_looking_at():
    kinds, refused = (sum((getattr(lived(seed), what) for seed in range(HISTORIES)), Counter()) for what in ("kinds", "refused"))
    assert {name: kinds[name] for name, least in HAPPENS.items() if kinds[name] < least} == {}
    assert {name: refused[name] for name in REFUSED if not refused[name]} == {}


def is_found() -> bool:
    for seed in range(HISTORIES_OF_A_BUG):
        try:
            live(seed, social=True)
        except Violation:
            return True
    return False


@pytest.mark.parametrize("what", SOCIAL)
def test_a_bug_planted_among_people_is_found(what: str, monkeypatch: pytest.MonkeyPatch):
    SOCIAL[what](monkeypatch)
    assert is_found()
