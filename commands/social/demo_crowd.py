"""The people of the demo: they bet on what is played, share slips, follow, like, comment, repost and tail, at random and without end.

What they know they have from the log: the prices that stand and the slips that were shared lately. `see` folds a fact, `next` says what
one of them does, `told` takes the answer. The same draws over the same log give the same commands.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import FindAccess
from commands.betting.place_bet import BetReceipt, PlaceBet
from commands.dispatch.batch import Answer
from commands.social.comment import CommentOnSlip
from commands.social.react import React
from commands.social.share_slip import ShareBet
from commands.social.tail_slip import TailSlip
from domain.bet.commands import AskedLeg
from domain.bet.lines import SINGLE
from domain.fact import Fact, Recorded
from domain.follow.commands import Follow
from domain.ids import comment_of, derived, slip_of
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.notification.commands import SetPreference
from domain.odds import Odds
from domain.slip.facts import SlipHeld, SlipRemoved, SlipShared
from domain.wallet.decider import InsufficientFunds

Choice = TypeVar("Choice")
Draw = Callable[[int], int]
"""Returns a whole number from 0 up to, and without, the one given, each as likely as the others."""

Seal = Callable[[str, str, str], str]
"""Seals a text with an account's key for a stream; see `api.sealed_text.TextSealer.seal`."""

HANDLES = ("ana", "bruno", "chidi", "dana", "emil", "farah", "goran", "hana", "ivo", "jun", "kaya", "luis", "mira", "nils", "olga", "pavel")
FUNDS_MINOR = 500_00
STAKES_MINOR = (2_00, 5_00, 5_00, 10_00, 20_00)
UNIT_MINOR = 5_00
FOLLOWS_EACH = 5
FRIENDS = 3
"""How many of them a guest gets to know."""
SLIPS_KEPT = 40
MARKETS_KEPT = 400
NO_PASSWORD = "!"  # noqa: S105  (no password has this hash: nobody signs in as one of the crowd)
SHARED_OF_TEN = 7
TAGS = ("value", "live", "longshot", "banker")
CAPTIONS = (
    "This price is too long.",
    "Taking this before it moves.",
    "They defend well away from home.",
    "Small stake, big reach.",
    "Second favourite, first choice.",
    "My favourite of today.",
    "The last five meetings say so.",
    "Late goals again? I think so.",
    "",
)
COMMENTS = (
    "Nice one.",
    "I see it the other way round.",
    "With you on this.",
    "Bold.",
    "What makes you think so?",
    "The odds were better an hour ago.",
    "Good luck!",
    "Never in doubt.",
)
ACTIONS = ("bet",) * 8 + ("like",) * 6 + ("comment",) * 3 + ("tail",) * 2 + ("repost",)
"""What somebody may do next, each as often as it is likely."""

FOLLOWED: tuple[type[Fact], ...] = (
    MarketOpened,
    MarketPriced,
    MarketResumed,
    MarketSuspended,
    MarketClosed,
    MarketResulted,
    SlipShared,
    SlipRemoved,
    SlipHeld,
)
"""The kinds of fact that the crowd looks at."""


class PricesNow(NamedTuple):
    """A market that takes bets: its version, and its prices by selection."""

    version: int
    prices: dict[str, Odds]


