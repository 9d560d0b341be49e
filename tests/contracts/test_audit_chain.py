"""Every batch is tied to all before it: what was changed, cut or replaced is found, though every fact be plausible."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from api.audit_report import anchor_in
from api.refusals import AnchorMalformed
from commands.audit import Anchor, Checkpoint, CheckpointUseless, verify
from commands.audit.anchor import parse
from commands.audit.verify import Verification
from commands.log_reader import BatchRow, WholeBatches
from commands.ports import Append, NewFact
from domain.account.facts import SessionOpened
from domain.chain import SCHEME_EARLIER, SCHEME_MIGRATED
from domain.fact import Recorded
from domain.fixture.facts import FixtureScheduled
from domain.ids import sign_ins_of
from domain.market.facts import MarketSuspended
from infra.eventstore.memory import MemoryEventStore
from tests.audit_story import ANN, LOG_ID, NOWHERE, Story, clean, people, played

US_PER_S = 1_000_000


def stored(story: Story) -> MemoryEventStore:
    """The same log in a store that keeps its batches' rows, several appends to a batch where they came within a second."""
    batches: list[list[Sequence[Recorded[Any]]]] = []
    for append in story.appends():
        batch = batches[-1] if batches else []
        if 0 < len(batch) < 3 and append[0].committed_us - batch[0][0].committed_us < US_PER_S:
            batch.append(append)
        else:
            batches.append([append])
    clock = iter([batch[-1][0].committed_us for batch in batches])
    store = MemoryEventStore(clock_us=lambda: next(clock), log_id=LOG_ID)
    for batch in batches:
        store.append_many([Append([NewFact(fact.stream_id, fact.version, fact.body) for fact in append]) for append in batch])
    return store


def name_of(found: Verification) -> str:
    return found.violation.name if found.violation is not None else ""


def test_a_log_as_a_store_keeps_it_is_clean():
    assert verify(stored(played())).violation is None


def test_a_change_that_no_rule_finds_breaks_the_chain_at_its_batch():
    story = clean().sealed()
    place = story.place(FixtureScheduled)
    found = verify(story.change(place, home="Greens")).violation
    assert (found.name, found.position, found.upto) == ("chain-broken", place, place)
    assert found.recorded != found.computed


def test_a_changed_digest_breaks_the_chain():
    story = clean().sealed()
    story.rows[7] = msgspec.structs.replace(story.rows[7], digest=bytes(32))
    found = verify(story).violation
    assert (found.name, found.upto) == ("chain-broken", story.rows[7].upto)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("committed-before", lambda row: {"committed_us": row.committed_us - 1_000_000}),
        ("batch-malformed", lambda row: {"append_sizes": (*row.append_sizes, 1)}),
        ("batch-malformed", lambda row: {"append_sizes": (row.append_sizes[0] + 1, -1)}),
        ("batch-malformed", lambda _: {"append_sizes": ()}),
        ("scheme-unknown", lambda _: {"scheme": 7}),
        ("scheme-unknown", lambda _: {"scheme": SCHEME_MIGRATED}),
        ("chain-broken", lambda _: {"scheme": SCHEME_EARLIER}),
        ("chain-broken", lambda row: {"committed_us": row.committed_us + 1}),
    ],
)
def test_a_batch_whose_row_is_wrong_is_named(name: str, change: Any):
    story = clean().sealed()
    story.rows[30] = msgspec.structs.replace(story.rows[30], **change(story.rows[30]))
    assert name_of(verify(story)) == name


def test_a_batch_that_ends_elsewhere_than_it_says_is_named():
    class Moved(Story):
        def read_batches(self, after: int, facts_min: int) -> WholeBatches:
            stretch = super().read_batches(after, facts_min)
            first: BatchRow = msgspec.structs.replace(stretch.batches[0], upto=stretch.batches[0].upto + 1)
            return WholeBatches(stretch.facts, [first, *stretch.batches[1:]])

    story = Moved()
    story.log, story.sizes = clean().log, clean().sizes
    assert name_of(verify(story)) == "batch-malformed"


