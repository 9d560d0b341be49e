"""The rules of a slip: shared once, changed and removed by its author, held and released by moderators."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from domain.fact import Fact, micros
from domain.odds import Odds, OddsOutOfRange, parse
from domain.refused import Refused
from domain.sealed_text import TextNotSealed
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip, ShareSlip
from domain.slip.decider import (
    SLIP,
    ClosingTimeOutOfRange,
    MentionsMalformed,
    SlipHeldAlready,
    SlipKeyReused,
    SlipLegsMalformed,
    SlipTakenDown,
    SlipUnknown,
    StakeShownUnknown,
    TagsMalformed,
    UnitMalformed,
    VisibilityUnknown,
)
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

S = "slip-1"
SEALED, OTHER = "s1." + "a" * 40, "s1." + "b" * 40
LEG = SlipLeg("f-1", "m-1", "home", parse("2.1"), 3)
SHARED = SlipShared("ann", "single", (LEG,), "public", "units", NOON, "bet-1", 10_00, "EUR", 2_00, SEALED, ("bob",), ("derby", "cup_1"))
CHANGED = SlipChanged("ann", "followers", True, NOON)
HELD = SlipHeld("ann", "spam", "The same link again.", "mod", NOON)
RELEASED = SlipReleased("ann", "mod", NOON)
REMOVED = SlipRemoved("ann", NOON)


def share(**changed: Any) -> ShareSlip:
    said = msgspec.structs.asdict(SHARED)
    return ShareSlip(slip_id=S, **{**said, **changed})


def test_a_slip_is_shared_as_it_is_said():
    given(SLIP).when(share()).then(SHARED)


def test_its_author_changes_who_sees_it_and_whether_it_takes_comments():
    given(SLIP, SHARED).when(ChangeSlip(S, "ann", "followers", True, NOON)).then(CHANGED)
    given(SLIP, SHARED).when(ChangeSlip(S, "ann", None, True, NOON)).then(SlipChanged("ann", "public", True, NOON))
    given(SLIP, SHARED, CHANGED).when(ChangeSlip(S, "ann", "public", None, NOON)).then(SlipChanged("ann", "public", True, NOON))


LATER = SlipChanged("ann", "public", False, NOON, later(hours=1))


def closing(close_at: datetime, now: datetime = NOON) -> ChangeSlip:
    return ChangeSlip(S, "ann", None, None, NOON, close_at, micros(now))


def test_its_author_closes_replies_at_a_moment_to_come_and_opens_them_until_then():
    given(SLIP, SHARED).when(closing(later(hours=1))).then(LATER)
    given(SLIP, SHARED, CHANGED).when(closing(later(hours=1))).then(SlipChanged("ann", "followers", False, NOON, later(hours=1)))
    given(SLIP, SHARED, LATER).when(closing(later(hours=1), now=later(hours=2))).nothing()


def test_what_closes_replies_now_or_opens_them_takes_the_closing_time_away_and_who_sees_it_does_not():
    given(SLIP, SHARED, LATER).when(ChangeSlip(S, "ann", None, False, NOON)).then(SlipChanged("ann", "public", False, NOON))
    given(SLIP, SHARED, LATER).when(ChangeSlip(S, "ann", None, True, NOON)).then(SlipChanged("ann", "public", True, NOON))
    moved = SlipChanged("ann", "followers", False, NOON, later(hours=1))
    given(SLIP, SHARED, LATER).when(ChangeSlip(S, "ann", "followers", None, NOON)).then(moved)


def test_its_author_removes_it_also_while_it_is_held():
    given(SLIP, SHARED).when(RemoveSlip(S, "ann", NOON)).then(REMOVED)
    given(SLIP, SHARED, HELD).when(RemoveSlip(S, "ann", NOON)).then(REMOVED)


def test_a_moderator_holds_it_and_lets_it_go():
    given(SLIP, SHARED).when(HoldSlip(S, "spam", "The same link again.", "mod", NOON)).then(HELD)
    given(SLIP, SHARED, HELD).when(ReleaseSlip(S, "mod", NOON)).then(RELEASED)


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([SHARED], share(at=later(hours=1))),
        ([SHARED, CHANGED], share()),
        ([SHARED, CHANGED], ChangeSlip(S, "ann", "followers", True, later(hours=1))),
        ([SHARED], ChangeSlip(S, "ann", None, None, NOON)),
        ([SHARED, REMOVED], RemoveSlip(S, "ann", later(hours=1))),
        ([SHARED, HELD], HoldSlip(S, "spam", "Otherwise.", "another", NOON)),
        ([SHARED], ReleaseSlip(S, "mod", NOON)),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(SLIP, *facts).when(command).nothing()


LEGS = [SlipLeg(f"f-{number}", f"m-{number}", "home", parse("2.1")) for number in range(26)]
REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("share: again, removed", [SHARED, REMOVED], share(), SlipTakenDown, {"slip_id": S}),
    ("share: again, otherwise", [SHARED], share(caption=OTHER), SlipKeyReused, {"slip_id": S}),
    ("share: another's", [SHARED], share(author_id="bob"), SlipKeyReused, {}),
    ("share: to nobody", [], share(visibility="nobody"), VisibilityUnknown, {"visibility": "nobody"}),
    ("share: a stake shown so so", [], share(stake_shown="so so"), StakeShownUnknown, {"stake_shown": "so so"}),
    ("share: units of nothing", [], share(unit_minor=0), UnitMalformed, {"unit_minor": 0}),
    ("share: units below zero", [], share(unit_minor=-1), UnitMalformed, {"unit_minor": -1}),
    ("share: units of too much", [], share(unit_minor=100_000_001), UnitMalformed, {}),
    ("share: a unit for nothing", [], share(stake_shown="amount"), UnitMalformed, {}),
    ("share: no legs", [], share(legs=()), SlipLegsMalformed, {"legs": 0}),
    ("share: too many legs", [], share(legs=tuple(LEGS)), SlipLegsMalformed, {"legs": 26}),
    ("share: one match twice", [], share(legs=(LEG, msgspec.structs.replace(LEG, market_id="m-2"))), SlipLegsMalformed, {}),
    ("share: odds of nothing", [], share(legs=(msgspec.structs.replace(LEG, odds=Odds(1000, 1000)),)), OddsOutOfRange, {}),
    ("share: a tag in capitals", [], share(tags=("derby", "Cup")), TagsMalformed, {"tag": "Cup"}),
    ("share: an empty tag", [], share(tags=("",)), TagsMalformed, {"tag": ""}),
    ("share: a long tag", [], share(tags=("x" * 31,)), TagsMalformed, {}),
    ("share: a tag twice", [], share(tags=("derby", "derby")), TagsMalformed, {"tag": "derby"}),
    ("share: many tags", [], share(tags=tuple(f"t{number}" for number in range(11))), TagsMalformed, {}),
    ("share: many mentions", [], share(mentions=tuple(f"a{number}" for number in range(11))), MentionsMalformed, {"mentions": 11}),
    ("share: a mention twice", [], share(mentions=("bob", "bob")), MentionsMalformed, {}),
    ("share: a caption that is not sealed", [], share(caption="Home all the way."), TextNotSealed, {"field": "caption"}),
    ("change: unknown", [], ChangeSlip(S, "ann", "public", None, NOON), SlipUnknown, {"slip_id": S}),
    ("change: another's", [SHARED], ChangeSlip(S, "bob", "public", None, NOON), SlipUnknown, {}),
    ("change: removed", [SHARED, REMOVED], ChangeSlip(S, "ann", "public", None, NOON), SlipUnknown, {}),
    ("change: to nobody", [SHARED], ChangeSlip(S, "ann", "nobody", None, NOON), VisibilityUnknown, {}),
    ("change: closing now", [SHARED], closing(NOON), ClosingTimeOutOfRange, {"replies_close_at": NOON, "days_max": 366}),
    ("change: closing in years", [SHARED], closing(later(days=367)), ClosingTimeOutOfRange, {}),
    ("change: closing by no time zone", [SHARED], closing(later(hours=1).replace(tzinfo=None)), ClosingTimeOutOfRange, {}),
    ("remove: unknown", [], RemoveSlip(S, "ann", NOON), SlipUnknown, {}),
    ("remove: another's", [SHARED], RemoveSlip(S, "bob", NOON), SlipUnknown, {}),
    ("hold: unknown", [], HoldSlip(S, "spam", "Why.", "mod", NOON), SlipUnknown, {}),
    ("hold: removed", [SHARED, REMOVED], HoldSlip(S, "spam", "Why.", "mod", NOON), SlipUnknown, {}),
    ("hold: by another rule", [SHARED, HELD], HoldSlip(S, "abuse", "Why.", "mod", NOON), SlipHeldAlready, {"rule": "spam"}),
    ("hold: by no rule", [SHARED], HoldSlip(S, "", "Why.", "mod", NOON), ReasonMalformed, {}),
    ("hold: no reason", [SHARED], HoldSlip(S, "spam", "", "mod", NOON), ReasonMalformed, {}),
    ("release: unknown", [], ReleaseSlip(S, "mod", NOON), SlipUnknown, {}),
    ("release: removed", [SHARED, REMOVED], ReleaseSlip(S, "mod", NOON), SlipUnknown, {}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_slip_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(SLIP, *facts).when(command).refused(refusal, **evidence)


@pytest.mark.parametrize("facts", [[SHARED, SHARED], [CHANGED], [SHARED, REMOVED, REMOVED], [SHARED, HELD, HELD], [SHARED, RELEASED]])
def test_a_slip_has_no_other_history(facts: list[Fact]):
    with pytest.raises(AssertionError):
        given(SLIP, *facts)
