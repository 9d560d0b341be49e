"""What accounts say of their notifications: each its own, of people and matches that there are, and never what stands already.

Addresses are named by what follows from them, sealed, few at a time, confirmed once and only while they stand.
"""

import re
from collections.abc import Callable
from typing import Any, get_args

from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.price_alerts import price_alert_reached, price_alert_removed, price_alert_set
from commands.audit.social_streams import AuditedNotifications
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, FixtureMissing, NotificationUnchanged
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureScheduled
from domain.ids import ID_REGEX, address_of, notifications_of
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    NoticesMarked,
    PreferenceSet,
    PriceAlertReached,
    PriceAlertRemoved,
    PriceAlertSet,
    ScheduleSet,
)
from domain.notification.kinds import ADDRESSED, CHANNELS, KINDS, PRODUCTS
from domain.notification.local_time import MINUTES_A_DAY, zone_of
from domain.notification.schedule import LANGUAGES, ONCE_OFFERED
from domain.sealed_text import SEALED

PREFERENCES_MAX, MARKED_MAX, POSITION_MAX = 1_000, 200, 2**53 - 1
ADDRESSES_MAX, SEALED_ADDRESS_MAX = 20, 3_000
REMOVED_WHY = ("person", "gone", "bounced", "complained", "replaced")
ON_OFF = ("on", "off", "inherit")
OF_AUTHORS = ("all", "highlights", "off", "inherit")
SWITCHED = {(channel, name) for name, kind in KINDS.items() for channel in CHANNELS if channel not in kind.locked_in and not kind.by_bell}
NOTICE_ID = re.compile(r"[a-z_]{1,30}:[0-9a-z-]{1,60}")


def begun(state: AuditState, recorded: Recorded[Any], fact: Any) -> AuditedNotifications:
    """Check the first that an account says: the account exists; then as any further one."""
    check_id(recorded, notifications_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id[:60])
    own = AuditedNotifications(1, account_id=fact.account_id)
    FOLLOWS[type(fact)](state, recorded, own, fact)
    return own


def preference_set(state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: PreferenceSet) -> None:
    """Check PreferenceSet: there is such a preference, and it was not so; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    of_channel = fact.channel in CHANNELS
    places = {
        "app": not fact.channel and not fact.subject,
        "channel": of_channel and not fact.subject,
        "kind": (fact.channel, fact.subject) in SWITCHED,
        "promotion": of_channel and fact.subject in PRODUCTS,
        "match": not fact.channel and ID_REGEX.fullmatch(fact.subject) is not None,
        "author": not fact.channel and ID_REGEX.fullmatch(fact.subject) is not None and fact.subject != fact.account_id,
    }
    check_value(recorded, "level", (fact.level, fact.channel, fact.subject), allowed=places.get(fact.level, False))
    check_value(recorded, "setting", fact.setting, allowed=fact.setting in (OF_AUTHORS if fact.level == "author" else ON_OFF))
    if fact.level == "author" and state.of(AuditedAccount, fact.subject) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.subject[:60])
    if fact.level == "match" and state.first_of(FixtureScheduled, fact.subject, recorded) is None:
        raise ViolationFound(FixtureMissing, recorded, fixture_id=fact.subject[:60])
    place = f"{fact.level} {fact.channel} {fact.subject}"
    if own.preferences.get(place, "inherit") == fact.setting:
        raise ViolationFound(NotificationUnchanged, recorded, standing=f"set {fact.setting}")
    own.preferences.pop(place, None)
    if fact.setting != "inherit":
        own.preferences[place] = fact.setting
    check_value(recorded, "preferences", len(own.preferences), allowed=len(own.preferences) <= PREFERENCES_MAX)


def notices_marked(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: NoticesMarked) -> None:
    """Check NoticesMarked: there is such a mark, and it stood elsewhere; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    is_one = NOTICE_ID.fullmatch(fact.notice_id) is not None
    check_value(recorded, "notice_id", fact.notice_id, allowed=not fact.notice_id or is_one)
    marks = ("read", "archived") if fact.notice_id else ("seen", "read", "archived")
    check_value(recorded, "mark", fact.mark, allowed=fact.mark in marks)
    check_value(recorded, "upto", fact.upto, allowed=0 < fact.upto <= POSITION_MAX)
    place = f"{fact.mark} {fact.notice_id}"
    if own.marks.pop(place, 0) == fact.upto:
        raise ViolationFound(NotificationUnchanged, recorded, standing=f"{fact.mark} up to there")
    own.marks[place] = fact.upto
    single = [each for each in own.marks if not each.endswith(" ")]
    for each in single[: max(0, len(single) - MARKED_MAX)]:
        del own.marks[each]


