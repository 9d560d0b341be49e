"""The commands of this package, each with its use case. A new one is added here."""

from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.notifications import change_addresses, find_addresses, set_email, set_preference, set_schedule
from domain.notification.commands import (
    AddAddress,
    ConfirmAddress,
    MarkNotices,
    RemoveAddress,
    SetDigest,
    SetLanguage,
    SetPreference,
    SetSchedule,
)

USE_CASES: dict[type, UseCase] = {
    SetPreference: UseCase(set_preference.set_preference, set_preference.streams_of, lane=Lane.SOCIAL),
    MarkNotices: UseCase(set_preference.mark_notices, set_preference.streams_of, lane=Lane.SOCIAL),
    find_addresses.FindAddresses: UseCase(find_addresses.find_addresses, find_addresses.streams_of, lane=Lane.SOCIAL),
    set_email.SetEmail: UseCase(set_email.set_email, set_email.streams_of, lane=Lane.SOCIAL),
    set_email.ConfirmEmail: UseCase(set_email.confirm_email, set_email.streams_of, lane=Lane.SOCIAL),
    **dict.fromkeys(
        (AddAddress, ConfirmAddress, RemoveAddress),
        UseCase(change_addresses.change_address, change_addresses.streams_of, lane=Lane.SOCIAL),
    ),
    **dict.fromkeys((SetSchedule, SetDigest, SetLanguage), UseCase(set_schedule.set_schedule, set_schedule.streams_of, lane=Lane.SOCIAL)),
}
