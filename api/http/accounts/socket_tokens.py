"""Where sockets are opened, and tokens to connect with: what `api.stream` takes."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.channel_names import channel_name
from api.http.accounts.answers import GatewayShape, SocketTokenShape
from api.http.accounts.bodies import SocketTokenBody
from api.http.dependencies import RouteDependencies
from api.http.gateway_address import PATH
from api.http.openapi.document import SIGNED_IN, problems
from api.http.request_parameters import signed_in


def socket_tokens(deps: RouteDependencies) -> APIRouter:
    """Return the routes of the gateway."""
    router = APIRouter(prefix="/v1", tags=["gateway"])

    @router.get("/gateway", operation_id="readGateway", response_model=GatewayShape, responses=problems())
    async def gateway() -> dict[str, Any]:
        """Tell where sockets are opened: at `url` where that is given, else on this host at the port and path.

        A `url` that begins with `/` is a path on the address that was asked. Odds and scores are there for everybody, without a token.
        """
        return {"port": deps.gateway.port, "path": PATH, "url": deps.gateway.url or None}

    @router.post(
        "/gateway/tokens",
        status_code=201,
        operation_id="createSocketToken",
        response_model=SocketTokenShape,
        responses=problems(*SIGNED_IN, http_refusals.ChannelUnknown),
    )
    async def token(body: SocketTokenBody, who: Annotated[Session, Depends(signed_in(deps))]) -> dict[str, Any]:
        """Issue a token to connect with, or to subscribe to a channel that is named. It ends with the session, or after ten minutes.

        A token is no session: it counts on the socket alone. A repeat gives another one, and harms nothing.
        """
        if body.channel is None:
            text, expires_at_s = deps.socket_tokens.connection(who)
        else:
            name = channel_name(body.channel)
            if name is None or (name.is_personal and name.subject_id != who.account_id):
                raise http_refusals.ChannelUnknown(body.channel)
            text, expires_at_s = deps.socket_tokens.subscription(who, body.channel)
        return {"token": text, "expires_at": datetime.fromtimestamp(expires_at_s, UTC)}

    return router
