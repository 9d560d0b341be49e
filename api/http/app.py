"""Builds the HTTP app from what it is handed."""

from collections.abc import Sequence
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from api.http import refusals as refused
from api.http.accounts import accounts
from api.http.bets import add_placing
from api.http.documents import install
from api.http.front import Front, Metrics
from api.http.health import health
from api.http.ports import Desk, Ready
from api.http.problems import problem_response
from api.http.trading import trading
from api.http.wallet import transfers
from commands.ports import StoreUnavailable
from domain.refused import Refused

ERRORS_SHOWN_MAX = 20
DESCRIPTION = """A real-time sportsbook on one event log: live odds, bets struck at exactly the odds on the screen.

Sign in with `POST /v1/sessions` and send the token as `Authorization: Bearer <token>`. Every answer that is no success is an
RFC 9457 problem whose `type` names it for ever. Commands answer with `Slipstream-Position`; a query sent with
`Slipstream-After: <position>` waits, at most 500 ms, until it shows what happened up to there.
"""

log = structlog.get_logger()


def build_app(desk: Desk, ready: Ready, views: Sequence[APIRouter], web: Path | None, version: str = "0.1.0") -> ASGIApp:
    """Return the app: the routes of commands, the `views` given, health, and the web pages in the folder `web`."""
    app = FastAPI(title="Slipstream", version=version, description=DESCRIPTION, redirect_slashes=False, docs_url="/docs", redoc_url=None)
    metrics = Metrics()
    add_placing(app.router, desk)
    for router in (accounts(desk), transfers(desk), trading(desk), *views, health(ready, metrics)):
        app.include_router(router)
    if web is not None:
        app.mount("/", StaticFiles(directory=web, html=True), name="web")
    _refuse_in_problems(app)
    install(app)
    return Front(app, metrics, desk.clock)


def _refuse_in_problems(app: FastAPI) -> None:
    """Turn everything that can go wrong into a problem."""

    async def on_refused(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refused)  # noqa: S101  (registered for nothing else)
        return problem_response(refusal, request.url.path)

    async def on_malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  (as above)
        errors = tuple(
            {"where": ".".join(str(part) for part in found["loc"])[:200], "what": str(found["msg"])[:300]}
            for found in error.errors()[:ERRORS_SHOWN_MAX]
        )
        return problem_response(refused.BodyMalformed(errors), request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (as above)
        path = request.url.path
        match error.status_code:
            case 404:
                refusal: Refused = refused.RouteUnknown(path[:200])
            case 405:
                refusal = refused.MethodNotAllowed(request.method[:20])
            case 413:
                refusal = refused.BodyTooLarge(0)
            case _:
                refusal = refused.BodyMalformed(({"where": "body", "what": str(error.detail)[:300]},))
        return problem_response(refusal, path, dict(error.headers or {}))

    async def on_store_away(request: Request, error: Exception) -> Response:
        log.warning("the log is away", error=str(error)[:200])
        return problem_response(refused.StoreAway(), request.url.path)

    async def on_anything(request: Request, error: Exception) -> Response:  # noqa: ARG001  (the server logs it; nobody else reads it)
        return problem_response(refused.SomethingBroke(), request.url.path)

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_malformed)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(StoreUnavailable, on_store_away)
    app.add_exception_handler(Exception, on_anything)
