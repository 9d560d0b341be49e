"""What was decided before a few rules were made is proved by the rules of its time; nothing new can pass for old for longer than a day."""

from collections.abc import Callable

import pytest

from commands.audit import Checkpoint, verify
from domain.chain import SCHEME_EARLIER
from domain.market.facts import MarketSuspended
from tests.audit_forgeries import (
    MARKET,
    TESS,
    Forgery,
    a_pick,
    abandon,
    added,
    approving,
    done,
    ended,
    in_play,
    proposer_revoked,
)
from tests.audit_story import Story

DAY_S = 24 * 3_600


def suspend(story: Story) -> Story:
    return story.add(MARKET, MarketSuspended("mine", story.time, TESS))


THEN_RIGHT: dict[str, Forgery] = {
    "a match abandoned by one trader": done(in_play, lambda story: abandon(story, TESS), 2),
    "a pick after the whistle": added(ended, a_pick()),
    "what somebody asked for who had just lost the role": done(proposer_revoked, suspend, 1),
    "an approval of what such a one had proposed": done(proposer_revoked, approving(), 1),
}


@pytest.mark.parametrize("what", THEN_RIGHT)
def test_what_was_right_then_is_right_in_a_log_of_then_and_wrong_in_one_of_today(what: str):
    story, _ = THEN_RIGHT[what]()
    assert verify(story).violation is not None
    story.scheme = SCHEME_EARLIER
    assert verify(story).violation is None


def abandoned_by_one(story: Story) -> Story:
    abandon(story, TESS)
    story.earlier = {len(story.sizes) - 1}
    return story


@pytest.mark.parametrize(("seconds", "name"), [(60, ""), (DAY_S - 60, ""), (DAY_S + 60, "scheme-unknown")])
def test_a_process_of_then_may_write_beside_those_of_today_for_a_day(seconds: float, name: str):
    """The first batch of today's scheme is committed at noon."""
    found = verify(abandoned_by_one(in_play().at(seconds))).violation
    assert (found.name if found is not None else "") == name


def test_an_audit_that_goes_on_from_a_checkpoint_remembers_when_the_upgrade_began():
    story = in_play()
    kept = verify(story, keep_checkpoint=True).checkpoint
    assert kept is not None
    found = verify(abandoned_by_one(story.at(DAY_S + 60)), checkpoint=Checkpoint.decoded(kept.encoded())).violation
    assert found is not None
    assert found.name == "scheme-unknown"


@pytest.mark.parametrize("make", [in_play, ended])
def test_a_log_of_then_that_goes_on_today_is_clean(make: Callable[[], Story]):
    story = make()
    story.earlier = range(len(story.sizes) - 1)
    assert verify(story).violation is None
