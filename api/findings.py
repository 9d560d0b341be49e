"""What an audit tells, over HTTP and on the command line alike."""

from typing import Any

import msgspec


class Verified(msgspec.Struct, frozen=True):
    """What an audit found: `wrong` names the first fact that is wrong and why, empty when all is well."""

    facts: int
    seconds: float
    wrong: str
    figures: dict[str, Any]


class Balance(msgspec.Struct, frozen=True):
    """What an account's wallet held after the fact at `position`, the last one of its stream that counts."""

    account_id: str
    position: int
    currency: str
    available_minor: int
    at_risk_minor: int
