"""What an account says about its notifications. One stream for each account (`domain.ids.notifications_of`)."""

from datetime import datetime

from domain.fact import Fact
from domain.odds import Odds


class PreferenceSet(Fact, frozen=True, tag="notification.preference_set.v1"):
    """The account wants to be told something, or not, at one of six levels; the narrowest that says something decides.

    `level` is app (everything), channel, kind (of a channel), match or author; or promotion, of a channel: whether it may carry what
    promotes a product. `channel` is empty at the levels of app, match and author; `subject` is empty, or the kind, the product, the
    fixture or the account. `setting` is on, off or inherit, which takes an earlier one back; of an
    author also all (each slip) or highlights (verified slips).
    """

    account_id: str
    level: str
    channel: str
    subject: str
    setting: str
    at: datetime


class NoticesMarked(Fact, frozen=True, tag="notification.notices_marked.v1"):
    """The account saw, read or archived what its inbox had up to a position of the log, or one notice of it.

    `mark` is seen, read or archived. What comes after `upto` is not marked, also of a notice that grows. A later mark replaces an earlier
    one; `upto` counts at most as far as this fact's own position.
    """

    account_id: str
    mark: str
    upto: int
    at: datetime
    notice_id: str = ""


class AddressAdded(Fact, frozen=True, tag="notification.address_added.v1"):
    """The account is to be told on a channel outside the page at an address, which is sealed text (`domain.notification.addresses`).

    `channel` is web_push, email or mobile_push; `address_id` follows from account, channel and sealed address.
    """

    account_id: str
    channel: str
    address_id: str
    sealed: str
    at: datetime


class AddressConfirmed(Fact, frozen=True, tag="notification.address_confirmed.v1"):
    """Whoever reads what is sent to the address confirmed it: from now on it is told what its account is told."""

    account_id: str
    address_id: str
    at: datetime


class AddressRemoved(Fact, frozen=True, tag="notification.address_removed.v1"):
    """Nothing is sent to the address any more.

    `why` is person (the account took it back), gone (the provider says that it exists no more), bounced, complained or replaced (by a newer
    one of the same device).
    """

    account_id: str
    address_id: str
    why: str
    at: datetime


class ScheduleSet(Fact, frozen=True, tag="notification.schedule_set.v1"):
    """The account said where it lives and when it is quiet: nothing that can wait is sent to it in these hours of its own clock.

    `time_zone` is a name of the IANA database. The hours are minutes after midnight, over midnight where the end is not later; none where
    both are the same. `meanwhile` is digest (what comes then is sent in one as they end) or wait (each by itself).
    """

    account_id: str
    time_zone: str
    quiet_from_minute: int
    quiet_until_minute: int
    meanwhile: str
    at: datetime


class DigestSet(Fact, frozen=True, tag="notification.digest_set.v1"):
    """A channel sends each notice by itself (immediate), or what came within an hour (hourly) or until a local hour (daily) in one."""

    account_id: str
    channel: str
    digest: str
    hour: int
    at: datetime


class LanguageSet(Fact, frozen=True, tag="notification.language_set.v1"):
    """The account said in which language it wants to be told (ISO 639-1)."""

    account_id: str
    language: str
    at: datetime


class PriceAlertSet(Fact, frozen=True, tag="notification.price_alert_set.v1"):
    """The account wants to be told, once, when a selection is offered at `odds` or better. A later alert on the selection replaces it."""

    account_id: str
    fixture_id: str
    market_id: str
    selection: str
    odds: Odds
    at: datetime


class PriceAlertRemoved(Fact, frozen=True, tag="notification.price_alert_removed.v1"):
    """The account is not told of that price any more. `why` is person (it took the alert back) or closed (so is the market)."""

    account_id: str
    market_id: str
    selection: str
    why: str
    at: datetime


class PriceAlertReached(Fact, frozen=True, tag="notification.price_alert_reached.v1"):
    """The selection was offered at `odds` at a `version` of its market, no less than was `wanted` since `asked_at`. The alert is over."""

    account_id: str
    fixture_id: str
    market_id: str
    selection: str
    odds: Odds
    version: int
    wanted: Odds
    asked_at: datetime
    at: datetime


PriceAlertFact = PriceAlertSet | PriceAlertRemoved | PriceAlertReached
ScheduleFact = ScheduleSet | DigestSet | LanguageSet
AddressFact = AddressAdded | AddressConfirmed | AddressRemoved
NotificationFact = PreferenceSet | NoticesMarked | AddressFact | ScheduleFact | PriceAlertFact
