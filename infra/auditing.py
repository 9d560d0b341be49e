"""Looks into the log for the API and the command line: one stream at a time here, the whole log in a process of its own."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec
import structlog

from api.findings import Balance, Verified
from commands.audit import ViewDiffers, balance_at, verify
from commands.ports import EventStore, LogReader
from domain.fact import Recorded
from infra.projector import Projector
from infra.readmodels.compare import Compared
from infra.readmodels.port import BuildGone
from infra.readmodels.tracked import CannotProject
from projections.ports import ReadModelsAway

VERIFY_TIMEOUT_S = 3_600
COMPARE_TRIES = 3
"""How often a view that was rebuilt while it was compared is compared anew."""

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


def verified(reader: LogReader, projector: Projector | None, views: Sequence[str], progress: Callable[[int, int], None]) -> Verified:
    """Fold the whole log and prove it, then hold the views against it; without a projector the log alone is proved.

    The figures name the views that were compared and those that were not: away, rebuilt all the while, after the first that differs, not
    asked for, or behind a log that is wrong itself.

    Raises:
        StoreUnavailable: when the log is away.

    """
    comparison = Comparison(projector)
    found = verify(reader, compare_views=[partial(comparison.differences, view) for view in views], progress=progress)
    figures = {
        "accounts": found.accounts,
        "wallets_without_account": found.wallets_without_account,
        "bets": found.bets,
        "bets_open": found.bets_open,
        "bets_unsettled": found.bets_unsettled,
        "views_compared": comparison.compared,
        "views_not_compared": [view for view in views if view not in comparison.compared],
        "totals": {currency: msgspec.to_builtins(total) for currency, total in found.totals.items()},
    }
    return Verified(found.facts, found.seconds, str(found.violation or ""), figures)


class Comparison:
    """Holds views against the log; `compared` are those that could be."""

    def __init__(self, projector: Projector | None) -> None:
        self._projector = projector
        self.compared: list[str] = []

    def differences(self, view: str) -> Iterator[ViewDiffers]:
        """Yield how a view differs from the log: its first row that does. A view that is away is no difference, and not `compared`.

        Raises:
            StoreUnavailable: when the log is away.

        """
        found = self._compare(self._projector, view) if self._projector is not None else None
        if found is None:
            return
        self.compared.append(view)
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

    @staticmethod
    def _compare(projector: Projector, view: str) -> Compared | None:
        for _ in range(COMPARE_TRIES):
            try:
                return projector.compare(view)
            except BuildGone:
                log.info("a view was rebuilt while it was compared", view=view)
            except (ReadModelsAway, CannotProject) as error:
                log.warning("a view could not be compared", view=view, error=str(error)[:200])
                return None
        log.warning("a view was rebuilt each time it was compared", view=view, tries=COMPARE_TRIES)
        return None


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
