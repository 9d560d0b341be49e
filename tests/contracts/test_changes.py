"""Changes are carried out in the order in which they were made, once, whatever the batches are and wherever a projector is killed.

Random histories through the real projector, killed and begun again, against a plain model that carries out one change after the other.
"""

import contextlib
from typing import Any, NamedTuple

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.fact import Fact, Recorded
from infra.readmodels.memory import MemoryModels
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.changes import Add, AddAll, Cut, Drop, Push, Put, Rank, Spread, Tally, Trim, Unrank
from projections.ports import ReadModelsUnavailable, Row, View
from tests.contracts.read_models_under_test import contents, live_builds

TAGS = ("{p00}", "{p63}")
MEMBERS = ("a", "b", "c")
FIELDS = ("a", "b", "c:x", "d")
CHANNEL = ":told"


class Told(Fact, frozen=True):
    """A fact that says itself what it changes: for every view, or for the one that sees rows, what it is to be seen with."""

    changes: tuple[Any, ...]
    sees: tuple[Row, ...] = ()


class Story:
    """A log of such facts, of which more may come later."""

    def __init__(self, told):
        self.facts = [Recorded(position, "stream", position, body) for position, body in enumerate(told, 1)]

    def read(self, after, limit):
        return self.facts[after : after + limit]

    def head(self):
        return len(self.facts)

    def mark_at(self, position):
        return f"log:{position}" if 0 <= position <= len(self.facts) else None

    def wait(self, timeout_ms):
        """Nothing comes."""


def project(fact, rows=None):
    """Make the changes; where rows are seen, keep in one of them what was seen, so that a wrong sight is never forgotten."""
    if not fact.body.sees:
        return fact.body.changes
    if rows is None:
        return ()
    seen = [row for row in fact.body.sees if row in rows]
    text = b"|".join(rows[row] or b"-" for row in seen)
    written = b"%d 7" if seen[0].key.endswith(":n1") else b"%d"
    return [Put(f"{seen[0].key[:5]}:seen", seen[0].field, text[-60:]), Put(seen[0].key, seen[0].field, written % len(text))]


BLIND = View("blind", 1, project)
SEEING = View("seeing", 1, project, sees=lambda fact: fact.body.sees)


class Plain:
    """Rows by key, changed one change after the other."""

    def __init__(self):
        self.kept: dict[str, Any] = {}
        self.pushed: list[tuple[str, bytes]] = []

    def hash(self, key):
        return self.kept.setdefault(key, {})

    def carry_out(self, change, position):
        match change:
            case Put(key, field, value):
                self.hash(key)[field] = value
            case Drop(key, field):
                self.hash(key).pop(field, None)
            case Add(key, field, by):
                self.hash(key)[field] = b"%d" % (int(self.hash(key).get(field, b"0")) + by)
            case AddAll(key, field, by):
                before = self.hash(key).pop(field, None)
                numbers = [one + other for one, other in zip(map(int, before.split()) if before else (0, 0), by, strict=True)]
                self.hash(key).update({field: b"%d %d" % tuple(numbers)} if any(numbers) else {})
            case Rank(key, member, score):
                self.hash(key)[member] = score
            case Unrank(key, member):
                self.hash(key).pop(member, None)
            case Tally(key, member, by):
                score = self.hash(key).pop(member, 0) + by
                self.hash(key).update({member: score} if score else {})
            case Cut(key, score):
                self.kept[key] = {member: each for member, each in self.hash(key).items() if each > score}
            case Trim(key, keep_max, rows, suffixes, indexes, owned):
                ranked = sorted(self.hash(key).items(), key=lambda row: (row[1], row[0]))
                for member, _ in ranked[: max(0, len(ranked) - keep_max)]:
                    for suffix in suffixes:
                        self.hash(rows).pop(member + suffix, None)
                    for index in (key, *indexes):
                        self.hash(index).pop(member, None)
                    for prefix in owned:
                        self.kept.pop(prefix + member, None)
            case Spread(over, instead=instead, members_max=members_max) if len(self.hash(over)) > members_max:
                if instead is not None:
                    self.hash(instead.key)[instead.member] = instead.score
            case Spread(over, into, entry, keep_max, existing_only, slack):
                for member in self.hash(over):
                    if not existing_only or into + member in self.kept:
                        entries = [entry, *self.kept.get(into + member, [])]
                        self.kept[into + member] = entries[:keep_max] if len(entries) > keep_max + slack else entries
            case Push(channel, body):
                self.pushed.append((channel, b"%d %b" % (position, body)))

    def contents(self):
        return {
            key: [(entry, b"") for entry in rows]
            if isinstance(rows, list)
            else sorted((name.encode(), value if isinstance(value, bytes) else b"%d" % value) for name, value in rows.items())
            for key, rows in self.kept.items()
            if rows
        }


