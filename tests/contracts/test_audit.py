"""An audit that finds nothing proves nothing unless it finds everything: each defect is forged into a log and must be named where it is."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.audit import ViewDiffers, balance_at, replay_stream, verify, violations
from commands.audit.ended_streams import RECENT_MAX, EndedStreams
from commands.audit.fold import AUDITOR_OF, Fold
from commands.audit.moments import moments_of
from commands.audit.registry import AUDITORS
from commands.audit.state import AuditState
from commands.audit.streams import AuditedWallet
from commands.audit.violation import Violation, ViolationFound
from commands.audit.violations import FactUnjudgeable, PriceStale
from commands.audit.wallets import AUDITOR as WALLETS
from domain.account.facts import SessionOpened, SignedIn
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed, Leg
from domain.catalogue import FACTS
from domain.chain import SCHEME
from domain.fact import Recorded, UnknownFact, aggregate_of, micros
from domain.fixture.facts import KickedOff
from domain.ids import derived, wallet_of
from domain.market.facts import MarketResulted, VoidWindow
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReserved,
)
from domain.wallet.postings import HOUSE, PAYMENTS, available, owed, postings, reserved
from tests.audit_forgeries import FORGERIES, Forgery, abandon, ended_again, heard, moved
from tests.audit_story import (
    ALL_VOID,
    ANN,
    BEN,
    FIRST,
    FIXTURE,
    IN_PLAY_GRACE_MS,
    MARKET,
    NOON,
    NOWHERE,
    SECOND,
    SINGLE,
    Story,
    after,
    clean,
    micros_after,
    people,
    strike,
)

WALLET = wallet_of(ANN)
FOUND_ELSEWHERE = {
    *("PositionOutOfOrder", "VersionOutOfOrder", "LogCutShort", "HeadMovedBack", "FactInNoBatch", "BooksDoNotBalance"),
    *("CommittedBefore", "BatchMalformed", "SchemeUnknown", "ChainBroken", "TopicWrong", "HistoryChanged", "HistoryCut", "AnotherLog"),
    *("SettlementOverdue", "CorrectionOverdue", "ResultOverdue", "KickOffOverdue", "DelayOverdue", "BonusExpiryOverdue"),
    *("ViewDiffers", "ViewAheadOfLog", "ViewOfAnotherHistory", "TableDiffers", "SumDiffers"),
}
"""Violations that are no forged fact: each has a test of its own here, or in test_audit_(chain|deadlines|views).py."""


def test_a_clean_log_that_holds_every_kind_of_fact_is_clean_and_adds_up():
    story = clean()
    found = verify(story)
    assert found.violation is None
    assert set(FACTS.values()) - {type(fact.body) for fact in story.log} == {SignedIn}
    assert (found.facts, found.accounts, found.bets, found.bets_open) == (len(story.log), 5, 13, 0)
    assert msgspec.structs.astuple(found.totals["EUR"]) == (251_13, 0, 26_87, -278_00, 0, 0)
    halfway = verify(story.until(story.place(BetSettlementReversed, -11) + 1))
    assert msgspec.structs.astuple(halfway.totals["EUR"]) == (87_93, 0, 29_13, -73_00, 57_00, 12_94)


@pytest.mark.parametrize("facts_per_read", [1, 2, 7, 1000])
def test_how_much_is_read_at_once_makes_no_difference(facts_per_read: int):
    assert verify(clean(), facts_per_read=facts_per_read).violation is None
    story = clean()
    place = story.place(ReturnsPaid)
    assert verify(story.change(place, returns_minor=23_51), facts_per_read=facts_per_read).violation.position == place


def test_an_empty_log_is_clean():
    assert verify(Story()).violation is None


def test_every_kind_of_fact_has_one_auditor_and_every_aggregate_one_of_its_own():
    kinds = [kind for auditor in AUDITORS for kind in {*auditor.begins, *auditor.follows}]
    assert {kind: count for kind, count in Counter(kinds).items() if count > 1} == {}
    assert set(kinds) == set(FACTS.values()) == set(AUDITOR_OF)
    assert {aggregate_of(name) for name in FACTS} <= {auditor.aggregate for auditor in AUDITORS}
    assert len({auditor.aggregate for auditor in AUDITORS}) == len(AUDITORS)


@pytest.mark.parametrize(("name", "forge"), FORGERIES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(FORGERIES)])
def test_a_forged_fact_is_named_where_it_stands(name: str, forge: Forgery):
    story, position = forge()
    found = verify(story).violation
    assert (type(found).__name__, found.position) == (name, position), found
    assert found.stream_id == story.log[position - 1].stream_id
    assert str(found)
    assert msgspec.json.decode(msgspec.json.encode(found))["violation"] == found.name


def test_every_violation_has_a_forgery():
    kinds = {name for name, kind in vars(violations).items() if isinstance(kind, type) and issubclass(kind, Violation)}
    assert kinds == {name for name, _ in FORGERIES} | FOUND_ELSEWHERE


def test_positions_and_versions_follow_each_other_without_a_gap():
    story = clean()
    place = story.place(BetPlaced)
    assert type(verify(clean().put(place, position=place + 1)).violation).__name__ == "PositionOutOfOrder"
    for version in (0, 2, 7):
        found = verify(clean().put(place, version=version)).violation
        assert (type(found).__name__, found.position) == ("VersionOutOfOrder", place)
    settled = story.place(BetSettled)
    assert type(verify(clean().put(settled, version=3)).violation).__name__ == "VersionOutOfOrder"


def test_a_kind_that_this_process_does_not_know_is_named_by_its_stored_name():
    story = clean()
    story.add(NOWHERE, UnknownFact("slip.shared.v1", "no such fact"))
    found = verify(story).violation
    assert (found.name, found.fact, found.why) == ("kind-unknown", "slip.shared.v1", "no such fact")


def test_a_price_may_be_struck_until_its_grace_has_run_out_by_log_time():
    leg = Leg(MARKET, "home", FIRST["home"], 1)
    story = moved()
    replaced_us = story.log[-1].committed_us
    for late_us, violation in ((0, None), (1, PriceStale)):
        bet = moved()
        bet.now_us = replaced_us + 3_000_000 + late_us - 1_000
        found = verify(strike(bet, NOWHERE, leg, at=after(-3600))).violation
        assert (found if violation is None else type(found)) == violation


HELD = [kind for kind in AUDITOR_OF if kind is not SignedIn]
"""The kinds of facts that the clean log holds: all but one that only logs of the first layout have."""


def test_no_moment_of_any_fact_is_without_a_time_zone():
    whole = clean()
    for kind in HELD:
        place = whole.place(kind)
        for field in moments_of(kind):
            forged = whole.copy().change(place, **{field: NOON.replace(tzinfo=None)})
            found = verify(forged).violation
            assert isinstance(found, FactUnjudgeable), (kind, field)
            assert (found.position, found.error) == (place, f"ValueError: {field} has no time zone")


def test_every_fact_has_a_moment_and_none_deeper_than_its_fields():
    for kind in HELD:
        assert "at" in moments_of(kind), kind
        held = {each.cls for each in struct_types(msgspec.inspect.type_info(kind))} - {kind, VoidWindow}  # whose auditor compares them
        assert not [each for each in held if moments_of(each)], kind


def struct_types(found: Any) -> Iterator[Any]:
    """Yield every struct type within a type, itself included."""
    if isinstance(found, msgspec.inspect.StructType):
        yield found
        for field in found.fields:
            yield from struct_types(field.type)
    for inner in (*getattr(found, "types", ()), *getattr(found, "item_types", ()), getattr(found, "item_type", None)):
        if inner is not None:
            yield from struct_types(inner)


def kicked_off_after_moving() -> Story:
    """The first prices were replaced, and the match kicked off within their grace."""
    story = moved()
    return story.add(FIXTURE, KickedOff(story.time, "replay"))


@pytest.mark.parametrize(("late_us", "violation"), [(0, None), (1, PriceStale)])
def test_the_grace_from_before_kick_off_is_that_of_play_once_the_match_has_kicked_off(late_us: int, violation: type[PriceStale] | None):
    replaced_us = moved().log[-1].committed_us
    bet = kicked_off_after_moving()
    bet.now_us = replaced_us + IN_PLAY_GRACE_MS * 1_000 + late_us - 1_000
    found = verify(strike(bet, NOWHERE, Leg(MARKET, "home", FIRST["home"], 1))).violation
    assert (found if violation is None else type(found)) == violation
    if isinstance(found, PriceStale):
        assert (found.grace_ms, found.replaced_for_ms) == (IN_PLAY_GRACE_MS, IN_PLAY_GRACE_MS)


def test_better_odds_than_asked_for_may_be_given_to_whoever_takes_better():
    leg = Leg(MARKET, "away", SECOND["away"], 2, FIRST["away"], 1)
    assert verify(strike(moved(), NOWHERE, leg, accept="better")).violation is None
    assert verify(strike(moved(), NOWHERE, leg, accept="any")).violation is None


def test_worse_odds_than_asked_for_may_be_given_to_whoever_takes_any_once_the_better_ones_are_gone():
    leg = Leg(MARKET, "home", SECOND["home"], 2, FIRST["home"], 1)
    assert verify(strike(moved().at(5.5), NOWHERE, leg, accept="any")).violation is None


def test_bets_that_wait_only_for_the_settler_are_counted_and_no_violation_for_a_minute():
    story = clean()
    resulted = story.place(MarketResulted, 2)
    late = story.until(resulted)
    found = verify(late)
    assert (found.violation, found.bets_open, found.bets_unsettled) == (None, 11, 7)
    resulted_us = late.log[resulted - 2].committed_us
    assert verify(late, now_us=resulted_us + 60_000_000).violation is None
    overdue = verify(late, now_us=late.log[-1].committed_us + 61_000_000).violation
    assert (overdue.name, overdue.due_for_s) == ("settlement-overdue", 61)


def test_a_bet_that_was_never_settled_is_found_by_the_time_of_the_last_batch_alone():
    story = clean().until(clean().place(MarketResulted, 2)).at(365 * 24 * 3600)
    story.add(derived("sign-ins", BEN, "2027-06-14"), SessionOpened(BEN, story.time))
    assert verify(story).violation.name == "settlement-overdue"


def test_a_stake_on_a_match_that_is_over_and_whose_market_never_came_out_is_found_after_a_day():
    story = heard_with_a_bet()
    ended_again(story.add(FIXTURE, KickedOff(story.time, "replay")))
    over_us = story.log[-1].committed_us
    assert verify(story, now_us=over_us + 24 * 3_600_000_000).violation is None
    overdue = verify(story, now_us=over_us + 24 * 3_600_000_000 + 2_000_000).violation
    assert overdue.name == "result-overdue"


def test_a_stake_on_a_match_that_was_abandoned_and_whose_market_is_not_void_is_found_after_a_minute():
    story = abandon(heard_with_a_bet())
    over_us = story.log[-1].committed_us
    assert verify(story, now_us=over_us + 60_000_000).violation is None
    overdue = verify(story, now_us=over_us + 62_000_000).violation
    assert (overdue.name, overdue.over_for_s) == ("result-overdue", 62)


def test_a_stake_on_a_match_that_never_kicked_off_is_found_after_a_fortnight():
    story, due_us = heard_with_a_bet(), micros_after(60)
    assert verify(story, now_us=due_us + 14 * 24 * 3_600_000_000).violation is None
    overdue = verify(story, now_us=due_us + 15 * 24 * 3_600_000_000).violation
    assert (overdue.name, overdue.fixture_id, overdue.due_for_s) == ("kick-off-overdue", FIXTURE, 15 * 24 * 3600)


@pytest.mark.parametrize("actor", ["abandonment", "replay"])
def test_a_match_that_did_not_kick_off_for_an_hour_may_be_abandoned_and_its_market_voided_by_rule(actor: str):
    story = abandon(heard_with_a_bet().at(60 + 3600), actor)
    void = MarketResulted(ALL_VOID, 0, 0, story.time, "not played within 1 hours", actor=actor)
    assert verify(story.add(MARKET, void)).violation is None


def heard_with_a_bet() -> Story:
    return strike(heard(), NOWHERE, Leg(MARKET, "home", FIRST["home"], 1))


def test_books_that_do_not_balance_in_the_end_are_named_with_the_account():
    fold = Fold()
    story = clean()
    fold.begin_stretch(story.log)
    for append in story.appends():
        fold.follow(append, (len(append),), append[0].committed_us, SCHEME)
    assert fold.imbalance() is None
    fold.state.house["EUR"] += 1
    assert fold.imbalance().evidence() == {"account": "all EUR", "expected_minor": 0, "found_minor": 1}
    fold.state.live[WALLET].reserved = 7
    assert fold.imbalance().evidence() == {"account": f"{ANN}:reserved", "expected_minor": 0, "found_minor": 7}


def test_views_are_compared_when_the_log_is_right_and_the_first_difference_is_named():
    differs = ViewDiffers(position=19, stream_id="", fact="", view="portfolio", key=ANN, in_log="100.00", in_view="99.00")
    assert verify(clean(), compare_views=[lambda _: (), lambda _: [differs]]).violation == differs
    wrong = clean().change(clean().place(FundsDeposited), available_minor=1)
    assert verify(wrong, compare_views=[lambda _: [differs]]).violation != differs


def test_progress_is_told_up_to_the_head():
    told: list[tuple[int, int]] = []
    story = people()
    verify(story, progress=lambda position, head: told.append((position, head)), facts_per_read=10)
    assert told == [(10, 42), (20, 42), (31, 42), (41, 42), (42, 42)]


MOVEMENTS = [
    FundsDeposited(ANN, 70_00, "r", 170_00, NOON),
    FundsWithdrawn(ANN, 70_00, "r", 30_00, NOON),
    StakeReserved(ANN, SINGLE, 5_00, 95_00, NOON),
    ReturnsPaid(ANN, SINGLE, 5_00, 7_00, 107_00, NOON),
    StakeRefunded(ANN, SINGLE, 5_00, 105_00, NOON),
    StakeLost(ANN, SINGLE, 5_00, 100_00, NOON),
    FundsDeposited(ANN, 70_00, "r", 130_00, NOON, 40_00),
    ReturnsPaid(ANN, SINGLE, 5_00, 7_00, 100_00, NOON, 2, 7_00),
    StakeRefunded(ANN, SINGLE, 5_00, 100_00, NOON, 1, 5_00),
    SettlementReversed(ANN, SINGLE, 1, 5_00, 130_00, 30_00, 0, NOON),
    SettlementReversed(ANN, SINGLE, 1, 5_00, 0, 0, 100_00, NOON),
]


@pytest.mark.parametrize("fact", MOVEMENTS, ids=[f"{type(fact).__name__}-{number}" for number, fact in enumerate(MOVEMENTS)])
def test_the_audit_moves_money_as_the_postings_say(fact: Any):
    state = AuditState()
    state.append = [Recorded(1, WALLET, 2, fact)]
    owes_minor = 40_00 if getattr(fact, "repaid_minor", 0) else 0
    wallet = AuditedWallet(1, account_id=ANN, currency="EUR", available=100_00, reserved=10_00, owed=owes_minor)
    with pytest.raises(ViolationFound, match=r"reserved|moved|paid|came in|undone"):
        WALLETS.follows[type(fact)](state, state.append[0], wallet, fact)
    ledger = {available(ANN): 100_00, reserved(ANN): 10_00, HOUSE: 0, PAYMENTS: 0, owed(ANN): -owes_minor}
    for source, destination, amount_minor in postings(fact):
        ledger[source] -= amount_minor
        ledger[destination] += amount_minor
    assert list(ledger.values()) == [wallet.available, wallet.reserved, state.house["EUR"], state.payments["EUR"], -wallet.owed]


def test_a_stream_that_is_over_stays_known_after_it_was_packed_and_saved():
    closed, streams = EndedStreams(), [derived("bet", str(number)) for number in range(2 * RECENT_MAX + 10)]
    for start in range(0, len(streams), RECENT_MAX + 1):
        closed.recent.update(streams[start : start + RECENT_MAX + 1])
        closed.among([])
    for known in (closed, EndedStreams.unpacked(closed.packed(), closed.key)):
        assert len(known) == len(streams)
        assert streams[0] in known
        assert streams[-1] in known
        assert NOWHERE not in known
        births = [Recorded(1, stream_id, 1, SignedIn(NOON)) for stream_id in (NOWHERE, streams[5], streams[RECENT_MAX])]
        assert set(known.among(births)) == {streams[5], streams[RECENT_MAX]}


def test_a_balance_is_told_for_any_moment_of_log_time_and_any_position():
    story = clean()
    assert balance_at(story, ANN).available_minor == 3_00
    place = story.place(StakeReserved, 1)
    assert msgspec.structs.astuple(balance_at(story, ANN, position=place)) == (ANN, "EUR", 90_00, 10_00, place)
    assert balance_at(story, ANN, at=after(0.5)).available_minor == 100_00
    assert balance_at(story, ANN, at=NOON - timedelta(days=1)).position == 0
    assert [recorded.position for recorded in replay_stream(story, SINGLE)] == [
        *(story.place(BetPlaced, 2), story.place(BetSettled)),
        *(story.place(BetSettlementReversed), story.place(BetSettled, 9)),
    ]


def test_a_balance_at_a_moment_does_not_hold_money_that_was_committed_later_whatever_its_fact_says():
    story = clean()
    paid = story.place(ReturnsPaid)
    story.change(paid, at=after(-3600))
    committed = story.log[paid - 1].committed_us
    assert balance_at(story, ANN, at=after(0) + timedelta(microseconds=committed - micros(NOON) - 1)).available_minor == 60_00
    assert balance_at(story, ANN, at=after(0) + timedelta(microseconds=committed - micros(NOON))).available_minor == 83_50
