"""What an operator may turn about notifications outside the page; a part of `infra.settings.Settings`."""

from pydantic import Field

from infra.delivery.mail_settings import MailSettings
from infra.delivery.mobile_settings import MobileSettings


class DeliverySettings(MailSettings, MobileSettings):
    """How notifications are sent."""

    notify_rate_per_s: float = Field(
        1_000.0, gt=0, le=100_000, description="Most notifications a second that one `slipstream notify` sends to one provider."
    )
