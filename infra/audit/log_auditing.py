"""Questions of auditors to the log: one stream at a time in a thread, the whole log in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from eventsourcing.persistence import PersistenceError

from api.audit_report import Balance, Verified
from api.refusals import MomentNotReached, PositionNotReached, WalletNotYetOpened
from commands.accounts.export import export_of
from commands.audit import balance_at
from commands.ports import StoreUnavailable
from domain.fact import Recorded
from domain.ids import wallet_of
from domain.proposal.preview import Preview
from infra.audit.log_previews import LogPreviews
from infra.clock import Clock

VERIFY_TIMEOUT_S = 3_600
CLOCK_SKEW_MAX = timedelta(seconds=5)
"""How far the asker's clock may be ahead of ours."""


class VerificationBroke(Exception):  # noqa: N818  (named for what happened)
    """The process that verifies the log ended without findings."""


class HeadedStore(Protocol):
    """An event store that tells where its log ends."""

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order."""
        ...

    def personal(self, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return the first facts in a stretch of the log that stand in an account's stream or name it."""
        ...

    def max_notification_id(self) -> int | None:
        """Return the last position there is, None for an empty log."""
        ...


def held_at(store: HeadedStore, account_id: str, moment: int | datetime | None, now: datetime) -> Balance | None:
    """Return what an account held at a position, at a time, or now; None where it has no wallet.

    Raises:
        PositionNotReached, MomentNotReached: when the log is not there yet. WalletNotYetOpened: when the wallet was opened later.
        StoreUnavailable: when the log is unavailable.

    """
    at, position = (moment, None) if isinstance(moment, datetime) else (None, moment)
    if at is not None and at > now + CLOCK_SKEW_MAX:
        raise MomentNotReached(at, now)
    if position is not None and position > (head := head_of(store)):
        raise PositionNotReached(position, head)
    held = balance_at(store, account_id, at=at, position=position)
    if not held.position:
        if moment is not None and (opened := next(iter(store.load({wallet_of(account_id): 0}).get(wallet_of(account_id), ())), None)):
            raise WalletNotYetOpened(account_id, opened.committed_at, opened.position)
        return None
    return Balance(account_id, held.position, held.currency, held.available_minor, held.reserved_minor)


def head_of(store: HeadedStore) -> int:
    """Return the last position of the log, 0 where it is empty; raises StoreUnavailable."""
    try:
        return store.max_notification_id() or 0
    except PersistenceError as error:
        raise StoreUnavailable(str(error)) from error


class LogAuditing:
    """Answers the API's auditor. The log is asked from a thread, so that the loop goes on."""

    def __init__(self, store: HeadedStore, env: Mapping[str, str], previews: LogPreviews) -> None:
        """Take the store, the environment that leads another process to the same log, and what counts previews."""
        self._store = store
        self._previews = previews
        self._clock = Clock()
        self._env = dict(env)

    async def balance(self, account_id: str, moment: int | datetime | None) -> Balance | None:
        """Return what a wallet held; see `held_at`."""
        return await asyncio.to_thread(held_at, self._store, account_id, moment, self._clock.now())

    async def facts_of(self, stream_id: str, after_version: int = 0) -> Sequence[Recorded]:
        """Return the facts of a stream that are newer than a version, oldest first.

        Raises:
            StoreUnavailable: when the log is unavailable.

        """
        return (await asyncio.to_thread(self._store.load, {stream_id: after_version})).get(stream_id, ())

    async def personal(self, account_id: str) -> AsyncIterator[Sequence[Recorded]]:
        """Yield the facts about an account in pages; see `commands.accounts.export`."""
        pages = export_of(account_id, self._store, await asyncio.to_thread(head_of, self._store))
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            yield page

    async def anchor(self) -> str:
        """Return the anchor of the log's head.

        Raises:
            VerificationBroke: with what was said last. TimeoutError: when it took an hour.

        """
        return (await self._run("audit", "anchor")).decode().strip()

    async def preview(self, proposal_id: str) -> Preview | None:
        """Return what a proposal would do; see `commands.trading.previews.preview_of`."""
        return await self._previews.of(proposal_id)

    async def verify(self, since: str = "", *, go_on: bool = False) -> Verified:
        """Fold the log and prove it, in a process of its own.

        Raises:
            VerificationBroke: with what it said last. TimeoutError: when it took an hour.

        """
        options = [*(["--since", since] if since else ()), *(["--go-on"] if go_on else ())]
        told = await self._run("audit", "verify", "--json", *options)
        try:
            return msgspec.json.decode(told, type=Verified)
        except msgspec.MsgspecError:
            raise VerificationBroke(told.decode(errors="replace").strip()[-300:]) from None

    async def _run(self, *command: str) -> bytes:
        """Return what a command of our own printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "infra",
            *command,
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            told, errors = await asyncio.wait_for(process.communicate(), VERIFY_TIMEOUT_S)
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            raise
        if not told:
            raise VerificationBroke(errors.decode(errors="replace").strip()[-300:])
        return told
