"""What an operator may turn of the gateway; a part of `infra.settings.Settings`."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from infra.kept_secret import TOKEN_SECRET_CHARS_MIN

PORT_MAX = 65_535
STREAM_PORT_AFTER = 10
"""How far after the port of the API that of the gateway is, unless it is set."""
ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
HTTP_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
ADDRESS = re.compile(r"(wss?://[A-Za-z0-9.:\[\]-]+)?/[A-Za-z0-9._~/-]*")


class StreamSettings(BaseSettings):
    """The gateway's port, who may open sockets, and how many."""

    stream_port: int | None = Field(
        None, ge=0, le=PORT_MAX, description="Port of the WebSocket gateway. Unset: ten after http_port; 0: a free one."
    )
    stream_url: str = Field(
        "",
        description="Where clients open sockets when a proxy stands before the gateway: a path on the page's own address such as "
        "/connection/websocket, or wss://push.example.com/connection/websocket. Unset: the gateway's port on the host of the page.",
    )
    stream_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may open sockets, such as https://example.com, by commas. The gateway's own host always may."
    )
    stream_connections_max: int = Field(20_000, ge=16, le=1_000_000, description="Largest number of open sockets of a gateway.")
    stream_connections_per_address_max: int = Field(
        2_048, ge=1, le=1_000_000, description="Largest number of sockets from one address; trusted proxies are not counted."
    )
    stream_gather_ms: float = Field(
        2.0,
        ge=0,
        le=50,
        description="Under load, how many milliseconds pushes to a socket are gathered into one write. 0: each is a write of its own.",
    )

    push: Literal["gateway", "centrifugo"] = Field(
        "gateway", description="Who holds the sockets: the gateway of its own, or a Centrifugo that stands before it; see stream_url."
    )
    centrifugo_url: str = Field("http://127.0.0.1:8000", description="Where the server API of the Centrifugo is, without its path /api.")
    centrifugo_requests_url: str = Field(
        "", description="Where the Centrifugo finds `slipstream stream`. Unset: the port of the gateway on http_host."
    )
    centrifugo_api_key: SecretStr | None = Field(
        None, min_length=TOKEN_SECRET_CHARS_MIN, description="Key of the Centrifugo's server API. Unset: a random one in the data folder."
    )
    centrifugo_secret: SecretStr | None = Field(
        None, min_length=TOKEN_SECRET_CHARS_MIN, description="Secret that the Centrifugo asks with. Unset: a random one in the data folder."
    )

    @field_validator("centrifugo_url", "centrifugo_requests_url")
    @classmethod
    def _is_an_http_address(cls, url: str) -> str:
        if url and not HTTP_ADDRESS.fullmatch(url):
            raise ValueError("is no address such as http://127.0.0.1:8000")
        return url

    @field_validator("stream_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and (not ADDRESS.fullmatch(url) or url.startswith("//")):
            raise ValueError(
                "is neither a path such as /connection/websocket nor an address such as wss://push.example.com/connection/websocket"
            )
        return url

    @field_validator("stream_origins", mode="before")
    @classmethod
    def _are_origins(cls, origins: object) -> tuple[str, ...]:
        named = origins.split(",") if isinstance(origins, str) else origins
        assert isinstance(named, Iterable), "origins come as text or one by one"
        told = tuple(str(origin).strip() for origin in named if str(origin).strip())
        if not all(ORIGIN.fullmatch(origin) for origin in told):
            raise ValueError("is no list of origins such as https://example.com or http://localhost:8000")
        return told

    @model_validator(mode="after")
    def _has_an_address_for_clients(self) -> Self:
        if self.push == "centrifugo" and not self.stream_url:
            raise ValueError("SLIPSTREAM_STREAM_URL: must name the Centrifugo's address for clients where it holds the sockets")
        return self

    def stream_port_of(self, http_port: int) -> int:
        """Return the port of the gateway beside an API on a port; 0 is a free one."""
        if self.stream_port is not None:
            return self.stream_port
        after = http_port + STREAM_PORT_AFTER
        return after if http_port and after <= PORT_MAX else 0
