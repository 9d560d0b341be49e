"""The commands of this package, each with its use case. A new one is added here."""

from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.notifications import change_addresses, find_addresses, price_alerts, set_email, set_preference, set_schedule
from domain.notification.commands import (
    AddAddress,
    ConfirmAddress,
    MarkNotices,
    ReachPriceAlert,
    RemoveAddress,
    RemovePriceAlert,
    SetDigest,
    SetLanguage,
    SetPreference,
    SetPriceAlert,
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
    SetPriceAlert: UseCase(price_alerts.set_price_alert, price_alerts.streams_of, lane=Lane.SOCIAL),
    RemovePriceAlert: UseCase(price_alerts.remove_price_alert, price_alerts.streams_of, lane=Lane.SOCIAL),
    ReachPriceAlert: UseCase(price_alerts.reach_price_alert, price_alerts.streams_of, lane=Lane.SOCIAL),
    price_alerts.FindPriceAlerts: UseCase(price_alerts.find_price_alerts, price_alerts.streams_of, lane=Lane.SOCIAL),
    price_alerts.FindPrices: UseCase(price_alerts.find_prices, price_alerts.streams_of_market, lane=Lane.SOCIAL),
    **dict.fromkeys((SetSchedule, SetDigest, SetLanguage), UseCase(set_schedule.set_schedule, set_schedule.streams_of, lane=Lane.SOCIAL)),
}
