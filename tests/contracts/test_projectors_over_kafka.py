"""Projectors as a consumer group: whoever comes, goes, wakes up late or does the same twice, the views are what the log says."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from domain.partitions import PARTITIONS
from infra.embedded.kafka import EmbeddedKafka
from infra.processes.process_control import wait_until
from projections.homes import Homes
from projections.registry import VIEWS
from tests.contracts.relays_under_test import RelayedLog
from tests.contracts.site_under_test import Site, partitions_of, wait_for_the_topic, what_happened


@pytest.fixture
def site(database_url: str, redis_url: str, kafka_server: EmbeddedKafka) -> Iterator[Site]:
    with closing(RelayedLog(database_url, kafka_server.start())) as relayed:
        yield Site(relayed, redis_url)


def test_views_are_what_the_log_says_whoever_joins_leaves_and_comes_back(site: Site, monkeypatch: pytest.MonkeyPatch):
    wait_for_the_topic(monkeypatch)
    facts = what_happened()
    quarter = len(facts) // 4
    with site.relay():
        with site.member("one") as one:
            site.write(facts[:quarter])
            assert wait_until(lambda: len(partitions_of(one)) == PARTITIONS, 60)
            with site.member("two") as two:
                assert wait_until(lambda: 0 < len(partitions_of(one)) < PARTITIONS and partitions_of(two), 60)
                assert wait_until(lambda: partitions_of(one) | partitions_of(two) == frozenset(range(PARTITIONS)), 60)
                assert not partitions_of(one) & partitions_of(two)
                site.write(facts[quarter : 2 * quarter])
                assert wait_until(site.is_caught_up, 90)
                assert min(figures._reader.from_topic for figures in (one, two)) > 0
            site.write(facts[2 * quarter : 3 * quarter])
        with site.member("one"), site.member("three"), site.feeding_all_partitions() as twice:
            left = iter(facts[3 * quarter :])
            for fact in left:
                site.write([fact])
                assert wait_until(site.is_caught_up, 90)
                if twice.from_topic > 0:
                    break
            assert twice.from_topic > 0, "who is no member begins to read while the members do"
            site.write(list(left))
            assert wait_until(site.is_caught_up, 90)
    site.assert_views_are_what_the_log_says()


def test_a_topic_that_lost_what_was_copied_to_it_or_has_no_relay_holds_no_view_up_for_ever(site: Site):
    facts = what_happened()[:200]
    site.write(facts[:100])
    site.relayed.catch_up(Homes(VIEWS[:1]))
    with site.member("one") as one:
        assert wait_until(site.is_caught_up, 90)
        assert (one._reader.from_topic, one._reader.from_log >= 100) == (0, True), "its homes are those of other views"
        site.write(facts[100:150])
        site.relayed.catch_up()
        site.relayed.pretend(copied=150)
        site.write(facts[150:])
        began = time.monotonic()
        assert wait_until(lambda: (site.relayed.pretend(copied=200), site.is_caught_up())[1], 90), f"{time.monotonic() - began:.0f} s"
    site.assert_views_are_what_the_log_says()
