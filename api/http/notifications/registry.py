"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from domain.notification import addresses as address_rules
from domain.notification import decider as rules
from domain.notification import device as device_rules
from domain.notification import price_alerts as alert_rules
from domain.notification import push_subscription as push_rules
from domain.notification import schedule_rules
from domain.refused import Refused

STATUSES: dict[type[Refused], int] = {
    rules.KindAlwaysTold: 403,
    rules.TooManyPreferences: 409,
    rules.PreferenceMalformed: 422,
    rules.MarkMalformed: 422,
    schedule_rules.TimeZoneUnknown: 422,
    schedule_rules.QuietHoursMalformed: 422,
    schedule_rules.DigestMalformed: 422,
    schedule_rules.LanguageUnknown: 422,
    address_rules.AddressUnknown: 404,
    address_rules.AddressMalformed: 422,
    address_rules.TooManyAddresses: 409,
    alert_rules.TooManyPriceAlerts: 409,
    alert_rules.PriceReachedAlready: 409,
    push_rules.PushEndpointMalformed: 422,
    push_rules.PushKeysMalformed: 422,
    push_rules.PushEndpointNotAllowed: 422,
    device_rules.DeviceProviderUnknown: 422,
    device_rules.DeviceTokenMalformed: 422,
    device_rules.DeviceProviderNotSetUp: 409,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes about notifications."""
    from api.http.notifications.addresses import addresses
    from api.http.notifications.email import email_address
    from api.http.notifications.inbox import inboxes
    from api.http.notifications.mail_reports import mail_reports
    from api.http.notifications.marks import marks
    from api.http.notifications.phones import phones
    from api.http.notifications.price_alerts import price_alerts
    from api.http.notifications.push import pushes
    from api.http.notifications.schedule import schedules

    deps = dependencies.deps
    read = addresses(deps, view_reader), inboxes(deps, view_reader)
    return marks(deps), schedules(deps), email_address(deps), mail_reports(deps), pushes(deps), phones(deps), price_alerts(deps), *read
