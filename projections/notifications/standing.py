"""How an account stands to notifications as of a fact: what it set and since when, what protects it, where it is told. Folded, pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from domain.account_gate.facts import AccountClosed, AccountReopened, ReturnRequested, SelfExcluded, TimedOut
from domain.fact import Fact, Recorded, micros
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    PreferenceSet,
    ScheduleSet,
)
from domain.notification.kinds import CONFIRMED_FIRST
from domain.notification.policy import FOR_EVER_US, Preferences, Protection
from domain.notification.schedule import DigestChoice, Schedule


class StandingAddress(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An address: of which channel, sealed, and whether it is told what its account is told."""

    channel: str
    sealed: str
    confirmed: bool


class NoticeStanding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Settings by `level|channel|subject` with the microsecond since when each stands, protection, addresses by id, and when to tell it."""

    settings: dict[str, tuple[str, int]] = {}
    addresses: dict[str, StandingAddress] = {}
    timed_out_us: int = 0
    excluded_us: int = 0
    closed: bool = False
    schedule: Schedule = Schedule()

    @property
    def preferences(self) -> Preferences:
        """What the account set, as the policy takes it."""
        return Preferences({_place(name): setting for name, setting in self.settings.items()})

    @property
    def protection(self) -> Protection:
        """What keeps the account from what promotes betting."""
        return Protection(self.timed_out_us, self.excluded_us, self.closed)

    def reached(self) -> list[tuple[str, StandingAddress]]:
        """Return the addresses that are told, by id."""
        return [(address_id, each) for address_id, each in self.addresses.items() if each.confirmed]


def stands_after(standing: NoticeStanding, recorded: Recorded[Any]) -> NoticeStanding:
    """Return how an account stands after a fact about it; as before for a fact of another kind."""
    after = _AFTER.get(type(recorded.body))
    return standing if after is None else msgspec.structs.replace(standing, **after(standing, recorded, recorded.body))


def _place(name: str) -> tuple[str, str, str]:
    level, channel, subject = name.split("|")
    return level, channel, subject


def _preferred(standing: NoticeStanding, recorded: Recorded[Any], fact: PreferenceSet) -> dict[str, Any]:
    name = f"{fact.level}|{fact.channel}|{fact.subject}"
    kept = {each: setting for each, setting in standing.settings.items() if each != name}
    return {"settings": kept if fact.setting == "inherit" else kept | {name: (fact.setting, recorded.committed_us)}}


def _added(standing: NoticeStanding, _recorded: Recorded[Any], fact: AddressAdded) -> dict[str, Any]:
    added = StandingAddress(fact.channel, fact.sealed, fact.channel not in CONFIRMED_FIRST)
    return {"addresses": standing.addresses | {fact.address_id: added}}


def _confirmed(standing: NoticeStanding, _recorded: Recorded[Any], fact: AddressConfirmed) -> dict[str, Any]:
    known = msgspec.structs.replace(standing.addresses[fact.address_id], confirmed=True)
    return {"addresses": standing.addresses | {fact.address_id: known}}


def _removed(standing: NoticeStanding, _recorded: Recorded[Any], fact: AddressRemoved) -> dict[str, Any]:
    return {"addresses": {address_id: each for address_id, each in standing.addresses.items() if address_id != fact.address_id}}


def _scheduled(standing: NoticeStanding, _recorded: Recorded[Any], fact: ScheduleSet) -> dict[str, Any]:
    hours = (fact.time_zone, fact.quiet_from_minute, fact.quiet_until_minute, fact.meanwhile)
    return {"schedule": Schedule(*hours, digests=standing.schedule.digests, language=standing.schedule.language)}


def _digested(standing: NoticeStanding, _recorded: Recorded[Any], fact: DigestSet) -> dict[str, Any]:
    chosen = {**standing.schedule.digests, fact.channel: DigestChoice(fact.digest, fact.hour)}
    return {"schedule": standing.schedule._replace(digests=chosen)}


def _spoken_to(standing: NoticeStanding, _recorded: Recorded[Any], fact: LanguageSet) -> dict[str, Any]:
    return {"schedule": standing.schedule._replace(language=fact.language)}


_AFTER: Mapping[type[Fact], Callable[[NoticeStanding, Recorded[Any], Any], dict[str, Any]]] = {
    PreferenceSet: _preferred,
    AddressAdded: _added,
    AddressConfirmed: _confirmed,
    AddressRemoved: _removed,
    ScheduleSet: _scheduled,
    DigestSet: _digested,
    LanguageSet: _spoken_to,
    TimedOut: lambda _standing, _recorded, fact: {"timed_out_us": micros(fact.until)},
    SelfExcluded: lambda _standing, _recorded, _fact: {"excluded_us": FOR_EVER_US},
    ReturnRequested: lambda _standing, _recorded, fact: {"excluded_us": micros(fact.effective_from)},
    AccountClosed: lambda _standing, _recorded, _fact: {"closed": True},
    AccountReopened: lambda _standing, _recorded, _fact: {"closed": False},
}
FOLDED: frozenset[type[Fact]] = frozenset(_AFTER)
"""The kinds of facts that change how an account stands."""
