"""Names of channels: what there is to subscribe to, and whose it is.

`fixture:<id>` and `market:<id>` are for everybody, `slip:<id>` is for accounts that may see the slip; a name that ends with `#<account>` is
of that account alone, `exposure:#<account>` while it is a trader.
"""

from typing import NamedTuple

from domain.ids import ID_REGEX

CHANNEL_CHARACTERS_MAX = 255
FIXTURE, MARKET, SLIP, PORTFOLIO, FEED, INBOX = "fixture", "market", "slip", "portfolio", "feed", "inbox"
EXPOSURE = "exposure"
PUBLIC = frozenset({FIXTURE, MARKET, SLIP})
PERSONAL = frozenset({PORTFOLIO, FEED, INBOX, EXPOSURE})


class ChannelName(NamedTuple):
    """A channel: what it is about, and the id of that; of a personal one the account's."""

    kind: str
    subject_id: str

    @property
    def is_personal(self) -> bool:
        """Whether it is one account's alone."""
        return self.kind in PERSONAL


def channel_name(text: str) -> ChannelName | None:
    """Return what a name says, None where there can be no such channel."""
    kind, colon, rest = text.partition(":")
    if len(text) > CHANNEL_CHARACTERS_MAX or not colon:
        return None
    if kind in PERSONAL and rest.startswith("#"):
        rest = rest[1:]
    elif kind not in PUBLIC:
        return None
    return ChannelName(kind, rest) if ID_REGEX.fullmatch(rest) else None


def personal_channel(kind: str, account_id: str) -> str:
    """Return the name of an account's channel, e.g. `portfolio:#<account>`."""
    return f"{kind}:#{account_id}"
