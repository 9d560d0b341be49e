"""Looks into the log for the API and the command line: one stream at a time here, the whole log in a process of its own."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import msgspec
import structlog
from eventsourcing.persistence import PersistenceError

from api.findings import Balance, Verified
from api.http.refusals import MomentNotReached, PositionNotReached, WalletNotYetOpened
from commands.audit import ViewDiffers, balance_at, verify
from commands.ports import LogReader, StoreUnavailable
from domain.fact import Recorded
from domain.ids import wallet_of
from infra.clock import Clock
from infra.projector import Projector
from infra.readmodels.compare import Compared
from infra.readmodels.log_mark import ViewEstranged
from infra.readmodels.port import BuildGone
from infra.readmodels.tracked import CannotProject
from projections.ports import ReadModelsAway

VERIFY_TIMEOUT_S = 3_600
CLOCK_SKEW_MAX = timedelta(seconds=5)
"""How far the asker's clock may be ahead of ours."""
COMPARE_TRIES = 3
"""How often a view that was rebuilt while it was compared is compared anew."""

log = structlog.get_logger()


class VerificationBroke(Exception):  # noqa: N818  (named for what happened)
    """The process that verifies the log ended without findings."""


class HeadedStore(Protocol):
    """An event store that tells where its log ends."""

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order."""
        ...

    def max_notification_id(self) -> int | None:
        """Return the last position there is, None for an empty log."""
        ...


def held_at(store: HeadedStore, account_id: str, moment: int | datetime | None, now: datetime) -> Balance | None:
    """Return what an account held at a position, at a time, or now; None where it has no wallet.

    Raises:
        PositionNotReached, MomentNotReached: when the log is not there yet. WalletNotYetOpened: when the wallet was opened later.
        StoreUnavailable: when the log is away.

    """
    at, position = (moment, None) if isinstance(moment, datetime) else (None, moment)
    if at is not None and at > now + CLOCK_SKEW_MAX:
        raise MomentNotReached(at, now)
    if position is not None and position > (head := _head(store)):
        raise PositionNotReached(position, head)
    held = balance_at(store, account_id, at=at, position=position)
    if not held.position:
        if moment is not None and (opened := next(iter(store.load({wallet_of(account_id): 0}).get(wallet_of(account_id), ())), None)):
            raise WalletNotYetOpened(account_id, opened.committed_at, opened.position)
        return None
    return Balance(account_id, held.position, held.currency, held.available_minor, held.reserved_minor)


def _head(store: HeadedStore) -> int:
    try:
        return store.max_notification_id() or 0
    except PersistenceError as error:
        raise StoreUnavailable(str(error)) from error


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
        try:
            found = self._compare(self._projector, view) if self._projector is not None else None
        except ViewEstranged as error:
            self.compared.append(view)
            at = f"position {error.position} of {error.mark or 'an unknown log'}"
            yield ViewDiffers(position=error.position, stream_id="", fact="", view=view, key=error.why, in_view=at, in_log="none such")
            return
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

    def __init__(self, store: HeadedStore, env: Mapping[str, str]) -> None:
        """Take the store, and the environment that leads another process to the same log."""
        self._store = store
        self._clock = Clock()
        self._env = dict(env)

    async def balance(self, account_id: str, moment: int | datetime | None) -> Balance | None:
        """Return what a wallet held; see `held_at`."""
        return await asyncio.to_thread(held_at, self._store, account_id, moment, self._clock.now())

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
