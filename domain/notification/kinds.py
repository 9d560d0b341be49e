"""The kinds of notifications, as rules and preferences know them. What each says, and of which facts: `projections.notifications.kinds`."""

from datetime import timedelta
from typing import NamedTuple

IN_APP, WEB_PUSH, EMAIL, MOBILE_PUSH = "in_app", "web_push", "email", "mobile_push"
CHANNELS = (IN_APP, WEB_PUSH, EMAIL, MOBILE_PUSH)
PUSH = (WEB_PUSH, MOBILE_PUSH)
ADDRESSED = (WEB_PUSH, EMAIL, MOBILE_PUSH)
"""The channels outside the page: an account is told there at addresses that it gave."""
CONFIRMED_FIRST = (EMAIL,)
"""Those whose addresses are told nothing before they were confirmed: anybody can type in anybody's."""

PRODUCTS = {"slips": "Slips of people whose bell is on", "prices": "Price alerts"}
"""What promotes betting, by what is promoted: outside the page, each is told by a channel only after the person asked for it there."""

URGENCIES = ("low", "normal", "high")
"""How urgent a kind is (RFC 8030, section 5.3); what is high passes quiet hours and waits for no digest."""


class NoticeKind(NamedTuple):
    """A kind of notification.

    `group` is bets, people or account: how an inbox is narrowed. By a channel of `locked_in` it is always told: money, security and
    protection. By one of `default_in` it is told unless switched off, by any other if it is switched on. One of a `product` promotes
    betting: it is told to nobody who is in a time-out or excluded, and outside the page only where the product was asked for. What goes
    `by_bell` is told of authors whose bell is on, and has no switch of its own. After `lifetime` it has nothing to say in an inbox any
    more, after `sent_within` it is not sent any more.
    """

    name: str
    label: str
    group: str
    lifetime: timedelta
    locked_in: tuple[str, ...] = ()
    product: str = ""
    by_bell: bool = False
    urgency: str = "normal"
    default_in: tuple[str, ...] = (IN_APP,)
    sent_within: timedelta = timedelta(days=2)

    @property
    def locked(self) -> bool:
        """Whether the inbox always has it."""
        return IN_APP in self.locked_in

    @property
    def promotes(self) -> bool:
        """Whether it promotes betting."""
        return bool(self.product)

    @property
    def is_urgent(self) -> bool:
        """Whether it passes quiet hours and waits for no digest."""
        return self.urgency == "high"


SETTINGS = ("on", "off", "all", "highlights")
"""What a preference may say; `inherit` takes it back."""

DAYS = timedelta(days=1)
SLIP_SHARED, KICKOFF, PRICE_ALERT = "slip_shared", "kickoff", "price_alert"
PUSHED = (IN_APP, *PUSH)
KINDS: dict[str, NoticeKind] = {
    kind.name: kind
    for kind in (
        NoticeKind("bet_settled", "Bets settled", "bets", 90 * DAYS, urgency="high", default_in=PUSHED),
        NoticeKind(
            "bet_refused",
            "Bets refused after a delay",
            "bets",
            90 * DAYS,
            urgency="high",
            default_in=PUSHED,
            sent_within=timedelta(hours=1),
        ),
        NoticeKind(
            "bet_taken",
            "Bets taken by a trader",
            "bets",
            90 * DAYS,
            urgency="high",
            default_in=PUSHED,
            sent_within=timedelta(hours=1),
        ),
        NoticeKind(KICKOFF, "Kick-off of matches in my open bets", "bets", DAYS, default_in=PUSHED, sent_within=timedelta(hours=1)),
        NoticeKind(
            PRICE_ALERT,
            PRODUCTS["prices"],
            "bets",
            DAYS,
            product="prices",
            urgency="high",
            default_in=CHANNELS,
            sent_within=timedelta(minutes=10),
        ),
        NoticeKind(
            SLIP_SHARED, PRODUCTS["slips"], "people", 7 * DAYS, product="slips", by_bell=True, default_in=CHANNELS, sent_within=DAYS
        ),
        NoticeKind("comment", "Comments on my slips", "people", 90 * DAYS, default_in=PUSHED),
        NoticeKind("reply", "Replies to my comments", "people", 90 * DAYS, default_in=PUSHED),
        NoticeKind("mention", "Mentions", "people", 90 * DAYS, default_in=PUSHED),
        NoticeKind("like", "Likes, grouped", "people", 90 * DAYS, urgency="low"),
        NoticeKind("repost", "Reposts, grouped", "people", 90 * DAYS, urgency="low"),
        NoticeKind("tail", "Tails of my slips", "people", 90 * DAYS),
        NoticeKind("follow", "New followers", "people", 90 * DAYS, urgency="low"),
        NoticeKind("follow_request", "Requests to follow me", "people", 90 * DAYS),
        NoticeKind("money", "Deposits and withdrawals", "account", 90 * DAYS, locked_in=(IN_APP,), default_in=CHANNELS),
        NoticeKind(
            "limits",
            "Time-outs and exclusions",
            "account",
            365 * DAYS,
            locked_in=(IN_APP, EMAIL),
            urgency="high",
            default_in=(IN_APP, EMAIL),
        ),
        NoticeKind("security", "Password and sign-in", "account", 365 * DAYS, locked_in=CHANNELS, urgency="high", default_in=CHANNELS),
        NoticeKind("moderation", "Decisions of moderators", "account", 365 * DAYS, locked_in=(IN_APP,), default_in=(IN_APP, EMAIL)),
    )
}
"""By name, in the order in which settings list them."""
