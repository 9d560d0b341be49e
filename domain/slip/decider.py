"""The rules of a slip: shared once, changed and removed by its author, held and released by moderators."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros, moment
from domain.odds import check_odds
from domain.refused import Refused
from domain.sealed_text import check_sealed
from domain.settling.same_game import SameGame
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip, ShareSlip, SlipCommand
from domain.slip.facts import SlipChanged, SlipFact, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.text import KEY_CHARACTERS_MAX, check_reason

LEGS_MAX = 25
MENTIONS_MAX = 10
TAGS_MAX = 10
TAG_CHARACTERS_MAX = 30
CAPTION_CHARACTERS_MAX = 500
"""How long a caption is at most, as people count its characters, before it is sealed."""

UNIT_MINOR_MAX = 100_000_000
CLOSING_DAYS_MAX = 366
DAY_US = 24 * 3_600 * 1_000_000
VISIBILITIES = ("public", "followers")
STAKE_SHOWN = ("amount", "units", "hidden")
TAG = re.compile(r"[a-z0-9_]{1,30}")


class SlipUnknown(Refused):
    """There is no such slip."""

    slip_id: str


class SlipKeyReused(Refused):
    """The bet was shared before with another body, or the key was used before for another pick."""

    slip_id: str


class SlipTakenDown(Refused):
    """The slip was removed by its author, and a bet is shared once."""

    slip_id: str


class VisibilityUnknown(Refused):
    """A slip is shown to the public or to followers."""

    visibility: str


class StakeShownUnknown(Refused):
    """A stake is shown as an amount, in units, or hidden."""

    stake_shown: str


class UnitMalformed(Refused):
    """A stake that is shown in units needs the size of a unit, and no other stake has one."""

    unit_minor: int
    unit_minor_max: int


class SlipLegsMalformed(Refused):
    """A slip has 1 to 25 legs, no two of them on the same fixture."""

    legs: int
    legs_max: int


class TagsMalformed(Refused):
    """A slip has at most 10 different tags, each of 1 to 30 lowercase letters, digits or underscores."""

    tag: str
    tags_max: int
    characters_max: int


class MentionsMalformed(Refused):
    """A slip mentions at most 10 different accounts."""

    mentions: int
    mentions_max: int


class ClosingTimeOutOfRange(Refused):
    """Replies close at a moment that is still to come, at most 366 days away."""

    replies_close_at: datetime
    days_max: int


class SlipHeldAlready(Refused):
    """The slip is held already, by another rule."""

    slip_id: str
    rule: str


class Slip(msgspec.Struct, frozen=True, gc=False):
    """Where a slip stands: `shared` is None until it is shared; `held_rule` is the rule that holds it, empty where none does.

    `visibility` and `replies_closed` are as they stand now; what was shared, `shared` says for ever. From `replies_close_us` of the log's
    time on it takes no comments; 0 is no such moment.
    """

    author_id: str = ""
    visibility: str = ""
    replies_closed: bool = False
    removed: bool = False
    held_rule: str = ""
    bet_id: str = ""
    shared: SlipShared | None = None
    replies_close_us: int = 0

    def takes_no_replies(self, now_us: int) -> bool:
        """Whether replies are closed at a moment of the log's time."""
        return self.replies_closed or 0 < self.replies_close_us <= now_us


def decide(slip: Slip, command: SlipCommand) -> Sequence[SlipFact]:
    """Decide what follows from a command.

    Raises:
        SlipTakenDown, SlipKeyReused, VisibilityUnknown, StakeShownUnknown, UnitMalformed, SlipLegsMalformed, OddsOutOfRange, TagsMalformed,
            MentionsMalformed, TextNotSealed: from `ShareSlip`, checked in this order.
        SlipUnknown: from every other, for a slip of another's as for one that is not there. VisibilityUnknown,
            ClosingTimeOutOfRange: from `ChangeSlip`.
        SlipHeldAlready, ReasonMalformed: from `HoldSlip`.

    """
    match command:
        case ShareSlip():
            return _share(slip, command)
        case ChangeSlip():
            return _change(slip, command)
        case RemoveSlip():
            if slip.author_id != command.author_id:
                raise SlipUnknown(command.slip_id)
            return () if slip.removed else (SlipRemoved(slip.author_id, command.at),)
        case HoldSlip():
            return _hold(slip, command)
        case ReleaseSlip():
            if slip.shared is None or slip.removed:
                raise SlipUnknown(command.slip_id)
            return (SlipReleased(slip.author_id, command.actor, command.at),) if slip.held_rule else ()
        case _:
            assert_never(command)


def _share(slip: Slip, command: ShareSlip) -> Sequence[SlipFact]:
    if slip.removed and slip.author_id == command.author_id:
        raise SlipTakenDown(command.slip_id)
    shared = SlipShared(
        author_id=command.author_id,
        type=command.type,
        legs=command.legs,
        visibility=command.visibility,
        stake_shown=command.stake_shown,
        at=command.at,
        bet_id=command.bet_id,
        stake_minor=command.stake_minor,
        currency=command.currency,
        unit_minor=command.unit_minor,
        caption=command.caption,
        mentions=command.mentions,
        tags=command.tags,
        same_game=command.same_game,
    )
    if slip.shared is not None:
        if msgspec.structs.replace(shared, at=slip.shared.at) != slip.shared:
            raise SlipKeyReused(command.slip_id)
        return ()
    _check_shown(command)
    _check_legs(command.legs, command.same_game)
    _check_text(command)
    return (shared,)