class Crowd:
    """So many people, what they know, and what they are about to do."""

    def __init__(self, people: int, draw: Draw, seal: Seal, new_id: Callable[[], str], currency: str) -> None:
        self._draw = draw
        self._seal, self._new_id, self._currency = seal, new_id, currency
        self.accounts = {derived("account", "crowd", handle): handle for handle in HANDLES[:people]}
        self._offers: dict[str, PricesNow] = {}
        self._slips: deque[tuple[str, str]] = deque(maxlen=SLIPS_KEPT)
        self._soon: deque[Any] = deque()

    def opening(self, now: datetime, guest_id: str = "") -> Iterator[Any]:
        """Yield what makes the crowd: accounts, money, and whom each follows. A repeat changes nothing.

        A guest, who is an account of somebody else's, is followed by a few of them, follows these, and is told of the bets that they share.
        """
        for account_id, handle in self.accounts.items():
            yield OpenAccount(account_id, handle, f"{handle}@slipstream.example", NO_PASSWORD, self._currency, now)
            yield MoveMoney("deposit", account_id, FUNDS_MINOR, self._currency, "welcome", now)
        everybody = list(self.accounts)
        for number, account_id in enumerate(everybody):
            for other in {everybody[(number + step * step) % len(everybody)] for step in range(1, FOLLOWS_EACH + 1)} - {account_id}:
                yield Follow(account_id, other, now)
        for account_id in everybody[:FRIENDS] if guest_id else ():
            yield Follow(account_id, guest_id, now)
            yield Follow(guest_id, account_id, now)
            yield SetPreference(guest_id, "author", "", account_id, "highlights", now)

    def guest(self, call: Callable[[Any], Answer]) -> str:
        """Return the account of the demo, whom they get to know when they come for the first time; empty where there is none, or later."""
        demo_id, first_id = derived("account", "demo", "demo"), next(iter(self.accounts), "")
        is_there = [bool(call(FindAccess(account_id)).receipt.handle) for account_id in (demo_id, first_id)]
        return demo_id if is_there == [True, False] else ""

    def see(self, facts: Iterable[Recorded]) -> None:
        """Take what happened."""
        for recorded in facts:
            match recorded.body:
                case MarketOpened(prices=prices) | MarketPriced(prices=prices) | MarketResumed(prices=prices):
                    self._offers.pop(recorded.stream_id, None)
                    self._offers[recorded.stream_id] = PricesNow(recorded.version, prices)
                    if len(self._offers) > MARKETS_KEPT:
                        del self._offers[next(iter(self._offers))]
                case MarketSuspended() | MarketClosed() | MarketResulted():
                    self._offers.pop(recorded.stream_id, None)
                case SlipShared(visibility="public"):
                    self._slips.append((recorded.stream_id, recorded.body.author_id))
                case SlipRemoved() | SlipHeld():
                    self._slips = deque((slip for slip in self._slips if slip[0] != recorded.stream_id), maxlen=SLIPS_KEPT)
                case _:
                    pass

    def next(self, now: datetime) -> Any | None:
        """Return what one of them does now; None where there is nothing to do it with."""
        if self._soon:
            return self._soon.popleft()
        account_id = self._chosen(list(self.accounts))
        action = self._chosen(ACTIONS)
        if action == "bet":
            return self._bet(account_id, now)
        others = [slip_id for slip_id, author_id in self._slips if author_id != account_id]
        if not others:
            return self._bet(account_id, now)
        slip_id = self._chosen(others[-SLIPS_KEPT // 2 :] if self._draw(2) else others)
        if action == "comment":
            comment_id = comment_of(account_id, self._new_id())
            text = self._seal(account_id, comment_id, self._chosen(COMMENTS))
            return CommentOnSlip(comment_id, account_id, slip_id, "", text, (), now)
        if action == "tail":
            return TailSlip(
                bet_id=self._new_id(),
                account_id=account_id,
                slip_id=slip_id,
                side="tail",
                stake_minor=self._chosen(STAKES_MINOR),
                percent_of_balance=None,
                worst_odds=None,
                at=now,
            )
        return React(action, account_id, slip_id, now)

    def _bet(self, account_id: str, now: datetime) -> PlaceBet | None:
        if not self._offers:
            return None
        market_id = self._chosen(list(self._offers))
        version, prices = self._offers[market_id]
        selection = self._chosen(sorted(prices, key=lambda name: prices[name].text))
        leg = AskedLeg(market_id, selection, prices[selection], version)
        stake_minor = self._chosen(STAKES_MINOR)
        return PlaceBet(self._new_id(), account_id, stake_minor, self._currency, SINGLE, (leg,), "any", now)

    def told(self, command: Any, answer: Answer | BaseException, now: datetime) -> None:
        """Take an answer: most bets are shared, and who has no money left brings some."""
        if isinstance(answer, InsufficientFunds):
            self._soon.append(MoveMoney("deposit", command.account_id, FUNDS_MINOR, self._currency, self._new_id(), now))
        elif isinstance(answer, Answer) and isinstance(command, PlaceBet) and self._draw(10) < SHARED_OF_TEN:
            receipt: BetReceipt = answer.receipt
            self._soon.append(self._share(command.account_id, receipt.bet_id, now))

    def _share(self, account_id: str, bet_id: str, now: datetime) -> ShareBet:
        shown = self._chosen(("amount", "units", "hidden"))
        caption = self._chosen(CAPTIONS)
        return ShareBet(
            bet_id=bet_id,
            author_id=account_id,
            visibility="followers" if not self._draw(10) else "public",
            stake_shown=shown,
            unit_minor=UNIT_MINOR if shown == "units" else 0,
            caption=self._seal(account_id, slip_of(bet_id), caption) if caption else "",
            mentions=(),
            tags=self._tags(),
            at=now,
        )

    def _tags(self) -> tuple[str, ...]:
        first = self._draw(len(TAGS))
        return TAGS[first : first + self._draw(3)]

    def _chosen(self, among: Sequence[Choice]) -> Choice:
        return among[self._draw(len(among))]
