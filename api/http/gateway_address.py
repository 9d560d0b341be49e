"""Where clients open sockets, and that the page may: its content security policy names the gateway."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PATH = "/connection/websocket"
SELF = "'self'"
HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?")


@dataclass(frozen=True)
class GatewayAddress:
    """The gateway's port on the host of the API, 0 where there is none; or the address that a proxy serves it at, empty without one."""

    port: int
    url: str = ""

    def sources(self, host: str) -> str:
        """Return what the page may connect to, as `connect-src` lists it, where `host` is what the browser asked for."""
        if self.url:
            found = urlsplit(self.url)
            return SELF if not found.netloc else f"{SELF} {found.scheme}://{found.netloc}"
        asked = HOST.fullmatch(host)
        return f"{SELF} ws://{asked[1]}:{self.port} wss://{asked[1]}:{self.port}" if asked and self.port else SELF
