"""`slipstream accounts grants`: who has which role, folded from the log."""

from collections.abc import Iterator

from api.cli.reports import RoleGrant
from domain.account.facts import AccountRegistered, RoleGranted, RoleRevoked
from domain.fact import Recorded
from infra.log.tail import Tail

FACTS_AT_ONCE = 20_000


def grants_in(tail: Tail) -> list[RoleGrant]:
    """Return every role that an account has now, by handle and role.

    Raises:
        StoreUnavailable: when the log is away.

    """
    held: dict[tuple[str, str], RoleGrant] = {}
    for fact in _picked(tail):
        body, account_id = fact.body, fact.stream_id
        if isinstance(body, RoleGranted):
            held[account_id, body.role] = RoleGrant(
                account_id=account_id,
                handle="",
                role=body.role,
                granted_by=body.granted_by,
                granted_at=fact.committed_at.isoformat(timespec="seconds"),
            )
        elif isinstance(body, RoleRevoked):
            held.pop((account_id, body.role), None)
    handles = _handles_of({account_id for account_id, _ in held}, tail)
    return sorted(
        (
            RoleGrant(each.account_id, handles.get(each.account_id, ""), each.role, each.granted_by, each.granted_at)
            for each in held.values()
        ),
        key=lambda each: (each.handle, each.role),
    )


def _picked(tail: Tail, *kinds: type) -> Iterator[Recorded]:
    position = 0
    while True:
        facts, upto = tail.read_kinds(kinds or (RoleGranted, RoleRevoked), position, FACTS_AT_ONCE)
        yield from facts
        if upto == position:
            return
        position = upto


def _handles_of(account_ids: set[str], tail: Tail) -> dict[str, str]:
    registered = ((fact.stream_id, fact.body) for fact in _picked(tail, AccountRegistered) if fact.stream_id in account_ids)
    return {account_id: body.handle for account_id, body in registered if isinstance(body, AccountRegistered)}
