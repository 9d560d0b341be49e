"""Notices a second that the channel of e-mail hands to a local SMTP server in a process of its own, beside a bare aiosmtplib loop."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from aiosmtplib import SMTP

from bench.harness import rss_mib
from infra.clock import Clock
from infra.delivery.email import EmailChannel
from infra.delivery.email_message import MailWords, mail_of
from infra.delivery.port import NoticeDelivery, NoticeText, Sent
from infra.delivery.smtp_client import CONNECTIONS_MAX, SmtpServer
from infra.embedded.server import HOST, free_port

MAILS = 4_000
WORDS = MailWords("Slipstream <no-reply@slipstream.example>", "https://bets.example.com")
LEAVE = "https://bets.example.com/v1/notifications/unsubscribe?token=" + "x" * 120
SERVER_STARTS_S = 20.0


def measure(mails: int = MAILS) -> dict[str, Any]:
    """Return mails a second of the channel and of the bare loop, each over as many connections, to the same server."""
    with _sink() as port:
        return asyncio.run(_both(port, mails))


async def _both(port: int, mails: int) -> dict[str, Any]:
    samples = [rss_mib()]
    bare = await _bare(port, mails)
    samples.append(rss_mib())
    sent = await _channel(port, mails)
    samples.append(rss_mib())
    return {"mails_per_s": sent, "bare_per_s": bare, "mails": mails, "samples_mib": samples}


async def _channel(port: int, mails: int) -> float:
    server = SmtpServer(HOST, port, starttls="never")
    channel = EmailChannel(server, WORDS, lambda _account, _kind, _language: LEAVE, Clock(), connections_max=CONNECTIONS_MAX)
    numbers = iter(range(mails))

    async def send() -> None:
        for number in numbers:
            outcome = await channel.send(_notice(number))
            if not isinstance(outcome, Sent):
                raise TypeError(f"a mail was not sent: {outcome}")

    began_s = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(2 * CONNECTIONS_MAX)))
    took_s = time.perf_counter() - began_s
    await channel.close()
    return mails / took_s


async def _bare(port: int, mails: int) -> float:
    recipient, message = mail_of(_notice(0), WORDS, LEAVE, Clock().now())
    clients = [SMTP(hostname=HOST, port=port, start_tls=False) for _ in range(CONNECTIONS_MAX)]
    for client in clients:
        await client.connect()
    numbers = iter(range(mails))

    async def send(client: SMTP) -> None:
        for _ in numbers:
            await client.sendmail("no-reply@slipstream.example", recipient, message)

    began_s = time.perf_counter()
    await asyncio.gather(*(send(client) for client in clients))
    took_s = time.perf_counter() - began_s
    for client in clients:
        await client.quit()
    return mails / took_s


def _notice(number: int) -> NoticeDelivery:
    text = NoticeText(
        "bet_settled", "Your bet won: 12.50 EUR", "Arsenal v Chelsea, home at 2.50.", f"/bets/{number}", "bet", timedelta(days=1)
    )
    return NoticeDelivery(f"delivery-{number}", f"account-{number}", {"email": f"person{number}@example.com"}, text)


@contextmanager
def _sink() -> Iterator[int]:
    """Run an SMTP server that forgets what it takes, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"{HOST}:{port}"]
    process = subprocess.Popen(command)
    try:
        _await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int) -> None:
    deadline_s = time.monotonic() + SERVER_STARTS_S
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1.0).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)
        else:
            return
