"""Adds up from the log what records, tails and counters must say, with rules of its own.

A view that is compared with what its own code makes of the log is proved to be kept well, but not that its code is right.
"""

from collections import Counter
from typing import Any, NamedTuple

from domain.bet.facts import BetCashedOut, BetSettled
from domain.fact import Fact, Recorded
from domain.ids import slip_of
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.settling import VOID
from domain.slip.facts import SlipShared
from domain.tail.facts import SlipTailed
from domain.wallet.facts import WalletOpened

KINDS: frozenset[type[Fact]] = frozenset({WalletOpened, SlipShared, SlipTailed, BetCashedOut, BetSettled, Reacted, ReactionWithdrawn})

COUNTERS = {"like": "likes", "repost": "reposts", "save": "saves"}


class Made(NamedTuple):
    """What settled bets made: how many, void ones among them, those that returned their stake or more; money without the void ones."""

    bets: int = 0
    void: int = 0
    won: int = 0
    staked_minor: int = 0
    returned_minor: int = 0

    def less(self, other: "Made") -> "Made":
        """Return the difference."""
        return Made(*(mine - others for mine, others in zip(self, other, strict=True)))


NOTHING = Made()


class SocialSums:
    """The sums as of a position.

    `records`: (account, currency) -> what the bets made that it shared before they were settled. `tailed`: (author, tailer, currency) ->
    what the tailer's bets made. `counts`: (slip, what) -> how many react to it or tailed it.
    """

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Made] = {}
        self.tailed: dict[tuple[str, str, str], Made] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        self._currencies: dict[str, str] = {}
        self._shared: dict[str, str] = {}
        self._tails: dict[str, str] = {}
        self._tailers: set[tuple[str, str]] = set()
        self._settled: dict[str, Made] = {}

    def follow(self, recorded: Recorded[Any]) -> None:
        """Add what a fact says."""
        match fact := recorded.body:
            case WalletOpened():
                self._currencies[fact.account_id] = fact.currency
            case SlipShared() if fact.bet_id and recorded.stream_id == slip_of(fact.bet_id) and fact.bet_id not in self._settled:
                self._shared[fact.bet_id] = fact.currency
            case SlipTailed(side="tail"):
                self._tails[fact.bet_id] = fact.slip_author_id
                if (fact.slip_id, fact.tailer_id) not in self._tailers:
                    self._tailers.add((fact.slip_id, fact.tailer_id))
                    self.counts[fact.slip_id, "tailers"] += 1
            case Reacted():
                self.counts[fact.slip_id, COUNTERS[fact.kind]] += 1
            case ReactionWithdrawn():
                self.counts[fact.slip_id, COUNTERS[fact.kind]] -= 1
            case BetSettled():
                self._settle(recorded.stream_id, fact.account_id, _made(fact))
            case BetCashedOut() if not fact.stake_left_minor:
                staked_minor, returned_minor = fact.stake_closed_minor, fact.cashed_out_minor
                made = Made(1, 0, int(returned_minor >= staked_minor), staked_minor, returned_minor)
                self._settle(recorded.stream_id, fact.account_id, made)
            case _:
                pass

    def _settle(self, bet_id: str, account_id: str, made: Made) -> None:
        """Put what a bet made in place of what it made by its settlement before."""
        before = self._settled.get(bet_id, NOTHING)
        self._settled[bet_id] = made
        change = made.less(before)
        currency = self._shared.get(bet_id)
        if currency is not None:
            key = (account_id, currency)
            self.records[key] = _plus(self.records.get(key, NOTHING), change)
        author_id = self._tails.get(bet_id)
        if author_id is not None:
            of_tailer = (author_id, account_id, self._currencies.get(account_id, ""))
            self.tailed[of_tailer] = _plus(self.tailed.get(of_tailer, NOTHING), change)


def _made(fact: BetSettled) -> Made:
    """Return what a settled bet made; what was cashed out of it before counts as returned."""
    if all(result == VOID for result in fact.results) and not fact.stake_closed_minor:
        return Made(bets=1, void=1)
    staked_minor, returned_minor = fact.stake_minor + fact.stake_closed_minor, fact.returns_minor + fact.cashed_out_minor
    return Made(1, 0, int(returned_minor >= staked_minor), staked_minor, returned_minor)


def _plus(one: Made, other: Made) -> Made:
    return Made(*(mine + others for mine, others in zip(one, other, strict=True)))
