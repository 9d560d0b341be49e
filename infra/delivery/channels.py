"""The channels that the role of deliveries opens. A new one is added here, with one line."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from infra.clock import Clock
from infra.delivery.email_opening import open_email
from infra.delivery.mobile_push import open_mobile_push
from infra.delivery.port import DeliveryChannel
from infra.delivery.web_push import open_web_push
from infra.settings import Settings


class ChannelParts(NamedTuple):
    """What channels are opened with: `log_id` is that of the log, `page_url` where the page is for who reads a message elsewhere."""

    settings: Settings
    clock: Clock
    log_id: str
    page_url: str


OpenChannel = Callable[[ChannelParts], DeliveryChannel | None]
"""Opens a channel within the loop that uses it; None where the settings leave it out."""

CHANNELS_OPENED: Sequence[OpenChannel] = (
    lambda parts: open_web_push(parts.settings, parts.clock),
    lambda parts: open_email(parts.settings, parts.clock, parts.log_id, parts.page_url),
    lambda parts: open_mobile_push(parts.settings, parts.clock),
)
"""How each channel is opened."""
