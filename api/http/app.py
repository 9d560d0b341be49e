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

from api import refusals as http_refusals
from api.http.accounts import registry as accounts
from api.http.audit import registry as audit
from api.http.betting import registry as betting
from api.http.betting.bets import PATH, PlaceBetEndpoint, placing
from api.http.dependencies import HttpDependencies
from api.http.direct.hot_reads import HotReads
from api.http.direct.likes import DirectLikes
from api.http.direct.routes import Routes
from api.http.health import figures, health
from api.http.mail_page import mail_page
from api.http.metrics import Metrics
from api.http.middleware import RequestMiddleware
from api.http.notifications import registry as notifications
from api.http.openapi.document import install
from api.http.openapi.routes import document_routes
from api.http.problems import problem_response
from api.http.social import registry as social
from api.http.trading import registry as trading
from api.http.unsubscribe_page import unsubscribe_page
from api.http.view_reader import HttpViewReader
from api.http.web_pages import serve_pages
from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import ReadModelsUnavailable, UnreadableCursor

ERRORS_SHOWN_MAX = 20
DESCRIPTION = """A real-time sportsbook on one event log: live odds, bets struck at exactly the odds on the screen.

Sign in with `POST /v1/sessions` and send the token as `Authorization: Bearer <token>`. Every answer that is no success is an
RFC 9457 problem whose `type` names it for ever. Commands answer with `Slipstream-Position`, opaque text; a query sent with
`Slipstream-After: <position>` waits, at most 500 ms, until it shows what happened up to there. An answer of a view, be it that
there is nothing, says in `Slipstream-Position` how far the view was.
"""

logger = structlog.get_logger()


class HttpApi(NamedTuple):
    """The API, for a server: the app, the hot routes that need no framework, the figures, and why nothing may be served at a moment."""

    app: ASGIApp
    routes: Routes
    metrics: Metrics
    refusal: Callable[[], Refused | None]


def build_app(dependencies: HttpDependencies, web: Path | None, version: str = "0.1.0", *, metrics_token: bytes | None = None) -> HttpApi:
    """Return the API, with the web pages of the folder `web` at its root; `/metrics` only for who has its token."""
    app = FastAPI(title="Slipstream", version=version, description=DESCRIPTION, redirect_slashes=False, openapi_url=None)
    metrics, routes = Metrics(), Routes()
    deps, view_reader = dependencies.deps, HttpViewReader(dependencies.views, dependencies.reader, dependencies.deps.positions)
    place_bet_endpoint = PlaceBetEndpoint(deps)
    routes.add("POST", PATH, place_bet_endpoint.take)
    hot_reads = HotReads(deps, view_reader)
    hot_reads.install(routes)
    DirectLikes(deps).install(routes)
    metrics.sources += hot_reads.families, view_reader.feed_figures.families
    packages = (accounts, betting, trading, social, notifications, audit)
    for router in (*(router for package in packages for router in package.routers(dependencies, view_reader)), health(dependencies.ready)):
        app.include_router(router)
    if metrics_token is not None:
        app.include_router(figures(metrics, metrics_token))
    app.include_router(unsubscribe_page(deps))
    if dependencies.mailbox is not None:
        app.include_router(mail_page(dependencies.mailbox))
    if web is not None:
        serve_pages(app, web, dependencies.deps.gateway)
    _refuse_in_problems(app, {PATH})
    install(app, [placing()])
    metrics.registry.register(dependencies.ready)
    app.include_router(document_routes(app))
    middleware = RequestMiddleware(app, {PATH: place_bet_endpoint}, metrics, deps.clock, deps.addresses, deps.positions)
    return HttpApi(middleware, routes, metrics, dependencies.ready.refusal)


def _refuse_in_problems(app: FastAPI, asgi_routes: Container[str]) -> None:
    """Turn every error into a problem. POST routes at `asgi_routes` paths are not in the app: they are answered without it."""

    async def on_error(request: Request, error: Exception) -> Response:
        refusal = refusal_of(request, error)
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if "Allow" in headers:
            methods = {method.strip() for method in headers["Allow"].split(",")}
            methods |= {"HEAD"} if "GET" in methods else set()
            methods |= {"POST"} if request.url.path in asgi_routes else set()
            headers["Allow"] = ", ".join(sorted(methods))
        return problem_response(refusal, request.url.path, headers)

    for kind in (Refused, RequestValidationError, HTTPException, UnreadableCursor, StoreUnavailable, ReadModelsUnavailable, Exception):
        app.add_exception_handler(kind, on_error)


def refusal_of(request: Request, error: Exception) -> Refused:
    """Return what a caller is told about an error; only a refusal tells more than its kind."""
    match error:
        case RequestValidationError():
            return http_refusals.BodyMalformed(tuple(_shown(found) for found in error.errors()[:ERRORS_SHOWN_MAX]))
        case HTTPException(status_code=404):
            return http_refusals.RouteUnknown(request.url.path[:200])
        case HTTPException(status_code=405):
            return http_refusals.MethodNotAllowed(request.method[:20])
        case HTTPException():
            return http_refusals.BodyMalformed(({"where": "body", "what": str(error.detail)[:300]},))
        case StoreUnavailable():
            logger.warning("the log is unavailable", error=str(error)[:200])
        case ReadModelsUnavailable():
            logger.warning("the views are unavailable", error=str(error)[:200])
        case _:
            pass
    return http_refusals.refusal_for(error) or http_refusals.SomethingBroke()


def _shown(found: dict[str, Any]) -> dict[str, str]:
    return {"where": ".".join(str(part) for part in found["loc"])[:200], "what": str(found["msg"])[:300]}
