"""What a channel outside the page is to the workers of deliveries: it is given one message for one address, and says what came of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple, Protocol


class NoticeText(NamedTuple):
    """What is told: plain text, never markup; `path` is where the page shows more of it ("/slips/<id>").

    `topic` is at most 32 letters, digits, - or _: a later message with the same topic replaces this one where the device can do that.
    `ttl` is how long it still has something to say. `urgency` is very-low, low, normal or high (RFC 8030, section 5.3). `language` is that
    of the texts (BCP 47), in which a channel says what it adds.
    """

    kind: str
    title: str
    body: str
    path: str
    topic: str
    ttl: timedelta
    urgency: str = "normal"
    language: str = "en"


class NoticeDelivery(NamedTuple):
    """One message for one address. `delivery_id` (a UUID) follows from cause, account, channel and address: it stays the same.

    `address` is what the channel knows the person by: "ann@example.com", or a push subscription by its fields.
    """

    delivery_id: str
    account_id: str
    address: Mapping[str, str]
    message: NoticeText


class Sent(NamedTuple):
    """The provider took it; `answer` is what it said."""

    answer: str


class Later(NamedTuple):
    """The provider certainly did not take it, and may later (429, 451, 5xx, no connection); not before `after_s` seconds.

    With `of_address` it works, and takes nothing for this one address for now: what goes to others does not wait.
    """

    why: str
    after_s: float = 0.0
    of_address: bool = False


class Undeliverable(NamedTuple):
    """The provider certainly did not take it, and never will: this delivery has failed for good."""

    why: str


class Gone(NamedTuple):
    """The address exists no more (404, 410; 550): the delivery has failed, and the address is switched off with this reason."""

    why: str


class Unknown(NamedTuple):
    """The provider may have taken it: the connection ended after the message and before the answer. Not tried again."""

    why: str


Outcome = Sent | Later | Undeliverable | Gone | Unknown


class DeliveryChannel(Protocol):
    """A channel. `name` is that of `domain.notification.kinds.CHANNELS`; an `idempotent` one may be given a delivery twice without harm."""

    name: str
    idempotent: bool

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Carry a message to its address, within the time that the channel allows itself; never raises for what a provider does."""
        ...

    async def close(self) -> None:
        """End what connections it kept."""
        ...
