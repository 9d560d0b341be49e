"""What a view pushes is received by who subscribed to the channel: every message once, in order, on one server and on three."""

from collections import defaultdict
from contextlib import closing

import pytest
import redis

from infra.readmodels.memory import MemoryModels
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.changes import Push, Put
from projections.partitions import TAGS
from projections.ports import ReadModelsUnavailable, View
from tests.contracts.test_changes import CHANNEL, Story, Told
from tests.valkey_cluster import PRIMARIES

THE_END = b"the end"
TOLD = range(7, 64, 8)
"""Partitions whose channels are subscribed to; each node of a cluster has some."""
MOVED = TOLD[0]
TELLING = View("telling", 1, lambda fact: fact.body.changes)


def telling(partition, number):
    """A fact that changes a row of a partition, and pushes twice what it was changed to."""
    tag, row = TAGS[partition], b"%d" % number
    return Told((Put(f"{tag}:rows", "row", row), Push(f"{tag}{CHANNEL}", row), Push(f"{tag}{CHANNEL}", row + b" again")))


def written(story, after=0):
    """What is to be received on each channel, in order, of the facts after a position."""
    found = defaultdict(list)
    for fact in story.facts[after:]:
        for change in fact.body.changes[1:]:
            found[change.channel].append(b"%d %b" % (fact.position, change.body))
    return dict(found)


class Subscriber:
    """A client that subscribes to channels of partitions, each at the node that has it, and again where one was moved."""

    def __init__(self, nodes, owner_of):
        self._owner_of = owner_of
        self._nodes = nodes
        self._listeners = [node.pubsub() for node in nodes]
        self._at = {}
        self.received = defaultdict(list)
        for partition in TOLD:
            self.subscribe(partition)

    def subscribe(self, partition):
        """Subscribe, and wait until the node says so."""
        owner, channel = self._owner_of(partition), f"{TAGS[partition]}{CHANNEL}"
        self._listeners[owner].ssubscribe(channel)
        while (message := self._next(owner))["type"] != "ssubscribe":
            self._note(message)
        self._at[channel] = owner

    def unsubscribed(self, number):
        """Wait until a node says that it has a channel no longer, as it does when the slot was moved; return the channel."""
        while (message := self._next(number))["type"] != "sunsubscribe":
            self._note(message)
        return text_of(message["channel"])

    def all(self):
        """Return what was received until now, by channel: whatever was published before the end was."""
        for channel, owner in self._at.items():
            self._nodes[owner].execute_command("SPUBLISH", channel, THE_END)
        for owner in self._at.values():
            while (message := self._next(owner))["data"] not in (THE_END, THE_END.decode()):
                self._note(message)
        return dict(self.received)

    def _next(self, number):
        message = self._listeners[number].get_message(timeout=30)
        assert message is not None, "nothing came"
        return message

    def _note(self, message):
        assert message["type"] == "smessage", message
        data = message["data"]
        self.received[text_of(message["channel"])].append(data if isinstance(data, bytes) else data.encode())

    def close(self):
        for listener in self._listeners:
            listener.close()


def text_of(name):
    return name if isinstance(name, str) else name.decode()


@pytest.fixture(params=["one node", "three nodes"])
def served(request):
    """The URL of a server or a cluster, and a subscriber there."""
    if request.param == "one node":
        url = request.getfixturevalue("redis_url")
        with redis.Redis.from_url(url) as node, closing(Subscriber([node], lambda _: 0)) as subscriber:
            yield url, subscriber
    else:
        cluster = request.getfixturevalue("valkey_cluster")
        assert {cluster.owner_of(partition) for partition in TOLD} == set(range(PRIMARIES))
        with closing(Subscriber(cluster.nodes, cluster.owner_of)) as subscriber:
            yield cluster.url, subscriber


def told_of_all():
    """Facts of these partitions, three of each, in turn."""
    return [telling(partition, 100 * turn + partition) for turn in range(3) for partition in TOLD]


@pytest.mark.parametrize("chunk_facts", [1, 5])
def test_the_same_script_is_received_in_memory_as_on_servers(chunk_facts):
    story, received = Story(told_of_all()), defaultdict(list)
    models = MemoryModels(on_push=lambda channel, message: received[channel].append(message))
    Projector(story, models, [TELLING], chunk_facts=chunk_facts).catch_up()
    assert dict(received) == written(story)


def test_a_subscriber_receives_every_push_once_and_in_order_and_none_again_when_the_view_is_rebuilt(served):
    url, subscriber = served
    story = Story(told_of_all())
    with closing(ValkeyModels(url)) as models:
        Projector(story, models, [TELLING], chunk_facts=5).catch_up()
        assert subscriber.all() == written(story)
        anew = View("telling", 2, TELLING.project)
        Projector(story, models, [anew], chunk_facts=7).catch_up()
        assert subscriber.all() == written(story)
        more = Story([*[fact.body for fact in story.facts], *told_of_all()])
        Projector(more, models, [anew], chunk_facts=30).catch_up()
        assert subscriber.all() == written(more)
        assert sum(map(len, written(more, story.head()).values())) == 2 * 3 * len(TOLD)


def test_a_subscriber_goes_on_where_a_slot_was_moved_to_and_misses_and_repeats_nothing(valkey_cluster):
    cluster, story = valkey_cluster, Story([telling(MOVED, number) for number in range(10)])
    with closing(Subscriber(cluster.nodes, cluster.owner_of)) as subscriber, closing(ValkeyModels(cluster.url)) as models:
        Projector(story, models, [TELLING], chunk_facts=3).catch_up()
        source = cluster.owner_of(MOVED)
        target = (source + 1) % PRIMARIES
        cluster.move_begin(MOVED, target)
        assert cluster.move_keys(MOVED, source, target, 1)
        more = Story([*[fact.body for fact in story.facts], *[telling(MOVED, number) for number in range(10, 20)]])
        projector = Projector(more, models, [TELLING], chunk_facts=4)
        with pytest.raises(ReadModelsUnavailable):
            projector.catch_up()
        while cluster.move_keys(MOVED, source, target, 1_000):
            pass
        cluster.move_end(MOVED, target)
        assert cluster.owner_of(MOVED) == target
        assert subscriber.unsubscribed(source) == f"{TAGS[MOVED]}{CHANNEL}"
        subscriber.subscribe(MOVED)
        projector.catch_up()
        assert subscriber.all() == written(more)
