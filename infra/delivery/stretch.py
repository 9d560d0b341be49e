"""What a stretch of the log changes in the ledger of deliveries, gathered fact by fact and written in one transaction."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from domain.bet.facts import BetCashedOut, BetPlaced, BetSettled
from domain.fact import Recorded
from domain.fixture.facts import KickedOff
from domain.notification.facts import AddressRemoved, PreferenceSet
from domain.notification.kinds import KINDS
from domain.notification.policy import BELLS, Notice
from domain.partitions import partition_of
from domain.slip.facts import SlipShared
from infra.delivery.rows import Cause, LedgerRow, expires_us, rows_of
from infra.delivery.tables import add, run
from projections.notifications import inbox
from projections.notifications.standing import FOLDED, NoticeStanding, stands_after

_encode, _standing = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(NoticeStanding).decode


class LedgerStretch:
    """What a stretch of the log changes: how accounts stand, phones, bells, open bets, slips and kick-offs to tell of, deliveries.

    Each fact finds things as those before it left them.
    """

    def __init__(self, connection: psycopg.Connection[Any], facts: Sequence[Recorded[Any]], tell_from: int, now_us: int) -> None:
        self._now_us = now_us
        self._standings = _standings(connection, facts)
        found = run(connection, "open_until", {"account_ids": sorted(self._standings)})
        self._open_until = {(account_id, channel, address_id): due_us for account_id, channel, address_id, due_us in found}
        self._changed: dict[str, NoticeStanding] = {}
        self._bells: list[tuple[str, dict[str, Any]]] = []
        self._open_bets: list[dict[str, Any]] = []
        self._ended_bets: list[str] = []
        self._removed: list[tuple[str, str, int]] = []
        self._fanouts: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[LedgerRow] = []
        self.suppressed: Counter[tuple[str, str]] = Counter()
        for recorded in facts:
            self._fold(recorded)
            if recorded.position > tell_from:
                self._tell(recorded)

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write all of it within the caller's transaction."""
        if self._changed:
            standings = list(self._changed.values())
            reachable = [bool(each.reached()) for each in standings]
            kept = {"account_ids": list(self._changed), "reachable": reachable, "standings": [_encode(each) for each in standings]}
            run(connection, "keep_standings", kept)
        if self._open_bets:
            run(connection, "keep_open_bets", {name + "s": [bet[name] for bet in self._open_bets] for name in self._open_bets[0]})
        if self._ended_bets:
            run(connection, "forget_bets", {"bet_ids": self._ended_bets})
        if self._removed:
            account_ids, address_ids, positions = map(list, zip(*self._removed, strict=True))
            removed = {"account_ids": account_ids, "address_ids": address_ids, "positions": positions}
            run(connection, "forget_removed_devices", removed)
        with connection.pipeline():
            for name, told in (*self._bells, *self._fanouts):
                run(connection, name, told)
        add(connection, self.rows)

    def _fold(self, recorded: Recorded[Any]) -> None:
        body = recorded.body
        if isinstance(body, BetPlaced):
            self._open_bets += _open_bets(recorded, body)
        elif isinstance(body, BetSettled) or (isinstance(body, BetCashedOut) and not body.stake_left_minor):
            self._ended_bets.append(recorded.stream_id)
        if type(body) not in FOLDED:
            return
        account_id = recorded.body.account_id
        standing = stands_after(self._standings.get(account_id, NoticeStanding()), recorded)
        self._standings[account_id] = self._changed[account_id] = standing
        fact = recorded.body
        if isinstance(fact, AddressRemoved):
            self._removed.append((account_id, fact.address_id, recorded.position))
        if isinstance(fact, PreferenceSet) and fact.level == "author":
            bell = {"author_id": fact.subject, "partition": partition_of(account_id), "account_id": account_id}
            self._bells.append(("ring" if fact.setting in BELLS else "silence", bell | {"position": recorded.position}))

    def _tell(self, recorded: Recorded[Any]) -> None:
        fact = recorded.body
        if isinstance(fact, SlipShared):
            slip = {
                "position": recorded.position,
                "author_id": fact.author_id,
                "slip_id": recorded.stream_id,
                "verified": bool(fact.bet_id),
                "fixture_ids": sorted({leg.fixture_id for leg in fact.legs}),
                "at_us": recorded.committed_us,
            }
            self._fanouts.append(("begin_fanout", slip))
        elif isinstance(fact, KickedOff):
            match = {"position": recorded.position, "fixture_id": recorded.stream_id, "at_us": recorded.committed_us}
            self._fanouts.append(("begin_kick_off", match))
        for kind, is_grouped, told in inbox.told_by(recorded):
            standing = self._standings.get(told.account_id)
            if standing is None or kind not in KINDS:
                continue
            row = told.row
            on = [row.fixture_id] if row.fixture_id else []
            notice = Notice(kind, row.at_us, "" if is_grouped else row.actor_id, on, chosen_us=row.chosen_us)
            cause = Cause(f"{kind}:{told.subject}", recorded.position, notice)
            if expires_us(notice) > self._now_us:
                self.rows += rows_of(cause, told.account_id, standing, self._now_us, self._open_until, self.suppressed)


def _open_bets(recorded: Recorded[Any], placed: BetPlaced) -> list[dict[str, Any]]:
    """Return a row for each match that a bet is on."""
    account_id = placed.account_id
    bet = {"partition": partition_of(account_id), "account_id": account_id, "bet_id": recorded.stream_id, "position": recorded.position}
    return [{"fixture_id": fixture_id, **bet} for fixture_id in sorted({leg.fixture_id for leg in placed.legs} - {""})]


def _standings(connection: psycopg.Connection[Any], facts: Sequence[Recorded[Any]]) -> dict[str, NoticeStanding]:
    """Return how those accounts stand that facts are about or tell something."""
    names = {fact.body.account_id for fact in facts if type(fact.body) in FOLDED}
    names |= {account_id for fact in facts for account_id in inbox.recipients(fact)}
    found = run(connection, "find_standings", {"account_ids": sorted(names)}) if names else ()
    return {account_id: _standing(standing) for account_id, standing in found}
