"""What goes wrong with consumers elsewhere: handlers that fail, rebalances amid a batch, members that restart or wake up too late."""

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from domain.partitions import PARTITIONS
from infra.embedded.kafka import EmbeddedKafka
from infra.metrics.projecting import ProjectorCollector
from infra.processes.process_control import lives, wait_until
from projections.betting import portfolio
from projections.registry import VIEWS
from tests.contracts.relays_under_test import RelayedLog
from tests.contracts.site_under_test import Handler, Site, partitions_of, what_happened

BROKEN = portfolio.VIEW
OTHERS = [view for view in VIEWS if view.name != BROKEN.name]


@pytest.fixture
def site(database_url: str, redis_url: str, kafka_server: EmbeddedKafka) -> Iterator[Site]:
    with closing(RelayedLog(database_url, kafka_server.start())) as relayed:
        yield Site(relayed, redis_url)


def has_all(figures: ProjectorCollector) -> bool:
    return len(partitions_of(figures)) == PARTITIONS


def is_shared(one: ProjectorCollector, two: ProjectorCollector) -> bool:
    """Whether both have some partitions, and every partition one of them."""
    first, second = partitions_of(one), partitions_of(two)
    return bool(first and second) and not first & second and len(first | second) == PARTITIONS


def test_a_handler_that_fails_is_given_the_same_facts_again_and_nothing_is_passed_over(site: Site):
    facts, handler = what_happened(), Handler(BROKEN)
    handler.fails_on = lambda fact: fact.position > 50
    with site.relay(), site.member("one", handler.views, tries=0):
        site.write(facts[:100])
        assert wait_until(lambda: site.is_caught_up(OTHERS), 90), "the others go on"
        assert not site.is_caught_up([BROKEN])
        site.write(facts[100:200])
        assert wait_until(lambda: site.is_caught_up(OTHERS), 90), "the next polls go on, too"
        assert wait_until(lambda: max(handler.failed.values(), default=0) >= 3, 60), "what failed is tried again"
        handler.fails_on = lambda _: False
        assert wait_until(site.is_caught_up, 90)
    site.assert_views_are_what_the_log_says()


def test_what_a_member_was_applying_when_its_partitions_moved_is_applied_once(site: Site):
    facts, handler = what_happened(), Handler(BROKEN)
    with site.relay(), site.member("one", handler.views) as one:
        site.write(facts[:100])
        assert wait_until(lambda: has_all(one) and site.is_caught_up(), 90)
        handler.stays_after = 100
        site.write(facts[100:300])
        assert handler.is_inside.wait(60), "a batch is under way"
        with site.member("two") as two:
            assert wait_until(lambda: is_shared(one, two), 60), "and half of its partitions are another's now"
            assert wait_until(lambda: site.is_caught_up(partitions=partitions_of(two)), 90), "who applies the same facts there"
            handler.goes_on.set()
            assert wait_until(site.is_caught_up, 90)
    site.assert_views_are_what_the_log_says()


def test_a_fact_that_failed_before_a_rebalance_is_tried_again_after_it_and_its_partition_moves(site: Site):
    facts, broken, slow_to_mend = what_happened(), Handler(BROKEN), Handler(BROKEN)
    broken.fails_on = slow_to_mend.fails_on = lambda fact: fact.position > 60
    with site.relay():
        with site.member("one", broken.views, session_s=1, tries=0):
            site.write(facts[:150])
            assert wait_until(lambda: site.is_caught_up(OTHERS) and broken.failed, 90)
        with site.member("two", slow_to_mend.views, tries=0) as two:
            assert wait_until(lambda: has_all(two), 60)
            assert wait_until(lambda: slow_to_mend.failed and set(slow_to_mend.failed) >= set(broken.failed), 60), (
                "it comes back, and fails here too"
            )
            slow_to_mend.fails_on = lambda _: False
            assert wait_until(site.is_caught_up, 90), "its partitions move"
    site.assert_views_are_what_the_log_says()


def test_a_member_that_is_replaced_gets_its_partitions_back_and_no_other_notices_and_one_that_stops_leaves_at_once(site: Site):
    facts = what_happened()
    with site.relay(), site.member("one", session_s=300) as one:
        with site.member_process("two", session_s=300) as two:
            site.write(facts[:100])
            assert wait_until(lambda: 0 < len(partitions_of(one)) < PARTITIONS and site.is_caught_up(), 120)
            kept, rebalances = partitions_of(one), one.rebalances
            two.send_signal(signal.SIGUSR1)  # as `slipstream up` does where another process takes over
            assert wait_until(lambda: not lives(two), 60)
        site.write(facts[100:200])
        assert wait_until(lambda: site.is_caught_up(partitions=kept), 90), "what is another's goes on meanwhile"
        with site.member("two", session_s=300) as two:
            assert wait_until(site.is_caught_up, 90)
            assert (partitions_of(one), partitions_of(two)) == (kept, frozenset(range(PARTITIONS)) - kept)
            assert one.rebalances == rebalances
        assert wait_until(lambda: has_all(one), 120), "long before the session of the one that stopped is over"
    site.assert_views_are_what_the_log_says()


def test_a_member_that_stood_still_past_its_session_and_wakes_up_changes_nothing(site: Site):
    facts = what_happened()
    with site.relay(), site.member_process("zombie", session_s=2) as zombie:
        site.write(facts[:100])
        assert wait_until(site.is_caught_up, 120)
        with site.member("one", session_s=2) as one:
            assert wait_until(lambda: 0 < len(partitions_of(one)) < PARTITIONS, 60)
            site.write(facts[100:200])
            zombie.suspend()
            assert wait_until(lambda: has_all(one), 60), "its partitions are another's once its session is over"
            site.write(facts[200:300])
            assert wait_until(site.is_caught_up, 90)
            zombie.resume()
            site.write(facts[300:400])
            assert wait_until(lambda: 0 < len(partitions_of(one)) < PARTITIONS, 60), "it comes back as a member"
            assert wait_until(site.is_caught_up, 90)
    site.assert_views_are_what_the_log_says()
