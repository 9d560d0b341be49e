"""Channels `portfolio:#<account>`: the account's money and bets, complete and in order, kept up to date from the log.

Nothing is conflated: each append that changes the account is one publication, with the bets that it changed and the money after it. As with
the board, what is kept are the rows of the view, changed by the view's own `project` and shown by the function that shows its bets.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from api.channel_names import PORTFOLIO, ChannelName, personal_channel
from api.stream.channel import Channel, Parts, Rendering
from api.stream.hub import Hub
from domain.bet.facts import BetCashedOut, BetLegResulted, BetPending, BetPlaced, BetRefused, BetSettled, BetSettlementReversed
from domain.fact import Fact, Recorded
from projections.betting import portfolio
from projections.betting.bet_view import bet_of_rows
from projections.betting.bonuses import BONUSES
from projections.betting.free_bets import FREE_BETS
from projections.betting.portfolio import BET_ROWS, MONEY_PARTS, OPEN_SHOWN_MAX, SETTLED_SHOWN_MAX
from projections.changes import Add, Put
from projections.ports import Ask, RankedRow, ReadModels

ID_CHARACTERS = 36
END = 2
"""Which of a bet's rows is its end."""
BETS_KEPT_MAX = 1_000
MONEY = ""
"""The name of the part that is the money; bets go by their ids."""

encode = msgspec.json.Encoder().encode


class Money(msgspec.Struct, frozen=True):
    """The account's money, as `GET /v1/portfolio` shows it."""

    account_id: str
    currency: str
    available_minor: int
    at_risk_minor: int
    owed_minor: int
    bonus_minor: int
    bonus_at_risk_minor: int


class Waiting(NamedTuple):
    """Parts of an account as they changed, up to a position, not yet published: the append may go on."""

    position: int
    subject: str
    parts: dict[str, bytes]


class AccountRows:
    """The rows of an account: money by name, bets by id in the order they became what they are."""

    def __init__(self, account_id: str, money: Iterable[bytes | None], bets: Iterable[RankedRow]) -> None:
        self.account_id = account_id
        self.money: dict[str, bytes | None] = dict(zip(MONEY_PARTS, money, strict=True))
        self.bets: dict[str, list[bytes | None]] = {entry.member.decode(): list(entry.rows) for entry in bets}

    def apply(self, fact: Recorded) -> list[str] | None:
        """Change rows as the view changes them; return the parts that changed, None where a bet is needed that is not kept here."""
        leaves_it_as_it_is = isinstance(fact.body, BetSettlementReversed | BetLegResulted) or _is_in_part(fact.body)
        if leaves_it_as_it_is and fact.stream_id not in self.bets:
            return []
        changed: dict[str, None] = {}
        for change in portfolio.project(fact):
            if not isinstance(change, Put | Add) or change.key.endswith((FREE_BETS, BONUSES)):
                continue
            if change.key.endswith(":balances"):
                name = change.field[ID_CHARACTERS + 1 :]
                added = change.by + int(self.money[name] or 0) if isinstance(change, Add) else 0
                self.money[name] = change.value if isinstance(change, Put) else b"%d" % added
                changed[MONEY] = None
            elif isinstance(change, Put):
                bet_id, suffix = change.field[:ID_CHARACTERS], change.field[ID_CHARACTERS:]
                if isinstance(fact.body, BetPlaced | BetPending):
                    self.bets.pop(bet_id, None)
                    self.bets[bet_id] = [None] * len(BET_ROWS)
                elif bet_id not in self.bets:
                    return None
                self.bets[bet_id][BET_ROWS.index(suffix)] = change.value
                changed[bet_id] = None
        if isinstance(fact.body, BetSettled | BetRefused) or (isinstance(fact.body, BetCashedOut) and not _is_in_part(fact.body)):
            self.bets[fact.stream_id] = self.bets.pop(fact.stream_id)
        return list(changed)

    def parts(self, keys: Iterable[str]) -> list[tuple[str, bytes]]:
        """Return parts as they are shown."""
        return [(key, self._money() if key == MONEY else self._bet(key)) for key in keys]

    def whole(self) -> bytes:
        """Return all of it as `GET /v1/portfolio` does; its lists end where this channel's do."""
        newest_first = list(reversed(self.bets))
        lists = [[bet_id for bet_id in newest_first if (self.bets[bet_id][END] is None) == is_open] for is_open in (True, False)]
        opened, settled = (b",".join(map(self._bet, bet_ids)) for bet_ids in (lists[0][:OPEN_SHOWN_MAX], lists[1][:SETTLED_SHOWN_MAX]))
        lists_shown = b'"open":{"items":[%s],"next_cursor":null},"settled":{"items":[%s],"next_cursor":null}' % (opened, settled)
        return b"%s,%s}" % (self._money()[:-1], lists_shown)

    def all_parts(self) -> list[tuple[str, bytes]]:
        """Return the money and every bet that is kept."""
        return self.parts([MONEY, *self.bets])

    def _money(self) -> bytes:
        currency, *minors = (self.money[name] for name in MONEY_PARTS)
        return encode(Money(self.account_id, (currency or b"").decode(), *[int(minor or 0) for minor in minors]))

    def _bet(self, bet_id: str) -> bytes:
        placed, legs, end, cash = self.bets[bet_id]
        assert placed is not None, "a bet that is kept was struck"
        return encode(bet_of_rows(bet_id, placed, legs, end, cash))


