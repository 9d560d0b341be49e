"""Liveness, readiness and metrics."""

import hmac
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from api.http.metrics import Metrics
from api.http.openapi.document import problems
from api.http.problems import PROBLEM_JSON, PROBLEMS, extra_headers
from api.http.request_parameters import JSON, encode
from api.readiness import THE_LOG, THE_VIEWS, Ready, Report
from api.refusals import ClockSkewed, NotMoving, StoreAway, TokenInvalid, TokenMissing, ViewUnavailable
from domain.refused import Refused

ALIVE: dict[str, Any] = {"status": "alive"}
READY: dict[str, Any] = {
    "status": "ready",
    "missing": [],
    "wrong": [],
    "alarms": [],
    "checks": [
        {
            "name": "view board",
            "ok": True,
            "says": "the view board is 3 positions behind the log, the oldest fact it has not seen committed 0.1 s ago",
            "value": 0.1,
            "bound": 5.0,
            "unit": "s",
        }
    ],
}


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
            200: _told("Everything that answers depend on can be reached, and moves.", READY),
            **problems(StoreAway, ViewUnavailable, ClockSkewed, NotMoving),
        },
    )
    async def readyz() -> Response:
        """Tell whether everything moves: each check with figure, bound and words; where something is wrong, a problem says what.

        `missing` names what cannot be reached, `wrong` says in words what is out of bounds, `alarms` what was set
        aside and is retried, and what is switched off under overload.
        """
        report = await ready.report()
        told = {"missing": report.missing, "wrong": report.wrong, "alarms": report.alarms, "checks": report.checks}
        if not report.wrong:
            return Response(encode({"status": "ready", **told}), media_type=JSON)
        refusal = ready.refusal() or _refusal_of(report)
        problem = {**PROBLEMS.problem_of(refusal, "/readyz"), **told}
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


def _refusal_of(report: Report) -> Refused:
    if THE_LOG in report.missing:
        return StoreAway()
    return ViewUnavailable() if THE_VIEWS in report.missing else NotMoving()


def _told(description: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"example": example}}}
