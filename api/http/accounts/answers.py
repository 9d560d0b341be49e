"""What answers about accounts and their money look like, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel

from api.http.shapes import Currency, Id


class AccountShape(BaseModel):
    """An account."""

    account_id: Id
    handle: str
    currency: Currency
    roles: list[str]


class AccountGateShape(BaseModel):
    """What keeps an account from betting: `betting` is active, timed_out, self_excluded, closed or staff.

    `excluded_until` is null where there is no exclusion, and where it is for ever: `excluded` tells. Once it has ended, betting goes on
    from `returns_from`, after a return was asked for.
    """

    account_id: Id
    betting: str
    timed_out_until: datetime | None
    excluded: bool
    excluded_until: datetime | None
    returns_from: datetime | None
    position: int


class OwnAccountShape(AccountGateShape):
    """One's own account, and what keeps it from betting."""

    handle: str
    currency: Currency
    roles: list[str]


class SessionShape(BaseModel):
    """A session: send the token as `Authorization: Bearer <token>`."""

    token: str
    expires_at: datetime
    account_id: Id
    handle: str
    currency: Currency
    roles: list[str]


class TransferShape(BaseModel):
    """A transfer as it was made; `position` is where in the log it stands."""

    transfer_id: Id
    direction: str
    amount_minor: int
    currency: Currency
    reference: str
    position: int
