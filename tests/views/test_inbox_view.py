"""The inbox of an account, against a plain model and by its rules: who is told, what is grouped, taken back, marked and hidden."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.account.facts import PasswordChanged, SessionsEnded
from domain.account_gate.facts import AccountClosed, AccountReopened, ReturnRequested, SelfExcluded, TimedOut
from domain.comment.facts import CommentPosted
from domain.fact import micros
from domain.ids import account_gate_of, address_of, case_of, comment_of, mutes_of, notifications_of
from domain.moderation.facts import AccountShadowed, AppealDecided, ItemHeld, ItemReleased, ItemRemoved, ModeratedItem
from domain.mutes.facts import ThreadMuted, WordMuted
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    NoticesMarked,
    PreferenceSet,
    ScheduleSet,
)
from domain.notification.kinds import ADDRESSED, KINDS
from domain.settling import WON
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.past_views import PastViews
from infra.readmodels.projector import Projector
from projections.betting import board, portfolio
from projections.notifications import explanations, inbox, inbox_page, kick_offs
from projections.notifications.addresses import address_views, addresses_of
from projections.notifications.deliveries import DeliveryView, LedgerAnswer
from projections.notifications.explanations import Asker, ChannelExplanation, Explanation
from projections.notifications.inbox_page import DigestView, InboxViews, PreferenceView, ScheduleView
from projections.social import engagement, follows, own_mutes, slips
from projections.social.own_mutes import OpenTexts
from tests.views.history import NOON, named
from tests.views.social_history import FIXTURE, LEG, MARKET, SocialHistory

ANN, BEN, CLEO, DAN = (named("account", number) for number in range(4))
NAMES = {ANN: "ann", BEN: "ben", CLEO: "cleo", DAN: "dan"}
DAY = timedelta(days=1)
READ_FROM = [inbox.VIEW, board.VIEW, engagement.VIEW, follows.VIEW, kick_offs.VIEW, own_mutes.VIEW, portfolio.VIEW, slips.VIEW]


class InboxHistory(SocialHistory):
    """A social history with what accounts say of their notifications."""

    def __init__(self) -> None:
        super().__init__()
        for account_id, handle in NAMES.items():
            self.account(account_id, handle)

    def prefer(self, account_id: str, level: str, subject: str, setting: str, channel: str = "") -> int:
        return self.add(notifications_of(account_id), PreferenceSet(account_id, level, channel, subject, setting, self.at()))

    def bell(self, account_id: str, author_id: str, setting: str = "all") -> int:
        self.follow(account_id, author_id)
        return self.prefer(account_id, "author", author_id, setting)

    def mark(self, account_id: str, mark: str, upto: int, notice_id: str = "") -> None:
        self.add(notifications_of(account_id), NoticesMarked(account_id, mark, upto, self.at(), notice_id))

    def gate(self, account_id: str, fact: Any) -> None:
        self.add(account_gate_of(account_id), fact)


async def plain(texts: Sequence[tuple[str, str]]) -> Sequence[str | None]:
    return [text for _, text in texts]


def asked(
    history: SocialHistory, ask: Callable[[Any, int], Awaitable[Any]], *, chunk_facts: int = 1_000, later: timedelta = timedelta()
) -> Any:
    models = MemoryModels()
    Projector(history.log, models, READ_FROM, chunk_facts=chunk_facts).catch_up()
    return asyncio.run(ask(MemoryReads(models), micros(history.at() + later)))


def read(
    history: SocialHistory, account_id: str, *, group: str | None = None, later: timedelta = timedelta(), promoted: bool = True
) -> InboxViews:
    return asked(
        history, lambda reads, now_us: inbox_page.page(reads, account_id, group, None, 100, now_us, plain, promoted=promoted), later=later
    )


def says(history: SocialHistory, account_id: str, **how: Any) -> list[str]:
    return [item.text for item in read(history, account_id, **how).items]


def explained(
    history: SocialHistory,
    account_id: str,
    cause: str,
    off: Mapping[str, str] = MappingProxyType({}),
    *,
    deliveries: Sequence[DeliveryView] = (),
    open_texts: OpenTexts = plain,
    is_own: bool = True,
    **how: Any,
) -> Explanation:
    asker, past = Asker(account_id, open_texts, off, is_own=is_own), PastViews(history.log)
    ledger = LedgerAnswer("read" if deliveries else "missing", deliveries)
    found = asked(history, lambda reads, now_us: explanations.explain(reads, past, asker, cause, now_us, ledger), **how)
    assert isinstance(found, Explanation)
    return found


def why_not(history: SocialHistory, account_id: str, cause: str, **how: Any) -> list[str]:
    now = explained(history, account_id, cause, **how).now
    assert now.told is all(step.passed for step in now.steps)
    return [step.rule for step in now.steps if not step.passed]


@pytest.fixture
def history() -> InboxHistory:
    return InboxHistory()


def test_likes_are_one_notice_of_those_who_like_it_now(history: InboxHistory):
    slip_id = history.pick(ANN)
    for account_id in (BEN, CLEO, DAN):
        history.react("like", account_id, slip_id, ANN)
    history.react("like", ANN, slip_id, ANN)
    assert says(history, ANN) == ["dan and 2 others like your slip"]
    history.unreact("like", DAN, slip_id, ANN)
    assert says(history, ANN) == ["cleo and ben like your slip"]
    history.unreact("like", CLEO, slip_id, ANN)
    assert says(history, ANN) == ["ben likes your slip"]
    history.unreact("like", BEN, slip_id, ANN)
    page = read(history, ANN)
    assert (page.items, page.counts.unread, page.counts.unseen) == ([], 0, 0)


def test_a_like_that_was_read_and_one_that_came_and_went_leave_nothing_unread(history: InboxHistory):
    slip_id = history.pick(ANN)
    history.mark(ANN, "read", history.react("like", BEN, slip_id, ANN))
    assert read(history, ANN).counts.unread == 0
    history.react("like", CLEO, slip_id, ANN)
    assert read(history, ANN).counts.unread == 1
    history.unreact("like", CLEO, slip_id, ANN)
    assert read(history, ANN).counts.unread == 0


def test_a_slip_that_is_removed_takes_its_notices_and_what_they_count_along(history: InboxHistory):
    slip_id = history.pick(ANN)
    history.bell(CLEO, ANN)
    other = history.pick(ANN)
    for each in (slip_id, other):
        history.react("like", BEN, each, ANN)
        history.comment(f"on {each}", BEN, each, ANN, "Nice.")
    assert read(history, ANN).counts.unread == 5, "two likes, two comments, a follower"
    history.remove(ANN, other)
    page = read(history, ANN)
    assert (page.counts.unread, {item.slip_id for item in page.items}) == (3, {slip_id, None})
    assert says(history, CLEO) == []
    assert why_not(history, CLEO, f"slip_shared:{other}") == ["cause"]


def test_comments_and_mentions_are_told_and_gone_with_what_was_said(history: InboxHistory):
    slip_id = history.pick(ANN)
    said = history.comment("one", BEN, slip_id, ANN, "Too short.")
    comment_id = comment_of(BEN, "two")
    history.add(comment_id, CommentPosted(BEN, slip_id, ANN, "Look, cleo and ann.", history.at(), mentions=(CLEO, ANN)))
    history.comment("own", ANN, slip_id, ANN, "Mine.")
    assert says(history, ANN) == ["ben commented: “Look, cleo and ann.”", "ben commented: “Too short.”"]
    assert says(history, CLEO) == ["ben mentioned you: “Look, cleo and ann.”"]
    history.delete_comment(said, BEN, slip_id)
    assert says(history, ANN) == ["ben commented: “Look, cleo and ann.”"]
    history.change(ANN, slip_id, "followers")
    assert says(history, CLEO) == [], "who may not see the slip is told nothing of it"


def test_a_reply_is_told_to_whom_it_answers_once_and_one_of_an_earlier_log_to_the_author_of_the_slip_alone(history: InboxHistory):
    slip_id = history.pick(ANN)
    remark = history.comment("remark", BEN, slip_id, ANN, "over")
    answer = history.comment("answer", CLEO, slip_id, ANN, "under", remark, BEN)
    history.comment("own", BEN, slip_id, ANN, "indeed", remark, BEN)
    history.comment("earlier", DAN, slip_id, ANN, "hm", remark)
    assert says(history, BEN) == ["cleo replied: “under”"]
    assert [item.kind for item in read(history, BEN).items] == ["reply"]
    assert [text.split()[0] for text in says(history, ANN)] == ["dan", "ben", "cleo", "ben"]
    aside = history.comment("aside", ANN, slip_id, ANN, "well")
    history.comment("to-the-author", BEN, slip_id, ANN, "no", aside, ANN)
    assert says(history, ANN)[0] == "ben replied: “no”"
    assert len(says(history, ANN)) == 5
    history.delete_comment(answer, CLEO, slip_id)
    assert says(history, BEN) == []


def test_a_long_comment_is_shortened(history: InboxHistory):
    history.comment("one", BEN, history.pick(ANN), ANN, "x" * 400)
    (text,) = says(history, ANN)
    assert text == f"ben commented: “{'x' * 119}…”"


def test_whom_one_blocks_or_mutes_or_who_is_hidden_is_not_told_of(history: InboxHistory):
    slip_id = history.pick(ANN)
    for account_id in (BEN, CLEO, DAN):
        history.react("like", account_id, slip_id, ANN)
        history.comment(f"of {account_id}", account_id, slip_id, ANN, "Hello.")
    history.block(ANN, BEN)
    history.mute(ANN, CLEO)
    history.add(case_of("account", DAN), AccountShadowed(ModeratedItem("account", DAN, DAN), "spam", "Why.", "mo", history.at()))
    page = read(history, ANN)
    assert (page.items, page.counts.unread) == ([], 0)
    history.unblock(ANN, BEN)
    assert says(history, ANN) == ["ben commented: “Hello.”", "ben likes your slip"]


def test_muted_threads_and_words_are_not_told(history: InboxHistory):
    quiet, loud = history.pick(ANN), history.pick(ANN)
    history.comment("1", BEN, quiet, ANN, "Here.")
    history.comment("2", BEN, loud, ANN, "A GOAL.")
    history.comment("3", BEN, loud, ANN, "Kind words.")
    history.add(mutes_of(ANN), ThreadMuted(ANN, quiet, None, history.at()), WordMuted(ANN, "goal", None, history.at()))
    assert says(history, ANN) == ["ben commented: “Kind words.”"]


def test_a_bell_rings_for_those_alone_who_set_it_and_follow(history: InboxHistory):
    history.wallet(ANN, 100_00)
    history.bell(BEN, ANN)
    history.bell(CLEO, ANN, "highlights")
    history.follow(DAN, ANN)
    pick = history.pick(ANN)
    history.bet(ANN, named("bet", 1), 10_00, (MARKET, "home", "2.35", 1))
    history.share(ANN, named("bet", 1), 10_00, LEG)
    assert says(history, BEN) == ["ann shared a slip: single, verified", "ann shared a slip: single as a pick"]
    assert says(history, CLEO) == ["ann shared a slip: single, verified"]
    assert says(history, DAN) == []
    assert why_not(history, CLEO, f"slip_shared:{pick}") == ["author"]
    assert why_not(history, DAN, f"slip_shared:{pick}") == ["author", "moment"]
    history.unfollow(BEN, ANN)
    assert says(history, BEN) == []
    assert why_not(history, BEN, f"slip_shared:{pick}") == ["cause"]


def test_a_bell_that_is_set_later_tells_of_nothing_earlier(history: InboxHistory):
    early = history.pick(ANN)
    history.bell(BEN, ANN)
    history.pick(ANN)
    history.prefer(BEN, "author", ANN, "inherit")
    late = history.pick(ANN)
    history.prefer(BEN, "author", ANN, "all")
    assert len(says(history, BEN)) == 1
    assert why_not(history, BEN, f"slip_shared:{early}") == why_not(history, BEN, f"slip_shared:{late}") == ["moment"]


def test_preferences_of_every_level_decide_what_is_shown_and_counted(history: InboxHistory):
    slip_id = history.pick(ANN)
    history.react("like", BEN, slip_id, ANN)
    history.tail(CLEO, named("bet", 3), slip_id, ANN)
    assert says(history, ANN) == ["cleo tailed your slip", "ben likes your slip"]
    history.prefer(ANN, "kind", "like", "off", channel="in_app")
    assert (says(history, ANN), read(history, ANN).counts.unread) == (["cleo tailed your slip"], 1)
    history.prefer(ANN, "match", FIXTURE, "on")
    assert len(says(history, ANN)) == 2
    history.prefer(ANN, "author", CLEO, "off")
    assert says(history, ANN) == ["ben likes your slip"]
    history.prefer(ANN, "match", FIXTURE, "off")
    assert says(history, ANN) == []
    found = asked(history, lambda reads, _: inbox_page.preferences(reads, ANN))
    assert [(each.level, each.subject, each.setting) for each in found.items] == [
        ("author", CLEO, "off"),
        ("kind", "like", "off"),
        ("match", FIXTURE, "off"),
    ]


def test_money_bets_limits_security_and_decisions_are_told_whatever_is_switched_off(history: InboxHistory):
    history.prefer(ANN, "app", "", "off")
    history.wallet(ANN, 50_00)
    history.withdraw(ANN, 12_05)
    at = history.at()
    history.add(ANN, PasswordChanged("$argon2id$", at), SessionsEnded(2, "password", ANN, at), SessionsEnded(3, "sign_out", ANN, at))
    history.gate(ANN, TimedOut(ANN, datetime(2026, 7, 1, 9, tzinfo=NOON.tzinfo), ANN, at))
    item = ModeratedItem("slip", history.pick(ANN), ANN)
    case = case_of("slip", item.item_id)
    history.add(case, ItemHeld(item, "spam", "Why.", "mo", 0, at), ItemRemoved(item, "spam", "Why.", "mo", at))
    history.add(case, AppealDecided(item, False, "No.", "mo", at), ItemReleased(item, "Yes.", "mo", at))
    assert says(history, ANN) == [
        "Your slip can be seen again",
        "Your appeal was declined: your slip stays hidden",
        "Your slip was removed",
        "Your slip is held back: others do not see it",
        "Your time-out holds until 01 July 2026, 09:00 UTC",
        "All your sessions were ended. Not you? Change your password",
        "Your password was changed. Not you? Change your password",
        "Withdrawal of 12.05 EUR is on its way",
        "Deposit of 50.00 EUR arrived",
    ]
    assert {item.group for item in read(history, ANN, group="account").items} == {"account"}
    assert read(history, ANN, group="bets").items == []


def test_a_bet_says_how_it_came_out(history: InboxHistory):
    history.wallet(ANN, 100_00)
    history.bet(ANN, named("bet", 1), 10_00, (MARKET, "home", "3.6", 1))
    history.settle(ANN, named("bet", 1), "won", 10_00, 36_00, WON)
    history.bet(ANN, named("bet", 2), 10_00, (MARKET, "home", "3.6", 1))
    history.settle(ANN, named("bet", 2), "lost", 10_00, 0, WON)
    assert says(history, ANN, group="bets") == ["Your bet lost", "Your bet won and returned 36.00 EUR"]
    assert [item.bet_id for item in read(history, ANN, group="bets").items] == [named("bet", 2), named("bet", 1)]


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        ("prices-moved", "the price had moved"),
        ("market-suspended-now", "betting on it was suspended"),
        ("betting-over", "betting on it had ended"),
        ("timed-out-now", "your account was in a time-out by then"),
        ("places-not-paid", "it was refused when its delay was over"),
    ],
)
def test_a_bet_that_was_refused_after_its_delay_says_why_and_that_the_stake_is_back(history: InboxHistory, reason: str, because: str):
    history.wallet(ANN, 100_00)
    history.pend(ANN, named("bet", 1), 10_00, (MARKET, "home", "3.6", 1))
    history.gate(ANN, TimedOut(ANN, datetime(2026, 7, 1, 9, tzinfo=NOON.tzinfo), ANN, history.at()))
    assert says(history, ANN, group="bets") == []
    history.refuse_pending(named("bet", 1), reason)
    assert says(history, ANN, group="bets") == [f"Your bet was not struck: {because}. The stake of 10.00 EUR is back"]
    kind = KINDS["bet_refused"]
    assert (kind.is_urgent, kind.promotes) == (True, False), "it is told at once, and to whoever may not bet any more"


def test_a_request_is_told_while_it_stands_and_a_follower_as_long_as_it_follows(history: InboxHistory):
    history.profile(ANN, private=True)
    history.ask(BEN, ANN)
    history.ask(CLEO, ANN)
    assert says(history, ANN) == ["cleo asks to follow you", "ben asks to follow you"]
    history.decline(CLEO, ANN)
    history.follow(BEN, ANN)
    assert says(history, ANN) == ["ben follows you"]
    history.follow(CLEO, ANN)
    assert says(history, ANN) == ["cleo and ben follow you"]
    history.block(CLEO, ANN)
    history.unblock(CLEO, ANN)
    assert says(history, ANN) == ["ben follows you"]


def test_what_is_marked_is_read_seen_or_away_until_it_grows(history: InboxHistory):
    slip_id = history.pick(ANN)
    first = history.react("like", BEN, slip_id, ANN)
    second = history.comment("one", BEN, slip_id, ANN, "Well.")
    (comment, like) = read(history, ANN).items
    history.mark(ANN, "seen", comment.position)
    history.mark(ANN, "read", comment.position, comment.notice_id)
    assert [(item.unread, item.unseen) for item in read(history, ANN).items] == [(False, False), (True, False)]
    history.mark(ANN, "archived", like.position, like.notice_id)
    assert [item.comment_id for item in read(history, ANN).items] == [second]
    assert why_not(history, ANN, like.notice_id) == ["archive"]
    history.react("like", CLEO, slip_id, ANN)
    assert says(history, ANN)[0] == "cleo and ben like your slip"
    assert like.position == first
    history.mark(ANN, "read", 2**50)
    counts = read(history, ANN).counts
    assert (counts.unread, counts.unseen) == (0, 1)
    history.comment("three", BEN, slip_id, ANN, "News.")
    assert read(history, ANN).counts.unread == 1, "a mark counts no further than where it was made"


def test_who_is_excluded_is_told_of_no_slip_and_afterwards_of_none_until_they_choose_it_again(history: InboxHistory):
    history.bell(BEN, ANN)
    history.pick(ANN)
    assert len(says(history, BEN)) == 1
    assert says(history, BEN, promoted=False) == []
    history.gate(BEN, TimedOut(BEN, NOON + DAY, BEN, history.at()))
    assert (says(history, BEN, group="people"), read(history, BEN, group="people").counts.unread) == ([], 1), "the time-out itself is told"
    assert len(says(history, BEN, group="people", later=2 * DAY)) == 1
    history.gate(BEN, SelfExcluded(BEN, None, BEN, history.at()))
    assert says(history, BEN, group="people", later=5 * DAY) == []
    back = history.at() + timedelta(seconds=2)
    history.gate(BEN, ReturnRequested(BEN, back, BEN, history.at()))
    history.pick(ANN)
    history.at()
    assert says(history, BEN, group="people", later=2 * DAY) == [], "the exclusion is over, the bell is from before it"
    history.prefer(BEN, "author", ANN, "highlights")
    history.prefer(BEN, "author", ANN, "all")
    assert says(history, BEN, group="people", later=2 * DAY) == [], "nothing from before they chose"
    history.pick(ANN)
    assert len(says(history, BEN, group="people", later=2 * DAY)) == 1
    history.gate(BEN, AccountClosed(BEN, "asked", BEN, history.at()))
    assert says(history, BEN, group="people", later=2 * DAY) == []
    history.gate(BEN, AccountReopened(BEN, BEN, history.at()))
    assert len(says(history, BEN, group="people", later=2 * DAY)) == 1


def test_an_inbox_is_bounded_and_pages_through_all_of_it_once(history: InboxHistory):
    history.wallet(ANN, 1)
    for _ in range(inbox.NOTICES_MAX + 20):
        history.deposit(ANN, 1)

    async def pages(reads: Any, now_us: int) -> list[str]:
        found, cursor = [], None
        while True:
            page = await inbox_page.page(reads, ANN, None, cursor, 30, now_us, plain)
            found += [item.notice_id for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    found = asked(history, pages)
    assert len(found) == len(set(found)) == inbox.NOTICES_MAX


def test_nobody_is_told_of_slips_beyond_the_newest_and_a_cause_that_never_was_is_explained(history: InboxHistory):
    history.bell(BEN, ANN)
    for _ in range(inbox.SHARED_MAX + inbox.SHARED_SLACK + 2):
        history.pick(ANN)
    assert len(says(history, BEN)) <= inbox.SHARED_MAX
    for cause in ("like:nothing", "", "x:y", f"slip_shared:{ANN}", f"slip_shared:{'<b>' * 9}"):
        assert "cause" in why_not(history, BEN, cause)


def test_a_slip_that_one_may_not_see_is_explained_as_one_that_never_was(history: InboxHistory):
    own = notifications_of(BEN)
    history.wallet(ANN, 100_00)
    history.bell(BEN, ANN)
    seen = history.pick(ANN)
    history.profile(ANN, private=True)
    history.add(own, PreferenceSet(BEN, "author", "", ANN, "highlights", history.at()))
    history.unfollow(BEN, ANN)
    hidden = history.pick(ANN)

    def said(slip_id: str) -> str:
        return repr(explained(history, BEN, f"slip_shared:{slip_id}")).replace(slip_id, "")

    assert said(hidden) == said(named("slip", 404)), "neither its author, its age nor what it is"
    history.mark(BEN, "read", 10**6)
    assert said(seen) == said(named("slip", 404)), "nor that it was shared while the bell was on, and read"
    assert "taken back, or may not be seen" in said(seen)


STEPS = st.lists(
    st.tuples(st.sampled_from(("like", "repost", "follow", "block")), st.booleans(), st.sampled_from((BEN, CLEO, DAN))), max_size=25
)


@settings(max_examples=20)
@given(steps=STEPS, chunk_facts=st.integers(1, 7))
def test_after_any_history_each_group_is_of_exactly_those_who_do_it_and_any_batching_gives_the_same(steps: Any, chunk_facts: int):
    history = InboxHistory()
    slip_id = history.pick(ANN)
    model: dict[str, dict[str, None]] = {kind: {} for kind in ("like", "repost", "follow", "block")}
    for kind, on, who in steps:
        if (who in model[kind]) is on:
            continue
        if kind == "follow":
            if who in model["block"]:
                continue
            (history.follow if on else history.unfollow)(who, ANN)
        elif kind == "block":
            (history.block if on else history.unblock)(ANN, who)
            model["follow"].pop(who, None)
        else:
            (history.react if on else history.unreact)(kind, who, slip_id, ANN)
        model[kind].pop(who, None)
        if on:
            model[kind][who] = None

    async def ask(reads: Any, now_us: int) -> InboxViews:
        return await inbox_page.page(reads, ANN, None, None, 100, now_us, plain)

    page = asked(history, ask, chunk_facts=chunk_facts)
    found = {item.kind: ([person.account_id for person in item.people], item.people_count) for item in page.items}
    expected = {kind: [who for who in reversed(model[kind]) if who not in model["block"]] for kind in ("like", "repost", "follow")}
    assert found == {kind: (people, len(people)) for kind, people in expected.items() if people}
    assert page.counts.unread == len(page.items)
    models = MemoryModels()
    projector = Projector(history.log, models, [inbox.VIEW], chunk_facts=chunk_facts)
    projector.catch_up()
    assert projector.compare("inbox").difference is None


def test_addresses_stand_from_when_they_are_added_until_they_are_removed(history: InboxHistory):
    own, opened = notifications_of(ANN), {"mail": '{"email":"ann@example.com"}', "push": '{"endpoint":"https://push.example/1","auth":"s"}'}
    mail, push, phone = (address_of(ANN, channel, channel) for channel in ("email", "web_push", "mobile_push"))
    for channel, address_id, sealed in (("email", mail, "mail"), ("web_push", push, "push"), ("mobile_push", phone, "phone")):
        history.add(own, AddressAdded(ANN, channel, address_id, sealed, history.at()))

    def listed() -> list[tuple[str, str | None, bool]]:
        rows = asked(history, lambda reads, _: addresses_of(reads, ANN))
        shown = address_views(rows, [opened.get(row.sealed) for row in rows])
        return [(each.channel, each.address, each.confirmed) for each in shown.items]

    pushed, mailed = ("web_push", "https://push.example/1", True), ("email", "ann@example.com", False)
    assert listed() == [("mobile_push", None, True), pushed, mailed]
    history.add(own, AddressConfirmed(ANN, mail, history.at()))
    history.add(own, AddressRemoved(ANN, phone, "gone", history.at()))
    assert listed() == [pushed, ("email", "ann@example.com", True)]
    assert asked(history, lambda reads, _: addresses_of(reads, BEN)) == []


def test_each_channel_is_explained_with_its_own_steps_and_when_it_would_be_sent(history: InboxHistory):
    own, slip_id = notifications_of(ANN), history.pick(ANN)
    comment_id = history.comment("remark", BEN, slip_id, ANN, "hm")
    cause = f"comment:{comment_id}"

    def channels() -> dict[str, ChannelExplanation]:
        now = explained(history, ANN, cause, off).now
        assert now.told
        return {each.channel: each for each in now.channels}

    off: dict[str, str] = {}

    def stopped(channel: str) -> list[str]:
        return [step.rule for step in channels()[channel].steps if not step.passed]

    off |= {"mobile_push": "push to phones is not set up here"}
    assert channels()["mobile_push"].steps[-1].why == "push to phones is not set up here"
    off.clear()
    assert channels()["mobile_push"].steps[-1].why == "push to phones has no address of yours"
    assert {channel: stopped(channel) for channel in channels()} == {
        "web_push": ["channel"],
        "email": ["default", "channel"],
        "mobile_push": ["channel"],
    }
    push, mail = address_of(ANN, "web_push", "push"), address_of(ANN, "email", "mail")
    history.add(own, AddressAdded(ANN, "web_push", push, "push", history.at()))
    history.add(own, AddressAdded(ANN, "email", mail, "mail", history.at()))
    history.prefer(ANN, "kind", "comment", "on", "email")
    assert (stopped("web_push"), stopped("email")) == ([], ["channel"])
    history.add(own, AddressConfirmed(ANN, mail, history.at()))
    history.add(own, DigestSet(ANN, "email", "daily", 8, history.at()))
    at = history.at().astimezone(ZoneInfo("Europe/Berlin"))
    minute = at.hour * 60 + at.minute
    history.add(own, ScheduleSet(ANN, "Europe/Berlin", (minute - 60) % 1_440, (minute + 60) % 1_440, "wait", history.at()))
    found = channels()
    assert (found["web_push"].sends, found["email"].sends) == ("later", "digest")
    until = found["web_push"].not_before
    assert until is not None
    assert until.astimezone(at.tzinfo).strftime("%H:%M") == f"{(minute + 60) % 1_440 // 60:02}:{minute % 60:02}"
    assert "Europe/Berlin" in found["email"].steps[-1].why
    history.add(own, ScheduleSet(ANN, "UTC", 0, 0, "digest", history.at()))
    history.add(own, DigestSet(ANN, "email", "immediate", 8, history.at()))
    assert {each.sends for each in channels().values() if each.told} == {"now"}
    history.mark(ANN, "read", history.log.head())
    assert (stopped("web_push"), stopped("email")) == (["read"], ["read"])


def test_what_an_account_set_is_listed_with_what_it_can_set(history: InboxHistory):
    own = notifications_of(ANN)
    listed = asked(history, lambda reads, _: inbox_page.preferences(reads, ANN))
    assert (listed.schedule.time_zone, listed.language) == ("UTC", "en")
    assert {(each.channel, each.digest) for each in listed.digests} == {(channel, "immediate") for channel in ADDRESSED}
    history.add(own, ScheduleSet(ANN, "Asia/Kathmandu", 1_380, 450, "wait", history.at()))
    history.add(own, DigestSet(ANN, "web_push", "hourly", 8, history.at()))
    history.add(own, LanguageSet(ANN, "de", history.at()))
    history.prefer(ANN, "promotion", "slips", "on", "email")
    listed = asked(history, lambda reads, _: inbox_page.preferences(reads, ANN))
    assert listed.schedule == ScheduleView("Asia/Kathmandu", 1_380, 450, "wait")
    assert (listed.digests[0], listed.language) == (DigestView("web_push", "hourly", 8), "de")
    assert listed.items == [PreferenceView("promotion", "email", "slips", "on")]
