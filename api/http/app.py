"""Builds the HTTP app from what it is handed."""

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from api import refusals as refused
from api.http.accounts.pauses import account_gates
from api.http.accounts.payment_webhook import payment_webhook
from api.http.accounts.registration import accounts
from api.http.accounts.second_factor import second_factor
from api.http.accounts.sessions import sessions
from api.http.accounts.transfers import transfers
from api.http.audit.routes import audits
from api.http.betting.bets import PATH, Counter, placing
from api.http.betting.fixtures import boards
from api.http.betting.portfolio import own_bets, portfolios
from api.http.dependencies import Ports
from api.http.direct.hot_reads import HotReads
from api.http.direct.routes import Routes
from api.http.health import figures, health
from api.http.metrics import Metrics
from api.http.middleware import Front
from api.http.openapi.document import install
from api.http.openapi.routes import document_routes
from api.http.problems import problem_response
from api.http.trading.fixtures import trading
from api.http.trading.markets import market_trading
from api.http.trading.open_proposals import open_proposals
from api.http.trading.proposals import proposal_decisions
from api.http.view_reader import Viewing
from api.http.web_pages import serve_pages
from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import CursorMalformed, ReadModelsAway

ERRORS_SHOWN_MAX = 20
DESCRIPTION = """A real-time sportsbook on one event log: live odds, bets struck at exactly the odds on the screen.

Sign in with `POST /v1/sessions` and send the token as `Authorization: Bearer <token>`. Every answer that is no success is an
RFC 9457 problem whose `type` names it for ever. Commands answer with `Slipstream-Position`, opaque text; a query sent with
`Slipstream-After: <position>` waits, at most 500 ms, until it shows what happened up to there.
"""

log = structlog.get_logger()


class HttpApi(NamedTuple):
    """The API, for a server: the app, the hot routes that need no framework, the figures, and why nothing may be served at a moment."""

    app: ASGIApp
    routes: Routes
    metrics: Metrics
    refusal: Callable[[], Refused | None]


def build_app(ports: Ports, web: Path | None, version: str = "0.1.0", *, metrics_token: bytes | None = None) -> HttpApi:
    """Return the API, with the web pages of the folder `web` at its root; `/metrics` only for who has its token."""
    app = FastAPI(title="Slipstream", version=version, description=DESCRIPTION, redirect_slashes=False, openapi_url=None)
    metrics, routes = Metrics(), Routes()
    desk, viewing = ports.desk, Viewing(ports.views, ports.reader, ports.desk.positions)
    counter = Counter(desk)
    routes.add("POST", PATH, counter.take)
    hot_reads = HotReads(desk, viewing)
    hot_reads.install(routes)
    metrics.sources.append(hot_reads.families)
    for router in (
        *(
            boards(viewing, desk.clock),
            accounts(desk),
            sessions(desk),
            second_factor(desk),
            account_gates(desk),
            transfers(desk),
            payment_webhook(desk),
        ),
        *(portfolios(desk, viewing), own_bets(desk, viewing)),
        *(trading(desk), market_trading(desk), proposal_decisions(desk), open_proposals(desk, viewing)),
        *(audits(desk, ports.auditing), health(ports.ready)),
    ):
        app.include_router(router)
    if metrics_token is not None:
        app.include_router(figures(metrics, metrics_token))
    if web is not None:
        serve_pages(app, web)
    _refuse_in_problems(app, {PATH})
    install(app, [placing()])
    metrics.registry.register(ports.ready)
    app.include_router(document_routes(app))
    front = Front(app, {PATH: counter}, metrics, desk.clock, desk.addresses, desk.positions)
    return HttpApi(front, routes, metrics, ports.ready.refusal)


def _refuse_in_problems(app: FastAPI, express: Container[str]) -> None:
    """Turn everything that can go wrong into a problem. The app does not know of the POST that is answered past it at `express` paths."""

    async def on_error(request: Request, error: Exception) -> Response:
        refusal = refusal_of(request, error)
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if "Allow" in headers:
            methods = {method.strip() for method in headers["Allow"].split(",")}
            methods |= {"HEAD"} if "GET" in methods else set()
            methods |= {"POST"} if request.url.path in express else set()
            headers["Allow"] = ", ".join(sorted(methods))
        return problem_response(refusal, request.url.path, headers)

    for kind in (Refused, RequestValidationError, HTTPException, CursorMalformed, StoreUnavailable, ReadModelsAway, Exception):
        app.add_exception_handler(kind, on_error)


def refusal_of(request: Request, error: Exception) -> Refused:
    """Return what a caller is told about an error; only a refusal tells more than its kind."""
    match error:
        case Refused():
            return error
        case RequestValidationError():
            return refused.BodyMalformed(tuple(_shown(found) for found in error.errors()[:ERRORS_SHOWN_MAX]))
        case HTTPException(status_code=404):
            return refused.RouteUnknown(request.url.path[:200])
        case HTTPException(status_code=405):
            return refused.MethodNotAllowed(request.method[:20])
        case HTTPException():
            return refused.BodyMalformed(({"where": "body", "what": str(error.detail)[:300]},))
        case CursorMalformed():
            return refused.CursorMalformed()
        case StoreUnavailable():
            log.warning("the log is away", error=str(error)[:200])
            return refused.StoreAway()
        case ReadModelsAway():
            log.warning("the views are away", error=str(error)[:200])
            return refused.ViewUnavailable()
        case _:
            return refused.SomethingBroke()


def _shown(found: dict[str, Any]) -> dict[str, str]:
    return {"where": ".".join(str(part) for part in found["loc"])[:200], "what": str(found["msg"])[:300]}
