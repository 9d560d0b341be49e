"""A mass void or a correction is approved as it was shown, and taken back as a whole: every balance is as if it had not been."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.audit.verify import verify
from commands.betting.cash_out import QuoteCashOut
from commands.betting.place_bet import PlaceBet
from commands.trading.four_eyes import ApproveProposal, AskAsTrader, BetsStillTaken, ProposalOvertaken
from commands.trading.previews import preview_of
from commands.trading.propose_abandonment import AskAbandonment
from commands.trading.proposing import ProposalReceipt
from domain.account.commands import GrantRole
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetSettled
from domain.gate.commands import ReopenBetting
from domain.ids import derived, wallet_of
from domain.market.commands import CorrectResult, ResultMarket, ResumeMarket, SuspendMarket, TakeBackResult
from domain.market.facts import MarketResulted
from domain.market.outcomes import ResultNotDecided
from domain.market.taking_back import NothingToTakeBack
from domain.proposal.facts import ProposalApproved
from domain.proposal.preview import PreviewedMoney, PreviewMissing, PreviewOutdated
from domain.settling import LOST, VOID, WON, LegResult
from domain.wallet.decider import WALLET
from tests.decisions.given import NOON
from tests.decisions.previewed import approval
from tests.decisions.test_cash_out import accept
from tests.decisions.test_use_cases import (
    ANN,
    BET_1,
    BET_2,
    BOB,
    F1,
    F2,
    M1,
    M2,
    ODDS,
    Book,
    account,
    bet,
    deposit,
    double,
    graded,
    market,
    settle,
)

F3, M3 = derived("test", "f3"), derived("test", "m3")
TOM, TIM = derived("account", "tom"), derived("account", "tim")


def opened_book() -> Book:
    book = Book()
    book.do(account(), deposit(), account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB), *market(M1, F1), *market(M2, F2))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


@pytest.fixture
def book() -> Book:
    return opened_book()


def ask(command: Any) -> AskAsTrader:
    return AskAsTrader(msgspec.structs.replace(command, actor=TOM))


def void(reason: str = "fog") -> AskAsTrader:
    return ask(ResultMarket(M1, NOON, reason))


def correction(home: int, away: int, **told: Any) -> AskAsTrader:
    return ask(CorrectResult(M1, home, away, "told wrong", NOON, **told))


TAKEN_BACK = ask(TakeBackResult(M1, 0, "it was right before", NOON))


def proposed(book: Book, asked: Any) -> str:
    receipt = book.do(asked)
    assert isinstance(receipt, ProposalReceipt)
    return receipt.proposal_id


def agree(book: Book, asked: Any) -> None:
    book.do(approval(book.store, proposed(book, asked), TIM))


def shown(book: Book, asked: Any) -> PreviewedMoney:
    preview = preview_of(book.store, proposed(book, asked))
    assert preview is not None
    (money,) = preview.money
    return money


def test_a_void_shows_the_bets_that_it_settles_and_what_goes_back_to_their_wallets(book: Book):
    book.do(bet(), bet(derived("bet", "3"), 5_00, BOB), double())
    assert shown(book, void()) == PreviewedMoney("EUR", 3, 25_00, 2, 15_00, 0, 0, paid_minor_max=32_00)


def test_a_market_whose_result_is_proposed_takes_no_more_bets(book: Book):
    proposed(book, void())
    assert book.do(SuspendMarket(M1, "result proposed", NOON)).status == "suspended"


def test_a_correction_shows_what_is_taken_back_and_who_does_not_have_it(book: Book):
    book.do(bet(), bet(derived("bet", "3"), 5_00, BOB), *graded(M1, F1, WON))
    book.do(settle(BET_1, M1), settle(derived("bet", "3"), M1, BOB), MoveMoney("withdrawal", ANN, 100_00, "EUR", "out", NOON))
    assert shown(book, correction(1, 0)) == PreviewedMoney("EUR", 2, 15_00, 2, -31_50, 1, 10_00, taken_minor_max=31_50)
    agree(book, correction(1, 0))
    book.do(settle(BET_1, M1), settle(derived("bet", "3"), M1, BOB))
    assert [balance(book, account_id) for account_id in (ANN, BOB)] == [(-10_00, 0), (95_00, 0)]


def test_an_abandonment_shows_every_market_of_the_match_and_a_bet_on_two_of_them_once(book: Book):
    m3 = derived("test", "m3")
    book.do(market(m3, F1)[1], bet(), double())
    assert shown(book, AskAbandonment(F1, "fog", NOON, TOM)) == PreviewedMoney("EUR", 2, 20_00, 1, 10_00, 0, 0, paid_minor_max=27_00)
    proposal_id = proposed(book, AskAbandonment(F1, "fog", NOON, TOM))
    book.do(ReopenBetting("fixture", (F1,), NOON, TIM))
    book.refused(BetsStillTaken, approval(book.store, proposal_id, TIM), proposal_id=proposal_id)


def test_what_was_not_shown_or_is_not_so_any_more_is_not_approved_and_the_answer_has_what_is(book: Book):
    book.do(bet())
    proposal_id = proposed(book, void())
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    book.refused(PreviewMissing, ApproveProposal(proposal_id, TIM, NOON, None, seen), preview=msgspec.to_builtins(seen))
    book.do(ResumeMarket(M1, ODDS, NOON, actor=TIM))
    now = preview_of(book.store, proposal_id)
    book.refused(BetsStillTaken, ApproveProposal(proposal_id, TIM, NOON, now, now))
    book.do(bet(derived("bet", "3"), 5_00, BOB, version=3), SuspendMarket(M1, "result proposed", NOON))
    now = preview_of(book.store, proposal_id)
    book.refused(PreviewOutdated, ApproveProposal(proposal_id, TIM, NOON, seen, now), preview=msgspec.to_builtins(now))
    book.refused(PreviewOutdated, ApproveProposal(proposal_id, TIM, NOON, seen, seen))
    book.do(ApproveProposal(proposal_id, TIM, NOON, now, now))
    assert book.facts(proposal_id)[-1] == ProposalApproved(TIM, NOON, now)
    assert preview_of(book.store, proposal_id) is None


def test_wallets_that_owe_less_by_then_than_was_shown_are_no_other_run_and_those_that_owe_more_are(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1), MoveMoney("withdrawal", ANN, 100_00, "EUR", "out", NOON))
    proposal_id = proposed(book, correction(1, 0))
    seen = preview_of(book.store, proposal_id)
    book.do(MoveMoney("withdrawal", ANN, 1_00, "EUR", "more", NOON))
    book.refused(PreviewOutdated, ApproveProposal(proposal_id, TIM, NOON, seen, preview_of(book.store, proposal_id)))
    book.do(deposit(5_00, "in"))
    book.do(ApproveProposal(proposal_id, TIM, NOON, seen, preview_of(book.store, proposal_id)))


@pytest.mark.parametrize("result", [WON, LOST, VOID])
def test_what_other_markets_settle_meanwhile_is_within_what_was_shown_at_most(book: Book, result: LegResult):
    book.do(bet(), double(), *graded(M1, F1, WON), settle(BET_1, M1), settle(BET_2, M1))
    proposal_id = proposed(book, correction(0, 0, void_reason="another match"))
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    assert seen.money == (PreviewedMoney("EUR", 2, 20_00, 1, -11_00, 0, 0, paid_minor_max=17_00, taken_minor_max=46_70),)
    book.do(*graded(M2, F2, result), settle(BET_2, M2))
    now = preview_of(book.store, proposal_id)
    assert now is not None
    change_minor = {WON: 0, LOST: -18_70, VOID: -11_00}[result]
    assert now.money == (PreviewedMoney("EUR", 2, 20_00, 2, -11_00 + change_minor, 0, 0, taken_minor_max=11_00 - change_minor),)
    book.do(ApproveProposal(proposal_id, TIM, NOON, seen, now))
    assert book.facts(proposal_id)[-1].preview == now


OF = {"single": (M1,), "multiple": (M1, M2), "trixie": (M1, M2, M3)}
CAME_OUT = st.sampled_from([WON, LOST, VOID])
CORRECTED = {WON: {"home": 1, "away": 1}, LOST: {"home": 1, "away": 0}, VOID: {"home": 0, "away": 0, "void_reason": "a wrong pitch"}}


@settings(max_examples=25)
@given(
    bets=st.lists(st.sampled_from(sorted(OF)), min_size=1, max_size=4),
    came_out=st.permutations([WON, LOST, VOID]),
    told=st.lists(st.integers(0, 4), max_size=2),
    others=st.tuples(CAME_OUT, CAME_OUT),
    other_first=st.booleans(),
    then=st.integers(0, 12),
)
def test_an_approval_does_not_wait_for_other_markets_to_come_out(
    bets: list[str], came_out: Any, told: list[int], others: Any, other_first: bool, then: int
):
    """The market has no result yet, or some that bets were told in part; `came_out` are these, and the one that is approved."""
    book = opened_book()
    book.do(*market(M3, F3))
    placed = {derived("bet", f"of {number}"): OF[kind] for number, kind in enumerate(bets)}
    for kind, (bet_id, markets) in zip(bets, placed.items(), strict=True):
        legs = tuple(AskedLeg(market_id, "yes", ODDS["yes"], 1) for market_id in markets)
        book.do(PlaceBet(bet_id, ANN, 4_04, "EUR", kind, legs, "exact", NOON))
    settling = {market_id: [settle(bet_id, market_id) for bet_id, on in placed.items() if market_id in on] for market_id in (M1, M2, M3)}
    book.do(*graded(M2, F2, others[0]), *settling[M2]) if other_first else None
    for number, (result, how_many) in enumerate(zip(came_out, told, strict=False)):
        agree(book, correction(**CORRECTED[result])) if number else book.do(*graded(M1, F1, result))
        book.do(*settling[M1][:how_many])
    proposal_id = proposed(book, correction(**CORRECTED[came_out[len(told)]]) if told else void())
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    meanwhile = [*settling[M2], *settling[M3], *(settling[M1] if told else ())]
    book.do(*(() if other_first else graded(M2, F2, others[0])), *graded(M3, F3, others[1]), *meanwhile[:then])
    before = balance(book, ANN)[0]
    book.do(ApproveProposal(proposal_id, TIM, NOON, seen, preview_of(book.store, proposal_id)))
    book.do(*settling[M1], *settling[M2], *settling[M3])
    assert before - seen.money[0].taken_minor_max <= balance(book, ANN)[0] <= before + seen.money[0].paid_minor_max
    assert verify(book.store).violation is None


def test_bets_that_the_result_before_has_not_reached_yet_may_be_paid_by_it_meanwhile_or_lose_what_the_one_before_that_paid(book: Book):
    book.do(bet(), bet(BET_2, 5_00), *graded(M1, F1, WON), settle(BET_1, M1), settle(BET_2, M1))
    agree(book, correction(1, 0))
    book.do(settle(BET_2, M1))
    proposal_id = proposed(book, correction(0, 0, void_reason="another match"))
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    assert seen.money == (PreviewedMoney("EUR", 2, 15_00, 2, -6_00, 0, 0, paid_minor_max=15_00, taken_minor_max=11_00),)
    book.do(settle(BET_1, M1))
    now = preview_of(book.store, proposal_id)
    assert now is not None
    assert now.money == (PreviewedMoney("EUR", 2, 15_00, 2, 15_00, 0, 0, paid_minor_max=15_00),)
    book.do(ApproveProposal(proposal_id, TIM, NOON, seen, now))


@pytest.mark.parametrize(("share", "paid_minor", "taken_minor"), [(50, 8_50, 17_85), (100, 0, 0)])
def test_of_what_is_cashed_out_meanwhile_nothing_is_paid_or_taken_back(book: Book, share: int, paid_minor: int, taken_minor: int):
    book.do(double(), *graded(M1, F1, WON), settle(BET_2, M1))
    proposal_id = proposed(book, correction(0, 0, void_reason="another match"))
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    assert seen.money == (PreviewedMoney("EUR", 1, 10_00, 0, 0, 0, 0, paid_minor_max=17_00, taken_minor_max=35_70),)
    book.do(accept(book.do(QuoteCashOut(BET_2, ANN, share, NOON))))
    now = preview_of(book.store, proposal_id)
    assert now is not None
    assert now.money == (PreviewedMoney("EUR", 1, 10_00, 0, 0, 0, 0, paid_minor, taken_minor),)
    book.do(ApproveProposal(proposal_id, TIM, NOON, seen, now))


def test_more_money_than_was_shown_at_most_is_not_approved(book: Book):
    book.do(double(), *graded(M2, F2, WON), settle(BET_2, M2))
    proposal_id = proposed(book, void())
    seen = preview_of(book.store, proposal_id)
    assert seen is not None
    assert (seen.money[0].settled, seen.money[0].paid_minor_max) == (1, 0)
    agree(book, ask(CorrectResult(M2, 1, 0, "told wrong", NOON)))
    book.do(settle(BET_2, M2))
    now = preview_of(book.store, proposal_id)
    assert now is not None
    assert (now.money[0].settled, now.money[0].paid_minor_max) == (1, 17_00)
    book.refused(PreviewOutdated, ApproveProposal(proposal_id, TIM, NOON, seen, now), preview=msgspec.to_builtins(now))
    book.do(ApproveProposal(proposal_id, TIM, NOON, now, now))


def test_a_correction_is_taken_back_to_the_result_before_it_with_all_that_it_was_graded_on(book: Book):
    book.do(*graded(M1, F1, WON))
    first = book.facts(M1)[-1]
    agree(book, correction(0, 0, void_reason="another match"))
    agree(book, TAKEN_BACK)
    again = msgspec.structs.replace(first, actor=TOM, number=3, reason="it was right before", takes_back=2)
    assert book.facts(M1)[-1] == again


def test_a_result_is_taken_back_once_by_whoever_proposed_that(book: Book):
    book.do(*graded(M1, F1, WON))
    agree(book, correction(1, 0))
    by_tim = AskAsTrader(msgspec.structs.replace(TAKEN_BACK.command, actor=TIM))
    second = proposed(book, by_tim)
    agree(book, TAKEN_BACK)
    with pytest.raises(ProposalOvertaken):
        preview_of(book.store, second)


def test_a_first_result_that_was_a_mistake_gives_way_to_the_score_once_that_decides(book: Book):
    book.refused(NothingToTakeBack, TAKEN_BACK)
    book.do(bet())
    agree(book, void())
    book.do(settle(BET_1, M1))
    book.refused(ResultNotDecided, TAKEN_BACK, phase="before")
    book.do(*graded(M1, F1, WON)[:2])
    agree(book, TAKEN_BACK)
    book.do(settle(BET_1, M1))
    assert book.facts(M1)[-1] == MarketResulted({"yes": WON, "no": LOST}, 2, 1, NOON, actor=TOM, number=2, reason="it was right before")
    assert balance(book, ANN) == (111_00, 0)


def balance(book: Book, account_id: str) -> tuple[int, int]:
    """What a wallet has available, less what it owes, and what it has reserved."""
    wallet = WALLET.initial
    for fact in book.facts(wallet_of(account_id)):
        wallet = WALLET.evolve(wallet, fact)
    return wallet.available_minor - wallet.owed_minor, wallet.reserved_minor


WHO = st.sampled_from([ANN, BOB])
DEPOSITS = st.lists(st.tuples(WHO, st.sampled_from([1, 3_00, 40_00])), max_size=4)
BETS = st.lists(st.tuples(st.sampled_from(["single", "double"]), WHO, st.sampled_from([1_00, 7_01])), min_size=1, max_size=5)
MISTAKES = st.lists(st.integers(1, 2), min_size=1, max_size=2)
HALFWAY = st.lists(st.integers(0, 5), min_size=1, max_size=2)
RESULTS = [{"home": 1, "away": 1}, {"home": 1, "away": 0}, {"home": 0, "away": 0, "void_reason": "a wrong pitch"}]


def lived(bets: Any, deposits: Any, mistakes: Any, halfway: Any, *, other_first: bool) -> Book:
    """Bets, a result, mistaken runs that are each settled in part and taken back, money that moves meanwhile, and the rest settled."""
    book, placed = opened_book(), []
    for number, (kind, account_id, stake_minor) in enumerate(bets):
        bet_id = derived("bet", f"of {number}")
        one = bet(bet_id, stake_minor, account_id) if kind == "single" else msgspec.structs.replace(double(bet_id), account_id=account_id)
        book.do(one)
        placed.append((bet_id, account_id, kind))
    settling = [(bet_id, M1, account_id) for bet_id, account_id, _ in placed]
    others = [(bet_id, M2, account_id) for bet_id, account_id, kind in placed if kind == "double"]
    book.do(*graded(M2, F2, LOST)) if other_first else None
    book.do(*(settle(*what) for what in others)) if other_first else None
    book.do(*graded(M1, F1, WON), *(settle(*what) for what in settling))
    for number, result in enumerate(mistakes):
        agree(book, correction(**RESULTS[result]))
        book.do(*(settle(*what) for what in settling[: halfway[number % len(halfway)]]))
        pay_in(book, deposits if not number else ())
        agree(book, TAKEN_BACK)
        book.do(*(settle(*what) for what in settling))
    if not mistakes:
        pay_in(book, deposits)
    if not other_first:
        book.do(*graded(M2, F2, LOST), *(settle(*what) for what in others))
    return book


def pay_in(book: Book, deposits: Any) -> None:
    book.do(*(deposit(minor, f"in {index}", account_id) for index, (account_id, minor) in enumerate(deposits)))


@settings(max_examples=25)
@given(bets=BETS, deposits=DEPOSITS, mistakes=MISTAKES, halfway=HALFWAY, other_first=st.booleans())
def test_a_run_that_was_taken_back_leaves_every_balance_as_if_it_had_not_been(
    bets: Any, deposits: Any, mistakes: Any, halfway: Any, other_first: Any
):
    undone = lived(bets, deposits, mistakes, halfway, other_first=other_first)
    never = lived(bets, deposits, [], [0], other_first=other_first)
    assert [balance(undone, each) for each in (ANN, BOB)] == [balance(never, each) for each in (ANN, BOB)]


def test_what_is_taken_back_repays_what_was_owed_meanwhile(book: Book):
    book.do(bet(), *graded(M1, F1, WON), settle(BET_1, M1), MoveMoney("withdrawal", ANN, 105_00, "EUR", "out", NOON))
    agree(book, correction(1, 0))
    book.do(settle(BET_1, M1))
    assert balance(book, ANN) == (-15_00, 0)
    agree(book, TAKEN_BACK)
    book.do(settle(BET_1, M1))
    assert balance(book, ANN) == (6_00, 0)


def test_a_double_is_settled_anew_by_a_run_and_by_its_undoing(book: Book):
    book.do(double(), *graded(M1, F1, WON), settle(BET_2, M1), *graded(M2, F2, LOST), settle(BET_2, M2))
    agree(book, correction(0, 0, void_reason="another match"))
    assert book.do(settle(BET_2, M1)).returns_minor == 17_00
    agree(book, TAKEN_BACK)
    assert book.do(settle(BET_2, M1)).returns_minor == 35_70
    assert [fact.results for fact in book.facts(BET_2) if isinstance(fact, BetSettled)] == [(WON, WON), (VOID, WON), (WON, WON)]
