"""The rules of an account's notifications: what may be switched, and what may be marked."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.ids import ID_REGEX
from domain.notification.addresses import KnownAddress, addresses_after, decide_address
from domain.notification.commands import (
    AddAddress,
    ConfirmAddress,
    MarkNotices,
    NotificationCommand,
    ReachPriceAlert,
    RemoveAddress,
    RemovePriceAlert,
    SetDigest,
    SetLanguage,
    SetPreference,
    SetPriceAlert,
    SetSchedule,
)
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    NoticesMarked,
    NotificationFact,
    PreferenceSet,
    PriceAlertReached,
    PriceAlertRemoved,
    PriceAlertSet,
    ScheduleSet,
)
from domain.notification.kinds import CHANNELS, KINDS, PRODUCTS
from domain.notification.price_alerts import KnownPriceAlert, decide_price_alert, price_alerts_after
from domain.notification.schedule import Schedule
from domain.notification.schedule_rules import decide_schedule, schedule_after
from domain.refused import Refused

PREFERENCES_MAX = 1_000
"""As many as an account may have set at a time."""
MARKED_MAX = 200
"""As many notices are remembered as marked by themselves; the earliest are forgotten."""
POSITION_MAX = 2**53 - 1
MARKS = ("seen", "read", "archived")
SETTINGS: Mapping[str, frozenset[str]] = {
    "app": frozenset(("on", "off", "inherit")),
    "channel": frozenset(("on", "off", "inherit")),
    "kind": frozenset(("on", "off", "inherit")),
    "promotion": frozenset(("on", "off", "inherit")),
    "match": frozenset(("on", "off", "inherit")),
    "author": frozenset(("all", "highlights", "off", "inherit")),
}
NOTICE_ID = re.compile(r"[a-z_]{1,30}:[0-9a-z-]{1,60}")


class PreferenceMalformed(Refused):
    """There is no such preference."""

    level: str
    channel: str
    subject: str
    setting: str


class KindAlwaysTold(Refused):
    """What concerns money, security and protection is always told: it cannot be switched off there."""

    kind: str
    channel: str


class TooManyPreferences(Refused):
    """An account sets at most 1,000 preferences at a time."""

    preferences_max: int


class MarkMalformed(Refused):
    """There is no such mark: notices are seen, read or archived, up to a position of the log."""

    mark: str
    notice_id: str
    upto: int


class Notifications(msgspec.Struct, frozen=True, gc=False):
    """What an account set and marked: settings by level, channel and subject, positions by mark and notice.

    Addresses that it gave by id, its schedule, and its price alerts by market and selection.
    """

    preferences: dict[str, str] = {}
    marks: dict[str, int] = {}
    addresses: dict[str, KnownAddress] = {}
    schedule: Schedule = Schedule()
    price_alerts: dict[str, KnownPriceAlert] = {}


def decide(state: Notifications, command: NotificationCommand) -> Sequence[NotificationFact]:
    """Decide what follows from a command. A repeat changes nothing.

    Raises:
        PreferenceMalformed, KindAlwaysTold, TooManyPreferences: from `SetPreference`, in this order.
        MarkMalformed: from `MarkNotices`. And what `decide_address` raises, from commands about addresses, and
            `decide_schedule` and `decide_price_alert` from those about the schedule and price alerts.

    """
    match command:
        case SetPreference(account_id, level, channel, subject, setting, at):
            key = preference_key(level, channel, subject)
            if state.preferences.get(key, "inherit") == setting:
                return ()
            _check_preference(command)
            if key not in state.preferences and len(state.preferences) >= PREFERENCES_MAX:
                raise TooManyPreferences(PREFERENCES_MAX)
            return (PreferenceSet(account_id, level, channel, subject, setting, at),)
        case MarkNotices(account_id, mark, upto, at, notice_id):
            if state.marks.get(f"{mark} {notice_id}") == upto:
                return ()
            is_one = NOTICE_ID.fullmatch(notice_id) is not None and mark != "seen"
            if mark not in MARKS or not (is_one or not notice_id) or not 0 < upto <= POSITION_MAX:
                raise MarkMalformed(mark[:30], notice_id[:100], upto)
            return (NoticesMarked(account_id, mark, upto, at, notice_id),)
        case AddAddress() | ConfirmAddress() | RemoveAddress():
            return decide_address(state.addresses, command)
        case SetSchedule() | SetDigest() | SetLanguage():
            return decide_schedule(state.schedule, command)
        case SetPriceAlert() | RemovePriceAlert() | ReachPriceAlert():
            return decide_price_alert(state.price_alerts, command)
        case _:
            assert_never(command)


def _check_preference(command: SetPreference) -> None:
    level, channel, subject = command.level, command.channel, command.subject
    named = {
        "app": not channel and not subject,
        "channel": channel in CHANNELS and not subject,
        "kind": channel in CHANNELS and subject in KINDS and not KINDS[subject].by_bell,
        "promotion": channel in CHANNELS and subject in PRODUCTS,
        "match": not channel and ID_REGEX.fullmatch(subject) is not None,
        "author": not channel and ID_REGEX.fullmatch(subject) is not None and subject != command.account_id,
    }
    if not named.get(level) or command.setting not in SETTINGS[level]:
        raise PreferenceMalformed(level[:30], channel[:30], subject[:60], command.setting[:30])
    if level == "kind" and channel in KINDS[subject].locked_in:
        raise KindAlwaysTold(subject, channel)


def preference_key(level: str, channel: str, subject: str) -> str:
    """Return what names a preference among those of an account."""
    return f"{level} {channel} {subject}"


def evolve(state: Notifications, fact: NotificationFact) -> Notifications:
    """Return the state after the fact."""
    match fact:
        case PreferenceSet():
            key = preference_key(fact.level, fact.channel, fact.subject)
            preferences = {each: setting for each, setting in state.preferences.items() if each != key}
            if fact.setting != "inherit":
                preferences[key] = fact.setting
            return msgspec.structs.replace(state, preferences=preferences)
        case NoticesMarked():
            key = f"{fact.mark} {fact.notice_id}"
            marks = {each: upto for each, upto in state.marks.items() if each != key} | {key: fact.upto}
            return msgspec.structs.replace(state, marks=newest_marks(marks))
        case AddressAdded() | AddressConfirmed() | AddressRemoved():
            return msgspec.structs.replace(state, addresses=addresses_after(state.addresses, fact))
        case ScheduleSet() | DigestSet() | LanguageSet():
            return msgspec.structs.replace(state, schedule=schedule_after(state.schedule, fact))
        case PriceAlertSet() | PriceAlertRemoved() | PriceAlertReached():
            return msgspec.structs.replace(state, price_alerts=price_alerts_after(state.price_alerts, fact))
        case _:
            assert_never(fact)


def newest_marks(marks: dict[str, int]) -> dict[str, int]:
    """Return the marks of whole inboxes, and of single notices those that were set last."""
    single = [key for key in marks if not key.endswith(" ")]
    dropped = set(single[: max(0, len(single) - MARKED_MAX)])
    return {key: upto for key, upto in marks.items() if key not in dropped} if dropped else marks


NOTIFICATION = Aggregate("notification", Notifications(), decide, evolve, get_args(NotificationFact), snapshot=Notifications)
