"""Money in and out of the wallet. What it holds is answered by `portfolio.py`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.account_answers import TransferShape
from api.http.documents import COMMANDED, SIGNED_IN, problems
from api.http.ports import Desk
from api.http.reading import answered, signed_in
from api.http.shapes import TransferBody
from api.http.tokens import Session
from commands.move_money import MoveMoney, TransferReceipt
from domain.account_gate import state as account_gate
from domain.money import AmountOutOfRange, CurrencyUnknown
from domain.wallet import decider as wallet

REFUSALS = (
    *(AmountOutOfRange, CurrencyUnknown, wallet.WalletUnknown, wallet.CurrencyMismatch),
    *(wallet.ReferenceMalformed, wallet.ReferenceReused),
)
MAY_NOT = (account_gate.TimedOutNow, account_gate.SelfExcludedNow, account_gate.AccountIsClosed, account_gate.StaffDoNotBet)


def transfers(desk: Desk) -> APIRouter:
    """Return the routes that move money."""
    router = APIRouter(prefix="/v1/wallet", tags=["wallet"])
    session = Depends(signed_in(desk))

    async def move(direction: Literal["deposit", "withdrawal"], body: TransferBody, who: Session) -> Response:
        ask = MoveMoney(direction, who.account_id, body.amount_minor, body.currency, body.reference, desk.clock.now())
        answer = await desk.door.submit(ask)
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

    @router.post(
        "/deposits",
        status_code=201,
        operation_id="deposit",
        response_model=TransferShape,
        responses=problems(*REFUSALS, wallet.BalanceOutOfRange, *MAY_NOT, *SIGNED_IN, *COMMANDED),
    )
    async def deposit(body: TransferBody, who: Annotated[Session, session]) -> Response:
        """Bring money in. The reference is the idempotency key: a repeat moves nothing and gives the first answer."""
        return await move("deposit", body, who)

    @router.post(
        "/withdrawals",
        status_code=201,
        operation_id="withdraw",
        response_model=TransferShape,
        responses=problems(*REFUSALS, wallet.InsufficientFunds, *SIGNED_IN, *COMMANDED),
    )
    async def withdraw(body: TransferBody, who: Annotated[Session, session]) -> Response:
        """Take money out. The reference is the idempotency key: a repeat moves nothing and gives the first answer."""
        return await move("withdrawal", body, who)

    return router
