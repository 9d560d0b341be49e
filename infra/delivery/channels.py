"""The channels that the role of deliveries opens. A new one is added here, with one line."""

from collections.abc import Callable, Sequence

from infra.clock import Clock
from infra.delivery.port import DeliveryChannel
from infra.delivery.web_push import open_web_push
from infra.settings import Settings

OpenChannel = Callable[[Settings, Clock], DeliveryChannel | None]
"""Opens a channel within the loop that uses it; None where the settings leave it out."""

CHANNELS_OPENED: Sequence[OpenChannel] = (open_web_push,)
"""How each channel is opened."""