def told_plainly(story, view):
    plain = Plain()
    for fact in story.facts:
        if view.sees is None or not fact.body.sees:
            made = project(fact)
        else:
            tags = {row.key[:5] for row in fact.body.sees}
            made = [
                change
                for tag in sorted(tags)
                for change in project(fact, {row: plain.hash(row.key).get(row.field) for row in fact.body.sees if row.key[:5] == tag})
            ]
        for change in made:
            plain.carry_out(change, fact.position)
    return plain


def keys(*names):
    return st.sampled_from([f"{tag}:{name}" for tag in TAGS for name in names])


HASHES, SETS, INDEXES = keys("h1", "h2"), keys("s1", "s2"), keys("i1")
SCORES = st.integers(0, 5)


@st.composite
def trims(draw):
    key = draw(SETS)
    tag = key[:5]
    return Trim(
        key,
        draw(st.integers(0, 2)),
        f"{tag}:{draw(st.sampled_from(['h1', 'h2', 'n1']))}",
        draw(st.sampled_from([("",), ("", ":x"), (":x",)])),
        draw(st.sampled_from([(), (f"{tag}:i1",)])),
        draw(st.sampled_from([(), (f"{tag}:own:",), (f"{tag}:list:",)])),
    )


@st.composite
def spreads(draw):
    key = draw(SETS)
    entry = draw(st.sampled_from([b"slip-1", b"slip-2", b"\x00\xff"]))
    instead = draw(st.none() | st.builds(Rank, st.just(f"{key[:5]}:i1") | st.just(key), st.sampled_from(MEMBERS), SCORES))
    keep_max, slack = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    return Spread(key, f"{key[:5]}:list:", entry, keep_max, draw(st.booleans()), slack, draw(st.sampled_from([0, 1, 2, 99])), instead)


CHANGES = st.one_of(
    st.builds(Put, HASHES, st.sampled_from(FIELDS), st.integers(-9, 99).map(lambda number: b"%d" % number)),
    st.builds(Drop, HASHES, st.sampled_from(FIELDS)),
    st.builds(Add, HASHES, st.sampled_from(FIELDS), st.integers(-5, 5)),
    st.builds(Put, keys("n1"), st.sampled_from(FIELDS), st.sampled_from([b"1 -1", b"0 0", b"9007199254740000 5"])),
    st.builds(Drop, keys("n1"), st.sampled_from(FIELDS)),
    st.builds(AddAll, keys("n1"), st.sampled_from(FIELDS), st.tuples(st.integers(-2, 2), st.integers(-2, 2))),
    st.builds(Rank, st.one_of(SETS, INDEXES, keys("own:a", "own:b")), st.sampled_from(MEMBERS), SCORES),
    st.builds(Unrank, st.one_of(SETS, INDEXES), st.sampled_from(MEMBERS)),
    st.builds(Tally, st.one_of(SETS, INDEXES), st.sampled_from(MEMBERS), st.integers(-2, 2)),
    st.builds(Cut, SETS, SCORES),
    trims(),
    spreads(),
    st.builds(Push, keys("told"), st.sampled_from([b"one", b"two"])),
)
ROWS = st.builds(Row, keys("h1", "h2", "n1"), st.sampled_from(FIELDS))
FACTS = st.one_of(
    st.builds(Told, st.lists(CHANGES, max_size=4).map(tuple)),
    st.builds(lambda rows: Told((), tuple(dict.fromkeys(rows))), st.lists(ROWS, min_size=1, max_size=3)),
)


