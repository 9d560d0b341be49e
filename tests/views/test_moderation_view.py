"""The moderators' queue and what authors are told, against a plain model of what facts say, for any history and any batching."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fact import Fact
from domain.ids import case_of
from domain.moderation.commands import (
    AppealDecision,
    DecideAppeal,
    DismissReports,
    HoldItem,
    ReleaseItem,
    RemoveItem,
    ReportItem,
    ShadowAccount,
    UnshadowAccount,
)
from domain.moderation.decider import MODERATION
from domain.moderation.facts import AccountShadowed, ModeratedItem
from domain.refused import Refused
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import slip_lists
from projections.social.moderation_queue import of_author, queue
from tests.decisions.given import NOON, later
from tests.views.history import named
from tests.views.social_history import SOCIAL_VIEWS, SocialHistory

ANN, BOB = named("account", 1), named("account", 2)
SLIP, REMARK = named("slip", 1), named("comment", 1)
ITEMS = (ModeratedItem("slip", SLIP, ANN, SLIP), ModeratedItem("comment", REMARK, BOB, SLIP), ModeratedItem("account", BOB, BOB))
TEXT = "s1." + "A" * 40

WHO, WHY = st.sampled_from(("eve", "fay", "gus")), st.sampled_from(("spam", "abuse"))
items, mods = st.sampled_from(ITEMS), st.sampled_from(("mod", "max"))
ASKED = st.one_of(
    st.builds(ReportItem, items, WHO, WHY, st.sampled_from((0, 2)), st.just(NOON)),
    st.builds(HoldItem, items, st.just("spam"), st.just("why"), mods, st.just(NOON), st.sampled_from((None, later(days=9)))),
    st.builds(HoldItem, st.sampled_from(ITEMS[:2]), st.just("words"), st.just("why"), st.just("words"), st.just(NOON)),
    st.builds(RemoveItem, items, st.just("spam"), st.just("why"), mods, st.just(NOON)),
    st.builds(ReleaseItem, items, st.just("fine"), mods, st.just(NOON)),
    st.builds(DismissReports, items, st.just("fine"), mods, st.just(NOON)),
    st.builds(AppealDecision, items, st.just(TEXT), st.just(NOON)),
    st.builds(DecideAppeal, items, st.booleans(), st.just("so"), mods, st.just(NOON)),
    st.builds(ShadowAccount, items, st.just("spam"), st.just("why"), mods, st.just(NOON)),
    st.builds(UnshadowAccount, items, st.just("fine"), mods, st.just(NOON)),
)


def reads_of(history: SocialHistory, chunk_facts: int = 1_000) -> MemoryReads:
    models = MemoryModels()
    Projector(history.log, models, SOCIAL_VIEWS, chunk_facts=chunk_facts).catch_up()
    return MemoryReads(models)


@settings(max_examples=40)
@given(st.lists(ASKED, max_size=30), st.integers(1, 8))
def test_what_waits_and_what_was_decided_is_what_the_streams_say(asked, chunk_facts):
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BOB)):
        history.account(account_id, f"handle{number}")
    states, waits = dict.fromkeys(ITEMS, MODERATION.initial), {}
    for command in asked:
        item = command.item
        try:
            facts = MODERATION.decide(states[item], command)
        except Refused:
            continue
        for fact in facts:
            assert isinstance(fact, Fact)
            position = history.add(case_of(item.kind, item.item_id), fact)
            states[item] = state = MODERATION.evolve(states[item], fact)
            is_marked = (state.status, state.decided_by) == ("held", "words")
            if state.open_reports or state.appeal == "open" or is_marked:
                waits.setdefault(item, position)
            else:
                waits.pop(item, None)
    reads = reads_of(history, chunk_facts)
    page = asyncio.run(queue(reads, None, 100, 0))
    assert [(each.kind, each.item_id) for each in page.items] == [
        (each.kind, each.item_id) for each in sorted(waits, key=waits.__getitem__)
    ]
    for each in page.items:
        state = next(state for item, state in states.items() if item.item_id == each.item_id)
        assert (each.reports, each.appealed, each.shadowed) == (state.open_reports, state.appeal == "open", bool(state.shadow_rule))
        assert each.status == (state.status or "open")
    walked, cursor = [], None
    while True:
        part = asyncio.run(queue(reads, cursor, 1, 0))
        walked, cursor = walked + part.items, part.next_cursor
        if cursor is None:
            break
    assert walked == page.items
    for author_id in (ANN, BOB):
        told = asyncio.run(of_author(reads, author_id, None, 100)).items
        decided = {item.item_id: state.status for item, state in states.items() if item.author_id == author_id and state.status}
        assert {each.item_id: each.status for each in told if each.status != "released"} == decided


def test_what_a_shadowed_account_shares_is_shown_to_itself_alone():
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BOB)):
        history.account(account_id, f"handle{number}")
    slip_id = history.pick(ANN)
    item = ModeratedItem("account", ANN, ANN)
    assert asyncio.run(slip_lists.slip(reads_of(history), BOB, slip_id, 0)) is not None
    history.add(case_of("account", ANN), AccountShadowed(item, "spam", "why", "mod", NOON))
    reads = reads_of(history)
    assert asyncio.run(slip_lists.slip(reads, BOB, slip_id, 0)) is None
    assert asyncio.run(slip_lists.slip(reads, ANN, slip_id, 0)) is not None
