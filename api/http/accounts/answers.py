"""What answers about accounts and their money look like, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.http.field_types import Currency, Id
from domain.limits import LimitKind, LimitPeriod


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


class WithdrawalHoldShape(BaseModel):
    """Why withdrawals are held, as the holder is told, and since when."""

    reason: str = Field(examples=["We are checking where a deposit came from."])
    since: datetime = Field(examples=["2026-06-12T19:01:00Z"])


class WithdrawalsShape(BaseModel):
    """What keeps withdrawals of an account from going out; `hold` is null where nothing does."""

    account_id: Id
    hold: WithdrawalHoldShape | None
    position: int


class FindingShape(BaseModel):
    """A rule of monitoring that a transfer met: what it came to, and from what on it is met, in minor units; `count` counts transfers."""

    rule: Literal["large", "sum", "count", "unplayed"] = Field(examples=["large"])
    measured: int = Field(examples=[1_200_000])
    bound: int = Field(examples=[1_000_000])


class AlertShape(BaseModel):
    """A transfer that met rules of monitoring, under the number that it is closed by."""

    account_id: Id
    number: int = Field(examples=[1])
    transfer_id: Id
    direction: Literal["deposit", "withdrawal"] = Field(examples=["deposit"])
    amount_minor: int = Field(examples=[1_200_000])
    currency: Currency
    findings: list[FindingShape]
    raised_at: datetime = Field(examples=["2026-06-12T19:01:00Z"])


class AlertPage(BaseModel):
    """A page of open alerts, oldest first; `next_cursor` is null at the end."""

    items: list[AlertShape]
    next_cursor: str | None


class AlertsShape(BaseModel):
    """Up to which number the alerts of an account are closed, and how many later ones are open."""

    account_id: Id
    closed_upto: int = Field(examples=[1])
    open: int = Field(examples=[0])
    position: int


class PendingLimitShape(BaseModel):
    """What a limit becomes at `effective_from`: an amount, or null for no limit."""

    amount_minor: int | None
    effective_from: datetime = Field(examples=["2026-06-12T19:01:00Z"])


class LimitShape(BaseModel):
    """A limit that counts now: what is used and left of it in the window from `starts_at` until `resets_at`, and what becomes of it.

    `used_minor` of a loss limit is stakes less returns; below 0 more was returned than staked.
    """

    kind: LimitKind = Field(examples=["deposit"])
    period: LimitPeriod = Field(examples=["week"])
    amount_minor: int
    used_minor: int = Field(examples=[3000])
    left_minor: int = Field(examples=[2000])
    starts_at: datetime = Field(examples=["2026-06-08T00:00:00Z"])
    resets_at: datetime = Field(examples=["2026-06-15T00:00:00Z"])
    pending: PendingLimitShape | None


class LimitsShape(BaseModel):
    """One's own limits. Days, ISO weeks and months are those of `zone`.

    `stake_left_minor` and `deposit_left_minor` are the least that any limit leaves, null where none counts. `deposited` tells whether
    anything was ever deposited; while `first_deposit_waits` nothing can be, until deposits are limited or that was declined. A limit is
    between `amount_minor_min` and `amount_minor_max`.
    """

    account_id: Id
    currency: Currency
    zone: str = Field(examples=["UTC"])
    limits: list[LimitShape]
    stake_left_minor: int | None = Field(examples=[None])
    deposit_left_minor: int | None = Field(examples=[2000])
    amount_minor_min: int = Field(examples=[1])
    amount_minor_max: int = Field(examples=[1_000_000_000_000_000])
    deposited: bool = Field(examples=[True])
    first_deposit_waits: bool = Field(examples=[False])
    position: int


class RealityCheckShape(BaseModel):
    """How often one is told of the session, and when next.

    `interval_minutes` counts now, 0 for never; `chosen` tells whether it is one's own choice or the operator's setting. The next check
    is due at `due_at`, null for never: an interval after `counted_from`, which is the beginning of the session or the last
    acknowledgement. `now` is the server's time.
    """

    account_id: Id
    currency: Currency
    interval_minutes: int = Field(examples=[60])
    intervals_minutes: list[int] = Field(examples=[[0, 15, 30, 60, 120, 240]])
    chosen: bool = Field(examples=[False])
    now: datetime = Field(examples=["2026-06-12T19:20:00Z"])
    session_began_at: datetime = Field(examples=["2026-06-12T19:01:00Z"])
    counted_from: datetime = Field(examples=["2026-06-12T19:01:00Z"])
    due_at: datetime | None = Field(examples=["2026-06-12T20:01:00Z"])
    position: int


class OwnAccountShape(AccountGateShape):
    """One's own account, and what keeps it from betting."""

    handle: str
    currency: Currency
    roles: list[str]


class SessionShape(BaseModel):
    """A session: send the token as `Authorization: Bearer <token>`.

    `second_factor` is given, none, or required: then this session may do nothing but enrol one.
    """

    token: str
    expires_at: datetime
    account_id: Id
    handle: str
    currency: Currency
    roles: list[str]
    second_factor: Literal["given", "none", "required"] = Field(examples=["none"])


class GatewayShape(BaseModel):
    """Where sockets are opened: at `url`, or without one at a port of this host (0: nowhere)."""

    port: int = Field(examples=[8010])
    path: str = Field(examples=["/connection/websocket"])
    url: str | None = Field(examples=[None])


class SocketTokenShape(BaseModel):
    """A token for the socket, and until when it counts."""

    token: str
    expires_at: datetime


class SecondFactorShape(BaseModel):
    """A second factor that is offered: `otpauth_uri` is what an app takes, `secret` the same typed by hand (base32)."""

    factor_id: Id
    secret: str = Field(examples=["JBSWY3DPEHPK3PXP"])
    otpauth_uri: str = Field(examples=["otpauth://totp/Slipstream:ada?secret=JBSWY3DPEHPK3PXP&issuer=Slipstream"])


class ConfirmedSecondFactorShape(SessionShape):
    """The first session with the second factor; each recovery code opens one session where the app is lost."""

    recovery_codes: list[str] = Field(examples=[["7QK4-2MXD-9TRB"]])


class TransferShape(BaseModel):
    """A transfer as it was made; `position` is where in the log it stands."""

    transfer_id: Id
    direction: str
    amount_minor: int
    currency: Currency
    reference: str
    position: int
