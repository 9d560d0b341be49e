"""Bugs to be planted into what follows from a corrected result; see `planted_bugs`."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from commands.betting import settle_bet
from commands.betting.settlement import SETTLEMENT
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome
from commands.process_manager import Came
from commands.trading import four_eyes
from domain.bet import decider as bet_decider
from domain.bet import legs_told
from domain.bet.commands import ResultLegs
from domain.bet.facts import BetFact, BetSettlementReversed
from domain.bet.state import Bet
from domain.market import decider as market_decider
from domain.market import outcomes
from domain.market.commands import CorrectResult, InContext, MarketContext
from domain.market.facts import MarketResulted
from domain.proposal.commands import Approve
from domain.proposal.decider import PROPOSAL, Proposal
from domain.wallet import decider as wallet_decider
from domain.wallet.commands import ReverseSettlement
from domain.wallet.facts import SettlementReversed
from projections.accounts import statement
from projections.betting import portfolio
from tests.simulation.planted_bugs import MANAGED, plant

Decide = Callable[[Bet, ResultLegs], Sequence[BetFact]]


def _resulting(patch: pytest.MonkeyPatch, wrong: Callable[[Bet, ResultLegs, Sequence[BetFact]], Sequence[BetFact]]) -> None:
    """Have a bet that is told a result decide otherwise: `wrong` is given the right facts."""
    right: Decide = bet_decider.told
    patch.setattr(bet_decider, "told", lambda bet, command: wrong(bet, command, right(bet, command)))


def _is_anew(facts: Sequence[BetFact]) -> bool:
    return bool(facts) and isinstance(facts[0], BetSettlementReversed)


# What becomes of a bet.


@plant("a settled bet stays as it is, whatever is corrected")
def _(patch: pytest.MonkeyPatch) -> None:
    _resulting(patch, lambda _bet, _command, facts: () if _is_anew(facts) else facts)


@plant("a bet is reversed, and not settled anew")
def _(patch: pytest.MonkeyPatch) -> None:
    _resulting(patch, lambda _bet, _command, facts: facts[:1] if _is_anew(facts) else facts)


@plant("a bet is settled anew at the old result")
def _(patch: pytest.MonkeyPatch) -> None:
    def wrong(bet: Bet, _: ResultLegs, facts: Sequence[BetFact]) -> Sequence[BetFact]:
        if not _is_anew(facts):
            return facts
        old = {"results": bet.results, "outcome": bet.status, "returns_minor": bet.returns_minor}
        return facts[0], msgspec.structs.replace(facts[1], **old)

    _resulting(patch, wrong)


@plant("a bet is settled anew at the new result and paid what it was")
def _(patch: pytest.MonkeyPatch) -> None:
    def wrong(bet: Bet, _: ResultLegs, facts: Sequence[BetFact]) -> Sequence[BetFact]:
        return (facts[0], msgspec.structs.replace(facts[1], returns_minor=bet.returns_minor)) if _is_anew(facts) else facts

    _resulting(patch, wrong)


@plant("whoever looks at a settled bet reverses it")
def _(patch: pytest.MonkeyPatch) -> None:
    def wrong(bet: Bet, command: ResultLegs, facts: Sequence[BetFact]) -> Sequence[BetFact]:
        if facts or bet.status in ("", "open") or bet.placed is None:
            return facts
        known = tuple(result for result in bet.results if result is not None)
        what = (bet.placed.account_id, bet.settlement, command.market_id, bet.placed.stake_minor, bet.returns_minor)
        again = legs_told.settled(bet.placed, known, bet.settlement + 1, command.at)
        return BetSettlementReversed(*what, command.at), again

    _resulting(patch, wrong)


# What becomes of the money.


@plant("a reversal takes the money twice")
def _(patch: pytest.MonkeyPatch) -> None:
    right = wallet_decider.WALLET

    def decide(wallet: wallet_decider.Wallet, command: Any) -> Sequence[Any]:
        facts = right.decide(wallet, command)
        if isinstance(command, ReverseSettlement):
            return (*facts, *right.decide(right.evolve(wallet, facts[0]), command))
        return facts

    patch.setattr(settle_bet, "WALLET", right._replace(decide=decide))


@plant("a reversal takes what is there, and the rest is forgotten")
def _(patch: pytest.MonkeyPatch) -> None:
    right = wallet_decider.undone

    def undone(available_minor: int, command: Any) -> SettlementReversed:
        taken_minor = min(available_minor, command.returns_minor)
        return right(available_minor, msgspec.structs.replace(command, returns_minor=taken_minor))

    patch.setattr(wallet_decider, "undone", undone)


@plant("a reversal leaves what is there and has all of it owed")
def _(patch: pytest.MonkeyPatch) -> None:
    right = wallet_decider.undone

    def undone(available_minor: int, command: Any) -> SettlementReversed:
        return msgspec.structs.replace(right(0, command), available_minor=available_minor)

    patch.setattr(wallet_decider, "undone", undone)


@plant("what a settlement pays repays nothing of what is owed")
def _(patch: pytest.MonkeyPatch) -> None:
    right = wallet_decider.paid
    patch.setattr(wallet_decider, "paid", lambda available_minor, _owed_minor, command: right(available_minor, 0, command))


@plant("a deposit repays nothing of what is owed")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wallet_decider, "min", lambda *_: 0, raising=False)


# Who corrects, and how.


@plant("one trader alone corrects a result")
def _(patch: pytest.MonkeyPatch) -> None:
    right = four_eyes._propose

    def propose(command: Any, cause: str, market: Any, context: Any, streams: UnitOfWork) -> Outcome:
        if not isinstance(command, CorrectResult):
            return right(command, cause, market, context, streams)
        market.decide(InContext(command, MarketContext(is_approved=True)))
        return Outcome(four_eyes.receipt_of(command.market_id, market), market)

    patch.setattr(four_eyes, "_propose", propose)


@plant("who proposed it approves it")
def _(patch: pytest.MonkeyPatch) -> None:
    right = PROPOSAL.decide

    def decide(proposal: Proposal, command: Any) -> Sequence[Any]:
        if isinstance(command, Approve) and proposal.proposed is not None:
            proposal = msgspec.structs.replace(proposal, proposed=msgspec.structs.replace(proposal.proposed, proposed_by="another"))
        return right(proposal, command)

    patch.setattr(four_eyes, "PROPOSAL", PROPOSAL._replace(decide=decide))


@plant("a correction is graded by other goals than were approved")
def _(patch: pytest.MonkeyPatch) -> None:
    right = outcomes.FinalScore
    patch.setattr(outcomes, "FinalScore", lambda home, away, half_time: right(away, home, half_time))


@plant("a correction may say the same again")
def _(patch: pytest.MonkeyPatch) -> None:
    right = market_decider.corrected_result

    def corrected(command: CorrectResult, opened: Any, stands: MarketResulted | None, context: MarketContext) -> Sequence[MarketResulted]:
        another = stands and msgspec.structs.replace(stands, results={})
        return right(command, opened, another, context)

    patch.setattr(market_decider, "corrected_result", corrected)


# What is shown, and what process managers do.


@plant("a reversal is in no statement")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(statement._MOVEMENTS, SettlementReversed)


@plant("a portfolio does not show what is owed")
def _(patch: pytest.MonkeyPatch) -> None:
    right = portfolio._PROJECTED[SettlementReversed]
    patch.setitem(portfolio._PROJECTED, SettlementReversed, lambda *given: right(*given)[:1])


@plant("a correction makes no case of bets that are settled", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(SETTLEMENT.reactions, MarketResulted, lambda recorded: (Came(recorded.stream_id),))  # type: ignore[arg-type]