def _is_in_part(body: Fact) -> bool:
    """Say whether a fact is a cash-out that leaves its bet open."""
    return isinstance(body, BetCashedOut) and body.stake_left_minor > 0


class PortfolioFeed:
    """Keeps accounts that somebody reads. For one event loop."""

    channels = frozenset({PORTFOLIO})
    rests_on = ()
    kinds: frozenset[type[Fact]] = portfolio.VIEW.consumes

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self._accounts: dict[str, tuple[AccountRows, Channel]] = {}
        self._waiting: dict[str, Waiting] = {}

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of an account, None where it has no wallet; see `hub.ChannelFeed`."""
        account_id = name.subject_id
        asks: list[Ask] = [
            portfolio.money_fields(account_id),
            portfolio.bets_page(account_id, "settled", None, SETTLED_SHOWN_MAX),
            portfolio.bets_page(account_id, "open", None, OPEN_SHOWN_MAX),
        ]
        positions, (money, settled, opened) = await self._reads.many_at(portfolio.VIEW, asks)
        position = max(positions.values())
        await hub.reached(position)
        if position < hub.recent.floor:
            raise TimeoutError("the view is further behind than the newest facts reach")
        rows = AccountRows(account_id, money, [*reversed(settled), *reversed(opened)])
        missed = hub.recent.of([account_id], position)
        applied = [rows.apply(fact) for fact in missed]
        if None in applied:
            raise TimeoutError("a bet that is not among the newest changed since the view was read; ask again")
        if rows.money["available"] is None:
            return None
        rendering = Rendering(lambda _: rows.whole(), changes_of_portfolio)
        channel = Channel(personal_channel(PORTFOLIO, account_id), rendering, hub.positions.text, tuple)
        touched: dict[str, int] = {}
        for fact in hub.recent.of([account_id], 0):
            touched[fact.stream_id if fact.stream_id in rows.bets else MONEY] = fact.position
        channel.begin(rows.all_parts(), hub.position, hub.recent.floor, touched)
        self._accounts[account_id] = (rows, channel)
        return channel

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """All of it is for whoever may subscribe."""

    def apply(self, fact: Recorded, hub: Hub) -> str | None:
        """Take a fact of an account. Facts side by side about one bet are one append, unless the second changes a part again."""
        account_id: str = getattr(fact.body, "account_id", "")
        found = self._accounts.get(account_id)
        if found is None:
            return account_id
        rows, channel = found
        changed = rows.apply(fact)
        if changed:
            hub.note(channel)
        if changed is None or len(rows.bets) > BETS_KEPT_MAX:
            del self._accounts[account_id]
            self._waiting.pop(account_id, None)
            hub.drop(channel)
            return account_id
        waiting = self._waiting.get(account_id)
        subject = getattr(fact.body, "bet_id", fact.stream_id)
        if waiting is not None and (
            (waiting.position + 1, waiting.subject) != (fact.position, subject) or not waiting.parts.keys().isdisjoint(changed)
        ):
            _publish(channel, waiting, hub)
            waiting = None
        parts = waiting.parts if waiting is not None else {}
        self._waiting[account_id] = Waiting(fact.position, subject, parts | dict(rows.parts(changed)))
        return account_id

    def finish(self, hub: Hub) -> None:
        """Publish what is complete."""
        waiting, self._waiting = self._waiting, {}
        for account_id, each in waiting.items():
            _publish(self._accounts[account_id][1], each, hub)

    def look(self, hub: Hub) -> None:
        """Time alone changes nothing here."""

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        self._accounts.clear()
        self._waiting.clear()

    def forget(self, name: ChannelName) -> None:
        """Forget an account that nobody reads any more."""
        self._accounts.pop(name.subject_id, None)
        self._waiting.pop(name.subject_id, None)


def _publish(channel: Channel, waiting: Waiting, hub: Hub) -> None:
    data = channel.change(waiting.position, waiting.parts.items())
    if data is not None:
        hub.publish(channel, data)
    channel.since_us = 0


def changes_of_portfolio(parts: Parts) -> bytes:
    """Return `{"money": ..., "bets": [...]}`: what changed, each whole."""
    money = [b'"money":' + body for key, body in parts if key == MONEY]
    bets = b",".join(body for key, body in parts if key != MONEY)
    return b"{%s}" % b",".join([*money, b'"bets":[%s]' % bets])