def test_a_topic_that_is_not_the_name_of_its_fact_is_found():
    story = clean()
    place = story.place(MarketSuspended)
    story.misnamed = (place,)
    found = verify(story).violation
    assert (found.name, found.position, found.fact) == ("topic-wrong", place, "market.suspended.v3")


def test_a_log_that_ends_before_its_head_was_cut():
    story = clean()
    story.head_told = len(story.log) + 1
    found = verify(story).violation
    assert (found.name, found.position, found.head) == ("log-cut-short", len(story.log) + 1, len(story.log) + 1)


def test_a_head_that_was_moved_back_alone_hides_what_is_behind_it():
    story = clean()
    story.head_told = len(story.log) - 2
    found = verify(story).violation
    assert (found.name, found.head, found.upto) == ("head-moved-back", len(story.log) - 2, len(story.log))


def test_facts_behind_the_last_batch_are_found():
    class Strayed(Story):
        def read_batches(self, after: int, facts_min: int) -> WholeBatches:
            return msgspec.structs.replace(super().read_batches(after, facts_min), strays=(after + 7,) if after else ())

    story = Strayed()
    story.log, story.sizes = people().log, people().sizes
    found = verify(story).violation
    assert (found.name, found.position, found.facts) == ("fact-in-no-batch", len(story.log) + 7, 1)


def test_an_anchor_is_one_line_of_text_and_proves_the_history_that_it_was_taken_of():
    anchor = verify(played()).anchor
    assert parse(f" {anchor.text}\n") == anchor
    assert anchor.text.startswith(f"slipstream:{LOG_ID}:{len(played().log)}:")
    assert verify(clean(), anchor=anchor).violation is None
    assert verify(clean(), anchor=anchor, facts_per_read=7).violation is None


@pytest.mark.parametrize(
    "text", ["", "slipstream", "slipstream:1:2:3", f"slipstream:{LOG_ID}:-1:{'0' * 64}", f"slipstream:{LOG_ID}:1:{'0' * 63}"]
)
def test_what_is_no_anchor_is_refused(text: str):
    assert parse(text) is None
    with pytest.raises(AnchorMalformed):
        anchor_in(text)


def test_history_that_was_changed_with_its_chain_is_found_by_an_anchor():
    anchor = verify(played()).anchor
    forged = clean()
    forged.change(forged.place(FixtureScheduled), home="Greens")
    assert verify(forged).violation is None
    found = verify(forged, anchor=anchor).violation
    assert (found.name, found.anchor_position) == ("history-changed", anchor.position)


def test_history_that_ends_its_batches_elsewhere_is_found_by_an_anchor():
    anchor = verify(played()).anchor
    forged = clean()
    end = len(played().sizes)
    forged.sizes[end - 1 : end + 1] = [forged.sizes[end - 1] + forged.sizes[end]]
    assert name_of(verify(forged, anchor=anchor)) == "history-changed"


def test_a_log_that_was_cut_at_the_end_with_its_head_moved_back_is_found_by_an_anchor():
    anchor = verify(clean()).anchor
    cut = clean().until(len(clean().log) - 1)
    assert verify(cut).violation is None
    found = verify(cut, anchor=anchor).violation
    assert (found.name, found.head) == ("history-cut", len(cut.log))


def test_an_anchor_of_another_log_is_named():
    anchor = Anchor(NOWHERE, 1, bytes(32))
    assert name_of(verify(clean(), anchor=anchor)) == "another-log"


