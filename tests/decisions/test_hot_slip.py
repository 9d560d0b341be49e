"""Many people on one slip at once, through the dispatcher: nobody waits for another, nothing is counted twice, a block holds at once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.open_account import OpenAccount
from commands.dispatch.batch import Answer
from commands.ports import Append, NewFact
from commands.social.comment import CommentOnSlip
from commands.social.react import React
from domain.fact import Fact
from domain.follow.commands import Block
from domain.ids import comment_of, derived, follow_of, reaction_of
from domain.odds import parse
from domain.reaction.commands import WithdrawReaction
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.commands import RemoveSlip
from domain.slip.decider import SlipUnknown
from domain.slip.facts import SlipLeg, SlipShared
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON
from tests.decisions.test_dispatcher import SteppedDispatcher

ADA, SLIP = derived("account", "ada"), derived("slip", "hot")
FANS = tuple(derived("account", f"fan {number}") for number in range(200))
LEG = SlipLeg(derived("fixture"), derived("market"), "home", parse("2.1"), 1)


def shared_slip(people: tuple[str, ...]) -> MemoryEventStore:
    store = MemoryEventStore()
    opening = [
        OpenAccount(each, f"p_{number}", f"{number}@example.org", "argon2", "EUR", NOON) for number, each in enumerate((ADA, *people))
    ]
    told = SteppedDispatcher(store).ask(*opening).settle_down()
    assert all(isinstance(answer, Answer) for answer in told)
    record(store, SLIP, SlipShared(ADA, "single", (LEG,), "public", "hidden", NOON))
    return store


def record(store: MemoryEventStore, stream_id: str, fact: Fact) -> None:
    assert store.append_many([Append([NewFact(stream_id, 1, fact)])]).verdicts[0].accepted


def facts(store: MemoryEventStore, stream_id: str) -> list[Any]:
    return [recorded.body for recorded in store.load({stream_id: 0}).get(stream_id, [])]


def like(fan: str) -> React:
    return React("like", fan, SLIP, NOON)


def test_everybody_likes_one_slip_whose_stream_is_read_and_never_written():
    store = shared_slip(FANS)
    asked = [ask for fan in FANS for ask in (like(fan), like(fan))]
    told = SteppedDispatcher(store).ask(*asked).settle_down()
    assert all(isinstance(answer, Answer) and answer.receipt.given for answer in told)
    assert len(facts(store, SLIP)) == 1
    assert [len(facts(store, reaction_of("like", fan, SLIP))) for fan in FANS] == [1] * len(FANS)


def test_a_second_dispatcher_finds_what_the_first_wrote_and_adds_nothing():
    store = shared_slip(FANS[:20])
    one, other = SteppedDispatcher(store), SteppedDispatcher(store)
    for dispatcher in (one, other, one):
        told = dispatcher.ask(*map(like, FANS[:20])).settle_down()
        assert all(isinstance(answer, Answer) for answer in told)
    assert sum(len(facts(store, reaction_of("like", fan, SLIP))) for fan in FANS[:20]) == 20


@pytest.mark.parametrize("end", [Block(ADA, FANS[0], NOON), RemoveSlip(SLIP, ADA, NOON)], ids=["block", "removal"])
def test_what_hides_a_slip_holds_for_whatever_another_dispatcher_decides_after_its_commit(end: Any):
    store = shared_slip(FANS[:1])
    one, other = SteppedDispatcher(store), SteppedDispatcher(store)
    assert isinstance(one.ask(React("save", FANS[0], SLIP, NOON)).settle_down()[0], Answer)
    assert isinstance(other.ask(end).settle_down()[0], Answer)
    comment = CommentOnSlip(comment_of(FANS[0], "k"), FANS[0], SLIP, "", "s1." + "A" * 40, (), NOON)
    told = one.ask(like(FANS[0]), comment).settle_down()
    assert [type(answer) for answer in told] == [SlipUnknown] * 2
    assert not facts(store, reaction_of("like", FANS[0], SLIP))
    assert len(facts(store, follow_of(ADA, FANS[0]))) == isinstance(end, Block)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.booleans(), st.booleans()), max_size=40))
def test_likes_and_unlikes_in_any_order_by_any_process_end_as_the_last_of_each_fan(asked: list[tuple[int, int, bool, bool]]):
    store = shared_slip(FANS[:4])
    dispatchers = (SteppedDispatcher(store), SteppedDispatcher(store))
    stands: dict[str, bool] = {}
    for process, number, likes, waits in asked:
        fan = FANS[number]
        dispatchers[process].ask(like(fan) if likes else WithdrawReaction("like", fan, SLIP, NOON))
        if waits:
            dispatchers[process].turn()
        told = dispatchers[process].settle_down()
        assert all(isinstance(answer, Answer) for answer in told)
        stands[fan] = likes
    for fan, given_last in stands.items():
        found = facts(store, reaction_of("like", fan, SLIP))
        assert [type(fact) for fact in found] == [(Reacted, ReactionWithdrawn)[number % 2] for number in range(len(found))]
        assert bool(len(found) % 2) == given_last
