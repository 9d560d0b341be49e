"""Looks into the log for the API and the command line: one stream at a time here, the whole log in a process of its own."""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from api.findings import Balance, Verified
from commands.audit import ViewDiffers, balance_at
from commands.ports import EventStore
from domain.fact import Recorded
from infra.projector import Projector
from projections.ports import ReadModelsAway

VERIFY_TIMEOUT_S = 3_600

log = structlog.get_logger()


class VerificationBroke(Exception):  # noqa: N818  (named for what happened)
    """The process that verifies the log ended without findings."""


def held_at(store: EventStore, account_id: str, moment: int | datetime | None) -> Balance | None:
    """Return what an account held at a position, at a time, or now; None where it had no wallet yet.

    Raises:
        StoreUnavailable: when the log is away.

    """
    at, position = (moment, None) if isinstance(moment, datetime) else (None, moment)
    held = balance_at(store, account_id, at=at, position=position)
    if not held.position:
        return None
    return Balance(account_id, held.position, held.currency, held.available_minor, held.reserved_minor)


def differences(projector: Projector, view: str) -> Iterator[ViewDiffers]:
    """Yield how a view differs from the log: its first row that does. A view that is away is no difference; it is said.

    Raises:
        StoreUnavailable: when the log is away.

    """
    try:
        found = projector.compare(view)
    except ReadModelsAway as error:
        log.warning("a view could not be compared", view=view, error=str(error)[:200])
        return
    if found.difference is not None:
        row = found.difference
        yield ViewDiffers(
            position=found.position,
            stream_id="",
            fact="",
            view=view,
            key=f"{row.key} {row.row.decode(errors='replace')}".strip(),
            in_view=repr(row.live),
            in_log=repr(row.expected),
        )


class LogAuditing:
    """Answers the API's auditor. The log is asked from a thread, so that the loop goes on."""

    def __init__(self, store: EventStore, env: Mapping[str, str]) -> None:
        """Take the store, and the environment that leads another process to the same log."""
        self._store = store
        self._env = dict(env)

    async def balance(self, account_id: str, moment: int | datetime | None) -> Balance | None:
        """Return what a wallet held; see `held_at`."""
        return await asyncio.to_thread(held_at, self._store, account_id, moment)

    async def facts_of(self, stream_id: str) -> Sequence[Recorded]:
        """Return the facts of a stream, oldest first.

        Raises:
            StoreUnavailable: when the log is away.

        """
        return (await asyncio.to_thread(self._store.load, {stream_id: 0})).get(stream_id, ())

    async def verify(self) -> Verified:
        """Fold the whole log and prove it, in a process of its own.

        Raises:
            VerificationBroke: with what it said last. TimeoutError: when it took an hour.

        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.compose", "audit", "verify", "--json"),
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            told, errors = await asyncio.wait_for(process.communicate(), VERIFY_TIMEOUT_S)
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            raise
        try:
            return msgspec.json.decode(told, type=Verified)
        except msgspec.MsgspecError:
            raise VerificationBroke(errors.decode(errors="replace").strip()[-300:]) from None