def address_added(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: AddressAdded) -> None:
    """Check AddressAdded: sealed, named by what it is, and not there yet; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "channel", fact.channel, allowed=fact.channel in ADDRESSED)
    is_sealed = len(fact.sealed) <= SEALED_ADDRESS_MAX and SEALED.fullmatch(fact.sealed) is not None
    check_value(recorded, "sealed", fact.sealed, allowed=is_sealed)
    is_named = fact.address_id == address_of(fact.account_id, fact.channel, fact.sealed)
    check_value(recorded, "address_id", fact.address_id, allowed=is_named)
    if fact.address_id in own.addresses:
        raise ViolationFound(NotificationUnchanged, recorded, standing="an address that is there")
    own.addresses[fact.address_id] = False
    check_value(recorded, "addresses", len(own.addresses), allowed=len(own.addresses) <= ADDRESSES_MAX)


def address_confirmed(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: AddressConfirmed) -> None:
    """Check AddressConfirmed: of an address that is there and was not confirmed; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "address_id", fact.address_id, allowed=fact.address_id in own.addresses)
    if own.addresses[fact.address_id]:
        raise ViolationFound(NotificationUnchanged, recorded, standing="a confirmed address")
    own.addresses[fact.address_id] = True


def address_removed(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: AddressRemoved) -> None:
    """Check AddressRemoved: of an address that is there, for a known reason; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "why", fact.why, allowed=fact.why in REMOVED_WHY)
    check_value(recorded, "address_id", fact.address_id, allowed=fact.address_id in own.addresses)
    del own.addresses[fact.address_id]


def schedule_set(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: ScheduleSet) -> None:
    """Check ScheduleSet: a known time zone, minutes of a day, and not as it was; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "time_zone", fact.time_zone, allowed=zone_of(fact.time_zone) is not None)
    check_value(recorded, "quiet_from_minute", fact.quiet_from_minute, allowed=0 <= fact.quiet_from_minute < MINUTES_A_DAY)
    check_value(recorded, "quiet_until_minute", fact.quiet_until_minute, allowed=0 <= fact.quiet_until_minute < MINUTES_A_DAY)
    check_value(recorded, "meanwhile", fact.meanwhile, allowed=fact.meanwhile in ("digest", "wait"))
    schedule = f"{fact.time_zone} {fact.quiet_from_minute} {fact.quiet_until_minute} {fact.meanwhile}"
    if schedule == own.schedule:
        raise ViolationFound(NotificationUnchanged, recorded, standing="that schedule")
    own.schedule = schedule


def digest_set(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: DigestSet) -> None:
    """Check DigestSet: of a channel outside the page, at an hour, and not as it was; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "channel", fact.channel, allowed=fact.channel in ADDRESSED)
    check_value(recorded, "digest", fact.digest, allowed=fact.digest in ("immediate", "hourly", "daily"))
    check_value(recorded, "hour", fact.hour, allowed=0 <= fact.hour < 24)
    choice = f"{fact.digest} {fact.hour}"
    if own.digests.get(fact.channel, "immediate 8") == choice:
        raise ViolationFound(NotificationUnchanged, recorded, standing="that digest")
    own.digests[fact.channel] = choice


def language_set(_state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: LanguageSet) -> None:
    """Check LanguageSet: a known language, and another than it was; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    check_value(recorded, "language", fact.language, allowed=fact.language in (*LANGUAGES, *ONCE_OFFERED))
    if fact.language == own.language:
        raise ViolationFound(NotificationUnchanged, recorded, standing="that language")
    own.language = fact.language


FOLLOWS: dict[type[Fact], Callable[[AuditState, Recorded[Any], AuditedNotifications, Any], None]] = {
    PreferenceSet: preference_set,
    NoticesMarked: notices_marked,
    AddressAdded: address_added,
    AddressConfirmed: address_confirmed,
    AddressRemoved: address_removed,
    ScheduleSet: schedule_set,
    DigestSet: digest_set,
    LanguageSet: language_set,
    PriceAlertSet: price_alert_set,
    PriceAlertRemoved: price_alert_removed,
    PriceAlertReached: price_alert_reached,
}
Beginning = PreferenceSet | NoticesMarked | AddressAdded | ScheduleSet | DigestSet | LanguageSet | PriceAlertSet

AUDITOR = Auditor(
    aggregate="notification",
    holds=AuditedNotifications,
    begins=dict.fromkeys(get_args(Beginning), begun),
    follows=FOLLOWS,
    names={
        PreferenceSet: lambda fact: [fact.subject] if fact.level == "match" else [],
        PriceAlertSet: lambda fact: [fact.market_id],
    },
)