def _check_shown(command: ShareSlip) -> None:
    check_visibility(command.visibility)
    if command.stake_shown not in STAKE_SHOWN:
        raise StakeShownUnknown(command.stake_shown[:60])
    unit_minor, is_in_units = command.unit_minor, command.stake_shown == "units"
    if is_in_units != (unit_minor != 0) or not 0 <= unit_minor <= UNIT_MINOR_MAX:
        raise UnitMalformed(command.unit_minor, UNIT_MINOR_MAX)


def _check_legs(legs: Sequence[SlipLeg], same_game: Sequence[SameGame]) -> None:
    """Refuse too many legs, and two on one match that the bet did not take together."""
    together = sum(len(group.legs) - 1 for group in same_game)
    if not 1 <= len(legs) <= LEGS_MAX or len({leg.fixture_id for leg in legs}) < len(legs) - together:
        raise SlipLegsMalformed(len(legs), LEGS_MAX)
    for leg in legs:
        check_odds(leg.odds)


def _check_text(command: ShareSlip) -> None:
    tags, mentions = command.tags, command.mentions
    malformed = [tag for tag in tags if not TAG.fullmatch(tag)]
    if malformed or len(tags) > TAGS_MAX or len(set(tags)) < len(tags):
        raise TagsMalformed((*malformed, *tags)[0][:KEY_CHARACTERS_MAX], TAGS_MAX, TAG_CHARACTERS_MAX)
    if len(mentions) > MENTIONS_MAX or len(set(mentions)) < len(mentions):
        raise MentionsMalformed(len(mentions), MENTIONS_MAX)
    if command.caption:
        check_sealed(command.caption, field="caption", characters_max=CAPTION_CHARACTERS_MAX)


def check_visibility(visibility: str) -> None:
    """Refuse what says not who sees a slip.

    Raises:
        VisibilityUnknown: with its beginning.

    """
    if visibility not in VISIBILITIES:
        raise VisibilityUnknown(visibility[:60])


def _change(slip: Slip, command: ChangeSlip) -> Sequence[SlipFact]:
    if slip.removed or slip.author_id != command.author_id:
        raise SlipUnknown(command.slip_id)
    visibility = slip.visibility if command.visibility is None else command.visibility
    check_visibility(visibility)
    closed, close_us = slip.replies_closed, slip.replies_close_us
    if command.replies_close_at is not None:
        closed, close_us = False, _closing_us(slip, command.replies_close_at, command.now_us)
    elif command.replies_closed is not None:
        closed, close_us = command.replies_closed, 0
    if (visibility, closed, close_us) == (slip.visibility, slip.replies_closed, slip.replies_close_us):
        return ()
    return (SlipChanged(slip.author_id, visibility, closed, command.at, moment(close_us) if close_us else None),)


def _closing_us(slip: Slip, close_at: datetime, now_us: int) -> int:
    """Return the moment in microseconds; the one that stands already may be over."""
    close_us = 0 if close_at.tzinfo is None else micros(close_at)
    stands = close_us > 0 and close_us == slip.replies_close_us
    if not stands and not now_us < close_us <= now_us + CLOSING_DAYS_MAX * DAY_US:
        raise ClosingTimeOutOfRange(close_at, CLOSING_DAYS_MAX)
    return close_us


def _hold(slip: Slip, command: HoldSlip) -> Sequence[SlipFact]:
    if slip.shared is None or slip.removed:
        raise SlipUnknown(command.slip_id)
    if slip.held_rule:
        if slip.held_rule != command.rule:
            raise SlipHeldAlready(command.slip_id, slip.held_rule)
        return ()
    check_reason(command.rule)
    check_reason(command.reason)
    return (SlipHeld(slip.author_id, command.rule, command.reason, command.actor, command.at),)


def evolve(slip: Slip, fact: SlipFact) -> Slip:
    """Return the slip after the fact."""
    change = msgspec.structs.replace
    match fact:
        case SlipShared():
            assert slip.shared is None, "a slip is shared once"
            return Slip(author_id=fact.author_id, visibility=fact.visibility, bet_id=fact.bet_id, shared=fact)
        case SlipChanged():
            assert slip.shared is not None, "a shared slip is changed"
            assert not slip.removed, "a slip that stands is changed"
            close_us = 0 if fact.replies_close_at is None else micros(fact.replies_close_at)
            return change(slip, visibility=fact.visibility, replies_closed=fact.replies_closed, replies_close_us=close_us)
        case SlipRemoved():
            assert slip.shared is not None, "a shared slip is removed"
            assert not slip.removed, "a slip is removed once"
            return change(slip, removed=True)
        case SlipHeld():
            assert slip.shared is not None, "a shared slip is held"
            assert not slip.held_rule, "a slip that is not held is held"
            return change(slip, held_rule=fact.rule)
        case SlipReleased():
            assert slip.held_rule, "a held slip is released"
            return change(slip, held_rule="")
        case _:
            assert_never(fact)


SLIP = Aggregate("slip", Slip(), decide, evolve, get_args(SlipFact), snapshot=Slip)
