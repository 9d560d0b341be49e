"""Sharing and tailing, over a log in memory: what is read where, what becomes one append, and what is refused."""

from typing import Any

import pytest

from commands.accounts.open_account import OpenAccount
from commands.betting.place_bet import BetReceipt
from commands.social.mentions import MentionUnknown
from commands.social.own_stake import TailStakeMalformed
from commands.social.share_slip import PickLeg, ShareBet, SharedSlip, SharePick
from commands.social.tail_slip import FadeImpossible, SlipSettled, TailSlip, TailWouldWait
from commands.social.worst_odds import OddsBelowWorst
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import TimeOut
from domain.account_gate.state import TimedOutNow
from domain.bet.decider import BetKeyReused, BetTypeUnknown, StakeOutOfRange
from domain.bet.facts import BetPlaced, Leg
from domain.bet.state import BetUnknown
from domain.fixture.commands import EndFixture, KickOff
from domain.follow.facts import Blocked
from domain.gate.commands import StopBetting
from domain.gate.decider import BettingOver, BettingSuspended
from domain.ids import derived, follow_of, pick_of, slip_of, tail_of
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, SetBetDelay, SuspendMarket
from domain.market.facts import Selection
from domain.market.state import MarketNotOpen, MarketSuspendedNow, MarketUnknown, SelectionUnknown
from domain.odds import parse
from domain.settling import RULES_CURRENT
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from domain.slip.decider import SlipKeyReused, SlipLegsMalformed, SlipTakenDown, SlipUnknown
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared
from domain.tail.decider import DailyCapReached, OwnSlipTailed, SideUnknown, TailKeyReused
from domain.tail.facts import SlipTailed, TailCounted
from domain.unknown import AccountUnknown
from domain.wallet.decider import InsufficientFunds, WalletUnknown
from domain.wallet.facts import StakeReserved
from tests.decisions.given import NOON, later
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, account, bet, deposit, double, market

MOD = derived("account", "mod")
SLIP_1, TAIL_1 = slip_of(BET_1), derived("bet", "tail 1")
THREE_WAY = derived("test", "three way")


def share(bet_id: str = BET_1, author_id: str = ANN, **changed: Any) -> ShareBet:
    said: dict[str, Any] = {"visibility": "public", "stake_shown": "hidden", "unit_minor": 0, "caption": "", "mentions": (), "tags": ()}
    return ShareBet(bet_id=bet_id, author_id=author_id, at=later(seconds=2), **{**said, **changed})


def pick(key: str = "k", *legs: PickLeg, author_id: str = ANN, **changed: Any) -> SharePick:
    legs = legs or (PickLeg(M1, "yes", parse("5")),)
    said: dict[str, Any] = {"type": "single", "visibility": "public", "caption": "", "mentions": (), "tags": ()}
    return SharePick(slip_id=pick_of(author_id, key), author_id=author_id, legs=legs, at=later(seconds=2), **{**said, **changed})


def tail(slip_id: str = SLIP_1, bet_id: str = TAIL_1, account_id: str = BOB, **changed: Any) -> TailSlip:
    said: dict[str, Any] = {"side": "tail", "stake_minor": 5_00, "percent_of_balance": None, "worst_odds": None, "at": later(seconds=3)}
    return TailSlip(bet_id=bet_id, account_id=account_id, slip_id=slip_id, **{**said, **changed})


@pytest.fixture
def book() -> Book:
    """Ann and Bob with a hundred each, a moderator; Ann's single and double; the first is shared."""
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    book.do(account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB, reference="ref-2"))
    book.do(OpenAccount(MOD, "mod", "mod@example.org", "argon2", "EUR", NOON), GrantRole(MOD, "moderator", "console", NOON))
    book.do(bet(), double(), share())
    return book


