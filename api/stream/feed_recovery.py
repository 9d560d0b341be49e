"""From where a feed recovers on a process that did not have it open: since when slips only came into it.

What comes into a feed stands at its own position, so whoever stands at an earlier one lacks exactly what stands after that. What left it,
or came in at a place of long ago, cannot be told from a fresh page: whoever stands before such a fact begins anew.
"""

from collections.abc import Iterable
from typing import Any

from api.stream.hub import Hub
from api.stream.slip_viewers import SlipViewer, recent_key
from domain.mutes.facts import MutesFact
from domain.profile.facts import ProfileChanged

NOTICED_US = 10_000_000
"""How long after the end of a mute a process may have told a feed as if it held, in microseconds."""


def author_key(account_id: str) -> str:
    """Return what facts that take slips out of feeds, or bring old ones in, are kept under among the newest facts."""
    return f"feeds:{account_id}"


def who_did(fact: Any) -> str:
    """Return the account whose slips or reposts a fact is about: of its slip, of its repost, of its profile, or of its being shadowed."""
    if hasattr(fact, "item"):
        return str(fact.item.item_id)
    return str(fact.account_id if hasattr(fact, "account_id") else fact.author_id)


def only_came_since(viewer: SlipViewer, authors: Iterable[str], hub: Hub) -> int:
    """Return the position since which slips only came into the feed of an account; `authors` are those of the slips it may be shown."""
    floor = hub.recent.floor
    for fact in hub.recent.of([recent_key(viewer.account_id)], floor):
        if isinstance(fact.body, MutesFact) or viewer.changes_by(fact):
            floor = fact.position
    followed = {*viewer.following, viewer.account_id}
    for fact in hub.recent.of(map(author_key, {*followed, *authors}), floor):
        if not (isinstance(fact.body, ProfileChanged) and fact.body.account_id in followed):
            floor = max(floor, fact.position)
    ended_us = viewer.mutes_ended_us(hub.now_us())
    if ended_us:
        since = hub.recent.first_since(ended_us + NOTICED_US)
        floor = max(floor, since if since is not None else hub.position + 1)
    return floor
