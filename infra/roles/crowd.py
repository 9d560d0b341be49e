"""The role `slipstream feed crowd`: the people of the demo, who bet and talk about it, so that there is something to read."""

from contextlib import closing
from typing import Any

import structlog

from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.log_reader import LogFilter
from commands.ports import StoreUnavailable
from commands.social.demo_crowd import FOLLOWED, Crowd
from domain.refused import Refused
from infra.clock import Clock
from infra.log.tail import Tail
from infra.roles.shared import stopping
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.servers import Servers

FACTS_PER_READ = 2_000
FACTS_BEFORE = 20_000
"""How far back the crowd looks when it begins: far enough for the prices that stand."""

logger = structlog.get_logger()


def crowd(servers: Servers, people: int, pause_s: float) -> None:
    """Let so many people do something every `pause_s` seconds, one at a time, until told to stop."""
    settings, clock = servers.settings, Clock()
    with (
        servers.dispatcher() as (dsn, _, dispatcher),
        closing(Tail(dsn)) as tail,
        closing(KeyTable(dsn, settings.text_secret())) as keys,
        stopping() as stop,
    ):
        sealer = KeyedSealer(keys, clock.monotonic_s)
        them = Crowd(people, clock.draw, sealer.seal, clock.new_id, settings.currency)
        for command in them.opening(clock.now(), them.guest(dispatcher.call)):
            _do(dispatcher, command)
        wanted, position = LogFilter(kinds=frozenset(FOLLOWED), must_understand=frozenset()), max(0, tail.head() - FACTS_BEFORE)
        while not stop.wait(pause_s):
            try:
                while (stretch := tail.read_filtered(wanted, position, FACTS_PER_READ)).upto > position:
                    them.see(stretch.facts)
                    position = stretch.upto
                command = them.next(clock.now())
                if command is not None:
                    them.told(command, _do(dispatcher, command), clock.now())
            except StoreUnavailable as error:
                logger.warning("the crowd waits for the log", error=str(error)[:200])


def _do(dispatcher: Dispatcher, command: Any) -> Answer | Refused:
    """Have a command decided; a refusal is an answer like any other."""
    try:
        return dispatcher.call(command)
    except Refused as refusal:
        logger.debug("somebody of the crowd was refused", command=type(command).__name__, refusal=refusal.slug)
        return refusal