def test_a_shared_bet_is_its_placement(book: Book):
    leg = SlipLeg(F1, M1, "yes", parse("2.1"), 1)
    shared = SlipShared(ANN, "single", (leg,), "public", "hidden", later(seconds=2), BET_1, 10_00, "EUR")
    assert book.facts(SLIP_1) == [shared]
    receipt = book.do(share(BET_2, stake_shown="units", unit_minor=2_00, visibility="followers", tags=("derby",), mentions=(BOB,)))
    legs = (SlipLeg(F1, M1, "yes", parse("2.1"), 1), SlipLeg(F2, M2, "no", parse("1.7"), 1))
    said = ("followers", "units", later(seconds=2), BET_2, 10_00, "EUR", 2_00, "", (BOB,), ("derby",))
    assert receipt == SharedSlip(slip_of(BET_2), SlipShared(ANN, "multiple", legs, *said))


def test_a_bet_is_shared_once_and_sharing_it_again_is_a_repeat(book: Book):
    receipt, append = book.decide(share())
    assert receipt.shared == book.facts(SLIP_1)[0]
    assert not append.facts
    book.refused(SlipKeyReused, share(caption="s1." + "b" * 40))
    book.do(RemoveSlip(SLIP_1, ANN, NOON))
    book.refused(SlipTakenDown, share(), slip_id=SLIP_1)


def test_a_bet_of_another_and_no_bet_at_all_are_refused_alike(book: Book):
    book.refused(BetUnknown, share(author_id=BOB), bet_id=BET_1)
    book.refused(BetUnknown, share(TAIL_1), bet_id=TAIL_1)
    book.refused(BetUnknown, share(F1), bet_id=F1)


def test_who_is_mentioned_exists_and_blocks_nobody_who_mentions_them(book: Book):
    book.refused(AccountUnknown, share(BET_2, mentions=(F1,)), account_id=F1)
    book.record_in(follow_of(ANN, BOB), [Blocked(BOB, ANN, NOON)])
    book.refused(AccountUnknown, share(BET_2, mentions=(BOB,)), account_id=BOB)


def test_handles_in_a_caption_are_mentions_too_and_a_repeat_stands_when_they_block_later(book: Book):
    mentioning = share(BET_2, handles=("bob", "mod"), mentions=(MOD,))
    assert book.do(mentioning).shared.mentions == (MOD, BOB)
    book.record_in(follow_of(ANN, BOB), [Blocked(BOB, ANN, NOON)])
    assert not book.decide(mentioning)[1].facts
    book.refused(SlipKeyReused, share(BET_2, handles=("bob",)))
    book.refused(MentionUnknown, pick("h", handles=("nobody_at_all",)), handle="nobody_at_all")
    book.refused(MentionUnknown, pick("h", handles=("bob",)), handle="bob")


def test_a_pick_has_the_odds_that_its_author_says_and_no_stake(book: Book):
    receipt = book.do(pick())
    leg = SlipLeg(F1, M1, "yes", parse("5"))
    assert receipt.shared == SlipShared(ANN, "single", (leg,), "public", "hidden", later(seconds=2))
    book.do(CloseMarket(M1, NOON))
    assert not book.decide(pick())[1].facts
    book.refused(SlipKeyReused, pick("k", PickLeg(M1, "yes", parse("6"))))


def test_a_pick_after_the_final_whistle_is_refused_though_its_market_has_no_result_yet_and_a_repeat_stands(book: Book):
    book.do(pick(), KickOff(F1, NOON), EndFixture(F1, 1, 0, 1, 0, NOON))
    book.refused(BettingOver, pick("2"), cause="ended")
    assert not book.decide(pick())[1].facts


@pytest.mark.parametrize(
    ("command", "refusal", "evidence"),
    [
        (pick("2", PickLeg(F2, "yes", parse("5"))), MarketUnknown, {"market_id": F2}),
        (pick("2", PickLeg(M1, "maybe", parse("5"))), SelectionUnknown, {"selection": "maybe"}),
        (pick("2", PickLeg(M2, "yes", parse("5"))), MarketNotOpen, {"status": "closed"}),
        (pick("2", type="multiple"), BetTypeUnknown, {"legs": 1}),
        (pick("2", *[PickLeg(M1, "yes", parse("5"))] * 26), SlipLegsMalformed, {"legs": 26}),
        (pick("2", PickLeg(M1, "yes", parse("5")), PickLeg(M1, "no", parse("5")), type="multiple"), SlipLegsMalformed, {"legs": 2}),
    ],
)
def test_a_pick_is_refused_where_it_could_not_be_graded_or_is_over(book: Book, command: Any, refusal: Any, evidence: dict[str, Any]):
    book.do(SuspendMarket(M1, "goal", NOON), CloseMarket(M2, NOON))
    book.refused(refusal, command, **evidence)


