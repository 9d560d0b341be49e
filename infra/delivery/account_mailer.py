"""Sends the mails that accounts ask for themselves: at most once each, by a thread of its own, as soon as the mail server takes them.

They are kept in memory alone, since each holds a secret that should lie nowhere: what a process does not get rid of before it ends is lost,
which is logged and counted, and whoever waits for it asks again.
"""

import asyncio
import threading
from collections.abc import Iterable
from datetime import timedelta

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.account_mails import AccountMail
from infra.delivery.email import EmailChannel
from infra.delivery.port import Later, NoticeDelivery, NoticeText, Outcome

WAITING_MAX = 1_000
TRIES_AFTER_S = (2.0, 10.0, 60.0, 300.0)
"""The pauses after a mail server did not take a mail; then it is given up."""
GOODBYE_S = 5.0
KIND = "account"

logger = structlog.get_logger()


class AccountMailer(Collector):
    """See `api.account_mails.AccountMails`; without a channel it sends nothing. `post` is for any thread."""

    def __init__(self, channel: EmailChannel | None, tries_after_s: tuple[float, ...] = TRIES_AFTER_S) -> None:
        self._channel, self._tries_after_s = channel, tries_after_s
        self._thread = threading.Thread(target=self._run, name="account mails", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._lock = threading.Lock()
        self._waiting = 0
        self._stopping = asyncio.Event()
        self._outcomes: dict[str, int] = {}

    @property
    def sends(self) -> bool:
        """Whether there is a mail server at all."""
        return self._channel is not None

    def start(self) -> "AccountMailer":
        """Begin to send."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Let mails that are under way end, a few seconds at most, and give up the others."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    def post(self, mail: AccountMail) -> bool:
        """Take a mail, to be sent soon and at most once; False, and nothing is done, where too many are waiting."""
        with self._lock:
            if self._waiting >= WAITING_MAX or self._channel is None:
                return False
            self._waiting += 1
        try:
            asyncio.run_coroutine_threadsafe(self._send(self._channel, mail), self._loop)
        except RuntimeError:  # the loop has ended: so has the process, nearly
            self._note("Lost")
            return False
        return True

    def collect(self) -> Iterable[Metric]:
        """Give the figures: mails by outcome, and how many wait."""
        sent = CounterMetricFamily("slipstream_account_mails", "Mails that accounts asked for, by what came of them.", labels=["outcome"])
        for outcome, count in list(self._outcomes.items()):
            sent.add_metric([outcome], count)
        yield sent
        yield GaugeMetricFamily(
            "slipstream_account_mails_waiting", "Mails that accounts asked for and that were not sent yet.", self._waiting
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self._stopping.wait()
        sending = asyncio.all_tasks() - {asyncio.current_task()}
        if sending:
            _, left = await asyncio.wait(sending, timeout=GOODBYE_S)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        if self._channel is not None:
            await self._channel.close()

    async def _send(self, channel: EmailChannel, mail: AccountMail) -> None:
        message = NoticeText(KIND, mail.title, mail.body, mail.path, "", timedelta(hours=1), "high")
        delivery = NoticeDelivery(mail.mail_id, mail.account_id, {"email": mail.address}, message)
        outcome: Outcome | None = None
        try:
            for pause_s in (*self._tries_after_s, None):
                outcome = await channel.send(delivery)
                if pause_s is None or not isinstance(outcome, Later) or await self._stopped_within(pause_s):
                    break
        finally:
            self._note(type(outcome).__name__ if outcome is not None else "Lost")
            logger.info("a mail was handed over", mail_id=mail.mail_id, outcome=type(outcome).__name__, said=outcome and outcome[0])

    async def _stopped_within(self, pause_s: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        except TimeoutError:
            return False
        return True

    def _note(self, outcome: str) -> None:
        with self._lock:
            self._waiting -= 1
            self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
