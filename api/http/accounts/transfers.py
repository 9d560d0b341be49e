"""Money in and out of the wallet. What it holds is answered by `portfolio.py`."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.accounts.answers import TransferShape
from api.http.accounts.bodies import TransferBody
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, signed_in
from commands.accounts.move_money import MoveMoney, TransferReceipt
from commands.dispatch.batch import Answer
from domain.account_gate import state as account_gate
from domain.account_gate.limits import DepositLimitUnanswered
from domain.account_gate.withdrawals import WithdrawalsHeld
from domain.money import AmountOutOfRange, CurrencyUnknown
from domain.wallet import decider as wallet
from domain.wallet import transfer
from domain.wallet.usage import DepositLimitReached

REFUSALS = (
    AmountOutOfRange,
    CurrencyUnknown,
    wallet.WalletUnknown,
    wallet.CurrencyMismatch,
    transfer.ReferenceMalformed,
    transfer.ReferenceReused,
)
MAY_NOT = (account_gate.TimedOutNow, account_gate.SelfExcludedNow, account_gate.AccountIsClosed, account_gate.StaffDoNotBet)


DEPOSITING = (
    *REFUSALS,
    *MAY_NOT,
    wallet.BalanceOutOfRange,
    wallet.DepositTooLarge,
    wallet.DepositsPerDayExceeded,
    DepositLimitReached,
    DepositLimitUnanswered,
    http_refusals.DepositsComeOtherwise,
)


def moved(answer: Answer) -> Response:
    """Return the answer to a transfer."""
    receipt: TransferReceipt = answer.receipt
    told = {
        "transfer_id": receipt.transfer_id,
        "direction": receipt.direction,
        "amount_minor": receipt.amount_minor,
        "currency": receipt.currency,
        "reference": receipt.reference,
        "position": answer.position,
    }
    return answered(told, answer.position, 201)


def transfers(deps: RouteDependencies) -> APIRouter:
    """Return the routes that move money."""
    router = APIRouter(prefix="/v1/wallet", tags=["wallet"])
    session = Depends(signed_in(deps))

    @router.post(
        "/deposits",
        status_code=201,
        operation_id="deposit",
        response_model=TransferShape,
        responses=problems(*DEPOSITING, *SIGNED_IN, *COMMANDED),
    )
    async def deposit(body: TransferBody, who: Annotated[Session, session]) -> Response:
        """Bring play money in, where the demo is on; real money comes from the payment provider, by its webhook.

        The first deposit is refused until a deposit limit was set, or declined (`POST /v1/account/limits/deposit/decline`).
        The reference is the idempotency key: a repeat moves nothing and gives the first answer.
        """
        payments = deps.payments
        if payments.deposits != "demo":
            raise http_refusals.DepositsComeOtherwise(payments.deposits)
        ask = MoveMoney(
            direction="deposit",
            account_id=who.account_id,
            amount_minor=body.amount_minor,
            currency=body.currency,
            reference=body.reference,
            at=deps.clock.now(),
            bounds=payments.bounds,
            asks_first=True,
        )
        return moved(await deps.queue.submit(ask))

    @router.post(
        "/withdrawals",
        status_code=201,
        operation_id="withdraw",
        response_model=TransferShape,
        responses=problems(*REFUSALS, wallet.InsufficientFunds, WithdrawalsHeld, *SIGNED_IN, *COMMANDED),
    )
    async def withdraw(body: TransferBody, who: Annotated[Session, session]) -> Response:
        """Take money out, unless staff hold withdrawals: then `withdrawals-held` says why and since when, and bets and deposits go on.

        The reference is the idempotency key: a repeat moves nothing and gives the first answer.
        """
        ask = MoveMoney(
            direction="withdrawal",
            account_id=who.account_id,
            amount_minor=body.amount_minor,
            currency=body.currency,
            reference=body.reference,
            at=deps.clock.now(),
        )
        return moved(await deps.queue.submit(ask))

    return router