def test_its_author_changes_and_removes_a_slip_and_a_moderator_holds_it(book: Book):
    book.do(ChangeSlip(SLIP_1, ANN, "followers", True, NOON))
    book.refused(ActorWithoutRole, HoldSlip(SLIP_1, "spam", "Why.", BOB, NOON), role="moderator")
    book.do(HoldSlip(SLIP_1, "spam", "Why.", MOD, NOON), ReleaseSlip(SLIP_1, MOD, NOON))
    receipt = book.do(RemoveSlip(SLIP_1, ANN, NOON))
    assert (receipt.removed, receipt.visibility, receipt.replies_closed) == (True, "followers", True)
    assert [type(fact) for fact in book.facts(SLIP_1)] == [SlipShared, SlipChanged, SlipHeld, SlipReleased, SlipRemoved]


def test_a_tail_is_the_same_bet_at_the_odds_of_its_moment_in_one_append(book: Book):
    book.do(PriceMarket(M1, {"yes": parse("2.2"), "no": parse("1.65")}, NOON))
    receipt, append = book.decide(tail())
    placed = BetPlaced(
        BOB, 5_00, "EUR", "single", (Leg(M1, "yes", parse("2.2"), 2, fixture_id=F1),), "exact", 11_00, later(seconds=3), rules=RULES_CURRENT
    )
    assert receipt == BetReceipt(TAIL_1, placed)
    assert {type(fact.body) for fact in append.facts} == {SlipTailed, TailCounted, StakeReserved, BetPlaced}
    tailed = SlipTailed(BOB, SLIP_1, ANN, TAIL_1, "tail", later(seconds=3), "2026-06-14")
    assert [fact.body for fact in append.facts if fact.stream_id == tail_of(TAIL_1)] == [tailed]
    assert append.facts[-1].stream_id == TAIL_1


def test_a_double_is_tailed_leg_by_leg_with_a_part_of_the_balance(book: Book):
    book.do(share(BET_2))
    placed = book.do(tail(slip_of(BET_2), stake_minor=None, percent_of_balance=7)).placed
    assert (placed.stake_minor, placed.type, [leg.selection for leg in placed.legs]) == (7_00, "multiple", ["yes", "no"])


def test_a_fade_is_the_opposite_side_where_there_is_one(book: Book):
    placed = book.do(tail(side="fade")).placed
    assert [(leg.selection, leg.odds.text) for leg in placed.legs] == [("no", "1.70")]
    assert book.facts(tail_of(TAIL_1))[0].side == "fade"
    book.do(share(BET_2))
    book.refused(FadeImpossible, tail(slip_of(BET_2), BET_2[:-1] + "0", side="fade"))
    selections = tuple(Selection(name, name) for name in ("home", "draw", "away"))
    prices = {"home": parse("2.35"), "draw": parse("3.2"), "away": parse("2.9")}
    book.do(OpenMarket(THREE_WAY, F1, "match_result", {}, selections, prices, 3_000, NOON))
    three = pick("three", PickLeg(THREE_WAY, "draw", parse("3.2")))
    book.do(three)
    book.refused(FadeImpossible, tail(three.slip_id, BET_2[:-1] + "0", side="fade"), slip_id=three.slip_id)


def test_a_repeated_tail_is_the_first_answer_whatever_happened_since(book: Book):
    first = book.do(tail(worst_odds=parse("2")))
    book.do(RemoveSlip(SLIP_1, ANN, NOON), CloseMarket(M1, NOON))
    receipt, append = book.decide(tail(worst_odds=parse("2")))
    assert (receipt, append.facts) == (first, [])
    assert book.do(tail(stake_minor=None, percent_of_balance=5)) == first
    book.refused(BetKeyReused, tail(stake_minor=6_00))
    book.refused(BetKeyReused, tail(worst_odds=parse("3")))
    book.refused(BetKeyReused, tail(account_id=ANN))
    book.refused(TailKeyReused, tail(side="fade"))
    book.refused(TailKeyReused, tail(slip_of(BET_2)))
    book.refused(BetKeyReused, tail(bet_id=BET_1, account_id=ANN))


