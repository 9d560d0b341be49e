"""What an operator may set about pushes to phones; a part of `infra.settings.Settings`."""

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from domain.notification.device import APNS, FCM
from domain.notification.push_subscription import PushEndpoint, PushEndpointMalformed, parse_endpoint
from infra.delivery.apns import AppleKey, read_apple_key
from infra.delivery.google_tokens import ServiceAccount, read_service_account
from infra.delivery.push_settings import PushSettings

APPLE_ID = r"^([A-Z0-9]{10})?$"


class MobileSettings(PushSettings):
    """By whom phones are pushed to: a provider is set up where its key is named."""

    fcm_key_file: Path | None = Field(
        None, description="Key file (JSON) of the Google service account that pushes to phones by Firebase. Unset: no push goes by it."
    )
    fcm_url: str = Field("https://fcm.googleapis.com", description="Address of Firebase Cloud Messaging; another one for a sink of tests.")

    apns_key_file: Path | None = Field(
        None, description="Key file (.p8) with which pushes to iPhones are signed for Apple. Unset: no push goes by it."
    )
    apns_key_id: str = Field("", pattern=APPLE_ID, description="Id of that key, ten letters and digits.")
    apns_team_id: str = Field("", pattern=APPLE_ID, description="Id of the team that the key is of, likewise.")
    apns_topic: str = Field("", pattern=r"^[A-Za-z0-9.-]{0,155}$", description="Bundle id of the app that gets these pushes.")
    apns_url: str = Field(
        "https://api.push.apple.com", description="Address of Apple's push service; of its sandbox, or of a sink of tests."
    )

    @field_validator("fcm_key_file")
    @classmethod
    def _is_key_file(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_service_account(path)
        return path

    @field_validator("apns_key_file")
    @classmethod
    def _is_apple_key_file(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_apple_key(path)
        return path

    @field_validator("fcm_url", "apns_url")
    @classmethod
    def _is_provider(cls, url: str) -> str:
        _endpoint(url)
        return url

    @model_validator(mode="after")
    def _are_asked_over_tls(self) -> Self:
        account = self.fcm_account()
        if account is not None:
            self._check_tls("SLIPSTREAM_FCM_URL", _endpoint(self.fcm_url))
            self._check_tls("SLIPSTREAM_FCM_KEY_FILE", account.token_endpoint)
        if self.apns_key_file is not None:
            self._check_tls("SLIPSTREAM_APNS_URL", _endpoint(self.apns_url))
            for name in ("apns_key_id", "apns_team_id", "apns_topic"):
                if not getattr(self, name):
                    raise ValueError(f"SLIPSTREAM_{name.upper()}: is needed where SLIPSTREAM_APNS_KEY_FILE is set")
        return self

    def _check_tls(self, name: str, endpoint: PushEndpoint) -> None:
        if endpoint.scheme != "https" and f"{endpoint.host}:{endpoint.port}" not in self.push_test_hosts:
            raise ValueError(f"{name}: {endpoint.origin} is not https, and SLIPSTREAM_PUSH_TEST_HOSTS does not name it")

    def fcm_account(self) -> ServiceAccount | None:
        """Return the service account that pushes by Firebase; None where it is not set up."""
        return read_service_account(self.fcm_key_file) if self.fcm_key_file is not None else None

    def phone_providers(self) -> tuple[str, ...]:
        """Return the providers that are set up."""
        return tuple(name for name, path in ((FCM, self.fcm_key_file), (APNS, self.apns_key_file)) if path is not None)

    def apple_key(self) -> AppleKey | None:
        """Return the key that pushes to iPhones are signed with; None where it is not set up."""
        if self.apns_key_file is None:
            return None
        return AppleKey(read_apple_key(self.apns_key_file), self.apns_key_id, self.apns_team_id, self.apns_topic)

    def apns_endpoint(self) -> PushEndpoint:
        """Return where Apple's push service is."""
        return _endpoint(self.apns_url)


def _endpoint(url: str) -> PushEndpoint:
    try:
        endpoint = parse_endpoint(f"{url}/")
    except PushEndpointMalformed:
        endpoint = None
    if endpoint is None or endpoint.target != "/":
        raise ValueError("is no address of a provider such as https://push.example.com")
    return endpoint
