"""`slipstream accounts grants`: who has which role, folded from the log."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from api.cli.reports import RoleGrant
from commands.log_reader import LogFilter, LogReader
from domain.account.facts import AccountRegistered, RoleGranted, RoleRevoked
from domain.fact import Fact, Recorded
from infra.log.tail import Tail
from infra.servers import Servers

FACTS_AT_ONCE = 20_000


def grants(servers: Servers) -> list[RoleGrant]:
    """Return every role that an account has now."""
    with servers.database() as dsn, closing(Tail(dsn)) as tail:
        return grants_in(tail)


def grants_in(log: LogReader) -> list[RoleGrant]:
    """Return every role that an account has now, by handle and role.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    held: dict[tuple[str, str], Recorded[Any]] = {}
    for fact in _facts_of(log, RoleGranted, RoleRevoked):
        body, account_id = fact.body, fact.stream_id
        if isinstance(body, RoleGranted):
            held[account_id, body.role] = fact
        elif isinstance(body, RoleRevoked):
            held.pop((account_id, body.role), None)
    handles = _handles_of({account_id for account_id, _ in held}, log)
    grants = (
        RoleGrant(account_id, handles.get(account_id, ""), role, fact.body.granted_by, fact.committed_at.isoformat(timespec="seconds"))
        for (account_id, role), fact in held.items()
    )
    return sorted(grants, key=lambda each: (each.handle, each.role))


def _facts_of(log: LogReader, *kinds: type[Fact]) -> Iterator[Recorded]:
    """Yield the facts of some kinds up to where the log ends now: one that is written to all the time would never end otherwise."""
    position, end, wanted = 0, log.head(), LogFilter.of_kinds(kinds)
    while position < end:
        facts, upto = log.read_filtered(wanted, position, FACTS_AT_ONCE)
        yield from facts
        if upto == position:
            return
        position = upto


def _handles_of(account_ids: set[str], log: LogReader) -> dict[str, str]:
    registered = ((fact.stream_id, fact.body) for fact in _facts_of(log, AccountRegistered) if fact.stream_id in account_ids)
    return {account_id: body.handle for account_id, body in registered if isinstance(body, AccountRegistered)}
