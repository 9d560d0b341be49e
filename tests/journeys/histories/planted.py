"""A role with a bug planted into it: `python -m tests.journeys.histories.planted BUG api`. Each must be found in clients' histories."""

import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from commands.accounts import move_money
from commands.betting import settle_bet
from commands.dispatch.batch import Answer, DecidedCommand
from commands.dispatch.dispatcher import Dispatcher
from commands.dispatch.unit_of_work import UnitOfWork
from domain.wallet.commands import ReverseSettlement
from infra.__main__ import main
from projections.betting import portfolio

SLOW_DISK_S = 0.05
KEPT_S = 0.3

BUGS: dict[str, Callable[[], None]] = {}
"""What is wrong with a role -> how it is made so."""


def bug(what: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def named(plant: Callable[[], None]) -> Callable[[], None]:
        BUGS[what] = plant
        return plant

    return named


@bug("answered before commit")
def _() -> None:
    """Whoever asks is answered when a batch is decided, and the commit is on its way for a while."""
    right = Dispatcher._begin

    def begin(self: Dispatcher, decided: list[DecidedCommand]) -> None:
        for one in decided:
            if one.outcome is not None:
                one.queued.answer(Answer(one.outcome.receipt, self._states.head))
                one.queued.done = lambda _: None
        time.sleep(SLOW_DISK_S)
        right(self, decided)

    Dispatcher._begin = begin  # type: ignore[method-assign]


@bug("read check skipped")
def _() -> None:
    """What a decision only read is no condition of its commit."""
    right = UnitOfWork.append

    def append(self: UnitOfWork, *given: Any) -> Any:
        made = right(self, *given)
        return msgspec.structs.replace(made, reads=(), shared=()) if made.facts else made

    UnitOfWork.append = append  # type: ignore[method-assign]


@bug("retry doubled")
def _() -> None:
    """A payment reference that comes again, at another moment, is taken for another one."""
    right = move_money._transfer_id
    move_money._transfer_id = lambda ask, reference: right(ask, f"{reference} {ask.at}")


@bug("stale balance")
def _() -> None:
    """A wallet that was read is shown again for a while, as if it stood at the newest position."""
    right, kept = portfolio.portfolio, dict[str, tuple[float, Any]]()

    async def read(reads: Any, account_id: str) -> Any:
        now = await right(reads, account_id)
        since_s, shown = kept.get(account_id, (0.0, None))
        if shown is None or time.monotonic() > since_s + KEPT_S:
            kept[account_id] = (time.monotonic(), now)
            return now
        return shown

    portfolio.portfolio = read


@bug("lost reversal")
def _() -> None:
    """What a settlement paid stays in the wallet when the settlement is taken back."""
    right = settle_bet._undoing

    def undoing(*given: Any) -> ReverseSettlement:
        return msgspec.structs.replace(right(*given), returns_minor=0)

    settle_bet._undoing = undoing


if __name__ == "__main__":
    BUGS[sys.argv.pop(1)]()
    main()
