"""The kinds of notifications, as rules and preferences know them. What each says, and of which facts: `projections.notifications.kinds`."""

from datetime import timedelta
from typing import NamedTuple

IN_APP, WEB_PUSH, EMAIL, MOBILE_PUSH = "in_app", "web_push", "email", "mobile_push"
CHANNELS = (IN_APP,)
ADDRESSED = (WEB_PUSH, EMAIL, MOBILE_PUSH)
"""The channels outside the page: an account is told there at addresses that it gave."""
CONFIRMED_FIRST = (EMAIL,)
"""Those whose addresses are told nothing before they were confirmed: anybody can type in anybody's."""


class NoticeKind(NamedTuple):
    """A kind of notification.

    `group` is bets, people or account: how an inbox is narrowed. A `locked` kind is always told: money, security and protection. One that
    `promotes` betting is told to nobody who is in a time-out or excluded. What goes `by_bell` is told of
    authors whose bell is on, and has no switch of its own. After `lifetime` it has nothing to say any more.
    """

    name: str
    label: str
    group: str
    lifetime: timedelta
    locked: bool = False
    promotes: bool = False
    by_bell: bool = False


SETTINGS = ("on", "off", "all", "highlights")
"""What a preference may say; `inherit` takes it back."""

DAYS = timedelta(days=1)
SLIP_SHARED = "slip_shared"
KINDS: dict[str, NoticeKind] = {
    kind.name: kind
    for kind in (
        NoticeKind("bet_settled", "Bets settled", "bets", 90 * DAYS),
        NoticeKind(SLIP_SHARED, "Slips of people whose bell is on", "people", 7 * DAYS, promotes=True, by_bell=True),
        NoticeKind("comment", "Comments on my slips", "people", 90 * DAYS),
        NoticeKind("mention", "Mentions", "people", 90 * DAYS),
        NoticeKind("like", "Likes, grouped", "people", 90 * DAYS),
        NoticeKind("repost", "Reposts, grouped", "people", 90 * DAYS),
        NoticeKind("tail", "Tails of my slips", "people", 90 * DAYS),
        NoticeKind("follow", "New followers", "people", 90 * DAYS),
        NoticeKind("follow_request", "Requests to follow me", "people", 90 * DAYS),
        NoticeKind("money", "Deposits and withdrawals", "account", 90 * DAYS, locked=True),
        NoticeKind("limits", "Time-outs and exclusions", "account", 365 * DAYS, locked=True),
        NoticeKind("security", "Password and sign-in", "account", 365 * DAYS, locked=True),
        NoticeKind("moderation", "Decisions of moderators", "account", 365 * DAYS, locked=True),
    )
}
"""By name, in the order in which settings list them."""
