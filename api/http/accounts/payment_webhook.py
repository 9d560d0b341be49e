"""Deposits by a payment provider: a signed webhook reports a payment, and the wallet is credited."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as http_refusals
from api.http.accounts.answers import TransferShape
from api.http.accounts.bodies import PaymentBody
from api.http.accounts.transfers import DEPOSITING, moved
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, problems
from api.http.signed_requests import documented, signed_body
from commands.accounts.move_money import MoveMoney


def payment_webhook(deps: RouteDependencies) -> APIRouter:
    """Return the route that a payment provider calls."""
    router = APIRouter(prefix="/v1", tags=["wallet"])

    @router.post(
        "/payments/webhook",
        status_code=201,
        operation_id="receivePayment",
        response_model=TransferShape,
        responses=problems(*DEPOSITING, http_refusals.SignatureWrong, http_refusals.SignatureTooOld, *COMMANDED),
        openapi_extra=documented(PaymentBody),
    )
    async def receive(request: Request) -> Response:
        """Take a payment that the provider received, and credit the wallet.

        `Slipstream-Signature` is `t=<Unix seconds>,v1=<HMAC-SHA256 in hex>` over the time, a dot and the body, with the key of the
        setting `payment_webhook_key`. It holds for five minutes. The provider's reference is the idempotency key: a repeat credits nothing
        and gives the first answer, another body under the same reference is refused.
        """
        payments = deps.payments
        if payments.deposits != "webhook":
            raise http_refusals.DepositsComeOtherwise(payments.deposits)
        now = deps.clock.now()
        paid = await signed_body(request, payments.webhook_key, PaymentBody, now.timestamp())
        ask = MoveMoney(
            direction="deposit",
            account_id=paid.account_id,
            amount_minor=paid.amount_minor,
            currency=paid.currency,
            reference=paid.reference,
            at=now,
            by_provider=True,
            bounds=payments.bounds,
            asks_first=True,
        )
        return moved(await deps.queue.submit(ask))

    return router
