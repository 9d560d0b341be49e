"""Bodies and answers about notifications, as the OpenAPI document shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.auth.mail_links import TOKEN_CHARACTERS_MAX
from api.http.field_types import EXAMPLE_ID, Body, Id, Text
from api.http.social.slip_answers import SlipAuthorShape
from domain.notification.push_subscription import ENDPOINT_LENGTH_MAX

DEVICE_LENGTH_MAX = 60
EXAMPLE_P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
NOTICE_ID = Field(max_length=100, examples=[f"like:{EXAMPLE_ID}"], description="The kind and the subject of a notice.")
LEVEL = Field(
    max_length=60,
    examples=["kind"],
    description="app, channel, kind, match or author: the narrowest decides; or promotion.",
)
CHANNEL = Field(max_length=60, examples=["in_app"], description="Empty at the levels of app, match and author.")
SUBJECT = Field(
    max_length=60,
    examples=["like"],
    description="The kind, product, fixture or account; empty at the levels of app and channel.",
)
SETTING = Field(
    max_length=60, examples=["off"], description="on, off or inherit; of an author all, highlights (verified slips), off or inherit."
)
TIME_ZONE = Field(max_length=60, examples=["Europe/Berlin"], description="A name of the IANA time zone database.")
QUIET_MINUTE = Field(ge=0, le=1_439, examples=[1_380], description="Minutes after midnight, by the account's own clock.")
UPTO = Field(ge=0, le=2**53 - 1, examples=[4217], description="The `position` of a notice: what came after it is not marked.")


class MarkBody(Body):
    """Up to where notices are marked; with `notice_id` that one alone."""

    upto: int = UPTO
    notice_id: str = Field("", max_length=100, examples=[f"like:{EXAMPLE_ID}"])


class PreferenceBody(Body):
    """A preference: whether to be told something."""

    level: str = LEVEL
    channel: str = CHANNEL
    subject: str = SUBJECT
    setting: str = SETTING


class MarkShape(BaseModel):
    """Up to which position notices are marked, or one of them is."""

    mark: str = Field(examples=["read"])
    notice_id: str = NOTICE_ID
    upto: int = UPTO


class PreferenceShape(BaseModel):
    """A preference as it stands."""

    level: str = LEVEL
    channel: str = CHANNEL
    subject: str = SUBJECT
    setting: str = SETTING


class NoticeShape(BaseModel):
    """A notice: what it says, of whom (the newest of `people_count`), about what, and whether it was seen and read."""

    notice_id: str = NOTICE_ID
    kind: str = Field(examples=["like"])
    group: str = Field(examples=["people"])
    text: str = Field(examples=["annika_w and 41 others like your slip"])
    detail: str = Field(examples=["Mexico v South Africa"])
    people: list[SlipAuthorShape]
    people_count: int = Field(examples=[42])
    slip_id: Id | None
    comment_id: Id | None
    bet_id: Id | None
    at: datetime
    position: int
    unread: bool = Field(examples=[True])
    unseen: bool = Field(examples=[True])
    fixture_id: Id | None = Field(description="The match that it announces.")
    language: str = Field(examples=["en"], description="The language that it is written in: that of the account.")


class InboxCountsShape(BaseModel):
    """How many notices were not read, and not seen, and the position of the newest, 0 for none."""

    unread: int = Field(examples=[7])
    unseen: int = Field(examples=[2])
    newest: int = Field(examples=[4217])


class InboxPage(BaseModel):
    """A page of notices, newest first, with the counts of the whole inbox."""

    items: list[NoticeShape]
    next_cursor: str | None
    counts: InboxCountsShape


class EmailBody(Body):
    """The address at which to be told."""

    email: Text = Field(examples=["annika@example.com"])


class LinkBody(Body):
    """The token of the link, which is in the mail."""

    token: str = Field(max_length=TOKEN_CHARACTERS_MAX, examples=["9pXf2bq0yq1u7mR0bq1Qn5w8nQkYyV2klK5wYXNzd29yZCByZXNldA"])


class AddressShape(BaseModel):
    """An address at which the caller is told beside the page; null where it cannot be opened any more."""

    address_id: Id
    channel: str = Field(examples=["email"])
    address: str | None = Field(examples=["annika@example.com"])
    device: str = Field(examples=[""], description="What the caller called the device of a push subscription.")
    confirmed: bool = Field(examples=[True])
    at: datetime


class AddressList(BaseModel):
    """All addresses of the caller, the newest first."""

    items: list[AddressShape]


class AddressReceiptShape(BaseModel):
    """Whether an address is one of the caller's, and whether it is told what the caller is told."""

    address_id: Id
    added: bool = Field(examples=[True])
    confirmed: bool = Field(examples=[True])


