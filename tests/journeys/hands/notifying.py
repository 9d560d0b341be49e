"""What people ask for about their notifications: preferences, and marks of what they saw."""

import json
from typing import Any

from api.http.signed_requests import signature_of
from domain.notification.kinds import CHANNELS, KINDS, PRODUCTS
from infra.clock import Clock
from tests.journeys.hands.betting import KEY, WEBHOOK_SITE, a_leg
from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.social import a_slip
from tests.journeys.hands.world import MADE_UP, World


@hand("setPreference", 4)
def set_preference(world: World) -> None:
    kind, somebody = world.one(list(KINDS)), world.one(world.members).account_id
    place = world.one(
        [
            *(("app", "", ""), ("channel", "in_app", ""), ("kind", world.one(list(CHANNELS)), kind), ("author", "", somebody)),
            *(("match", "", MADE_UP), ("promotion", world.one(list(CHANNELS)), world.one(list(PRODUCTS)))),
        ]
    )
    setting = world.one(["all", "highlights", "off", "inherit"] if place[0] == "author" else ["on", "off", "inherit", "maybe"])
    world.ask("setPreference", world.who(), dict(zip(("level", "channel", "subject"), place, strict=True)) | {"setting": setting})


POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


@hand("subscribeToPushes", 2)
def subscribe(world: World, who: Member | None = None) -> str:
    """Return the id of the address that came of it."""
    own = f"http://127.0.0.1:{world.tree.push_port}/send/{world.one(range(30))}"
    keys = {"p256dh": world.one([POINT, POINT, POINT[:-4] + "AAAA"]), "auth": world.one(["BTBZMqHH6r4Tts7J_aSIgg", "short"])}
    body = {"endpoint": world.one([own, own, "https://127.0.0.1/send", "http://push.test/"]), "keys": keys, "device": "Firefox"}
    answer = world.ask("subscribeToPushes", who or world.who(), body)
    return str(answer.json()["address_id"]) if answer.status_code == 201 else MADE_UP


@hand("registerDevice", 2)
def register(world: World) -> None:
    token = world.one([f"{world.one(range(10))}:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9", "short"])
    provider = world.one(["fcm", "fcm", "fcm", "apns", "pigeon"])
    world.ask("registerDevice", world.who(), {"provider": provider, "token": token, "device": "Phone"})


@hand("setSchedule", 1)
def set_schedule(world: World) -> None:
    zone = world.one(["Europe/Berlin", "Pacific/Apia", "Mars/Olympus", "UTC"])
    minutes = {"quiet_from_minute": world.one([0, 1_380]), "quiet_until_minute": world.one([0, 450])}
    world.ask("setSchedule", world.who(), {"time_zone": zone, **minutes, "meanwhile": world.one(["digest", "wait", "never"])})


@hand("setDigest", 1)
def set_digest(world: World) -> None:
    digest = world.one(["immediate", "hourly", "daily", "yearly"])
    world.ask("setDigest", world.who(), {"channel": world.one(list(CHANNELS)), "digest": digest, "hour": world.one([0, 8])})


@hand("setLanguage", 1)
def set_language(world: World) -> None:
    world.ask("setLanguage", world.who(), {"language": world.one(["en", "de", "tlh"])})


@hand("setEmail", 1)
def set_email(world: World) -> None:
    world.ask("setEmail", world.who(), {"email": world.one(["", world.name("mail") + "@example.com"])})


@hand("confirmEmail", 1)
def confirm_email(world: World) -> None:
    world.ask("confirmEmail", None, {"token": world.one(["", "x" * 80])})


@hand("reportMail", 1)
def report_mail(world: World) -> None:
    """A mail that came back or was complained of, reported rightly, to an API without a key, or under a forged signature."""
    told = {
        "event": world.one(["bounced", "complained", "eaten"]),
        "permanent": world.odds(0.7),
        "recipient": f"{world.who().handle}@example.com",
    }
    raw, is_forged = json.dumps(told | world.one([{}, {"delivery_id": MADE_UP}])).encode(), world.odds(0.3)
    key = b"another key, as long as the right one is" if is_forged else KEY
    signature = signature_of(key, raw, int(Clock().now().timestamp()))
    answer = world.ask("reportMail", None, raw, site=world.one([0, WEBHOOK_SITE]), slipstream_signature=signature)
    if is_forged and answer.status_code < 400:
        world.broken.append(f"a forged report of a mail was taken: {answer.text}")


def a_price(world: World) -> dict[str, str]:
    """A selection of a market that may be there."""
    leg = a_leg(world) or {"market_id": MADE_UP, "selection": "home"}
    return {"market_id": leg["market_id"], "selection": world.one([leg["selection"]] * 9 + ["nobody"])}


@hand("setPriceAlert", 4)
def set_price_alert(world: World) -> None:
    world.ask("setPriceAlert", world.who(), {"odds": world.one(["1.01", "2.2", "5/2", "80", "900", "0.5", "many"])}, **a_price(world))


@hand("removePriceAlert", 1)
def remove_price_alert(world: World) -> None:
    world.ask("removePriceAlert", world.who(), **a_price(world))


@hand("removeAddress", 1)
def remove_address(world: World) -> None:
    who = world.who()
    world.ask("removeAddress", who, address_id=subscribe(world, who))


def a_mark(world: World) -> dict[str, Any]:
    body: dict[str, Any] = {"upto": world.one([1, 40, 4_000, 0])}
    return body | ({"notice_id": f"like:{a_slip(world)[1]}"} if world.odds(0.4) else {})


@hand("markNoticesSeen", 1)
def mark_seen(world: World) -> None:
    world.ask("markNoticesSeen", world.who(), {"upto": world.one([1, 40, 4_000, 0])})


@hand("markNoticesRead", 1)
def mark_read(world: World) -> None:
    world.ask("markNoticesRead", world.who(), a_mark(world))


@hand("archiveNotices", 1)
def archive(world: World) -> None:
    world.ask("archiveNotices", world.who(), a_mark(world))
