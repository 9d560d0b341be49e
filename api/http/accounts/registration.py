"""Accounts: register, who am I."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.client_address import address_of
from api.http.accounts.answers import AccountShape, OwnAccountShape
from api.http.accounts.bodies import NewAccount
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey, answered, signed_in
from api.idempotency import checked_key
from commands.accounts.open_account import OpenAccount
from commands.accounts.restrict_account import FindAccountGate
from domain.account import decider as account
from domain.account.decider import checked_email
from domain.ids import derived, is_uuid7
from domain.money import CurrencyUnknown
from domain.unknown import AccountUnknown

OPENING = (
    account.HandleMalformed,
    account.EmailMalformed,
    account.HandleTaken,
    account.HandleLooksTaken,
    account.AccountKeyReused,
    http_refusals.PasswordMalformed,
    http_refusals.KeyMalformed,
    http_refusals.AccountErased,
    http_refusals.SignInsWaiting,
    http_refusals.TooManyRequests,
    CurrencyUnknown,
)


def accounts(deps: RouteDependencies) -> APIRouter:
    """Return the routes of accounts."""
    router = APIRouter(prefix="/v1", tags=["accounts"])
    _openings(router, deps)
    _own(router, deps)
    return router


def _openings(router: APIRouter, deps: RouteDependencies) -> None:
    @router.post(
        "/accounts",
        status_code=201,
        operation_id="openAccount",
        response_model=AccountShape,
        responses=problems(*OPENING, *COMMANDED),
    )
    async def open_account(body: NewAccount, request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        """Register, and open the wallet.

        An e-mail address that another account has is answered as any other, so that nobody learns who has an account: the account is opened
        all the same, and the address stays with the one that named it first. A handle is public, so `handle-taken` may say so.

        The `Idempotency-Key` may be left out: the handle is then what keeps a repeat from opening a second account. A key that is no UUIDv7
        counts together with the handle and the e-mail address, since nobody has an account yet to tell callers apart by: the same key with
        another handle or address is another request. A repeat with its key gets the first answer, whoever has the address.
        """
        host = request.client.host if request.client else None
        deps.sign_ups.take(address_of(host), deps.clock.monotonic_s())
        account_id = deps.clock.new_id()
        if idempotency_key is not None:
            key = checked_key(idempotency_key)
            account_id = key if is_uuid7(key) else derived("account", key, body.handle.casefold(), body.email.casefold())
        email = checked_email(body.email)
        password_hash = await deps.passwords.hash(body.password)
        sealed = await deps.texts.seal(account_id, account_id, email)
        currency = deps.currency if body.currency is None else body.currency
        place = deps.places.of(account_id, host, request.headers.get("user-agent", ""))
        ask = OpenAccount(account_id, body.handle, email, password_hash, currency, deps.clock.now(), sealed, place)
        answer = await deps.queue.submit(ask)
        return answered(answer.receipt, answer.position, 201)


def _own(router: APIRouter, deps: RouteDependencies) -> None:
    @router.get(
        "/account",
        operation_id="whoAmI",
        response_model=OwnAccountShape,
        responses=problems(*SIGNED_IN, *COMMANDED, AccountUnknown),
    )
    async def who_am_i(session: Annotated[Session, Depends(signed_in(deps))]) -> Response:
        """Tell whose session this is, what it may do, and what keeps the account from betting."""
        answer = await deps.queue.submit(FindAccountGate(session.account_id))
        own = {"handle": session.handle, "currency": session.currency, "roles": session.roles}
        return answered({**msgspec.structs.asdict(answer.receipt), **own, "position": answer.position}, answer.position)
