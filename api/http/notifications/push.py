"""Web push over HTTP: with which key a browser subscribes, and taking its subscription."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import DEVICE_LENGTH_MAX, AddressReceiptShape, PushKeyShape, PushSubscriptionBody
from api.http.notifications.devices_added import ADDING_A_DEVICE, add_device
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, signed_in, social_writer
from domain import prose
from domain.notification import push_subscription as push_rules
from domain.notification.kinds import WEB_PUSH

SUBSCRIBING = (
    push_rules.PushEndpointMalformed,
    push_rules.PushKeysMalformed,
    push_rules.PushEndpointNotAllowed,
    *ADDING_A_DEVICE,
)


def pushes(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which browsers subscribe to pushes. They end as every address does."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
    session, writer = Depends(signed_in(deps)), Depends(social_writer(deps))

    @router.get("/push-key", operation_id="readPushKey", responses=problems(*SIGNED_IN))
    async def key(_: Annotated[Session, session]) -> PushKeyShape:
        """Show the key with which a browser subscribes (`applicationServerKey`): it takes pushes that are signed with it, and no others."""
        return PushKeyShape(public_key=deps.pushes.public_key)

    @router.post(
        "/push-subscriptions",
        operation_id="subscribeToPushes",
        status_code=201,
        response_model=AddressReceiptShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *SUBSCRIBING),
    )
    async def subscribe(body: PushSubscriptionBody, who: Annotated[Session, writer]) -> Response:
        """Have pushes sent to a browser of the caller's; what is repeated answers as the first did.

        The endpoint is an https address whose host is public: nothing is sent into private networks. Pushes are encrypted with the keys,
        so that the push service reads none. A subscription that its service calls gone is removed. One with other keys or another name
        for an endpoint that is the caller's takes the place of that: a browser is told once. An endpoint of another account stays that
        account's as well: whoever signs out in a browser gives its subscription up.
        """
        endpoint = push_rules.parse_endpoint(body.endpoint)
        push_rules.decode_keys(body.keys.p256dh, body.keys.auth)
        device = prose.checked_prose(body.device, field="device", characters_max=DEVICE_LENGTH_MAX, lines=False)
        await deps.pushes.check(endpoint)
        fields = {"endpoint": body.endpoint, "p256dh": body.keys.p256dh, "auth": body.keys.auth, "device": device}
        return answered(*await add_device(deps, who, WEB_PUSH, fields, ("endpoint",)), 201)

    return router
