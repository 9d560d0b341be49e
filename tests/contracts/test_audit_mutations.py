"""Whatever is changed in a log that holds every kind of fact is found by the rules, the chain made anew; or it is free, with its reason."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from domain.catalogue import FACTS
from domain.fact import Fact, aggregate_of, stored_name
from tests.audit_mutations import (
    LOOKED_HARDER,
    appended_again,
    changes_of_struct,
    doubled,
    is_found,
    moved_to_the_end,
    other_words,
    put_into,
    swapped,
    without,
    words_of,
)
from tests.audit_story import Story, clean

AUTHORS_TIME = "what its author said: everything is judged by the commit's time"
NAMED = "a name or a reason in somebody's own words"
WITHIN_BOUNDS = "within its bounds it is whoever set it who knows; bets at it and results on it are held against it"
OWN_WORD = "the bettor's own word; that they were struck no worse than that allows is checked"

COUNTED = "in its bounds: it moves with other markets and with the wallets, up to the moment at which it was counted"
SEALED = "sealed: who does not have the account's key does not know what it says"

FREE_FIELDS: dict[str, str] = {
    "tail_day.tail_counted.v1.daily_cap_minor": "each tail names the cap that it is held against",
    "account.registered.v2.email": "sealed with a key that the log does not have",
    "account.registered.v2.password_hash": "a secret whose owner alone can prove it",
    "account.password_changed.v1.password_hash": "as at the registration",
    "account.place_seen.v1.place": "a keyed hash of what nobody keeps",
    "account.session_ended.v1.session_id": "a name that only its token has",
    "account.session_ended.v1.expires_at": WITHIN_BOUNDS,
    "account_gate.timed_out.v1.until": WITHIN_BOUNDS,
    "account_gate.self_excluded.v1.until": WITHIN_BOUNDS,
    "account_gate.closed.v1.reason": NAMED,
    "bet.cashed_out.v1.cash_out_id": "follows from a key that its owner chose",
    "bet.cashed_out.v1.rules": "where two versions offer alike; where they do not, the amount or the prices tell",
    "bet.cashed_out.v1.asked_minor": "the bettor's own word; that it is no more than was paid is checked",
    "bet.cashed_out.v1.legs[].chance_millionths": "one millionth: what floating-point numbers may differ by between processors",
    "bet.settled.v5.closing[]": "left out, as in older logs; any other odds are found",
    "bet.leg_resulted.v4.leg": "left out, in older logs, the market names it; any other leg is found",
    "bet.pending.v2.legs[].version": "any version at which that price stood: what it is struck at names another",
    "bet.pending.v2.legs[].fixture_id": "as of a bet that is struck",
    "bet.pending.v2.rules": "where two versions round alike: what it is struck under is named then",
    "bet.refused.v1.title": NAMED,
    "bet.refused.v1.reason": "of what lies in a market it is checked; else who refused it knows",
    "bet.refused.v1.evidence{}": "what the rule saw; of markets and their prices it is checked",
    "bet.placed.v9.legs[].asked": OWN_WORD,
    "bet.placed.v9.legs[].fixture_id": "left out, as in older logs; any other match is found",
    "bet.placed.v9.same_game[].chance_millionths": "one millionth, as of a cash-out",
    **{
        f"market.{name}.v4.model.{part}": "what a producer computed its prices from; bets on legs together are held against it"
        for name in ("opened", "priced")
        for part in ("home_millionths", "away_millionths", "rho_millionths", "exponent_millionths", "minutes_gone")
    },
    "market.priced.v4.model.tilt_thousandths[]": "any tilt within the limit",
    "market.priced.v4.model": "left out: a price need not say it, and then has none together with others",
    "market.priced.v4.model.home": "goals at which nothing was bet on together; a bet on legs together is held against it",
    "market.priced.v4.model.away": "as the home side's",
    **{f"market.{name}.v4.cause": "left out, as in older logs, or another one of a producer's" for name in ("opened", "priced", "resumed")},
    "fixture.shading_limited.v1.limit_thousandths": "any other limit that no price is over",
    "notification.price_alert_set.v1.odds.numerator": "what the account wants; once it is reached, that says it again",
    "notification.price_alert_set.v1.odds.denominator": "as the numerator",
    "bet.placed.v9.rules": "where two versions round alike; where they do not, its returns tell (test_audit.py)",
    "comment.posted.v2.text": SEALED,
    "comment.posted.v2.parent_author_id": "left out, as in older logs; any other account is found",
    "comment.posted.v2.mentions[]": "what its author says; that they exist is checked",
    "account_gate.stake_factor_set.v1.reason": NAMED,
    "account_gate.withdrawal_hold_placed.v1.reason": NAMED,
    "monitoring.alerts_closed.v1.reason": NAMED,
    "market.payout_limited.v2.reason": NAMED,
    "fixture_limit.payout_limited.v1.reason": NAMED,
    "fixture_limit.payout_limited.v1.payout_minor_max": "any other limit that no bet is over",
    "market.payout_limited.v2.payout_minor_max": "any other limit that no bet is over",
    "market.payout_limited.v2.referral_minor_max": "any other amount that no bet is over",
    "account_gate.limit_set.v1.effective_from": "of what counts at once, any moment that has been",
    "comment.edited.v1.text": SEALED,
    "free_bet.granted.v1.reason": NAMED,
    "free_bet.granted.v1.expires_at": WITHIN_BOUNDS,
    "bonus.credited.v1.reason": NAMED,
    "bonus.credited.v1.expires_at": WITHIN_BOUNDS,
    "bonus.credited.v1.odds_min.numerator": "within its bounds any by which the same bets count",
    "bonus.credited.v1.odds_min.denominator": "as the numerator",
    "fixture.scheduled.v2.home": NAMED,
    "fixture.scheduled.v2.away": NAMED,
    "fixture.scheduled.v2.kick_off": "a plan; what happens is said by the kick-off itself",
    "fixture.scheduled.v2.neutral": "a matter of pricing",
    "fixture.rescheduled.v1.kick_off": "a plan, within 72 hours of the first one",
    "fixture.clock_advanced.v2.minute": "any minute after the last one",
    "fixture.score_changed.v3.minute": "any minute after the last one",
    "fixture.score_changed.v3.home": "any score but below a confirmed one: what is graded is the score at the time, or the end's",
    "fixture.score_changed.v3.away": "as the home side's",
    "fixture.ended.v2.final_home": "nothing is graded on extra time; never below the score after 90 minutes",
    "fixture.ended.v2.final_away": "as the home side's",
    "fixture.abandoned.v2.reason": NAMED,
    "follow.unfollowed.v1.removed": "which of the two ended it",
    "follow.muted.v1.until": WITHIN_BOUNDS,
    "gate.betting_stopped.v1.reason": NAMED,
    "mutes.thread_muted.v1.until": WITHIN_BOUNDS,
    "mutes.word_muted.v1.until": WITHIN_BOUNDS,
    "mutes.word_muted.v1.word": SEALED,
    "notification.notices_marked.v1.upto": WITHIN_BOUNDS,
    "notification.schedule_set.v1.quiet_from_minute": WITHIN_BOUNDS,
    "notification.schedule_set.v1.quiet_until_minute": WITHIN_BOUNDS,
    "notification.digest_set.v1.hour": WITHIN_BOUNDS,
    "notification.notices_marked.v1.notice_id": "any notice: what was told is known to views alone",
    "market.opened.v4.selections[]": "in any order",
    "market.opened.v4.selections[].name": NAMED,
    "market.opened.v4.grace_ms": WITHIN_BOUNDS,
    "market.opened.v4.in_play_grace_ms": WITHIN_BOUNDS,
    **{
        f"market.{name}.v4.{prices}{{}}.{part}": WITHIN_BOUNDS
        for name, kinds in {"opened": ("prices",), "priced": ("prices", "withdrawn")}.items()
        for prices in kinds
        for part in ("numerator", "denominator")
    },
    "market.suspended.v3.reason": NAMED,
    "market.resulted.v6.void_reason": NAMED,
    **{
        f"moderation.{fact}.v1.{field}": NAMED
        for fact in (
            "account_shadowed",
            "account_unshadowed",
            "appeal_decided",
            "item_held",
            "item_released",
            "item_removed",
            "reports_dismissed",
        )
        for field in ("rule", "reason")
        if field == "reason" or fact in ("account_shadowed", "item_held", "item_removed")
    },
    "moderation.decision_appealed.v1.text": SEALED,
    "moderation.item_held.v1.until": WITHIN_BOUNDS,
    "comment.held.v1.rule": NAMED,
    "comment.held.v1.reason": NAMED,
    "producer.session_begun.v1.lease_ms": WITHIN_BOUNDS,
    "profile.changed.v1.display_name": SEALED,
    "profile.changed.v1.bio": SEALED,
    "proposal.action_proposed.v3.cause": NAMED,
    "proposal.approved.v3.preview": "left out, as in older logs; any other one is found",
    "proposal.approved.v3.preview.upto": "any position since which no bet was taken there",
    **{f"proposal.approved.v3.preview.money[].{part}": COUNTED for part in ("settled", "change_minor", "below_zero", "owed_minor")},
    **{f"proposal.approved.v3.preview.money[].{part}_minor_max": COUNTED for part in ("paid", "taken")},
    "proposal.rejected.v1.reason": NAMED,
    **{f"slip.shared.v2.legs[].odds.{part}": "in a pick, its author's own word" for part in ("numerator", "denominator")},
    "slip.shared.v2.unit_minor": WITHIN_BOUNDS,
    "slip.shared.v2.caption": "sealed with a key that the log does not have",
    "slip.shared.v2.mentions[]": "its author's own word; that they exist is checked",
    "slip.shared.v2.tags[]": "its author's own word",
    "slip.changed.v2.replies_closed": "its author's own word",
    "slip.changed.v2.replies_close_at": WITHIN_BOUNDS,
    "slip.held.v1.rule": NAMED,
    "slip.held.v1.reason": NAMED,
}
"""What can be said otherwise without contradiction, and why."""

FREE_TIMES = {f"{name}.at" for name in FACTS}

ACTS_FOR = "another one who may act so at that moment"
FREE_WORDS: dict[str, str] = {
    **{
        f"{fact}.actor": ACTS_FOR
        for fact in (
            *("account_gate.closed.v1", "account_gate.reopened.v1", "comment.held.v1", "comment.released.v1", "slip.held.v1"),
            *("account_gate.stake_factor_set.v1", "market.bet_delay_set.v1", "bet.referral_answered.v1"),
            *("account_gate.withdrawal_hold_placed.v1", "account_gate.withdrawal_hold_released.v1", "monitoring.alerts_closed.v1"),
            *("slip.released.v1", "fixture.clock_advanced.v2", "fixture.kicked_off.v2", "fixture.rescheduled.v1", "fixture.scheduled.v2"),
            *("fixture.shading_limited.v1", "fixture_limit.payout_limited.v1"),
            *("fixture.score_confirmed.v1", "gate.betting_reopened.v1", "gate.betting_stopped.v1", "market.closed.v2"),
            *(
                "market.opened.v4",
                "market.priced.v4",
                "market.resulted.v6",
                "market.resumed.v4",
                "market.suspended.v3",
                "market.payout_limited.v2",
            ),
            *(f"moderation.{done}.v1" for done in ("account_shadowed", "account_unshadowed", "appeal_decided", "item_held")),
            *(f"moderation.{done}.v1" for done in ("item_released", "reports_dismissed")),
        )
    },
    "account.sessions_ended.v1.ended_by": "who of those who may",
    "bet.placed.v9.accept": OWN_WORD,
    "bet.pending.v2.accept": OWN_WORD,
    "draft.made.v1.legs[].selection": "its author's own word: it is a plan, not a bet",
    "draft.replaced.v1.legs[].selection": "as when it was made",
    "fixture.clock_advanced.v2.period": "any later one",
    "moderation.item_reported.v1.reason": "the reporter's own word",
    "proposal.action_proposed.v3.action": "of a proposal that was rejected nothing follows",
    "slip.changed.v2.visibility": "its author's own word",
    "notification.preference_set.v1.setting": "the account's own word",
    "notification.notices_marked.v1.mark": "the account's own word",
    "notification.digest_set.v1.channel": "the account's own word",
    "notification.address_removed.v1.why": "the person's or the provider's own word",
    "notification.price_alert_removed.v1.why": "of a market that is over, taken back by the person before it was cleared away",
    "notification.address_removed.v1.address_id": "another address of the account's",
}
"""Text that may be another word of its vocabulary, or another account, though not anything."""

FACTS_OF_A_KIND = 2
"""Of how many facts of a kind each word is changed to others."""

IN_TURN = 1 if LOOKED_HARDER else 4
"""Of other words and other streams one in so many is tried; all of them when it is looked harder."""

SAYS_NOTHING_OF_OTHERS = "whether it happened at all, or twice, is known to nobody else"
FREE_TO_MISS: dict[str, str] = {
    "account.place_seen.v1": "a sign-in from a place that is known, or of which nothing is known",
    "account.skeleton_claimed.v1": "an account from before the skeletons of handles were claimed",
    "sign_ins.session_opened.v1": SAYS_NOTHING_OF_OTHERS,
    "producer.heart_beat.v1": "a heartbeat more or less, within the lease",
    "fixture.clock_advanced.v2": "the clock need not be told",
    "fixture.rescheduled.v1": "a match that is played when it was announced first",
    "proposal.rejected.v1": "else the proposal expires",
    "account_gate.timed_out.v1": "nobody is made to pause",
    "account_gate.limit_set.v1": "nobody is made to have a limit",
    "account_gate.deposit_limit_declined.v1": "an account that had money before anybody was asked",
    "account_gate.stake_factor_set.v1": "an account without a factor, or one that keeps it, and that bets little",
    "market.payout_limited.v2": "a market without a limit, or one that keeps it, and that little is bet on",
    "fixture_limit.payout_limited.v1": "a match without a limit, or one that keeps it, and that little is bet on",
    "account.reality_check_set.v1": "nobody is made to choose an interval",
    "account.reality_check_acknowledged.v1": SAYS_NOTHING_OF_OTHERS,
    "monitoring.transfer_assessed.v1": "a transfer from before there was monitoring",
    "monitoring.alerts_closed.v1": "alerts that stay open",
    "account.session_ended.v1": "a session that runs out by itself",
    "account_gate.reopened.v1": "an account that stays closed",
    "account_gate.self_excluded.v1": "nobody is made to stay away",
    "comment.edited.v1": "a comment that stays as it was posted",
    "comment.deleted.v1": "a comment that stays",
    "moderation.item_released.v1": "an account that stays suspended",
    "moderation.account_unshadowed.v1": "an account that stays shadowed",
    "reaction.withdrawn.v1": "a like that stays",
    "follow.unfollowed.v1": "an account that goes on following",
    "mutes.thread_muted.v1": "a thread that stays to be seen",
    "mutes.thread_unmuted.v1": "a thread that stays muted until it is muted otherwise",
    "mutes.word_muted.v1": "a word that is not muted",
    "mutes.word_unmuted.v1": "a word that stays muted until it is muted otherwise",
    "notification.preference_set.v1": "a preference that was never set",
    "notification.notices_marked.v1": "notices that were not looked at",
    "notification.schedule_set.v1": "an account without quiet hours",
    "notification.digest_set.v1": "a channel that sends each at once",
    "notification.language_set.v1": "an account that is told in English",
    "notification.address_confirmed.v1": "an address that was never confirmed",
    "notification.address_removed.v1": "an address that stays",
    "notification.price_alert_removed.v1": "an alert that stays",
    "notification.price_alert_reached.v1": "an account that is not told: whether and when it is looked at is not held against the log",
    "follow.unmuted.v1": "an account that stays muted",
    "draft.replaced.v1": "a draft that stays as it was made",
    "draft.published.v1": "a draft that nobody else may open",
    "draft.deleted.v1": "a draft that stays",
    "slip.changed.v2": "a slip that stays as it was shared",
    "slip.removed.v1": "a slip that stays",
    "slip.released.v1": "a slip that stays held",
}
"""Kinds of which a single fact may be left out, where nothing that follows rests on it."""

FREE_TO_REPEAT = {"sign_ins.session_opened.v1", "producer.heart_beat.v1", "account.reality_check_acknowledged.v1"}
FREE_TO_COME_LATE = {
    *("account_gate.limit_set.v1", "account_gate.deposit_limit_declined.v1", "account_gate.stake_factor_set.v1"),
    *("account.reality_check_set.v1", "account.reality_check_acknowledged.v1"),
    *("account_gate.reopened.v1", "account_gate.self_excluded.v1", "follow.unfollowed.v1", "follow.unmuted.v1"),
    *("slip.changed.v2", "slip.removed.v1"),
    "draft.deleted.v1",
    "bonus.expired.v1",
    *("mutes.thread_muted.v1", "mutes.thread_unmuted.v1", "mutes.word_unmuted.v1"),
    *("notification.notices_marked.v1", "notification.preference_set.v1"),
    *("notification.schedule_set.v1", "notification.digest_set.v1", "notification.language_set.v1"),
    *("notification.address_confirmed.v1", "notification.address_removed.v1", "notification.price_alert_removed.v1"),
    *("comment.deleted.v1", "reaction.withdrawn.v1", "monitoring.alerts_closed.v1"),
    *("moderation.item_released.v1", "moderation.account_unshadowed.v1"),
}


def body_says(body: Fact, path: str) -> bool:
    """Whether it is said who asked: a process may leave that unsaid."""
    return path != ".actor" or bool(body.actor)  # type: ignore[attr-defined]


def name_of(body: Fact) -> str:
    return stored_name(type(body))


@pytest.mark.parametrize("name", sorted({name_of(fact.body) for fact in clean().log}))
def test_every_field_of_a_fact_is_held_against_the_rest_or_free(name: str):
    story, missed, tried = clean(), set(), 0
    for fact in story.log:
        if name_of(fact.body) == name:
            for path, body in changes_of_struct(fact.body):
                if path.endswith("actor") and not body_says(body, path):
                    continue
                tried += 1
                field = f"{name}{path}"
                if field not in missed | FREE_TIMES and not is_found(story.copy().put(fact.position, body=body), fact.position):
                    missed.add(field)
    assert tried
    assert missed == {field for field in FREE_FIELDS if field.startswith(f"{name}.")}


def test_every_word_of_a_fact_is_held_against_the_rest_where_another_word_would_be_allowed_or_free():
    story, missed = clean(), set()
    words, looked_at = words_of(story), Counter[str]()
    for fact in story.log:
        name = name_of(fact.body)
        looked_at[name] += 1
        if looked_at[name] > FACTS_OF_A_KIND:
            continue
        for number, (path, body) in enumerate(other_words(fact.body, words)):
            field = f"{name}{path}"
            if (number + fact.position) % IN_TURN or field in missed | FREE_TIMES | FREE_FIELDS.keys():
                continue
            if not is_found(story.copy().put(fact.position, body=body), fact.position):
                missed.add(field)
    assert missed <= FREE_WORDS.keys()
    assert missed == FREE_WORDS.keys() or IN_TURN > 1


def test_every_free_field_has_its_reason():
    assert all(reason.strip() for reason in (*FREE_FIELDS.values(), *FREE_WORDS.values()))
    assert AUTHORS_TIME


@pytest.mark.parametrize(
    ("forge", "free"),
    [(without, FREE_TO_MISS), (doubled, FREE_TO_REPEAT), (appended_again, FREE_TO_REPEAT), (moved_to_the_end, FREE_TO_COME_LATE)],
)
def test_a_fact_that_was_taken_out_or_stands_there_twice_or_elsewhere_is_found(forge: Callable[[Story, int], Story], free: Any):
    story, missed = clean(), set()
    for fact in story.log:
        name = name_of(fact.body)
        if name not in missed and not is_found(forge(story, fact.position), fact.position):
            missed.add(name)
    assert missed == set(free)


def test_a_fact_in_another_stream_is_found():
    story = clean()
    streams = {aggregate_of(name_of(fact.body)): fact.stream_id for fact in story.log}
    first_of_each_kind = {name_of(fact.body): fact for fact in reversed(story.log)}
    for fact in first_of_each_kind.values():
        for number, stream_id in enumerate(sorted(set(streams.values()) - {fact.stream_id})):
            assert (number + fact.position) % IN_TURN or is_found(put_into(story, fact.position, stream_id), fact.position)


MAY_CHANGE_PLACES = [
    ({"market.priced.v4"}, {"wallet.stake_reserved.v1", "bet.placed.v9"}, "the bet names its version, and is right before and after"),
    ({"producer.heart_beat.v1"}, {"market.priced.v4"}, "within the lease either way"),
    ({"market.payout_limited.v2"}, {"market.payout_limited.v2"}, "nobody bets between one limit and the next"),
    ({"market.payout_limited.v2"}, {"fixture_limit.payout_limited.v1"}, "nobody bets between one limit and the next"),
    ({"fixture_limit.payout_limited.v1"}, {"fixture_limit.payout_limited.v1"}, "as of two limits of a market"),
    ({"fixture.shading_limited.v1"}, {"fixture.kicked_off.v2"}, "as of the next"),
    ({"fixture.rescheduled.v1"}, {"fixture.shading_limited.v1"}, "how far prices may be shaded has nothing to do with the kick-off"),
    (
        {"monitoring.alerts_closed.v1"},
        {"wallet.funds_withdrawn.v1", "monitoring.transfer_assessed.v1", "wallet.transfer_recorded.v1"},
        "alerts are closed up to a number, whether a later one is there or not",
    ),
    ({"sign_ins.session_opened.v1"}, {"sign_ins.session_opened.v1"}, "one sign-in is like the other"),
    ({"account.place_seen.v1", "sign_ins.session_opened.v1"}, {"sign_ins.session_opened.v1"}, "one sign-in is like the other"),
    ({"fixture.score_confirmed.v1", "market.resulted.v6"}, {"fixture.clock_advanced.v2"}, "the total is exceeded before and at half time"),
    ({"account.reality_check_set.v1"}, {"account.reality_check_acknowledged.v1"}, "one is read by whatever interval it came"),
    ({"account.session_ended.v1"}, {"account.session_ended.v1"}, "one's sessions end in any order"),
    ({"account.session_ended.v1"}, {"account.sessions_ended.v1"}, "which version a single session was of is known to nobody else"),
    ({"mutes.thread_unmuted.v1"}, {"mutes.thread_muted.v1"}, "a mute that replaces another may be what ends"),
    ({"mutes.thread_muted.v1"}, {"mutes.word_muted.v1"}, "a thread and a word have nothing to do with each other"),
    ({"mutes.word_unmuted.v1"}, {"mutes.word_muted.v1"}, "as of threads"),
    ({"notification.preference_set.v1"}, {"notification.preference_set.v1"}, "what is wanted of one has nothing to do with another"),
    ({"notification.notices_marked.v1"}, {"notification.notices_marked.v1"}, "one mark has nothing to do with another"),
    ({"notification.preference_set.v1"}, {"notification.notices_marked.v1"}, "as of two preferences"),
    ({"notification.preference_set.v1"}, {"notification.schedule_set.v1"}, "as of two preferences"),
    ({"notification.schedule_set.v1"}, {"notification.digest_set.v1"}, "as of two preferences"),
    ({"notification.digest_set.v1"}, {"notification.language_set.v1"}, "as of two preferences"),
    ({"notification.language_set.v1"}, {"notification.preference_set.v1"}, "as of two preferences"),
    ({"notification.notices_marked.v1"}, {"notification.address_added.v1"}, "as of two preferences"),
    ({"notification.address_confirmed.v1"}, {"notification.address_added.v1"}, "one address has nothing to do with another"),
    ({"notification.price_alert_set.v1"}, {"notification.price_alert_set.v1"}, "one price has nothing to do with another"),
    ({"notification.price_alert_set.v1"}, {"notification.price_alert_removed.v1"}, "one price has nothing to do with another"),
    ({"market.resulted.v6"}, {"notification.price_alert_removed.v1"}, "the market is closed before it comes out"),
    ({"draft.replaced.v1"}, {"draft.published.v1"}, "a draft is replaced before it is handed on or after"),
    ({"moderation.appeal_decided.v1", "slip.released.v1"}, {"comment.held.v1", "moderation.item_held.v1"}, "a slip and a comment on it"),
    ({"account_gate.stake_factor_set.v1"}, {"account_gate.stake_factor_set.v1"}, "of two factors in a row the last one counts"),
    ({"account_gate.stake_factor_set.v1"}, {"account_gate.withdrawal_hold_placed.v1"}, "a factor and a hold stand beside each other"),
    ({"account_gate.timed_out.v1"}, {"account_gate.self_excluded.v1"}, "a pause and an exclusion run beside each other"),
    (
        {"moderation.item_released.v1"},
        {"moderation.account_shadowed.v1"},
        "an end of a suspension and the beginning of a shadow, of one account",
    ),
]
"""Neighbours of which one says something that the other rests on, and that are right in either order."""


def test_two_appends_that_changed_places_are_found_where_one_rests_on_the_other():
    story = clean()
    appends = story.appends()
    for number, (one, other) in enumerate(pairwise(appends)):
        if is_found(swapped(story, number), one[0].position):
            continue
        before = {fact.stream_id for fact in one}
        named = msgspec.json.encode([(fact.stream_id, fact.body) for fact in other]).decode()
        kinds = [{name_of(fact.body) for fact in append} for append in (one, other)]
        rests = any(stream_id in named for stream_id in before)
        assert not rests or kinds in [[first, second] for first, second, _ in MAY_CHANGE_PLACES], (number, kinds)
