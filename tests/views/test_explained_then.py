"""A notice is explained as of when it happened, from the facts of then: what was set, blocked or excluded since changes nothing of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.account.facts import PasswordChanged
from domain.account_gate.facts import ReturnRequested, SelfExcluded, TimedOut
from domain.comment.facts import CommentPosted
from domain.fact import micros, moment
from domain.ids import address_of, case_of, comment_of, mutes_of, notifications_of
from domain.moderation.facts import ItemHeld, ModeratedItem
from domain.mutes.facts import WordMuted
from domain.notification.facts import AddressAdded, AddressRemoved, PriceAlertReached, ScheduleSet
from domain.notification.kinds import KINDS
from domain.odds import parse
from projections.notifications import explanations
from projections.notifications.deliveries import DeliveryView
from projections.notifications.explanations import Decided, Explanation
from tests.views.history import NOON, named
from tests.views.social_history import FIXTURE, MARKET
from tests.views.test_inbox_view import ANN, BEN, CLEO, InboxHistory, explained, read

BET, DAY = named("bet", 1), timedelta(days=1)


@pytest.fixture
def history() -> InboxHistory:
    return begun()


def begun() -> InboxHistory:
    history = InboxHistory()
    history.wallet(ANN, 100_00)
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "3")
    return history


Said = tuple[bool, list[Any], list[tuple[Any, ...]]]


def said(found: Explanation | Decided) -> Said:
    """What was decided, but for the moment at which what goes out now would go."""
    return found.told, found.steps, [(each.channel, each.told, each.sends, each.steps) for each in found.channels]


def stopped(found: Explanation | Decided) -> list[str]:
    return [step.rule for step in found.steps if not step.passed]


def _like(history: InboxHistory) -> str:
    slip_id = history.pick(ANN)
    history.react("like", BEN, slip_id, ANN)
    history.react("like", CLEO, slip_id, ANN)
    return f"like:{slip_id}"


def _repost(history: InboxHistory) -> str:
    slip_id = history.pick(ANN)
    history.react("repost", BEN, slip_id, ANN)
    return f"repost:{slip_id}"


def _tail(history: InboxHistory) -> str:
    slip_id = history.pick(ANN)
    history.tail(BEN, BET, slip_id, ANN)
    return f"tail:{slip_id}"


def _follow(history: InboxHistory) -> str:
    history.follow(BEN, ANN)
    return "follow:followers"


def _request(history: InboxHistory) -> str:
    history.ask(BEN, ANN)
    return f"follow_request:{BEN}"


def _comment(history: InboxHistory) -> str:
    return f"comment:{history.comment('remark', BEN, history.pick(ANN), ANN, 'hm')}"


def _reply(history: InboxHistory) -> str:
    slip_id = history.pick(CLEO)
    mine = history.comment("mine", ANN, slip_id, CLEO, "hm")
    return f"reply:{history.comment('reply', BEN, slip_id, CLEO, 'ha', mine, ANN)}"


def _mention(history: InboxHistory) -> str:
    slip_id, comment_id = history.pick(CLEO), comment_of(BEN, "mention")
    history.add(comment_id, CommentPosted(BEN, slip_id, CLEO, "@ann", history.at(), mentions=(ANN,)))
    return f"mention:{comment_id}"


def _slip(history: InboxHistory) -> str:
    history.bell(ANN, BEN)
    return f"slip_shared:{history.pick(BEN)}"


def _money(history: InboxHistory) -> str:
    history.deposit(ANN, 5_00)
    return f"money:{history.log.read(history.log.head() - 1, 1)[0].version}"


def _limits(history: InboxHistory) -> str:
    history.gate(ANN, TimedOut(ANN, NOON + DAY, ANN, history.at()))
    return f"limits:{history.log.read(history.log.head() - 1, 1)[0].version}"


def _security(history: InboxHistory) -> str:
    history.add(ANN, PasswordChanged("$argon2id$", history.at()))
    return "security:2"


def _moderation(history: InboxHistory) -> str:
    case_id = case_of("slip", "x")
    history.add(case_id, ItemHeld(ModeratedItem("slip", "x", ANN), "words", "Why.", "mo", 0, history.at()))
    return f"moderation:{case_id}-1"


def _settled(history: InboxHistory) -> str:
    history.bet(ANN, BET, 1_00, (MARKET, "home", "2.35", 1))
    history.settle(ANN, BET, "lost", 1_00, 0)
    return f"bet_settled:{BET}"


def _refused(history: InboxHistory) -> str:
    history.pend(ANN, BET, 1_00, (MARKET, "home", "2.35", 1))
    history.refuse_pending(BET)
    return f"bet_refused:{BET}"


def _taken(history: InboxHistory) -> str:
    history.pend(ANN, BET, 1_00, (MARKET, "home", "2.35", 1), 0, refer_s=60)
    history.take_pending(BET, 50)
    return f"bet_taken:{BET}"


def _kick_off(history: InboxHistory) -> str:
    history.bet(ANN, BET, 1_00, (MARKET, "home", "2.35", 1))
    history.kick_off(FIXTURE)
    return f"kickoff:{FIXTURE}"


def _alert(history: InboxHistory) -> str:
    at = history.at()
    history.add(notifications_of(ANN), PriceAlertReached(ANN, FIXTURE, MARKET, "home", parse("2.35"), 1, parse("2.3"), at, at))
    return f"price_alert:{history.log.read(history.log.head() - 1, 1)[0].version}"


CAUSES: dict[str, Callable[[InboxHistory], str]] = {
    "bet_settled": _settled,
    "bet_refused": _refused,
    "bet_taken": _taken,
    "kickoff": _kick_off,
    "price_alert": _alert,
    "slip_shared": _slip,
    "comment": _comment,
    "reply": _reply,
    "mention": _mention,
    "like": _like,
    "repost": _repost,
    "tail": _tail,
    "follow": _follow,
    "follow_request": _request,
    "money": _money,
    "limits": _limits,
    "security": _security,
    "moderation": _moderation,
}


def test_there_is_a_cause_of_every_kind_here():
    assert set(CAUSES) == set(KINDS)


CHANNELS = ("in_app", "web_push", "email")
SWITCH = st.sampled_from(("on", "off", "inherit"))
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("app"), SWITCH),
        st.tuples(st.just("channel"), SWITCH, st.sampled_from(CHANNELS)),
        st.tuples(st.just("kind"), SWITCH, st.sampled_from(CHANNELS), st.sampled_from(sorted(KINDS))),
        st.tuples(st.just("match"), SWITCH),
        st.tuples(st.just("promotion"), SWITCH, st.sampled_from(CHANNELS), st.sampled_from(("slips", "prices"))),
        st.tuples(st.just("author"), st.sampled_from(("off", "highlights", "all", "inherit"))),
        st.tuples(st.sampled_from(("block", "mute", "time-out", "exclusion", "return", "mail", "quiet", "seen"))),
        st.tuples(st.just("word"), st.sampled_from(("hm", "ha", "nothing"))),
    ),
    max_size=6,
)


def change(history: InboxHistory, changes: Any) -> None:
    """Let Ann set things, block and mute Ben, and be excluded; some of it undoes what she did before."""
    own = notifications_of(ANN)
    for what, *how in changes:
        match what:
            case "app" | "channel" | "kind" | "promotion":
                setting, channel, subject = (*how, "", "")[:3]
                history.prefer(ANN, what, subject, setting, channel)
            case "match":
                history.prefer(ANN, "match", FIXTURE, how[0])
            case "author":
                history.prefer(ANN, "author", BEN, how[0])
            case "block":
                history.block(ANN, BEN)
                history.unblock(ANN, BEN) if len(changes) % 2 else None
            case "mute":
                history.mute(ANN, BEN)
                history.unmute(ANN, BEN) if len(changes) % 2 else None
            case "time-out":
                history.gate(ANN, TimedOut(ANN, history.at() + DAY, ANN, history.at()))
            case "exclusion":
                history.gate(ANN, SelfExcluded(ANN, None, ANN, history.at()))
            case "return":
                history.gate(ANN, ReturnRequested(ANN, history.at(), ANN, history.at()))
            case "mail":
                push = address_of(ANN, "web_push", "push")
                history.add(own, AddressAdded(ANN, "web_push", push, "push", history.at()))
                if len(changes) % 3 == 0:
                    history.add(own, AddressRemoved(ANN, push, "gone", history.at()))
            case "quiet":
                minute = history.at().hour * 60
                history.add(own, ScheduleSet(ANN, "UTC", minute, minute + 60, "wait", history.at()))
            case "seen":
                history.mark(ANN, "read", history.log.head())
            case "word":
                history.add(mutes_of(ANN), WordMuted(ANN, how[0], None, history.at()))


@pytest.mark.parametrize("kind", list(CAUSES))
@settings(max_examples=6)
@given(before=CHANGES, afterwards=CHANGES)
def test_what_is_said_as_of_then_is_what_was_said_then_whatever_is_set_blocked_or_excluded_since(kind: str, before: Any, afterwards: Any):
    history = begun()
    change(history, before)
    cause = CAUSES[kind](history)
    then = explained(history, ANN, cause)
    assert said(then) == said(then.now), "nothing happened since"
    assert then.otherwise_now == []
    assert (cause in [item.notice_id for item in read(history, ANN).items]) is then.told, "what the inbox does"
    change(history, afterwards)
    found = explained(history, ANN, cause)
    if found.as_of is None and kind == "follow" and ("block",) in afterwards:
        assert found.unknown_then == [explanations.NOT_IN_LOG], "a block takes the follow back: who did is not looked for in the whole log"
        return
    if found.as_of is None:
        assert kind == "slip_shared", "to the account itself, a slip that it may not see is as one that never was"
        found = explained(history, ANN, cause, is_own=False)
    if then.as_of is None:
        assert found.as_of is None
        return
    assert (found.as_of, said(found)) == (then.as_of, said(then))
    now_told = {each.channel: each.told for each in found.now.channels} | {"in_app": found.now.told}
    then_told = {each.channel: each.told for each in found.channels} | {"in_app": found.told}
    assert set(found.otherwise_now) == {channel for channel, told in then_told.items() if told is not now_told.get(channel, False)}


def test_what_was_taken_back_since_is_explained_as_it_was_and_what_would_be_now_is_said(history: InboxHistory):
    request = _request(history)
    history.follow(BEN, ANN)
    found = explained(history, ANN, request)
    assert (found.told, found.now.told, found.otherwise_now[0]) == (True, False, "in_app")
    slip_id = history.pick(ANN)
    history.react("like", BEN, slip_id, ANN)
    history.unreact("like", BEN, slip_id, ANN)
    of_group = explained(history, ANN, f"like:{slip_id}")
    assert (of_group.as_of, of_group.unknown_then) == (None, [explanations.NOT_IN_LOG]), (
        "who took it back is not looked for in the whole log"
    )


def test_support_is_told_what_was_decided_on_a_slip_that_is_gone_and_its_reader_is_not(history: InboxHistory):
    cause = _slip(history)
    history.remove(BEN, cause.partition(":")[2])
    assert explained(history, ANN, cause).as_of is None
    support = explained(history, ANN, cause, is_own=False)
    assert (support.told, stopped(support.now), support.otherwise_now) == (True, ["cause"], ["in_app"])


def test_what_was_decided_again_at_sending_is_computed_as_of_that_moment(history: InboxHistory):
    own, push = notifications_of(ANN), address_of(ANN, "web_push", "push")
    history.add(own, AddressAdded(ANN, "web_push", push, "push", history.at()))
    cause = _comment(history)
    history.at()
    before = micros(history.at())
    history.at()
    history.prefer(ANN, "channel", "", "off", "web_push")
    later = micros(history.at())
    ended = [("kept", "suppressed", later), ("gone out", "sent", before), ("waits", "queued", None)]
    views = [
        DeliveryView(name, "web_push", push, state, "", "", None, 1, False, NOON, NOON, None if at is None else moment(at))
        for name, state, at in ended
    ]
    found = explained(history, ANN, cause, deliveries=views)
    assert [(each.delivery_id, each.told) for each in found.sendings] == [("kept", False), ("gone out", True)]
    assert [step.rule for step in found.sendings[0].steps if not step.passed] == ["channel"]
    assert next(each.told for each in found.channels if each.channel == "web_push")


def test_what_the_log_does_not_say_is_said(history: InboxHistory):
    slip_id = history.pick(ANN)
    history.add(mutes_of(ANN), WordMuted(ANN, "hm", None, history.at()))
    cause = f"comment:{history.comment('remark', BEN, slip_id, ANN, 'hm')}"

    async def erased(texts: Any) -> list[str | None]:
        return [None if author_id == BEN else text for author_id, text in texts]

    found = explained(history, ANN, cause, {"mobile_push": "push to phones is not set up here"}, open_texts=erased)
    assert found.unknown_then == [explanations.UNOPENED, "whether push to phones was set up here then is not in the log"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.notifications.past.FACTS_MAX", 2)
        many = explained(history, ANN, cause)
    assert (many.as_of, many.unknown_then) == (None, ["too much happened to your account to compute it again"])
    assert said(many) == said(many.now)
