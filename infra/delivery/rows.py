"""What an account is told outside the page, as rows of the ledger: decided by the policy, each named by what it follows from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.ids import derived
from domain.notification.kinds import KINDS, URGENCIES
from domain.notification.policy import Notice, decide
from domain.notification.schedule import AtMoment, IntoDigest, when
from projections.notifications.standing import NoticeStanding

DIGEST = "digest"
"""The kind of a delivery that stands for several."""
SPACING_US = 100_000
"""How far apart the recipients of one slip are queued: whoever is told of something else comes before all but the first few of them."""
DAY_US = 86_400_000_000
NO_ID = "00000000-0000-0000-0000-000000000000"


class LedgerRow(NamedTuple):
    """A delivery as the ledger keeps it; see `sql/create_tables.sql`. A folded one without `digest_id` is given one when it is written."""

    delivery_id: str
    account_id: str
    channel: str
    address_id: str
    notice_id: str
    kind: str
    author_id: str
    position: int
    at_us: int
    urgency: int
    state: str
    due_us: int
    rank_us: int
    expires_us: int
    digest_id: str | None = None
    attempts: int = 0

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it goes: the account, the channel and the address; one digest of each is open at a time."""
        return self.account_id, self.channel, self.address_id


class Cause(NamedTuple):
    """Something that happened, at a position of the log, of which accounts may be told."""

    notice_id: str
    position: int
    notice: Notice


OpenDigests = Mapping[tuple[str, str, str], int]
"""When the open digests close, by where they go."""


def rows_of(
    cause: Cause,
    account_id: str,
    standing: NoticeStanding,
    now_us: int,
    open_until: OpenDigests,
    suppressed: Counter[tuple[str, str]],
    nth: int = 0,
) -> list[LedgerRow]:
    """Return the deliveries by which an account is told of a cause; count what it is not told, by channel and rule.

    `nth` is which of many recipients it is.
    """
    kind = KINDS[cause.notice.kind]
    preferences, protection, decided = standing.preferences, standing.protection, dict[str, str]()
    rows: list[LedgerRow] = []
    for address_id, address in standing.reached():
        channel = address.channel
        if channel not in decided:
            steps = decide(cause.notice, preferences, protection, now_us, channel)
            decided[channel] = next((step.rule for step in steps if not step.passed), "")
            if decided[channel]:
                suppressed[channel, decided[channel]] += 1
        if decided[channel]:
            continue
        delivery_id = derived("delivery", f"{cause.notice_id}@{cause.position}", account_id, channel, address_id)
        time = when(kind.name, channel, standing.schedule, now_us, open_until.get((account_id, channel, address_id), 0))
        due_us = time.at_us if isinstance(time, AtMoment) else time.closes_us if isinstance(time, IntoDigest) else now_us
        is_later = due_us > now_us
        rows.append(
            LedgerRow(
                delivery_id=delivery_id,
                account_id=account_id,
                channel=channel,
                address_id=address_id,
                notice_id=cause.notice_id,
                kind=kind.name,
                author_id=cause.notice.author_id,
                position=cause.position,
                at_us=cause.notice.at_us,
                urgency=urgency_of(kind.name),
                state="folded" if isinstance(time, IntoDigest) else "waiting" if is_later else "queued",
                due_us=due_us,
                rank_us=due_us + nth * SPACING_US,
                expires_us=expires_us(cause.notice) if not is_later else max(expires_us(cause.notice), due_us + DAY_US),
            )
        )
    return rows


def urgency_of(kind: str) -> int:
    """Return which of the ranks a kind is claimed in, 0 the most urgent."""
    return len(URGENCIES) - 1 - URGENCIES.index(KINDS[kind].urgency)


def expires_us(notice: Notice) -> int:
    """Return until when a notice has something to say outside the page."""
    return notice.at_us + int(KINDS[notice.kind].sent_within.total_seconds() * 1_000_000)


def digests_of(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Return the digests that folded deliveries go into where none is open: one for each place, named by its first item."""
    made: dict[tuple[str, str, str], LedgerRow] = {}
    for row in rows:
        if row.state == "folded" and row.place not in made:
            digest_id = derived(DIGEST, row.delivery_id)
            made[row.place] = row._replace(
                delivery_id=digest_id,
                notice_id=f"{DIGEST}:{digest_id}",
                kind=DIGEST,
                author_id="",
                state="waiting",
                rank_us=row.due_us,
                expires_us=row.due_us + DAY_US,
                urgency=1,
            )
    return list(made.values())