class PushKeyShape(BaseModel):
    """The key with which browsers subscribe to pushes: a point of P-256 in base64url."""

    public_key: str = Field(examples=[EXAMPLE_P256DH])


class PushKeysBody(Body):
    """The keys of a browser: its public key and a secret, in base64url."""

    p256dh: str = Field(max_length=100, examples=[EXAMPLE_P256DH])
    auth: str = Field(max_length=40, examples=["BTBZMqHH6r4Tts7J_aSIgg"])


class PushSubscriptionBody(Body):
    """What a browser's `PushSubscription` says, and what the caller calls the device."""

    endpoint: str = Field(max_length=ENDPOINT_LENGTH_MAX, examples=["https://push.example.net/send/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"])
    keys: PushKeysBody
    device: str = Field(max_length=DEVICE_LENGTH_MAX, examples=["Firefox on Linux"])


class KindShape(BaseModel):
    """A kind of notification: always told where it is `locked`, by the bell on its author alone where `by_bell`."""

    kind: str = Field(examples=["like"])
    label: str = Field(examples=["Likes, grouped"])
    group: str = Field(examples=["people"])
    locked: bool = Field(examples=[False])
    by_bell: bool = Field(examples=[False])
    locked_in: list[str] = Field(examples=[["in_app"]], description="The channels by which it is always told.")
    default_in: list[str] = Field(examples=[["in_app", "web_push"]], description="Those by which it is told unless switched off.")
    urgent: bool = Field(examples=[False], description="Whether it passes quiet hours and waits for no digest.")


class ProductShape(BaseModel):
    """What promotes betting: outside the page it is told only by channels by which it was asked for, at the level promotion."""

    product: str = Field(examples=["slips"])
    label: str = Field(examples=["Slips of people whose bell is on"])


class ScheduleBody(Body):
    """Where one lives and when it is quiet there; not at all where both minutes are the same."""

    time_zone: str = TIME_ZONE
    quiet_from_minute: int = QUIET_MINUTE
    quiet_until_minute: int = QUIET_MINUTE
    meanwhile: str = Field(
        "digest",
        max_length=60,
        examples=["digest"],
        description="What comes then is sent in one as they end (digest), or each (wait).",
    )


class DigestBody(Body):
    """How often a channel sends."""

    channel: str = Field(max_length=60, examples=["email"])
    digest: str = Field(max_length=60, examples=["daily"], description="immediate, hourly or daily.")
    hour: int = Field(8, ge=0, le=23, examples=[8], description="Of a daily one: the hour of the account's own clock.")


class LanguageBody(Body):
    """The language in which one wants to be told, by ISO 639-1."""

    language: str = Field(max_length=60, examples=["en"])


class ScheduleShape(BaseModel):
    """Time zone and quiet hours as they stand."""

    time_zone: str = TIME_ZONE
    quiet_from_minute: int = QUIET_MINUTE
    quiet_until_minute: int = QUIET_MINUTE
    meanwhile: str = Field(examples=["digest"])


class DigestShape(BaseModel):
    """How often a channel sends, as it stands."""

    channel: str = Field(examples=["email"])
    digest: str = Field(examples=["daily"])
    hour: int = Field(examples=[8])


class LanguageShape(BaseModel):
    """The language as it stands."""

    language: str = Field(examples=["en"])


class PreferenceList(BaseModel):
    """All that the caller set, with the kinds, channels, products and languages that there are."""

    items: list[PreferenceShape]
    kinds: list[KindShape]
    channels: list[str] = Field(examples=[["in_app", "web_push", "email", "mobile_push"]])
    products: list[ProductShape]
    schedule: ScheduleShape
    digests: list[DigestShape]
    language: str = Field(examples=["en"])
    languages: list[str] = Field(examples=[["en", "de"]])
