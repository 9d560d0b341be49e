"""The configuration file of a Centrifugo that stands before `slipstream stream`, as `slipstream stream --centrifugo-config` prints it."""

import json
from typing import Any

from api.auth.socket_tokens import CONNECTION
from api.channel_names import EXPOSURE, FEED, FIXTURE, INBOX, MARKET, PORTFOLIO, SLIP
from api.stream.channel import HISTORY_MAX
from api.stream.gateway_parts import StreamLimits
from infra.stream.centrifugo_requests import SECRET_HEADER

HISTORY_TTL = "300s"
PROXY_TIMEOUT = "3s"


def centrifugo_config(*, token_key: str, api_key: str, proxy_secret: str, requests_url: str, origins: tuple[str, ...]) -> str:
    """Return the file, as JSON: it holds secrets."""
    limits = StreamLimits()

    def proxy(kind: str) -> dict[str, Any]:
        return {
            "endpoint": f"{requests_url.rstrip('/')}/centrifugo/{kind}",
            "timeout": PROXY_TIMEOUT,
            "include_connection_meta": True,
            "http": {"static_headers": {SECRET_HEADER: proxy_secret}},
        }

    recovering: dict[str, Any] = {
        "subscribe_proxy_enabled": True,
        "history_size": HISTORY_MAX,
        "history_ttl": HISTORY_TTL,
        "force_recovery": True,
    }
    public = {**recovering, "allow_history_for_subscriber": True, "allow_history_for_anonymous": True}
    joining: dict[str, Any] = {"presence": True, "join_leave": True, "force_push_join_leave": True, "allow_presence_for_subscriber": True}
    personal = {**recovering, **joining, "allow_history_for_subscriber": True}
    namespaces: dict[str, dict[str, Any]] = {
        FIXTURE: public,
        MARKET: public,
        PORTFOLIO: personal,
        FEED: personal,
        INBOX: personal,
        EXPOSURE: personal,
        SLIP: {"subscribe_proxy_enabled": True, "presence": True},
    }
    config = {
        "client": {
            "token": {"hmac_secret_key": token_key, "audience": CONNECTION},
            "allowed_origins": list(origins),
            "proxy": {"connect": {"enabled": True, **proxy("connect")}},
            "ping_interval": f"{limits.ping_s}s",
            "pong_timeout": f"{limits.pong_s}s",
            "channel_limit": limits.channels_max,
            "user_connection_limit": limits.connections_per_account_max,
            "queue_max_size": limits.buffer_bytes_max,
        },
        "channel": {
            "proxy": {"subscribe": proxy("subscribe")},
            "namespaces": [{"name": name, **options} for name, options in namespaces.items()],
        },
        "rpc": {"proxy": proxy("rpc"), "without_namespace": {"proxy_enabled": True}},
        "http_api": {"key": api_key},
        "health": {"enabled": True},
        "usage_stats": {"disabled": True},
    }
    return json.dumps(config, indent=2)
