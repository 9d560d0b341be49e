"""What an operator may turn, read from the environment (`SLIPSTREAM_...`), and the secret that signs tokens."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

import psycopg
import pydantic
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from api.client_address import check_networks
from domain.money import AMOUNT_MINOR_MAX, CURRENCIES
from infra.breakers import BreakerSettings
from infra.delivery.settings import DeliverySettings
from infra.kept_secret import TOKEN_SECRET_CHARS_MIN, kept_secret
from infra.log.kafka_settings import KafkaSettings
from infra.metrics.ports import METRICS_PORTS, METRICS_PORTS_APART
from infra.operator_errors import Failure
from infra.processes.scaling import ScalingSettings
from infra.readmodels.clients import names_a_server
from infra.sports_data.uof.settings import UofSettings
from infra.stream.settings import PORT_MAX, StreamSettings
from infra.word_filter.languages import Languages
from projections.partitions import ALL_PARTITIONS, checked_range

PREFIX = "SLIPSTREAM_"
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
NO_SETTINGS = ("SLIPSTREAM_HYPOTHESIS", "SLIPSTREAM_SEED", "SLIPSTREAM_INHERITED_SOCKETS")
"""Variables that only tests look at, and what `slipstream up` tells its roles."""


@dataclass(eq=False)
class SettingWrong(Failure):
    """{name}: {reason}."""

    name: str
    reason: str


class Settings(StreamSettings, KafkaSettings, ScalingSettings, BreakerSettings, DeliverySettings, UofSettings):
    """Every knob with its default; `SLIPSTREAM_HTTP_PORT=9000` sets `http_port`. Units are last in a name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    data_dir: Path = Field(Path(".slipstream"), description="Data folder: the embedded servers, secrets and pid files.")
    database_url: str | None = Field(None, description="URL of the PostgreSQL 15+ server. Unset: the embedded server is started.")
    owner_database_url: str | None = Field(
        None, description="URL of the same database for the owner of the tables, who creates and migrates them. Roles run without it."
    )
    read_database_url: str | None = Field(
        None, description="URL of a read replica of that database, for search, export and audit. Unset: the database itself is read."
    )
    redis_url: str | None = Field(
        None, description="URL of the Valkey or Redis 7+ server or cluster. Unset: the embedded server is started."
    )
    project_partitions: Annotated[str, AfterValidator(checked_range)] = Field(
        ALL_PARTITIONS, description="Partitions that this `slipstream project` updates, such as 0-31; other processes update the rest."
    )
    view_tries_max: int = Field(6, ge=0, description="Tries of a fact that a view breaks on before it goes on without it. 0: it waits.")
    http_host: str = Field("127.0.0.1", description="Address the HTTP API listens on.")
    http_port: int = Field(8000, ge=0, le=PORT_MAX, description="Port of the HTTP API. 0: a free one.")
    postgres_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded PostgreSQL. Unset: a free one.")
    valkey_port: int | None = Field(None, ge=1, le=PORT_MAX, description="Port of the embedded Valkey. Unset: a free one.")

    token_secret: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Key that signs session tokens and seals snapshots. Unset: a random key, kept in the data folder.",
    )
    token_ttl_s: int = Field(86_400, ge=60, le=31_536_000, description="How long a session lasts, in seconds.")
    huge_pages: bool = Field(True, description="Whether what a process keeps in memory goes to huge pages, where the system has some.")
    staff_second_factor: Literal["required", "offered"] = Field(
        "required", description="Whether traders, auditors, support, moderators and admins must have a second factor."
    )
    second_factor_key: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Key that encrypts second factors. Unset: a random key, kept in the data folder.",
    )
    text_key: SecretStr | None = Field(
        None, min_length=TOKEN_SECRET_CHARS_MIN, description="Key that encrypts keys of texts. Unset: a random one in the data folder."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Proxies whose X-Forwarded-For is trusted: networks in CIDR form, separated by commas. Unset: none."
    )
    connections_max: int = Field(8_192, ge=16, le=1_000_000, description="Largest number of open connections to the HTTP API.")
    connections_per_address_max: int = Field(
        512, ge=1, le=1_000_000, description="Largest number of connections from one address; trusted proxies are not counted."
    )
    metrics_host: str = Field("127.0.0.1", description="Address that /metrics is served on.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=PORT_MAX,
        description="Port of /metrics of the API. Unset: the one after http_port; 0: no metrics. The next ports are those of project, "
        "settle, feed, up, search, stream, relay, feed odds-api and feed uof; notify has the twentieth.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Bearer token with which the HTTP API serves /metrics on its own port, too. Unset: it does not.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    log_json: bool = Field(default=False, description="Log JSON lines instead of text.")

    commands_per_batch_max: int = Field(512, ge=1, le=2_000, description="Largest number of commands in a batch.")
    batch_wait_ms: int | None = Field(
        None, ge=0, le=1_000, description="Wait for a fuller batch, in ms: 0 in API and gateway, 2 elsewhere."
    )
    queue_commands_max: int = Field(20_000, ge=1, le=1_000_000, description="Largest number of waiting commands; more are refused.")

    grace_ms: int = Field(
        3_000, ge=0, le=60_000, description="Grace window of a replaced price before kick-off, in milliseconds. A market may have its own."
    )
    in_play_grace_ms: int = Field(500, ge=0, le=60_000, description="Grace window in play, in milliseconds: quick bettors may know more.")
    feed_markets: Literal["main", "all"] = Field("all", description="Markets of a replayed match: all, or main, the three on the board.")
    hold_at_reports: int = Field(5, ge=0, le=1_000, description="Unread reports that hold a slip or a comment. 0: none do.")
    word_filter: bool = Field(True, description="Whether captions and comments with offensive words are held for a moderator.")
    word_filter_languages: Languages = Field(("english",), description="The languages of these words, separated by commas.")
    lease_ms: int = Field(10_000, ge=500, le=60_000, description="How long prices hold after their feed's last heartbeat, in milliseconds.")
    view_lag_s_max: float = Field(5.0, gt=0, le=3_600, description="Largest lag of a view before /readyz reports it, in seconds.")
    manager_lag_s_max: float = Field(5.0, gt=0, le=3_600, description="Largest lag of a manager before /readyz reports it, in seconds.")
    case_age_s_max: float = Field(60.0, gt=0, le=86_400, description="Largest age of a due case before /readyz reports it, in seconds.")
    undecided_s_max: float = Field(2.0, gt=0, le=60, description="Largest wait of a command before /readyz reports it, in seconds.")
    clock_skew_s_max: float = Field(5.0, gt=0, le=60, description="Clock difference, in seconds, beyond which a process serves nothing.")
    feed_silence_s_max: float = Field(
        10.0, gt=0, le=3_600, description="Longest silence of a price producer before /readyz reports it, in seconds."
    )
    pushed_followers_max: int = Field(
        10_000, ge=0, le=10**9, description="Most followers whose timelines a slip is pushed to; feeds look up those of larger authors."
    )
    never_played_after_hours: float = Field(24.0, ge=1, le=336, description="Hours after which a match without kick-off is void.")
    demo_matches: int = Field(8, ge=1, le=200, description="Matches under `slipstream up`: as many races, a quarter of each other sport.")
    demo_people: int = Field(
        12, ge=0, le=16, description="People of the demo who bet and share under `slipstream up`; 0: the demo account is there alone."
    )
    currency: str = Field("EUR", description="ISO 4217 currency of new wallets.")
    reality_check_minutes: Literal[0, 15, 30, 60, 120, 240] = Field(60, description="Minutes between reality checks, by default. 0: none.")

    deposits: Literal["off", "demo", "webhook"] | None = Field(
        None,
        description="Deposits: demo (play money), webhook (signed payments) or off. Unset: demo under `slipstream up`, otherwise off.",
    )
    deposit_minor_max: int = Field(100_000_000, ge=1, le=AMOUNT_MINOR_MAX, description="The largest deposit, in minor units.")
    deposits_per_day_minor_max: int = Field(
        500_000_000, ge=1, le=AMOUNT_MINOR_MAX, description="Largest sum of an account's deposits in 24 hours, in minor units."
    )
    payment_webhook_key: SecretStr | None = Field(
        None, min_length=TOKEN_SECRET_CHARS_MIN, description="Key that the payment provider signs its webhook with (HMAC-SHA256)."
    )

    @field_validator("database_url", "owner_database_url", "read_database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url is not None and not _names_a_postgres(url):
            raise ValueError("is no URL of a PostgreSQL, such as postgresql://user@host:5432/name")
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str | None) -> str | None:
        if url is not None and not names_a_server(url):
            raise ValueError(
                "is no URL of a Redis or Valkey, such as redis://host:6379/0, unix:///path/to/socket or redis+cluster://host:6379,host:6380"
            )
        return url

    @field_validator("http_host", "metrics_host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        try:
            ip_address(host)
        except ValueError:
            if not HOST_NAME.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
                raise ValueError("is no IP address and no host name") from None
        return host

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _are_networks(cls, networks: object) -> tuple[str, ...]:
        named = networks.split(",") if isinstance(networks, str) else networks
        assert isinstance(named, Iterable), "networks come as text or one by one"
        try:
            return check_networks([str(network).strip() for network in named])
        except ValueError as error:
            raise ValueError(f"is no list of networks such as 10.0.0.0/8: {error}") from None

    @field_validator("currency")
    @classmethod
    def _is_held(cls, currency: str) -> str:
        if currency not in CURRENCIES:
            raise ValueError(f"is none of the currencies that wallets are held in: {', '.join(sorted(CURRENCIES))}")
        return currency

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        ports = {name: getattr(self, name) or None for name in Settings.model_fields if name.endswith("_port")}
        for name, port in ports.items():
            for other, taken in ports.items():
                if name != other and port is not None and port == taken:
                    raise ValueError(f"{variable(other)}: is the same port as {variable(name)}")
        for name in ("owner_database_url", "read_database_url"):
            if getattr(self, name) is not None and self.database_url is None:
                raise ValueError(f"{variable(name)}: is of no use without {variable('database_url')}")
        if self.deposits == "webhook" and self.payment_webhook_key is None:
            raise ValueError(f"{variable('payment_webhook_key')}: is needed where deposits come by webhook")
        if self.deposit_minor_max > self.deposits_per_day_minor_max:
            raise ValueError(f"{variable('deposit_minor_max')}: is more than {variable('deposits_per_day_minor_max')}")
        return self

    def check_folder(self) -> None:
        """Refuse a data folder that cannot be used, before anything is started in it.

        Raises:
            SettingWrong: naming the setting.

        """
        folder = self.data_dir.absolute()
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise SettingWrong(variable("data_dir"), f"{there} is a file, a folder is needed")
        if not os.access(there, os.W_OK | os.X_OK):
            raise SettingWrong(variable("data_dir"), f"{there} cannot be written to")

    def metrics_port_of(self, role: str, number: int = 1) -> int:
        """Return the port that a process of a role serves `/metrics` on, 0 where it serves none."""
        first = self.metrics_port if self.metrics_port is not None else self.http_port + 1
        port = first + METRICS_PORTS[role] + METRICS_PORTS_APART * (number - 1)
        return port if first and port <= PORT_MAX else 0

    def token_key(self) -> str:
        """Return the secret that signs tokens: the configured one, else the one kept in the data folder, made at first use."""
        return self._secret("token_secret", "everybody has to sign in again")

    def second_factor_secret(self) -> str:
        """Return the secret that second factors are sealed with, likewise."""
        return self._secret("second_factor_key", "no second factor can be read without the one before")

    def text_secret(self) -> str:
        """Return the secret that the keys of personal text are encrypted with, likewise."""
        return self._secret("text_key", "no personal text can be read without the one before")

    def push_secret(self) -> str:
        """Return the secret that the key of web pushes follows from, likewise."""
        return self._secret("push_key", "every browser has to subscribe to pushes again")

    def centrifugo_keys(self) -> tuple[str, str]:
        """Return the key of the Centrifugo's server API, and the secret that it asks with, likewise."""
        lost = "the Centrifugo needs its configuration anew"
        return self._secret("centrifugo_api_key", lost), self._secret("centrifugo_secret", lost)

    def _secret(self, name: str, lost: str) -> str:
        told: SecretStr | None = getattr(self, name)
        return told.get_secret_value() if told is not None else kept_secret(self.data_dir / name, lost)


def _names_a_postgres(url: str) -> bool:
    try:
        told = conninfo_to_dict(url)
    except psycopg.Error:
        return False
    ports = [port for port in str(told.get("port", "")).split(",") if port]
    is_url = url.startswith(("postgresql://", "postgres://"))
    return (is_url or "://" not in url) and bool(told) and all(port.isdecimal() and 0 < int(port) <= PORT_MAX for port in ports)


def process_name(role: str, number: int) -> str:
    """Return what a process of a role is called under `slipstream up`: `api`, then `api-2`."""
    return role if number == 1 else f"{role}-{number}"


def variable(setting: str) -> str:
    """Return the variable that sets a setting."""
    return PREFIX + setting.upper()


def read_settings() -> Settings:
    """Return the settings of the environment.

    Raises:
        SettingWrong: for the first that is wrong, by its variable.

    """
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default
    except pydantic.ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        said = str(wrong["msg"]).removeprefix("Value error, ").rstrip(".")
        if not wrong["loc"]:
            name, _, reason = said.partition(": ")
            raise SettingWrong(name, reason) from None
        raise SettingWrong(variable(str(wrong["loc"][0])), said) from None
