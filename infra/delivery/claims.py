"""What workers of a channel ask of the ledger: what is next, what is with the provider, and what became of it. One commit each."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.fact import moment
from domain.notification.limits import Level, take
from infra.delivery.attempts import AttemptResult, without_addresses
from infra.delivery.rows import DAY_US, DIGEST, LedgerRow
from infra.delivery.tables import Connection, into_digests, one, rows_from, run
from infra.one_connection import OneConnection
from projections.notifications.deliveries import DELIVERIES_MAX, DeliveryView
from projections.notifications.standing import NoticeStanding, StandingAddress

LEASE_US = 120_000_000
"""For so long a worker that claimed a delivery is believed to be there; sending takes far less."""
URGENCY_RANKS = 3
FORGET_AFTER_US = 14 * 86_400_000_000
LIMITS_KEPT_US = 86_400_000_000

_standing = msgspec.msgpack.Decoder(NoticeStanding).decode
_levels = msgspec.msgpack.Decoder(dict[str, Level]).decode
_encode = msgspec.msgpack.Encoder().encode


class FallenDelivery(NamedTuple):
    """A delivery that is not told, and the rule that kept it."""

    delivery_id: str
    rule: str
    why: str


class QuietDelivery(NamedTuple):
    """A delivery whose recipient is quiet until a moment, and how that is said."""

    delivery_id: str
    until_us: int
    why: str


class Upkeep(NamedTuple):
    """How many deliveries were too late to be sent, and of how many nobody knows what became of them."""

    expired: int
    unknown: int


class ChannelClaims:
    """The ledger for the workers of one channel. Every method waits for the database, and raises `StoreUnavailable`: ask from a thread."""

    def __init__(self, dsn: str, channel: str, *, idempotent: bool) -> None:
        self._channel, self._idempotent = channel, idempotent
        self._asking = OneConnection(dsn, f"slipstream deliveries: {channel}")
        self._recording = OneConnection(dsn, f"slipstream deliveries: {channel}, outcomes")

    def upkeep(self, now_us: int) -> Upkeep:
        """Queue what waited until now, let go of what is too old, and of what workers left behind that are gone."""
        named = {"channel": self._channel, "now_us": now_us}

        def keep(connection: Connection) -> Upkeep:
            expired = run(connection, "expire", named).rowcount
            run(connection, "become_due", named)
            run(connection, "release_claims", named)
            if self._idempotent:
                run(connection, "retry_attempts", named)
                return Upkeep(expired, 0)
            return Upkeep(expired, one(connection, "give_attempts_up", named)[0])

        return self._asking.run(keep)

    def forget(self, now_us: int) -> None:
        """Forget what ended long ago."""
        self._asking.run(lambda connection: run(connection, "forget_done", {"before_us": now_us - FORGET_AFTER_US}))
        self._asking.run(lambda connection: run(connection, "forget_limits", {"before_us": now_us - LIMITS_KEPT_US}))

    def claim(self, limit: int, now_us: int) -> tuple[list[LedgerRow], dict[str, list[LedgerRow]], dict[str, StandingAddress]]:
        """Claim deliveries, the most urgent first; return them, the items of digests by the digest, and the addresses that stand, by id."""

        def ask(connection: Connection) -> tuple[list[LedgerRow], dict[str, list[LedgerRow]], dict[str, StandingAddress]]:
            rows: list[LedgerRow] = []
            named = {"channel": self._channel, "lease_us": now_us + LEASE_US}
            run(connection, "become_due", {"channel": self._channel, "now_us": now_us})
            for urgency in range(URGENCY_RANKS):
                if len(rows) < limit:
                    rows += rows_from(run(connection, "claim", {**named, "urgency": urgency, "limit": limit - len(rows)}).fetchall())
            digests = [row.delivery_id for row in rows if row.kind == DIGEST]
            items: dict[str, list[LedgerRow]] = {digest_id: [] for digest_id in digests}
            if digests:
                for item in rows_from(run(connection, "find_items", {"digest_ids": digests}).fetchall()):
                    items[item.digest_id or ""].append(item)
            found = run(connection, "find_standings", {"account_ids": sorted({row.account_id for row in rows})}) if rows else ()
            addresses = {address_id: each for _, standing in found for address_id, each in _standing(standing).reached()}
            return rows, items, addresses

        return self._asking.run(ask)

    def put_off(self, rows: Sequence[LedgerRow], until_us: int) -> None:
        """Look at claimed deliveries again at a moment."""
        ids = [row.delivery_id for row in rows]
        self._asking.run(lambda connection: run(connection, "put_off", {"ids": ids, "due_us": until_us}))

    def hold(self, quiet: Sequence[QuietDelivery]) -> None:
        """Look at claimed deliveries again as the quiet hours of each recipient end, when they have something to say all the same."""
        ids, until_us, whys = (list(column) for column in zip(*quiet, strict=True))
        self._asking.run(lambda connection: run(connection, "hold", {"ids": ids, "until_us": until_us, "whys": whys, "day_us": DAY_US}))

    def suppress(self, fallen: Sequence[FallenDelivery], now_us: int) -> None:
        """Keep for each of these deliveries why it is not told."""
        ids, rules, whys = (list(column) for column in zip(*fallen, strict=True))
        self._asking.run(lambda connection: run(connection, "suppress", {"ids": ids, "rules": rules, "whys": whys, "now_us": now_us}))

    def attempt(self, rows: Sequence[LedgerRow], now_us: int) -> tuple[set[str], int]:
        """Note that deliveries are with the provider from now on; those that are beyond a limit are folded into a digest.

        Return the ids of the former, and how many the latter are.
        """
        named = {"channel": self._channel, "account_ids": sorted({row.account_id for row in rows})}

        def note(connection: Connection) -> tuple[set[str], int]:
            with connection.transaction():
                run(connection, "make_limits", named)
                levels = {account_id: _levels(kept) for account_id, kept in run(connection, "lock_limits", named)}
                passed, folded = list[LedgerRow](), list[LedgerRow]()
                for row in rows:
                    is_urgent = row.urgency == 0 or row.kind == DIGEST
                    taken = take(
                        levels[row.account_id], self._channel, row.address_id, row.kind, row.author_id, now_us, is_urgent=is_urgent
                    )
                    levels[row.account_id] = taken.levels
                    if taken.passed:
                        passed.append(row)
                    else:
                        folded.append(row._replace(state="folded", due_us=now_us + taken.wait_us))
                kept = {"levels": [_encode(levels[each]) for each in named["account_ids"]], "now_us": now_us}
                run(connection, "keep_limits", {**named, **kept})
                if folded:
                    places = into_digests(connection, folded)
                    ids = {"ids": [row.delivery_id for row in folded], "digest_ids": [places[row.place] for row in folded]}
                    run(connection, "fold", ids)
                asked = {"ids": [row.delivery_id for row in passed], "lease_us": now_us + LEASE_US}
                return {delivery_id for (delivery_id,) in run(connection, "attempt", asked)}, len(folded)

        return self._asking.run(note)

    def record(self, results: Sequence[AttemptResult], now_us: int) -> None:
        """Keep what became of attempts."""
        ids, attempts, states, whys, due_us = (list(column) for column in zip(*results, strict=True))
        named = {"ids": ids, "attempts": attempts, "states": states, "whys": whys, "due_us": due_us, "now_us": now_us}
        self._recording.run(lambda connection: run(connection, "record", named))

    def close(self) -> None:
        """Give up the connections."""
        self._asking.close()
        self._recording.close()


class DeadDelivery(NamedTuple):
    """A delivery that failed for good: of which notice, to whom, how often it was tried, and why it failed. `done_us` is when."""

    delivery_id: str
    account_id: str
    channel: str
    notice_id: str
    attempts: int
    why: str
    done_us: int


class LedgerReads:
    """The ledger for whoever looks at it: metrics, and the operator. Every method waits for the database, and raises `StoreUnavailable`."""

    def __init__(self, dsn: str) -> None:
        self._connection = OneConnection(dsn, "slipstream deliveries: reads")

    def measure(self) -> tuple[Counter[tuple[str, str]], dict[str, int]]:
        """Return how many are under way by channel and state, and since when the oldest that is due is, by channel."""
        found = self._connection.run(lambda connection: run(connection, "measure").fetchall())
        oldest: dict[str, int] = {}
        for channel, _, _, due_us in found:
            if due_us is not None:
                oldest[channel] = min(due_us, oldest.get(channel, due_us))
        return Counter({(channel, state): count for channel, state, count, _ in found}), oldest

    def dead(self, channel: str, limit: int) -> list[DeadDelivery]:
        """Return deliveries that failed for good, of a channel or of all, the oldest first."""
        asked = {"channel": channel, "limit": limit}
        return [DeadDelivery(*row) for row in self._connection.run(lambda connection: run(connection, "find_dead", asked).fetchall())]

    def of_notice(self, account_id: str, notice_id: str) -> list[DeliveryView]:
        """Return what became of a notice to an account, the newest cause first, without naming addresses otherwise than by id.

        Raises:
            psycopg.errors.UndefinedTable: where there is no ledger.

        """
        if not (notice_id.isascii() and notice_id.isprintable()):
            return []
        asked = {"account_id": account_id, "notice_id": notice_id, "limit": DELIVERIES_MAX}
        return [_view(*row) for row in self._connection.run(lambda connection: run(connection, "find_notice", asked).fetchall())]

    def place(self, delivery_id: str) -> tuple[str, str] | None:
        """Return the account and the address that a delivery is for; None where there is none, or it is forgotten.

        Raises:
            psycopg.errors.UndefinedTable: where there is no ledger.

        """
        found = self._connection.run(lambda connection: run(connection, "find_place", {"delivery_id": delivery_id}).fetchone())
        return None if found is None else (str(found[0]), str(found[1]))

    def replay(self, delivery_ids: Sequence[str], now_us: int) -> int:
        """Send these once more, within a day; return how many there were."""
        asked = {"ids": list(delivery_ids), "now_us": now_us}
        return int(self._connection.run(lambda connection: one(connection, "replay_dead", asked))[0])

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()


def _view(
    delivery_id: str,
    channel: str,
    address_id: str,
    state: str,
    rule: str,
    why: str,
    attempts: int,
    in_digest: bool,
    at_us: int,
    due_us: int,
    done_us: int,
) -> DeliveryView:
    """Return a delivery as it is explained; what ended without a word of the provider's says why by itself."""
    is_said = rule in ("provider", "retry")
    return DeliveryView(
        delivery_id=delivery_id,
        channel=channel,
        address_id=address_id,
        state=state,
        rule=rule,
        why="" if is_said else why,
        provider_said=without_addresses(why) if is_said else None,
        attempts=attempts,
        in_digest=in_digest,
        happened_at=moment(at_us),
        due_at=moment(due_us),
        ended_at=moment(done_us) if done_us else None,
    )
