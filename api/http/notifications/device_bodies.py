"""The body by which an app registers a phone, as the OpenAPI document shows it."""

from pydantic import Field

from api.http.field_types import Body
from api.http.notifications.bodies import DEVICE_LENGTH_MAX
from domain.notification.device import TOKEN_LENGTH_MAX

EXAMPLE_DEVICE_TOKEN = "dK3xT0q1SbyJw7example:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ"  # noqa: S105  (an example)


class DeviceBody(Body):
    """By which provider a phone is reached and its token there, and what the caller calls it."""

    provider: str = Field(max_length=30, examples=["fcm"], description="fcm (Firebase Cloud Messaging) or apns (Apple).")
    token: str = Field(max_length=TOKEN_LENGTH_MAX, examples=[EXAMPLE_DEVICE_TOKEN])
    device: str = Field(max_length=DEVICE_LENGTH_MAX, examples=["Ann's phone"])
