"""Deposits by a payment provider: a signed webhook reports a payment, and the wallet is credited."""

import hashlib
import hmac
import re
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as http_refusals
from api.http.accounts.answers import TransferShape
from api.http.accounts.bodies import PaymentBody
from api.http.accounts.transfers import DEPOSITING, moved
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, problems
from commands.accounts.move_money import MoveMoney

SIGNATURE_HEADER = "Slipstream-Signature"
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
REPLAY_WINDOW_S = 300


def signature_of(key: bytes, body: bytes, at_s: int) -> str:
    """Return the header that signs a body at a Unix time: HMAC-SHA256 over the time, a dot and the body."""
    digest = hmac.new(key, b"%d.%s" % (at_s, body), hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


def check_signature(key: bytes, header: str | None, body: bytes, now_s: float) -> None:
    """Refuse a body that was not signed with the key, or not within the replay window around now.

    Raises:
        SignatureWrong, SignatureTooOld: in this order.

    """
    told = SIGNATURE.fullmatch(header or "")
    if told is None or not hmac.compare_digest(signature_of(key, body, int(told[1])), header or ""):
        raise http_refusals.SignatureWrong
    if abs(now_s - int(told[1])) > REPLAY_WINDOW_S:
        raise http_refusals.SignatureTooOld(REPLAY_WINDOW_S)


def payment_webhook(deps: RouteDependencies) -> APIRouter:
    """Return the route that a payment provider calls."""
    router = APIRouter(prefix="/v1", tags=["wallet"])

    @router.post(
        "/payments/webhook",
        status_code=201,
        operation_id="receivePayment",
        response_model=TransferShape,
        responses=problems(*DEPOSITING, http_refusals.SignatureWrong, http_refusals.SignatureTooOld, *COMMANDED),
        openapi_extra=DOCUMENTED,
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
        body = await request.body()
        now = deps.clock.now()
        check_signature(payments.webhook_key, request.headers.get(SIGNATURE_HEADER), body, now.timestamp())
        paid = _read(body)
        ask = MoveMoney(
            direction="deposit",
            account_id=paid.account_id,
            amount_minor=paid.amount_minor,
            currency=paid.currency,
            reference=paid.reference,
            at=now,
            by_provider=True,
            bounds=payments.bounds,
        )
        return moved(await deps.queue.submit(ask))

    return router


def _read(body: bytes) -> PaymentBody:
    try:
        return PaymentBody.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**found, "loc": ("body", *found["loc"])} for found in error.errors()]) from None


DOCUMENTED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": PaymentBody.model_json_schema()}}},
    "parameters": [
        {
            "name": SIGNATURE_HEADER,
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
            "example": signature_of(b"an example", b"{}", 1_781_204_400),
        }
    ],
}