class Fate(NamedTuple):
    """What becomes of a batch: which of its partitions take it, whether it comes twice, whether the projector is killed then."""

    takes: frozenset[int]
    twice: bool
    killed: bool


FATES = st.builds(Fate, st.sampled_from([frozenset({0, 63}), frozenset({0}), frozenset({63}), frozenset()]), st.booleans(), st.just(True))
WELL = st.builds(Fate, st.just(frozenset({0, 63})), st.booleans(), st.just(False))


class Fated:
    """Models under which a projector is killed."""

    def __init__(self, inner, fates):
        self._inner, self._fates = inner, fates

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def apply(self, calls):
        if not self._fates:
            self._inner.apply(calls)
            return
        fate = self._fates.pop()
        for _ in range(1 + fate.twice):
            self._inner.apply({partition: each for partition, each in calls.items() if not fate.killed or partition in fate.takes})
        if fate.killed:
            raise ReadModelsUnavailable("killed")


def run_through(story, models, chunks, fates):
    """Follow the log with a new projector after each kill, each with stretches of its own."""
    models, chunks = Fated(models, list(fates)), list(chunks)
    while True:
        projector = Projector(story, models, (BLIND, SEEING), chunk_facts=chunks.pop() if chunks else 4)
        with contextlib.suppress(ReadModelsUnavailable):
            projector.catch_up()
            return


def check(story, models, pushed):
    messages = []
    for view in (BLIND, SEEING):
        plain = told_plainly(story, view)
        found = {key: rows for key, (_, rows) in contents(models, live_builds(models, view.name)).items()}
        assert found == plain.contents()
        messages += plain.pushed
    for channel in {channel for channel, _ in messages}:
        wanted = sorted(message for named, message in messages if named == channel)
        assert sorted(message for named, message in pushed if named == channel) == wanted
        positions = [int(message.split()[0]) for named, message in pushed if named == channel]
        assert len(positions) == len(wanted)


HISTORIES = {
    "told": st.lists(FACTS, min_size=1, max_size=25),
    "chunks": st.lists(st.integers(1, 30), max_size=12),
    "fates": st.lists(st.one_of(FATES, WELL), max_size=12),
}


@given(**HISTORIES)
def test_any_history_in_any_batches_with_any_kills_is_what_one_change_after_the_other_gives_in_memory(told, chunks, fates):
    story, pushed = Story(told), []
    models = MemoryModels(on_push=lambda channel, message: pushed.append((channel, message)))
    run_through(story, models, chunks, fates)
    check(story, models, pushed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**HISTORIES)
def test_any_history_in_any_batches_with_any_kills_is_what_one_change_after_the_other_gives_on_a_server(valkey_server, told, chunks, fates):
    story, models = Story(told), ValkeyModels(valkey_server)
    with redis.Redis.from_url(valkey_server) as client, client.pubsub() as listener:
        client.flushall()
        listener.ssubscribe(*[f"{tag}{CHANNEL}" for tag in TAGS])
        for _ in TAGS:
            listener.get_message(timeout=5)
        run_through(story, models, chunks, fates)
        for tag in TAGS:
            client.spublish(f"{tag}{CHANNEL}", b"the end")
        pushed: list[tuple[str, bytes]] = []
        ends = 0
        while ends < len(TAGS):
            message = listener.get_message(timeout=5)
            assert message is not None
            if message["data"] == b"the end":
                ends += 1
            else:
                pushed.append((message["channel"].decode(), message["data"]))
    check(story, models, pushed)
    models.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(**HISTORIES)
def test_any_history_in_any_batches_with_any_kills_is_what_one_change_after_the_other_gives_on_a_cluster(
    valkey_cluster_running, told, chunks, fates
):
    valkey_cluster_running.flush()
    story, models = Story(told), ValkeyModels(valkey_cluster_running.url)
    run_through(story, models, chunks, fates)
    for view in (BLIND, SEEING):
        found = {key: rows for key, (_, rows) in contents(models, live_builds(models, view.name)).items()}
        assert found == told_plainly(story, view).contents()
    models.close()


