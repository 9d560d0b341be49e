"""Mobile push over HTTP: an app registers the phone that it runs on."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import DEVICE_LENGTH_MAX, AddressReceiptShape
from api.http.notifications.device_bodies import DeviceBody
from api.http.notifications.devices_added import ADDING_A_DEVICE, add_device
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, social_writer
from domain import prose
from domain.notification import device as device_rules
from domain.notification.commands import RemoveAddress
from domain.notification.kinds import MOBILE_PUSH

REGISTERING = (
    device_rules.DeviceProviderUnknown,
    device_rules.DeviceTokenMalformed,
    device_rules.DeviceProviderNotSetUp,
    *ADDING_A_DEVICE,
)


def phones(deps: RouteDependencies) -> APIRouter:
    """Return the route by which apps register phones. They end as every address does."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])

    @router.post(
        "/devices",
        operation_id="registerDevice",
        status_code=201,
        response_model=AddressReceiptShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *REGISTERING),
    )
    async def register(body: DeviceBody, who: Annotated[Session, Depends(social_writer(deps))]) -> Response:
        """Have pushes sent to a phone of the caller's; what is repeated answers as the first did.

        An app registers whenever it starts and whenever its token changes, and removes the address when its person signs out. A phone
        tells what one account is told: one that another account registered before is not that account's any more. A token that its
        provider calls gone is removed.
        """
        token = device_rules.checked_token(body.provider, body.token)
        if body.provider not in deps.pushes.phones.providers:
            raise device_rules.DeviceProviderNotSetUp(body.provider)
        device = prose.checked_prose(body.device, field="device", characters_max=DEVICE_LENGTH_MAX, lines=False)
        fields = {"provider": body.provider, "token": token, "device": device}
        receipt, position = await add_device(deps, who, MOBILE_PUSH, fields, ("provider", "token"))
        holder = await deps.pushes.phones.devices.register(body.provider, token, who.account_id, receipt.address_id, position)
        for account_id, address_id in holder.earlier:
            left = await deps.queue.submit(RemoveAddress(account_id, address_id, "replaced", deps.clock.now()))
            position = max(position, left.position)
        if holder.earlier:
            await deps.pushes.phones.devices.forget_earlier(holder)
        return answered(receipt, position, 201)

    return router
