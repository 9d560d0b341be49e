"""Bodies of requests about accounts and their money, as the OpenAPI document shows them."""

from pydantic import Field

from api.auth.mail_links import TOKEN_CHARACTERS_MAX
from api.http.field_types import (
    AmountMinor,
    Body,
    Code,
    Currency,
    Id,
    Moment,
    Text,
)

EXAMPLE_LINK = "9pXf2bq0yq1u7mR0bq1Qn5w8nQkYyV2klK5wYXNzd29yZCByZXNldA"


class NewAccount(Body):
    """Register under a handle (3 to 30 letters, digits, underscores) that nobody else has."""

    handle: Text = Field(examples=["ada"])
    email: Text = Field(examples=["ada@example.com"])
    password: str = Field(max_length=1_000, examples=["correct horse battery"])
    currency: Currency | None = Field(
        None, description="Currency of the wallet. Default: the currency in the settings (SLIPSTREAM_CURRENCY)."
    )


class SignInBody(Body):
    """Who signs in."""

    handle: Text = Field(examples=["ada"])
    password: str = Field(max_length=1_000, examples=["correct horse battery"])
    code: Code | None = Field(None, examples=["492039"])


class SocketTokenBody(Body):
    """What a token is for: to connect, or to subscribe to a channel."""

    channel: str | None = Field(None, max_length=255, examples=["portfolio:#01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"])


class CodeBody(Body):
    """A one-time code of the second factor, or a recovery code."""

    code: Code = Field(examples=["492039"])


class ConfirmationBody(CodeBody):
    """The first code of the second factor that was offered."""

    factor_id: Id


class PasswordBody(Body):
    """The password that stands, and the one that takes its place."""

    old: str = Field(max_length=1_000, examples=["correct horse battery"])
    new: str = Field(max_length=1_000, examples=["a longer horse battery"])


class ResetBody(Body):
    """The e-mail address of an account whose password was forgotten."""

    email: Text = Field(examples=["ada@example.com"])


class NewPasswordBody(Body):
    """The token of the link, which is in the mail, and the password that is wanted."""

    token: str = Field(max_length=TOKEN_CHARACTERS_MAX, examples=[EXAMPLE_LINK])
    password: str = Field(max_length=1_000, examples=["a longer horse battery"])


class TransferBody(Body):
    """Money in or out. `reference` is the caller's own name for this transfer and its idempotency key."""

    amount_minor: AmountMinor
    currency: Currency
    reference: str = Field(max_length=300, examples=["card-2026-0001"])


class PaymentBody(Body):
    """A payment that the provider received. `reference` is the provider's own name for it."""

    account_id: Id
    amount_minor: AmountMinor
    currency: Currency
    reference: str = Field(max_length=300, examples=["pi_3QK2eZ"])


class TimeOutBody(Body):
    """Until when to pause: in the future, at most 366 days away."""

    until: Moment


class LimitBody(Body):
    """How much may be deposited, staked or lost in a period, in minor units of the wallet's currency."""

    amount_minor: AmountMinor


class DeclineBody(Body):
    """That one wants no limit on deposits: only what is confirmed counts."""

    confirmed: bool = Field(examples=[True])


class RealityCheckBody(Body):
    """How often to be told how long the session lasts and what it cost: every 15, 30, 60, 120 or 240 minutes; 0 is never."""

    interval_minutes: int = Field(ge=-(2**31), lt=2**31, examples=[30])


class AcknowledgementBody(Body):
    """What the check that was read counted from: `counted_from` of the answer that was shown."""

    counted_from: Moment


class ExclusionBody(Body):
    """Until when to be excluded, at least six months; null or left out is for ever."""

    until: Moment | None = None
