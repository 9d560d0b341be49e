"""What may be asked of an account's notifications."""

from datetime import datetime

import msgspec

from domain.odds import Odds


class SetPreference(msgspec.Struct, frozen=True, gc=False):
    """Say whether to be told something; fields as of `PreferenceSet`."""

    account_id: str
    level: str
    channel: str
    subject: str
    setting: str
    at: datetime


class MarkNotices(msgspec.Struct, frozen=True, gc=False):
    """Mark notices as seen, read or archived; fields as of `NoticesMarked`."""

    account_id: str
    mark: str
    upto: int
    at: datetime
    notice_id: str = ""


class AddAddress(msgspec.Struct, frozen=True, gc=False):
    """Be told on a channel outside the page at a sealed address; fields as of `AddressAdded`."""

    account_id: str
    channel: str
    sealed: str
    at: datetime


class ConfirmAddress(msgspec.Struct, frozen=True, gc=False):
    """Confirm that an address is read by whom it is meant for."""

    account_id: str
    address_id: str
    at: datetime


class RemoveAddress(msgspec.Struct, frozen=True, gc=False):
    """Send nothing to an address any more; `why` as of `AddressRemoved`."""

    account_id: str
    address_id: str
    why: str
    at: datetime


class SetSchedule(msgspec.Struct, frozen=True, gc=False):
    """Say where one lives and when it is quiet; fields as of `ScheduleSet`."""

    account_id: str
    time_zone: str
    quiet_from_minute: int
    quiet_until_minute: int
    meanwhile: str
    at: datetime


class SetDigest(msgspec.Struct, frozen=True, gc=False):
    """Say how often a channel sends; fields as of `DigestSet`."""

    account_id: str
    channel: str
    digest: str
    hour: int
    at: datetime


class SetLanguage(msgspec.Struct, frozen=True, gc=False):
    """Say in which language one wants to be told."""

    account_id: str
    language: str
    at: datetime


class SetPriceAlert(msgspec.Struct, frozen=True, gc=False):
    """Be told once when a selection is offered at `odds` or better.

    Whoever decides fills in the match, and what the selection is `offered` at, None where it is not offered at present.
    """

    account_id: str
    market_id: str
    selection: str
    odds: Odds
    at: datetime
    fixture_id: str = ""
    offered: Odds | None = None


class RemovePriceAlert(msgspec.Struct, frozen=True, gc=False):
    """Be told of that price no more; `why` as of `PriceAlertRemoved`."""

    account_id: str
    market_id: str
    selection: str
    at: datetime
    why: str = "person"


class ReachPriceAlert(msgspec.Struct, frozen=True, gc=False):
    """See whether a selection is offered at what an account wants, and tell it then.

    Whoever decides fills in what it is `offered` at, and at which version of the market.
    """

    account_id: str
    market_id: str
    selection: str
    at: datetime
    offered: Odds | None = None
    version: int = 0


PriceAlertCommand = SetPriceAlert | RemovePriceAlert | ReachPriceAlert
ScheduleCommand = SetSchedule | SetDigest | SetLanguage
AddressCommand = AddAddress | ConfirmAddress | RemoveAddress
NotificationCommand = SetPreference | MarkNotices | AddressCommand | ScheduleCommand | PriceAlertCommand
