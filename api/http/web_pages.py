"""The web page: one document at each of its addresses, and its files under `/web`."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.http.gateway_address import GatewayAddress

ADDRESSES = (
    "/",
    "/match/{match_id}",
    "/feed",
    "/slips/{slip_id}",
    "/profile/{handle}",
    "/profile/{handle}/followers",
    "/profile/{handle}/following",
    "/leaderboard",
    "/code/{code}",
    "/drafts",
    "/saved",
    "/share",
    "/muted",
    "/inbox",
    "/decisions",
    "/moderation",
    "/trading",
    "/trading/{fixture_id}",
    "/search",
    "/tags/{tag}",
    "/bets",
    "/bets/{bet_id}",
    "/calculator",
    "/wallet",
    "/account",
    "/sign-in",
    "/sign-up",
)
"""The addresses of `web/js/router.js`. Every other one stays the API's to refuse."""

WORKER = "js/service_worker.js"
"""The service worker, which shows pushes for every address of the page."""

POLICY = "default-src 'self'; connect-src {}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class _Files(StaticFiles):
    """Files that a browser revalidates before using its copy, so that no page runs with modules of two versions."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        if path == WORKER:
            response.headers["Service-Worker-Allowed"] = "/"
        return response


def serve_pages(app: FastAPI, web: Path, gateway: GatewayAddress) -> None:
    """Serve the page at each of its addresses and its files under `/web`. It may open sockets at the gateway, and ask nobody else."""

    async def page(request: Request) -> Response:
        policy = POLICY.format(gateway.sources(request.headers.get("host", "")))
        return FileResponse(web / "index.html", headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})

    for address in ADDRESSES:
        app.add_api_route(address, page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/web", _Files(directory=web), name="web")
