"""What a proposal that moves money would do, counted from the log, so that nobody approves more than was seen."""

from typing import Any

import msgspec

from domain.refused import Refused

SETTLES_ANEW = frozenset({"correct_result", "take_back_result", "void_bets", "restore_bets", "correct_price", "restore_price"})
"""The actions by which bets that were settled are settled anew."""

MOVES_MONEY = SETTLES_ANEW | {"result_market", "void_market", "abandon_fixture"}
"""The actions whose approval is bound to a preview: bets are settled by them, or settled anew."""


class PreviewedMoney(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What is at stake in one currency, in its minor units.

    `bets` were struck with a leg there, for `stake_minor` in all; `settled` of them are settled by it, for the first time or anew. Wallets
    then hold `change_minor` more, which is below zero where they hold less. `below_zero` of them do not have what is taken back, and owe
    `owed_minor` from then on.

    Other markets may settle the same bets before it is approved, and after: `paid_minor_max` is the most that wallets may be paid by it,
    if all other legs of what is open win, `taken_minor_max` the most that may be taken back. Both only fall as other markets come out. The
    returns of a bonus's bets are in no amount. Logs before version 3 of the approval have neither.
    """

    currency: str
    bets: int
    stake_minor: int
    settled: int
    change_minor: int
    below_zero: int
    owed_minor: int
    paid_minor_max: int = 0
    taken_minor_max: int = 0


class Preview(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What would happen, as the log has it up to the position `upto`; `money` is sorted by currency.

    `version` is that of the market, or of the gate of the match that would be abandoned: no bet is struck there while it stays, since bets
    are not taken. For the bets of a window of time that is over, or at a price that is gone, it is the number of the market's last result,
    window or price error instead.
    """

    version: int
    upto: int
    money: tuple[PreviewedMoney, ...]


class PreviewMissing(Refused):
    """What it would do has to be seen before it is approved: send the preview that was shown."""

    proposal_id: str
    preview: dict[str, Any] | None


class PreviewOutdated(Refused):
    """It would do something else by now than was shown: look at it again."""

    proposal_id: str
    preview: dict[str, Any] | None


def check_shown(proposal_id: str, shown: Preview | None, counted: Preview | None) -> None:
    """Refuse an approval of other bets than were shown, or of more money: at most paid, at most taken back, or owed.

    What is settled by it may be more by then, and what wallets hold other: that is within what was shown to be paid and taken at most.

    Raises:
        PreviewMissing, PreviewOutdated: with what was counted.

    """
    if shown is None or counted is None:
        raise PreviewMissing(proposal_id, None if counted is None else plain(counted))
    if shown.version != counted.version or len(shown.money) != len(counted.money):
        raise PreviewOutdated(proposal_id, plain(counted))
    for seen, now in zip(shown.money, counted.money, strict=True):
        if _bets_of(seen) != _bets_of(now) or any(more > shown for shown, more in zip(_bounds_of(seen), _bounds_of(now), strict=True)):
            raise PreviewOutdated(proposal_id, plain(counted))


def plain(preview: Preview) -> dict[str, Any]:
    """Return a preview as it is told in JSON."""
    told: dict[str, Any] = msgspec.to_builtins(preview)
    return told


def _bets_of(money: PreviewedMoney) -> tuple[str, int, int]:
    return money.currency, money.bets, money.stake_minor


def _bounds_of(money: PreviewedMoney) -> tuple[int, ...]:
    return money.paid_minor_max, money.taken_minor_max, money.below_zero, money.owed_minor
