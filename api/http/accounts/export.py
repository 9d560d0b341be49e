"""Personal data export: everything that is stored about a person, as JSON lines, written page by page."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from api import refusals as http_refusals
from api.audit_report import told
from api.auth.tokens import Session
from api.http.dependencies import Auditing, RouteDependencies
from api.http.openapi.document import SIGNED_IN, problems
from api.http.request_parameters import signed_in
from api.sealed_text import SealedText, SealedTexts
from domain.fact import Recorded
from domain.ids import ID_REGEX
from domain.sealed_text import SEALED

EXPORTS_AT_ONCE_MAX = 2
"""More exports have to wait: each reads the log for as long as its client takes, and bets go first."""

STAFF = "staff"
"""Who decided something on the account, whoever it was: their ids are theirs."""

JSON_LINES = "application/x-ndjson"
EXAMPLE = {"position": 1, "stream_id": "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "version": 1, "fact": "account.registered.v2"}


def account_export(deps: RouteDependencies, auditing: Auditing) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/v1", tags=["accounts"])
    at_once = asyncio.Semaphore(EXPORTS_AT_ONCE_MAX)

    @router.get(
        "/account/export",
        operation_id="exportAccount",
        response_class=StreamingResponse,
        responses={
            200: {"description": "One JSON object a line; the last one counts the others.", "content": {JSON_LINES: {"example": EXAMPLE}}},
            **problems(*SIGNED_IN, http_refusals.StoreAway),
        },
    )
    async def export_account(who: Annotated[Session, Depends(signed_in(deps))]) -> StreamingResponse:
        """Give all that is kept of whoever asks, in log order: account, wallet, bets, slips, drafts, comments, reactions, follows, mutes.

        What they wrote is shown as they wrote it. Whoever of the staff decided something on the account is "staff".
        Passwords are kept as hashes and not shown. The last line is `{"end": {"facts": n}}`;
        without it the export was cut off.
        """
        return StreamingResponse(_lines(who.account_id, deps.texts, auditing, at_once), media_type=JSON_LINES)

    return router


async def _lines(account_id: str, texts: SealedTexts, auditing: Auditing, at_once: asyncio.Semaphore) -> AsyncIterator[bytes]:
    count = 0
    async with at_once:
        async for page in auditing.personal(account_id):
            if page:
                count += len(page)
                yield await _encoded(account_id, texts, page)
    yield msgspec.json.encode({"end": {"facts": count}}) + b"\n"


async def _encoded(account_id: str, texts: SealedTexts, page: Sequence[Recorded]) -> bytes:
    """Return facts as lines, what the account wrote in the clear; null where its key was destroyed."""
    lines = [{**told(fact), "committed_at": fact.committed_at} for fact in page]
    for line in lines:
        if (actor := line.get("actor")) and actor != account_id and ID_REGEX.fullmatch(actor):
            line["actor"] = STAFF
    sealed = [(line, name, value) for line in lines for name, value in line.items() if isinstance(value, str) and SEALED.fullmatch(value)]
    opened = await texts.open_many([SealedText(account_id, value) for _, _, value in sealed])
    for (line, name, _), text in zip(sealed, opened, strict=True):
        line[name] = text
    return b"".join([msgspec.json.encode(line) + b"\n" for line in lines])