def test_the_audit_goes_on_from_a_checkpoint_and_finds_what_the_whole_audit_finds():
    kept = verify(played(), keep_checkpoint=True).checkpoint.encoded()
    whole = verify(clean())
    found = verify(clean(), checkpoint=Checkpoint.decoded(kept))
    assert (found.violation, found.since, found.facts) == (None, len(played().log), len(clean().log))
    assert (found.totals, found.bets, found.bets_open, found.accounts, found.anchor) == (
        *(whole.totals, whole.bets, whole.bets_open, whole.accounts, whole.anchor),
    )
    for position in range(len(played().log) + 1, len(clean().log) + 1):
        forged = clean().put(position, version=9)
        assert verify(forged, checkpoint=Checkpoint.decoded(kept)).violation == verify(forged).violation


def test_a_checkpoint_at_every_batch_ends_as_the_whole_audit_does():
    whole, count = verify(clean()), 0
    for size in clean().sizes:
        count += size
        before = verify(clean().until(count), keep_checkpoint=True)
        found = verify(clean(), checkpoint=Checkpoint.decoded(before.checkpoint.encoded()))
        assert (found.violation, found.totals, found.anchor) == (None, whole.totals, whole.anchor)


def test_a_checkpoint_of_history_that_was_changed_or_cut_is_of_no_use():
    checkpoint = verify(played(), keep_checkpoint=True).checkpoint
    forged = clean()
    forged.change(forged.place(FixtureScheduled), home="Greens")
    assert name_of(verify(forged, checkpoint=checkpoint)) == "history-changed"
    assert name_of(verify(played().until(20), checkpoint=checkpoint)) == "history-cut"


def test_an_anchor_older_than_the_checkpoint_is_held_against_the_whole_log():
    anchor = verify(played().until(40)).anchor
    checkpoint = verify(played(), keep_checkpoint=True).checkpoint
    found = verify(clean(), anchor=anchor, checkpoint=checkpoint)
    assert (found.violation, found.since) == (None, 0)


@pytest.mark.parametrize("kept", [b"", b"no checkpoint", msgspec.msgpack.encode({"format": 1})])
def test_a_damaged_checkpoint_is_of_no_use(kept: bytes):
    with pytest.raises(CheckpointUseless):
        Checkpoint.decoded(kept)


def test_a_checkpoint_of_other_rules_is_of_no_use():
    checkpoint = verify(played(), keep_checkpoint=True).checkpoint
    with pytest.raises(CheckpointUseless):
        Checkpoint.decoded(msgspec.structs.replace(checkpoint, rules="others").encoded())


def remembered(story: Story) -> Counter[str]:
    live = verify(story, keep_checkpoint=True).checkpoint.state.live
    return Counter(type(stream).__name__.removeprefix("Audited") for stream in live.values())


def test_what_the_audit_remembers_is_bounded_by_what_is_open():
    """After the last match and the last bet, what is left are people, what they show, and a producer and a competition that go on."""
    of_people = {
        "Account": 5,
        "Wallet": 5,
        "AccountGate": 5,
        "Monitoring": 2,
        "FreeBet": 2,
        "Gifts": 1,
        "Bonus": 2,
        "SignIns": 1,
        "TailDay": 1,
        "Profile": 1,
        "Pair": 2,
        "Slip": 2,
        "Comment": 2,
        "Mutes": 1,
        "Notifications": 2,
        "Case": 4,
    }
    assert remembered(clean()) == {**of_people, "Producer": 1, "Gate": 1, "FixtureLimit": 1, "Market": 1}, "the market had a window"


def test_the_sign_ins_of_days_gone_by_are_not_remembered_and_nothing_can_be_added_to_them():
    story = people()
    for day in range(1, 9):
        story.at(day * 24 * 3600)
        story.add(sign_ins_of(ANN, story.time.date().isoformat()), SessionOpened(ANN, story.time))
    assert remembered(story)["SignIns"] == 2
    late = SessionOpened(ANN, story.time - timedelta(days=2))
    assert name_of(verify(story.add(sign_ins_of(ANN, late.at.date().isoformat()), late))) == "stream-over"
