"""Mobile push: one channel for phones, carried by the provider that an address names."""

from collections.abc import Mapping
from typing import Protocol

from domain.notification.device import APNS, FCM, checked_token
from domain.notification.kinds import MOBILE_PUSH
from domain.refused import Refused
from infra.clock import Clock
from infra.delivery.apns import ApnsProvider
from infra.delivery.attempt import attempted
from infra.delivery.fcm import FcmProvider
from infra.delivery.google_tokens import GoogleTokens
from infra.delivery.http2_provider import Http2Provider
from infra.delivery.port import Gone, NoticeDelivery, Outcome, Undeliverable
from infra.delivery.provider_connection import ANSWER_BYTES_MAX
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.settings import Settings

DEADLINE_S = 50.0
"""Whatever happens, so long a push takes at most: an access token and the push itself, each with its connection and its answer."""


class PhoneProvider(Protocol):
    """Who carries pushes to phones."""

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Carry a message to a phone.

        Raises:
            NotSent, MaybeSent: where it did not answer. PushEndpointNotAllowed: where it may not be asked.

        """
        ...

    async def close(self) -> None:
        """End what connections it kept."""
        ...


class MobilePush:
    """The channel of pushes to phones. Its addresses have `provider` and `token`."""

    name = MOBILE_PUSH
    idempotent = False

    def __init__(self, providers: Mapping[str, PhoneProvider]) -> None:
        """`providers` are those that are set up, by their names."""
        self._providers = providers

    async def send(self, delivery: NoticeDelivery) -> Outcome:
        """Send a message to a phone."""
        name = delivery.address.get("provider", "")
        try:
            token = checked_token(name, delivery.address.get("token", ""))
        except Refused as refusal:
            return Gone(f"the address is of no use: {refusal}")
        provider = self._providers.get(name)
        if provider is None:
            return Undeliverable(f"pushes by {name} are not set up here")
        return await attempted(provider.send(delivery._replace(address={"provider": name, "token": token})), DEADLINE_S)

    async def close(self) -> None:
        """End the connections to all providers."""
        for provider in self._providers.values():
            await provider.close()


def open_mobile_push(settings: Settings, clock: Clock) -> MobilePush:
    """Open the channel for the event loop that uses it, with the providers that the settings set up."""

    def now_s() -> float:
        return clock.now().timestamp()

    providers: dict[str, PhoneProvider] = {}
    account = settings.fcm_account()
    if account is not None:
        hosts = PublicHosts(settings.push_test_hosts)
        connections = ProviderConnections(hosts, clock.monotonic_s, body_kept_bytes=ANSWER_BYTES_MAX)
        tokens = GoogleTokens(account, connections, now_s)
        providers[FCM] = FcmProvider(settings.fcm_url, account, connections, tokens, now_s)
    key = settings.apple_key()
    if key is not None:
        connection = Http2Provider(settings.apns_endpoint(), PublicHosts(settings.push_test_hosts), clock.monotonic_s)
        providers[APNS] = ApnsProvider(key, connection, now_s)
    return MobilePush(providers)
