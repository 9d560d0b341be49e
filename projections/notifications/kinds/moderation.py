"""Moderators hold, remove or release what somebody shared or said, or decide an appeal: its author is told."""

from collections.abc import Sequence
from typing import Any

from domain.fact import Recorded
from domain.moderation.facts import AppealDecided, ItemHeld, ItemReleased, ItemRemoved, ModeratedItem
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _held(recorded: Recorded[ItemHeld], fact: ItemHeld) -> Sequence[NoticeTold]:
    return _told(recorded, fact.item, "held")


def _removed(recorded: Recorded[ItemRemoved], fact: ItemRemoved) -> Sequence[NoticeTold]:
    return _told(recorded, fact.item, "removed")


def _released(recorded: Recorded[ItemReleased], fact: ItemReleased) -> Sequence[NoticeTold]:
    return _told(recorded, fact.item, "released")


def _appeal(recorded: Recorded[AppealDecided], fact: AppealDecided) -> Sequence[NoticeTold]:
    return _told(recorded, fact.item, "granted" if fact.granted else "declined")


def _told(recorded: Recorded[Any], item: ModeratedItem, what: str) -> Sequence[NoticeTold]:
    return (NoticeTold(item.author_id, f"{recorded.stream_id}-{recorded.version}", at(recorded, what=f"{what} {item.kind}")),)


def says(shown: Shown) -> str:
    """Say what was decided about what."""
    decision, _, item = shown.row.what.partition(" ")
    return shown.say(f"moderation.{decision}.{item}")


TELLING = Telling("moderation", {ItemHeld: _held, ItemRemoved: _removed, ItemReleased: _released, AppealDecided: _appeal}, says)
