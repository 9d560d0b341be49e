"""Who may act on fixtures, markets and gates: an account that has the role now, a process of the bookmaker's own, a known producer.

The roles are read from the account's stream: that they still stand becomes a condition of the append. So a command that was let in before
a role was revoked is refused once the revocation is committed, however long it waited.
"""

from collections.abc import Sequence
from typing import Any

from commands.accounts.access import CONSOLES, actor_streams
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef, UseCase
from domain.account.decider import ACCOUNT
from domain.ids import ID_REGEX, producer_of
from domain.producer.decider import PRODUCER
from domain.refused import Refused
from domain.text import KEY_CHARACTERS_MAX

TRADING_ROLES = ("trader", "admin")

FEED = "replay"
"""The process that plays matches again, as producer of prices and source of what happens in a match."""

ABANDONMENT = "abandonment"
"""The process managers that abandon what was never played, and void what was abandoned."""

PROCESSES = frozenset({"", FEED, ABANDONMENT, *CONSOLES})
"""Who acts without an account: processes of the bookmaker's own. No caller of the API can say these names."""


class TraderUnknown(Refused):
    """The account is not a trader's."""

    account_id: str


def check_trader(streams: UnitOfWork, account_id: str) -> None:
    """Refuse whoever is no trader now.

    Raises:
        TraderUnknown: with the account.

    """
    if not has_trading_role(streams, account_id):
        raise TraderUnknown(account_id[:KEY_CHARACTERS_MAX])


def has_trading_role(streams: UnitOfWork, account_id: str) -> bool:
    """Tell whether an account has a role of trading now; that it has not changed becomes a condition of the append."""
    return ID_REGEX.fullmatch(account_id) is not None and not {*TRADING_ROLES}.isdisjoint(streams.read(ACCOUNT, account_id).roles)


def check_may_trade(streams: UnitOfWork, actor: str) -> None:
    """Refuse whoever is neither a trader now, nor a process, nor a producer that was heard of.

    A producer that was heard of once stays known, so its stream, which changes with every heartbeat, is looked at and is no read.

    Raises:
        TraderUnknown: with the actor.

    """
    if actor in PROCESSES:
        return
    if ID_REGEX.fullmatch(actor):
        check_trader(streams, actor)
    elif not streams.look(PRODUCER, producer_of(actor)).state.session:
        raise TraderUnknown(actor[:KEY_CHARACTERS_MAX])


def is_producer(actor: str) -> bool:
    """Say whether an actor that may trade is a producer: what a feed says needs no second trader (decision 56)."""
    return actor not in PROCESSES and ID_REGEX.fullmatch(actor) is None


def traders_only(use_case: UseCase) -> UseCase:
    """Return a use case of commands with an `actor` that is decided only for somebody who may trade, before all else."""

    def streams_of(ask: Any) -> Sequence[StreamRef]:
        named = use_case.streams_of(ask)
        return named if ask.actor in PROCESSES else (*named, *trading_streams(ask.actor))

    def handle(ask: Any, streams: UnitOfWork) -> Outcome:
        if ask.actor not in PROCESSES:
            check_may_trade(streams, ask.actor)
        return use_case.handle(ask, streams)

    return use_case._replace(handle=handle, streams_of=streams_of)


def trading_streams(actor: str) -> Sequence[StreamRef]:
    """Name the stream that says whether somebody may trade."""
    return actor_streams(actor) or (StreamRef(PRODUCER, producer_of(actor)),)
