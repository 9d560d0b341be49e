"""What is wrong with the monitoring of transfers: forgeries of a log in which a large deposit and two withdrawals raised alerts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain.ids import monitoring_of
from domain.monitoring.facts import AlertsClosed, RuleMet, TransferAssessed
from domain.wallet.facts import FundsWithdrawn
from tests.audit_story import BEN, NOWHERE, TESS, Story, clean

Forgery = Callable[[], tuple[Story, int]]
LARGE = RuleMet("large", 12_000_00, 10_000_00)


def alert(number: int) -> int:
    """Return which of all assessments raised Ben's alert."""
    bodies = [fact.body for fact in clean().log if isinstance(fact.body, TransferAssessed)]
    return next(nth for nth, body in enumerate(bodies) if body.alert == number)


def changed(kind: type[Any], number: int = 0, after: int = 0, **fields: Any) -> Forgery:
    """Change fields of a fact of the clean log; it is found there, or so many facts after."""

    def forge() -> tuple[Story, int]:
        story = clean()
        place = story.place(kind, number)
        return story.change(place, **fields), place + after

    return forge


def without(kind: type[Any], number: int, at: int) -> Forgery:
    """Take a fact out of its append; it is found so many facts after where it stood."""

    def forge() -> tuple[Story, int]:
        story = clean()
        place = story.place(kind, number)
        return story.rebuilt([[fact for fact in append if fact.position != place] for append in story.appends()]), place + at

    return forge


def an_hour_later() -> tuple[Story, int]:
    story = clean()
    place = story.place(TransferAssessed)
    return story.change(place, at=story.log[place - 1].body.at + timedelta(hours=1)), place  # type: ignore[attr-defined]


def closed_again() -> tuple[Story, int]:
    story = clean()
    story.add(monitoring_of(BEN), AlertsClosed(4, 4, "nothing", "console", story.time))
    return story, len(story.log)


MONITORING: list[tuple[str, Forgery]] = [
    ("TransferNotAssessed", without(TransferAssessed, 1, 0)),
    ("TransferNotAssessed", without(TransferAssessed, alert(1), 0)),
    ("TransferNotAssessed", changed(TransferAssessed, after=1, transfer_id=NOWHERE)),
    ("AssessmentDiffers", without(FundsWithdrawn, 0, 0)),
    ("AssessmentDiffers", changed(TransferAssessed, amount_minor=1)),
    ("AssessmentDiffers", changed(TransferAssessed, currency="USD")),
    ("AssessmentDiffers", changed(TransferAssessed, direction="withdrawal")),
    ("AssessmentDiffers", changed(TransferAssessed, staked_minor=1)),
    ("AssessedInAnotherHour", an_hour_later),
    ("FindingsWrong", changed(TransferAssessed, findings=(LARGE,), alert=1)),
    ("FindingsWrong", changed(TransferAssessed, alert(1), findings=(LARGE,))),
    ("FindingsWrong", changed(TransferAssessed, alert(1), findings=(), alert=0)),
    ("FindingsWrong", changed(TransferAssessed, alert(2), alert=3)),
    ("AlertNotOpen", changed(AlertsClosed, first=2)),
    ("AlertNotOpen", changed(AlertsClosed, upto=3)),
    ("AlertNotOpen", closed_again),
    ("RoleNotGranted", changed(AlertsClosed, actor=TESS)),
    ("ValueNotAllowed", changed(AlertsClosed, reason="")),
    ("ValueNotAllowed", changed(TransferAssessed, rules=2)),
]
"""What is wrong with the monitoring of transfers."""
