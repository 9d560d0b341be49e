"""The API's own pages: `/openapi.json`, and `/docs` for people, made of it. Nothing is loaded from anywhere else."""

import asyncio

import msgspec
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.http.direct.cached_response import CachedResponse
from api.http.direct.routes import Reply
from api.http.headers import CONTENT_SECURITY_POLICY, decoded
from api.http.openapi.page import page_of

DOCS_POLICY = (
    CONTENT_SECURITY_POLICY,
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)


class Documents:
    """The documents, made at the first question and kept as bytes. Making them takes a second, so another thread does."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._made: asyncio.Task[tuple[CachedResponse, CachedResponse]] | None = None

    async def made(self) -> tuple[CachedResponse, CachedResponse]:
        """Return the OpenAPI document and the page."""
        if self._made is None:
            self._made = asyncio.create_task(asyncio.to_thread(self._make))
        return await asyncio.shield(self._made)

    def _make(self) -> tuple[CachedResponse, CachedResponse]:
        document = self._app.openapi()
        described = CachedResponse(msgspec.json.encode(document), b"application/json")
        return described, CachedResponse(page_of(document).encode(), b"text/html; charset=utf-8", DOCS_POLICY)


def document_routes(app: FastAPI) -> APIRouter:
    """Return the routes of the documents."""
    router = APIRouter(include_in_schema=False)
    documents = Documents(app)

    @router.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        described, _ = await documents.made()
        return response_of(described.reply(fields_of(request)))

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        _, page = await documents.made()
        return response_of(page.reply(fields_of(request)))

    return router


def fields_of(request: Request) -> dict[bytes, bytes]:
    """Return the header fields of a request by lowercase name."""
    return dict(request.headers.raw)


def response_of(reply: Reply) -> Response:
    """Return a direct answer as the framework's."""
    response = Response(reply.body, reply.status)
    length = [] if reply.status == 304 else [(b"content-length", b"%d" % len(reply.body))]
    response.raw_headers = [*decoded(reply.lines), *length]
    return response
