"""Is it alive, is it ready, and what are its figures."""

import hmac
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from api.http.documents import problems
from api.http.http_figures import Metrics
from api.http.ports import THE_LOG, Ready
from api.http.problems import PROBLEM_JSON, extra_headers, problem_of
from api.http.reading import JSON, encode
from api.http.refusals import StoreAway, TokenInvalid, TokenMissing, ViewUnavailable

ALIVE: dict[str, Any] = {"status": "alive"}
READY: dict[str, Any] = {"status": "ready", "missing": []}


def health(ready: Ready) -> APIRouter:
    """Return the routes for whoever runs the service."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", operation_id="healthz", responses={200: _told("The process answers.", ALIVE), **problems()})
    async def healthz() -> Response:
        """Tell that the process answers."""
        return Response(encode(ALIVE), media_type=JSON)

    @router.get(
        "/readyz",
        operation_id="readyz",
        responses={
            200: _told("Everything that answers depend on can be reached.", READY),
            **problems(StoreAway, ViewUnavailable),
        },
    )
    async def readyz() -> Response:
        """Tell whether everything that answers depend on can be reached; where it cannot, the problem's `missing` names what."""
        missing = await ready.missing()
        if not missing:
            return Response(encode(READY), media_type=JSON)
        refusal = StoreAway() if THE_LOG in missing else ViewUnavailable()
        problem = {**problem_of(refusal, "/readyz"), "missing": missing}
        return Response(encode(problem), problem["status"], extra_headers(refusal), media_type=PROBLEM_JSON)

    return router


def figures(metrics: Metrics, token: bytes) -> APIRouter:
    """Return the route of the figures, for who has the token."""
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def metrics_text(request: Request) -> Response:
        """Give the figures in Prometheus' text form."""
        given = request.headers.get("authorization", "").encode("latin-1")
        if not given:
            raise TokenMissing
        if not hmac.compare_digest(given, b"Bearer " + token):
            raise TokenInvalid
        return Response(generate_latest(metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return router


def _told(description: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"example": example}}}
