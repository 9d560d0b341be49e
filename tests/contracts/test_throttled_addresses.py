"""A push service that limits one subscription is not cut off for the others; one that is down is."""

from collections.abc import Iterator

import pytest

from infra.clock import Clock
from infra.database import make_ready
from infra.delivery.breaker import FAILURES_MAX
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.public_hosts import PublicHosts
from infra.delivery.vapid import Signatures, VapidKey
from infra.delivery.web_push import WebPush
from tests.contracts.deliveries_under_test import Provider, Site
from tests.push_service import Browser, PushService, push_service
from tests.servers import fresh_database
from tests.views.test_inbox_view import ANN, BEN

CLOCK = Clock()
KEY = VapidKey("a secret of thirty-two characters", "mailto:ops@slipstream.test")
HOUR_S = 3_600


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def site(dsn: str) -> Site:
    return Site(dsn, Provider(0))


def pushes_to(service: PushService) -> WebPush:
    connections = ProviderConnections(PublicHosts((service.host,)), CLOCK.monotonic_s, answered_within_s=60.0)
    return WebPush(connections, Signatures(KEY, lambda: CLOCK.now().timestamp()), lambda: CLOCK.now().timestamp())


def subscribed(site: Site, service: PushService, count: int) -> list[Browser]:
    browsers = [service.browser(f"browser{number}") for number in range(count)]
    for browser in browsers:
        site.reach(ANN, address=browser.subscription)
    return browsers


def test_a_push_service_that_limits_one_subscription_after_another_is_not_cut_off(site: Site, service: PushService):
    limited = subscribed(site, service, 2 * FAILURES_MAX)
    for browser in limited:
        browser.answers(429, f"Retry-After: {HOUR_S}")
    slip_id, sender = site.history.pick(ANN), site.sender(channel=pushes_to(service))
    site.history.comment("first", BEN, slip_id, ANN, "first")
    site.send(sender)
    assert site.states() == {"waiting": 2 * FAILURES_MAX}
    assert (sender.breaker.cut_off, sender.figures.outcomes["later"]) == (0, 2 * FAILURES_MAX)
    assert [len(browser.pushes) for browser in limited] == [1] * len(limited), "none is asked again before the hour is over"
    site.later(seconds=HOUR_S)
    for browser in limited:
        browser.answers(201)
    site.send(site.sender(channel=pushes_to(service)))
    assert site.states() == {"sent": 2 * FAILURES_MAX}


def test_a_push_service_that_is_down_is_cut_off(site: Site, service: PushService):
    for browser in subscribed(site, service, FAILURES_MAX):
        browser.answers(503, f"Retry-After: {HOUR_S}")
    slip_id, sender = site.history.pick(ANN), site.sender(channel=pushes_to(service))
    site.history.comment("first", BEN, slip_id, ANN, "first")
    site.send(sender)
    assert (site.states(), sender.breaker.cut_off) == ({"waiting": FAILURES_MAX}, 1)
