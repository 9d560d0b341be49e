"""What is wrong with gifts: forgeries of a log in which a trader gave three alone, and two traders gave a large one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from domain.bonus.facts import BonusCredited
from domain.free_bet.facts import FreeBetGranted
from domain.gifts.facts import GiftCounted
from domain.proposal.facts import ActionProposed, ProposalApproved
from tests.audit_bonuses import done
from tests.audit_story import ANN, APPROVED_GIFT, BEN, MARKET, NOWHERE, TESS, TOM, Story, clean, counted, credited, granted, large_gift

Forgery = Callable[[], tuple[Story, int]]


def changed(kind: type[Any], number: int = 0, after: int = 0, /, **fields: Any) -> Forgery:
    """Change fields of a fact of the clean log; it is found there, or so many facts after."""

    def forge() -> tuple[Story, int]:
        story = clean()
        place = story.place(kind, number)
        return story.change(place, **fields), place + after

    return forge


def without(kind: type[Any], number: int, at: int = 0) -> Forgery:
    """Take a fact out of its append; it is found so many facts after where it stood."""

    def forge() -> tuple[Story, int]:
        story = clean()
        place = story.place(kind, number)
        return story.rebuilt([[fact for fact in append if fact.position != place] for append in story.appends()]), place + at

    return forge


def an_hour_later() -> tuple[Story, int]:
    story = clean()
    place = story.place(GiftCounted)
    return story.change(place, at=story.body(place).at + timedelta(hours=1)), place


def giving(amount_minor: int, sum_minor: int) -> Forgery:
    """Give one more bonus alone, after 24.00 of that day."""
    terms = {"amount_minor": amount_minor, "wager_minor": amount_minor}
    return done(lambda story: story.add(counted(story, NOWHERE, amount_minor, sum_minor), (NOWHERE, credited(story, **terms))))


def proposing(**changes: Any) -> Forgery:
    """Propose another large gift, in which something is wrong."""
    return done(lambda story: story.add(APPROVED_GIFT, msgspec.structs.replace(large_gift(story), **changes)))


def uncounted(story: Story) -> Story:
    return story.add(NOWHERE, granted(story, amount_minor=150_00))


def of_another(story: Story) -> Story:
    """The approval of a large gift with which another one is given, too."""
    story.add(APPROVED_GIFT, large_gift(story))
    ask = large_gift(story)
    gift = granted(story, amount_minor=150_00, reason="a complaint", expires_at=ask.at + timedelta(days=7))
    return story.add((APPROVED_GIFT, ProposalApproved(TOM, gift.at)), (NOWHERE, gift))


GIFTS: list[tuple[str, Forgery]] = [
    ("GiftNotShared", without(GiftCounted, 1)),
    ("GiftNotShared", done(uncounted)),
    ("GiftNotShared", without(ProposalApproved, -1)),
    ("GiftCountedWrong", without(FreeBetGranted, 0, -1)),
    ("GiftCountedWrong", changed(GiftCounted, amount_minor=1)),
    ("GiftCountedWrong", changed(GiftCounted, currency="USD")),
    ("GiftCountedWrong", changed(GiftCounted, gift_id=NOWHERE)),
    ("GiftCountedWrong", changed(BonusCredited, 0, -1, actor=TOM)),
    ("GiftCountedWrong", an_hour_later),
    ("GiftSumWrong", changed(GiftCounted, 1, sum_minor=4_00)),
    ("GiftSumWrong", giving(76_01, 100_01)),
    ("GiftSumWrong", giving(76_00, 76_00)),
    ("StreamMisplaced", changed(GiftCounted, holder_id=ANN)),
    ("StreamMisplaced", changed(GiftCounted, given_by=TOM)),
    ("ValueNotAllowed", changed(GiftCounted, rules=2)),
    ("ApprovalWithoutAction", changed(FreeBetGranted, 1, -1, amount_minor=151_00)),
    ("ApprovalWithoutAction", changed(FreeBetGranted, 1, -1, actor=TOM)),
    ("ApprovalWithoutAction", without(FreeBetGranted, 1, -1)),
    ("ApprovalWithoutAction", done(of_another, 2)),
    ("ProposalOutOfOrder", changed(ProposalApproved, -1, approved_by=TESS)),
    ("RoleNotGranted", changed(ProposalApproved, -1, approved_by=BEN)),
    ("RoleNotGranted", proposing(proposed_by=BEN)),
    ("AccountMissing", proposing(holder_id=NOWHERE)),
    ("ValueNotAllowed", proposing(holder_id=ANN)),
    ("ValueNotAllowed", proposing(market_id=MARKET)),
    ("ValueNotAllowed", proposing(details="{}")),
    ("ValueNotAllowed", changed(ActionProposed, holder_id=BEN)),
]
"""What is wrong with gifts."""