def test_odds_that_fell_below_the_worst_are_refused_with_what_they_are(book: Book):
    book.refused(OddsBelowWorst, tail(worst_odds=parse("2.2")), worst="2.20", current="2.10")
    assert book.do(tail(worst_odds=parse("2.1"))).placed.legs[0].odds.text == "2.10"


def test_the_tails_of_a_day_are_capped_and_those_of_the_next_begin_anew(book: Book):
    first = book.do(tail(worst_odds=None, daily_cap_minor=9_00))
    more = {"bet_id": f"{BET_2[:-1]}0", "stake_minor": 4_01, "daily_cap_minor": 9_00}
    book.refused(DailyCapReached, tail(**more), daily_cap_minor=9_00, staked_minor=5_00, stake_minor=4_01)
    assert book.do(tail(daily_cap_minor=1)) == first, "a repeat is the first answer"
    assert book.do(tail(**{**more, "stake_minor": 4_00})).placed.stake_minor == 4_00
    book.refused(DailyCapReached, tail(bet_id=f"{BET_2[:-1]}1", stake_minor=1, daily_cap_minor=9_00), staked_minor=9_00)
    assert book.do(tail(bet_id=f"{BET_2[:-1]}1", stake_minor=1, daily_cap_minor=None))
    book.do(tail(bet_id=f"{BET_2[:-1]}2", stake_minor=2, daily_cap_minor=2, at=later(days=1)))


@pytest.mark.parametrize(
    ("command", "refusal", "evidence"),
    [
        (tail(side="both"), SideUnknown, {"side": "both"}),
        (tail(stake_minor=None), TailStakeMalformed, {}),
        (tail(percent_of_balance=5), TailStakeMalformed, {"percent_of_balance": 5}),
        (tail(stake_minor=None, percent_of_balance=0), TailStakeMalformed, {}),
        (tail(stake_minor=None, percent_of_balance=101), TailStakeMalformed, {}),
        (tail(F1), SlipUnknown, {"slip_id": F1}),
        (tail(account_id=ANN), OwnSlipTailed, {"slip_id": SLIP_1}),
        (tail(account_id=F2), WalletUnknown, {}),
        (tail(stake_minor=0), StakeOutOfRange, {}),
        (tail(stake_minor=500_00), InsufficientFunds, {"available_minor": 100_00}),
    ],
)
def test_a_tail_is_refused_by_name(book: Book, command: TailSlip, refusal: Any, evidence: dict[str, Any]):
    book.refused(refusal, command, **evidence)


@pytest.mark.parametrize(
    ("happened", "refusal"),
    [
        ([RemoveSlip(SLIP_1, ANN, NOON)], SlipUnknown),
        ([HoldSlip(SLIP_1, "spam", "Why.", MOD, NOON)], SlipUnknown),
        ([ChangeSlip(SLIP_1, ANN, "followers", None, NOON)], SlipUnknown),
        ([SuspendMarket(M1, "goal", NOON)], MarketSuspendedNow),
        ([CloseMarket(M1, NOON)], MarketNotOpen),
        ([StopBetting("sport", ("football",), "storm", NOON)], BettingSuspended),
        ([KickOff(F1, NOON), EndFixture(F1, 2, 1, 2, 1, NOON), ResultMarket(M1, NOON)], SlipSettled),
        ([SetBetDelay(M1, 5, NOON), KickOff(F1, NOON)], TailWouldWait),
        ([TimeOut(BOB, later(days=2), BOB, NOON)], TimedOutNow),
    ],
)
def test_what_happened_before_keeps_a_tail_away(book: Book, happened: list[Any], refusal: Any):
    book.do(*happened)
    book.refused(refusal, tail())


def test_a_block_keeps_a_tail_away_from_its_commit_on(book: Book):
    book.record_in(follow_of(ANN, BOB), [Blocked(ANN, BOB, NOON)])
    book.refused(SlipUnknown, tail(), slip_id=SLIP_1)
