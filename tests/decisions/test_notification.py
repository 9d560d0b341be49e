"""Preferences and marks of an account, and the policy that decides from them whether a notice is told, step by step."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from domain.fact import micros
from domain.ids import address_of, derived
from domain.notification.addresses import ADDRESSES_MAX, SEALED_ADDRESS_MAX, AddressMalformed, AddressUnknown, TooManyAddresses
from domain.notification.commands import AddAddress, ConfirmAddress, MarkNotices, RemoveAddress, SetPreference
from domain.notification.decider import (
    MARKED_MAX,
    NOTIFICATION,
    PREFERENCES_MAX,
    KindAlwaysTold,
    MarkMalformed,
    PreferenceMalformed,
    TooManyPreferences,
)
from domain.notification.facts import AddressAdded, AddressConfirmed, AddressRemoved, NoticesMarked, PreferenceSet
from domain.notification.kinds import ADDRESSED, KINDS
from domain.notification.policy import FOR_EVER_US, HIDDEN, Notice, Preferences, Protection, Reach, decide, is_told
from domain.sealed_text import PREFIX, TextNotSealed
from tests.decisions.given import NOON, given

ANN, BEN, MATCH = derived("account", "ann"), derived("account", "ben"), derived("fixture", "one")
NOW_US = micros(NOON)
NOTHING, OPEN = Preferences({}), Protection()


def rung(setting: str) -> PreferenceSet:
    return PreferenceSet(ANN, "author", "", BEN, setting, NOON)


def test_a_preference_is_set_replaced_and_taken_back():
    given(NOTIFICATION).when(SetPreference(ANN, "author", "", BEN, "all", NOON)).then(rung("all"))
    given(NOTIFICATION, rung("all")).when(SetPreference(ANN, "author", "", BEN, "all", NOON)).nothing()
    given(NOTIFICATION, rung("all")).when(SetPreference(ANN, "author", "", BEN, "off", NOON)).then(rung("off"))
    given(NOTIFICATION, rung("all")).when(SetPreference(ANN, "author", "", BEN, "inherit", NOON)).then(rung("inherit"))
    given(NOTIFICATION, rung("all"), rung("inherit")).when(SetPreference(ANN, "author", "", BEN, "inherit", NOON)).nothing()


@pytest.mark.parametrize(
    ("level", "channel", "subject", "setting"),
    [
        ("all", "", "", "off"),
        ("app", "in_app", "", "off"),
        ("app", "", "", "all"),
        ("channel", "pigeon", "", "off"),
        ("kind", "in_app", "gossip", "off"),
        ("kind", "", "like", "off"),
        ("kind", "in_app", "slip_shared", "off"),
        ("author", "", "ben", "all"),
        ("author", "", ANN, "all"),
        ("author", "", BEN, "on"),
        ("match", "", "x\n", "off"),
        ("match", "", MATCH, "highlights"),
        ("promotion", "", "slips", "on"),
        ("promotion", "email", "casino", "on"),
        ("promotion", "email", "slips", "all"),
    ],
)
def test_a_preference_that_there_is_not_is_refused(level: str, channel: str, subject: str, setting: str):
    given(NOTIFICATION).when(SetPreference(ANN, level, channel, subject, setting, NOON)).refused(PreferenceMalformed, level=level)


@pytest.mark.parametrize(("kind", "channel"), [(kind.name, channel) for kind in KINDS.values() for channel in kind.locked_in])
def test_what_concerns_money_security_and_protection_cannot_be_switched_off(kind: str, channel: str):
    given(NOTIFICATION).when(SetPreference(ANN, "kind", channel, kind, "off", NOON)).refused(KindAlwaysTold, kind=kind, channel=channel)
    assert is_told(decide(Notice(kind, NOW_US), set_(APP_OFF, ("channel", channel, "", "off")), OPEN, NOW_US, channel))


def test_preferences_are_bounded_and_what_is_taken_back_makes_room():
    full = [PreferenceSet(ANN, "author", "", derived("account", str(number)), "all", NOON) for number in range(PREFERENCES_MAX)]
    ask = SetPreference(ANN, "author", "", BEN, "all", NOON)
    given(NOTIFICATION, *full).when(ask).refused(TooManyPreferences, preferences_max=PREFERENCES_MAX)
    back = PreferenceSet(ANN, "author", "", derived("account", "0"), "inherit", NOON)
    given(NOTIFICATION, *full, back).when(ask).then(rung("all"))


def test_notices_are_marked_up_to_a_position_or_one_by_one_and_a_repeat_changes_nothing():
    read = NoticesMarked(ANN, "read", 7, NOON)
    given(NOTIFICATION).when(MarkNotices(ANN, "read", 7, NOON)).then(read)
    given(NOTIFICATION, read).when(MarkNotices(ANN, "read", 7, NOON)).nothing()
    given(NOTIFICATION, read).when(MarkNotices(ANN, "read", 5, NOON)).then(NoticesMarked(ANN, "read", 5, NOON))
    one = NoticesMarked(ANN, "archived", 7, NOON, f"like:{MATCH}")
    given(NOTIFICATION, read).when(MarkNotices(ANN, "archived", 7, NOON, f"like:{MATCH}")).then(one)


@pytest.mark.parametrize(
    ("mark", "upto", "notice_id"),
    [
        ("liked", 1, ""),
        ("read", 0, ""),
        ("read", 2**53, ""),
        ("seen", 1, "like:a"),
        ("read", 1, "<b>"),
        ("read", 1, "like:a\n"),
        ("read", 1, "x" * 99),
    ],
)
def test_a_mark_that_there_is_not_is_refused(mark: str, upto: int, notice_id: str):
    given(NOTIFICATION).when(MarkNotices(ANN, mark, upto, NOON, notice_id)).refused(MarkMalformed, mark=mark, upto=upto)


def test_marks_of_single_notices_are_few_and_those_of_the_whole_inbox_stay():
    facts = [
        NoticesMarked(ANN, "seen", 9, NOON),
        *[NoticesMarked(ANN, "read", 9, NOON, f"money:{number}") for number in range(MARKED_MAX + 1)],
    ]
    marked = given(NOTIFICATION, *facts).state.marks
    assert len(marked) == MARKED_MAX + 1
    assert "read money:0" not in marked
    assert marked["seen "] == 9


def set_(*places: tuple[str, str, str, str], since_us: int = 0) -> Preferences:
    return Preferences({place[:3]: (place[3], since_us) for place in places})


BELL, OFF = ("author", "", BEN, "all"), ("author", "", BEN, "off")
LIKES_OFF, LIKES_ON = ("kind", "in_app", "like", "off"), ("kind", "in_app", "like", "on")
MATCH_OFF, MATCH_ON = ("match", "", MATCH, "off"), ("match", "", MATCH, "on")
APP_OFF, CHANNEL_ON = ("app", "", "", "off"), ("channel", "in_app", "", "on")


@pytest.mark.parametrize(
    ("kind", "places", "rule", "told"),
    [
        ("like", [], "default", True),
        ("like", [APP_OFF], "app", False),
        ("like", [APP_OFF, CHANNEL_ON], "channel", True),
        ("like", [CHANNEL_ON, LIKES_OFF], "kind", False),
        ("like", [LIKES_OFF, MATCH_ON], "match", True),
        ("like", [LIKES_ON, MATCH_OFF], "match", False),
        ("like", [LIKES_ON, MATCH_ON, OFF], "author", False),
        ("comment", [LIKES_OFF], "default", True),
        ("money", [APP_OFF], "preference", True),
        ("slip_shared", [], "author", False),
        ("slip_shared", [BELL], "author", True),
        ("slip_shared", [BELL, APP_OFF], "author", True),
        ("slip_shared", [BELL, MATCH_OFF], "match", False),
        ("slip_shared", [CHANNEL_ON, MATCH_ON], "author", False),
    ],
)
def test_the_narrowest_preference_decides(kind: str, places: list[Any], rule: str, told: bool):
    notice = Notice(kind, NOW_US, author_id=BEN, fixture_ids=(MATCH,), verified=True)
    steps = decide(notice, set_(*places), OPEN, NOW_US)
    assert (steps[1].rule, steps[1].passed, is_told(steps)) == (rule, told, told)
    assert all(step.why for step in steps)


MAIL_OFF, MAIL_ON = ("channel", "email", "", "off"), ("channel", "email", "", "on")
KICK_OFFS_OFF, KICK_OFFS_ON = ("kind", "email", "kickoff", "off"), ("kind", "email", "kickoff", "on")
COMMENTS_OFF, COMMENTS_ON = ("kind", "email", "comment", "off"), ("kind", "email", "comment", "on")
PUSH_OFF = ("channel", "web_push", "", "off")


@pytest.mark.parametrize(
    ("kind", "places", "rule", "told"),
    [
        ("kickoff", [MATCH_ON], "match", True),
        ("kickoff", [MATCH_ON, APP_OFF, PUSH_OFF], "match", True),
        ("kickoff", [MATCH_ON, KICK_OFFS_OFF], "kind", False),
        ("kickoff", [MATCH_ON, KICK_OFFS_OFF, MAIL_ON], "kind", False),
        ("kickoff", [MATCH_ON, MAIL_OFF], "channel", False),
        ("kickoff", [MATCH_ON, MAIL_OFF, KICK_OFFS_ON], "kind", True),
        ("kickoff", [MATCH_OFF, KICK_OFFS_ON], "match", False),
        ("comment", [MATCH_ON], "match", True),
        ("comment", [MATCH_ON, COMMENTS_OFF], "kind", False),
        ("comment", [MATCH_ON, KICK_OFFS_OFF], "default", False),
        ("comment", [MATCH_ON, KICK_OFFS_OFF, COMMENTS_ON], "kind", True),
        ("security", [MATCH_ON, MAIL_OFF], "preference", True),
    ],
)
def test_a_match_that_is_on_opens_no_mailbox_that_was_shut(kind: str, places: list[Any], rule: str, told: bool):
    notice = Notice(kind, NOW_US, fixture_ids=(MATCH,))
    steps = decide(notice, set_(*places), OPEN, NOW_US, "email")
    assert (steps[1].rule, steps[1].passed, is_told(steps)) == (rule, told, told)
    in_page = decide(notice, set_(*[place for place in places if place != APP_OFF]), OPEN, NOW_US)
    assert is_told(in_page) is (MATCH_OFF not in places), "the page is another channel: nothing there was switched off"


@pytest.mark.parametrize(
    ("setting", "verified", "told"), [("all", False, True), ("highlights", True, True), ("highlights", False, False), ("off", True, False)]
)
def test_a_bell_rings_for_all_slips_or_for_verified_ones(setting: str, verified: bool, told: bool):
    notice = Notice("slip_shared", NOW_US, author_id=BEN, verified=verified)
    assert is_told(decide(notice, set_(("author", "", BEN, setting)), OPEN, NOW_US)) is told


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_may_not_be_seen_is_not_told_whatever_is_set(hidden: str):
    steps = decide(Notice("like", NOW_US, hidden=hidden), set_(LIKES_ON), OPEN, NOW_US)
    assert [step.rule for step in steps if not step.passed] == ["cause"]


def test_a_notice_is_told_as_long_as_it_has_something_to_say_and_is_not_archived():
    old = Notice("slip_shared", NOW_US, author_id=BEN)
    later_us = NOW_US + KINDS["slip_shared"].lifetime // timedelta(microseconds=1)
    assert is_told(decide(old, set_(BELL), OPEN, later_us))
    assert [step.rule for step in decide(old, set_(BELL), OPEN, later_us + 1) if not step.passed] == ["lifetime"]
    assert [step.rule for step in decide(old._replace(archived=True), set_(BELL), OPEN, NOW_US) if not step.passed] == ["archive"]


TIMES = st.one_of(st.just(0), st.integers(-5, 5).map(lambda off: NOW_US + off))


@over(
    timed_out=TIMES,
    excluded=st.one_of(TIMES, st.just(FOR_EVER_US)),
    closed=st.booleans(),
    chosen=TIMES,
    shared=TIMES,
    setting=st.sampled_from(("all", "highlights")),
)
def test_nobody_who_is_in_a_time_out_excluded_or_closed_is_told_of_slips_nor_after_an_exclusion_until_they_choose_it(
    timed_out: int, excluded: int, closed: bool, chosen: int, shared: int, setting: str
):
    notice = Notice("slip_shared", shared or NOW_US, author_id=BEN, verified=True)
    preferences = set_(("author", "", BEN, setting), since_us=chosen)
    told = is_told(decide(notice, preferences, Protection(timed_out, excluded, closed), NOW_US))
    if told:
        assert not closed
        assert max(timed_out, excluded) <= NOW_US
        assert not excluded or excluded <= chosen <= notice.at_us
    elif not closed and not excluded and timed_out <= NOW_US:
        raise AssertionError("nothing keeps this account from it")
    for kind in ("money", "limits", "security", "bet_settled", "comment"):
        assert is_told(decide(Notice(kind, NOW_US), NOTHING, Protection(timed_out, excluded, closed), NOW_US))


SEALED_ADDRESS = PREFIX + "a" * 60
MAIL, PUSH = (address_of(ANN, channel, SEALED_ADDRESS) for channel in ("email", "web_push"))
MAILED, PUSHED = AddressAdded(ANN, "email", MAIL, SEALED_ADDRESS, NOON), AddressAdded(ANN, "web_push", PUSH, SEALED_ADDRESS, NOON)


def test_an_address_is_added_once_confirmed_once_and_removed_once():
    given(NOTIFICATION).when(AddAddress(ANN, "email", SEALED_ADDRESS, NOON)).then(MAILED)
    given(NOTIFICATION, MAILED).when(AddAddress(ANN, "email", SEALED_ADDRESS, NOON)).nothing()
    given(NOTIFICATION, MAILED).when(AddAddress(ANN, "web_push", SEALED_ADDRESS, NOON)).then(PUSHED)
    confirmed, removed = AddressConfirmed(ANN, MAIL, NOON), AddressRemoved(ANN, MAIL, "bounced", NOON)
    given(NOTIFICATION, MAILED).when(ConfirmAddress(ANN, MAIL, NOON)).then(confirmed)
    given(NOTIFICATION, MAILED, confirmed).when(ConfirmAddress(ANN, MAIL, NOON)).nothing()
    given(NOTIFICATION, MAILED, confirmed).when(RemoveAddress(ANN, MAIL, "bounced", NOON)).then(removed)
    given(NOTIFICATION, MAILED, removed).when(RemoveAddress(ANN, MAIL, "bounced", NOON)).nothing()
    given(NOTIFICATION, MAILED, removed).when(ConfirmAddress(ANN, MAIL, NOON)).refused(AddressUnknown, address_id=MAIL)


def test_an_email_address_has_to_be_confirmed_and_a_push_subscription_has_not():
    known = given(NOTIFICATION, MAILED, PUSHED).state.addresses
    assert {address_id: each.confirmed for address_id, each in known.items()} == {MAIL: False, PUSH: True}


def test_what_is_no_address_is_refused():
    given(NOTIFICATION).when(AddAddress(ANN, "in_app", SEALED_ADDRESS, NOON)).refused(AddressMalformed, channel="in_app", why="")
    for sealed in ("ann@example.com", "", PREFIX + "a" * SEALED_ADDRESS_MAX):
        given(NOTIFICATION).when(AddAddress(ANN, "email", sealed, NOON)).refused(TextNotSealed, field="address")
    given(NOTIFICATION, MAILED).when(RemoveAddress(ANN, MAIL, "bored", NOON)).refused(AddressMalformed, channel="", why="bored")


def test_an_account_has_few_addresses():
    sealed = [f"{SEALED_ADDRESS}{number}" for number in range(ADDRESSES_MAX)]
    full = [AddressAdded(ANN, "web_push", address_of(ANN, "web_push", each), each, NOON) for each in sealed]
    given(NOTIFICATION, *full).when(AddAddress(ANN, "email", SEALED_ADDRESS, NOON)).refused(TooManyAddresses, addresses_max=ADDRESSES_MAX)


ASKED, NOT_WANTED = ("promotion", "web_push", "slips", "on"), ("promotion", "in_app", "slips", "off")
PUSH_OFF, LIKES_BY_MAIL = ("channel", "web_push", "", "off"), ("kind", "email", "like", "on")


@pytest.mark.parametrize(
    ("kind", "channel", "places", "stopped_by"),
    [
        ("comment", "web_push", [], []),
        ("comment", "email", [], ["default"]),
        ("comment", "email", [("channel", "email", "", "on")], []),
        ("like", "web_push", [], ["default"]),
        ("like", "email", [LIKES_BY_MAIL], []),
        ("like", "web_push", [LIKES_BY_MAIL], ["default"]),
        ("money", "web_push", [PUSH_OFF], ["channel"]),
        ("security", "web_push", [PUSH_OFF], []),
        ("slip_shared", "web_push", [BELL], ["opt-in"]),
        ("slip_shared", "web_push", [BELL, ASKED], []),
        ("slip_shared", "email", [BELL, ASKED], ["opt-in"]),
        ("slip_shared", "web_push", [ASKED], ["author"]),
        ("slip_shared", "web_push", [BELL, ASKED, PUSH_OFF], ["channel"]),
        ("slip_shared", "in_app", [BELL], []),
        ("slip_shared", "in_app", [BELL, NOT_WANTED], ["opt-in"]),
    ],
)
def test_each_channel_has_its_own_switches_and_promotes_only_what_was_asked_for_there(
    kind: str, channel: str, places: list[Any], stopped_by: list[str]
):
    notice = Notice(kind, NOW_US, author_id=BEN, verified=True)
    steps = decide(notice, set_(*places), OPEN, NOW_US, channel)
    assert [step.rule for step in steps if not step.passed] == stopped_by


def test_outside_the_page_what_was_read_there_is_old_or_has_no_address_is_not_sent():
    comment, later_us = Notice("comment", NOW_US), NOW_US + KINDS["comment"].sent_within // timedelta(microseconds=1) + 1
    gone = Reach(is_on=False, why="the address bounced")
    assert [step.rule for step in decide(comment._replace(read=True), NOTHING, OPEN, NOW_US, "web_push") if not step.passed] == ["read"]
    assert is_told(decide(comment._replace(read=True), NOTHING, OPEN, NOW_US))
    assert [step.rule for step in decide(comment, NOTHING, OPEN, later_us, "web_push") if not step.passed] == ["lifetime"]
    assert is_told(decide(comment, NOTHING, OPEN, later_us))
    assert decide(comment, NOTHING, OPEN, NOW_US, "web_push", gone)[-1] == ("channel", False, "the address bounced")


@over(excluded=TIMES, bell=TIMES, asked=TIMES, channel=st.sampled_from(ADDRESSED))
def test_after_an_exclusion_a_channel_stays_silent_until_the_person_chooses_it_again(excluded: int, bell: int, asked: int, channel: str):
    preferences = Preferences({BELL[:3]: ("all", bell), ("promotion", channel, "slips"): ("on", asked)})
    notice = Notice("slip_shared", NOW_US, author_id=BEN)
    told = is_told(decide(notice, preferences, Protection(excluded_until_us=excluded), NOW_US, channel))
    is_over, is_chosen_again = excluded <= NOW_US, min(bell, asked) >= excluded and bell <= NOW_US
    assert told == (not excluded or (is_over and is_chosen_again))