@pytest.mark.parametrize("chunk_facts", [1, 2, 100])
def test_a_follow_and_a_share_in_one_batch_are_told_apart(chunk_facts):
    follow, slip_1 = Rank("{p00}:followers:ann", "bob", 1), Spread("{p00}:followers:ann", "{p00}:timeline:", b"slip 1", 800)
    unfollow, slip_2 = Unrank("{p00}:followers:ann", "bob"), Spread("{p00}:followers:ann", "{p00}:timeline:", b"slip 2", 800)
    slip_3 = Spread("{p00}:followers:ann", "{p00}:timeline:", b"slip 3", 800)
    story, models = Story([Told((change,)) for change in (slip_1, follow, slip_2, unfollow, slip_3)]), MemoryModels()
    Projector(story, models, [BLIND], chunk_facts=chunk_facts).catch_up()
    assert contents(models, "blind.1") == {"{p00}:timeline:bob": ("list", [(b"slip 2", b"")])}


HASH, SET, INDEX, OWN = "{p00}:h1", "{p00}:s1", "{p00}:i1", "{p00}:own:"
TOO_MANY = Spread(SET, "{p00}:list:", b"slip", 3, members_max=0, instead=Rank(INDEX, "a", 1))


@pytest.mark.parametrize("models_of", ["memory", "server"])
@pytest.mark.parametrize(
    "told",
    [
        [Told((Put(HASH, "a", b"1"), Rank(SET, "a", 1), Trim(SET, 0, HASH, ("",)), Put(HASH, "a", b"2")))],
        [Told((Put(HASH, "a", b"1"), Rank(SET, "a", 1), Trim(SET, 0, HASH, ("",)), Add(HASH, "a", 2)))],
        [Told((Rank(INDEX, "b", 1), Rank(SET, "a", 1), Trim(SET, 0, indexes=(INDEX,)), Rank(INDEX, "a", 2)))],
        [Told((Rank(f"{OWN}a", "b", 1), Rank(SET, "a", 1), Trim(SET, 0, owned=(OWN,)), Rank(f"{OWN}a", "c", 2)))],
        [Told((Rank(SET, "a", 1), Trim(SET, 0), Rank(SET, "a", 2)))],
        [Told((Rank(SET, "a", 1), Cut(SET, 3), Rank(SET, "a", 2)))],
        [Told((Rank(SET, "b", 1), Rank(INDEX, "a", 5), TOO_MANY, Rank(INDEX, "a", 7)))],
        [Told((Put(HASH, "a", b"1"), Rank(SET, "a", 1), Trim(SET, 0, HASH, ("",)))), Told((), (Row(HASH, "a"),))],
        [Told((Put(HASH, "a", b"1"),)), Told((Drop(HASH, "a"), Add(HASH, "a", 2))), Told((), (Row(HASH, "a"),))],
    ],
)
def test_what_is_written_after_a_change_that_reads_the_partition_is_not_merged_with_what_was_written_before_it(request, told, models_of):
    """Random histories seldom have such a pair in one batch: a `Merge` that joins them passed thousands of examples."""
    story = Story(told)
    with contextlib.ExitStack() as stack:
        models: Any = MemoryModels()
        if models_of == "server":
            models = stack.enter_context(contextlib.closing(ValkeyModels(request.getfixturevalue("redis_url"))))
        Projector(story, models, (BLIND, SEEING), chunk_facts=100).catch_up()
        check(story, models, [])


def test_pushes_of_a_channel_come_in_the_order_in_which_they_were_made():
    channel, pushed = f"{{p00}}{CHANNEL}", []
    story = Story([Told((Push(channel, b"one"), Push(channel, b"two"))), Told((Push(channel, b"three"),))])
    models = MemoryModels(on_push=lambda _, message: pushed.append(message))
    Projector(story, models, [BLIND], chunk_facts=100).catch_up()
    assert pushed == [b"1 one", b"1 two", b"2 three"]
