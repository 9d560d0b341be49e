"""What a catalog is, and what every language has to say: the names of all messages.

A message is a text with named fields (`str.format`), or its plural forms by category of the CLDR ("one", "other"). Fields are put in as
they are: what a person wrote is never a template, and never markup of any kind.
"""

from collections.abc import Mapping

from domain.limits import KINDS as LIMIT_KINDS
from domain.limits import PERIODS
from domain.notification.kinds import KINDS

Message = str | Mapping[str, str]
Catalog = Mapping[str, Message]

MODERATED = ("slip", "comment", "account")
DECISIONS = ("held", "removed", "released", "granted", "declined")
REFUSED_FOR = (
    "moved",
    "withdrawn",
    "awaited",
    "suspended",
    "ended",
    "over_limit",
    "excluded",
    "timed_out",
    "closed",
    "declined",
    "unanswered",
    "other",
)
LIMIT_CHANGES = ("set", "raised", "removed")

BY_KIND: dict[str, tuple[str, ...]] = {
    "bet_settled": tuple(
        f"bet_settled.{outcome}"
        for outcome in ("won", "part_lost", "void", "free_void", "repriced", "lost", "cashed_out", "part_cashed_out")
    ),
    "bet_refused": tuple(f"bet_refused.{cause}" for cause in REFUSED_FOR),
    "bet_taken": ("bet_taken",),
    "kickoff": ("kickoff",),
    "price_alert": ("price_alert",),
    "slip_shared": ("slip_shared", "slip.verified", "slip.pick"),
    "comment": ("comment",),
    "reply": ("reply",),
    "mention": ("mention", "mention.slip"),
    "like": ("like",),
    "repost": ("repost",),
    "tail": ("tail",),
    "follow": ("follow",),
    "follow_request": ("follow_request",),
    "money": ("money.Deposit", "money.Withdrawal"),
    "limits": (
        "limits.timed_out",
        "limits.excluded",
        "limits.excluded_for_good",
        "limits.returning",
        "limits.closed",
        "limits.reopened",
        "limits.stakes_changed",
        "limits.stakes_as_for_anybody",
        "limits.withdrawals_held",
        "limits.withdrawals_released",
        *(f"limits.limit_{change}" for change in LIMIT_CHANGES),
        *(f"limit.{kind}" for kind in LIMIT_KINDS),
        *(f"period.{period}" for period in PERIODS),
    ),
    "security": ("security", *(f"security.{what}" for what in ("password", "confirmed", "removed", "ended", "place"))),
    "moderation": tuple(f"moderation.{decision}.{item}" for decision in DECISIONS for item in MODERATED),
}
"""The messages of each kind of notification."""

SHARED = (
    "who.somebody",
    "who.and_one",
    "who.and_others",
    "match",
    "race",
    "match.more",
    "time",
    "type.one_leg",
    "type.all_legs",
    "digest.slips_of_one",
    "digest.slips_of_several",
    "digest.notices",
    "digest.more",
    "mail.open",
    "mail.stop",
    "stop.title",
    "stop.about",
    "stop.button",
    "stop.done_title",
    "stop.done",
    "about.all",
    *(f"about.{kind}" for kind in KINDS),
)
"""What is said around them: people, matches, digests, what surrounds a mail, and the page that ends mails."""

MESSAGES = frozenset({*SHARED, *(name for names in BY_KIND.values() for name in names)})
