"""Bets that were struck in a window of the log's time are void on a market, whatever it comes out as; that is taken back, too."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.audit.verify import verify
from commands.betting.cash_out import CashOutLegVoid
from commands.betting.end_bet_delay import EndBetDelay
from commands.betting.place_bet import PlaceBet
from commands.trading.four_eyes import ApproveProposal, AskAsTrader
from commands.trading.previews import preview_of
from commands.trading.propose_abandonment import AskAbandonment
from commands.trading.proposing import ProposalReceipt
from domain.bet.commands import AnswerReferral, AskedLeg
from domain.bet.facts import BetPending, BetPlaced, BetSettled
from domain.fact import moment
from domain.fixture.commands import KickOff
from domain.ids import derived
from domain.market.commands import CorrectResult, LimitPayout, RestoreBets, ResultMarket, SetBetDelay, TakeBackResult, VoidBets
from domain.market.facts import MarketVoidWindowsSet, VoidWindow
from domain.market.void_windows import WINDOWS_MAX, TooManyWindows, WindowMalformed, WindowNeedsApproval, WindowUnknown
from domain.odds import parse
from domain.producer.commands import Beat
from domain.proposal.preview import PreviewedMoney, PreviewOutdated
from domain.settling import LOST, VOID, WON
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, later
from tests.decisions.previewed import approval
from tests.decisions.test_bonuses import crediting, holds, of_bonus
from tests.decisions.test_cash_out import accept, ask
from tests.decisions.test_free_bets import free, granting, held_by
from tests.decisions.test_previews import TIM, TOM, balance, opened_book
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, bet, double, graded, settle

SECOND = later(seconds=1)
WINDOW = VoidWindow(SECOND, later(seconds=2))
BEFORE, WITHIN, AFTER = (derived("bet", name) for name in ("before", "within", "after"))


@pytest.fixture
def fresh() -> Iterator[Book]:
    """Two open markets and no bets; the audit is asked in the end."""
    book = opened_book()
    yield book
    proven(book)


@pytest.fixture
def book(fresh: Book) -> Book:
    """A bet in each of three seconds, the second one in the window, and a double in it."""
    fresh.do(bet(BEFORE, 5_00))
    fresh.wait(1_000)
    fresh.do(bet(WITHIN, 10_00), double())
    fresh.wait(1_000)
    fresh.do(bet(AFTER, 20_00))
    return fresh


def proven(book: Book) -> None:
    found = verify(book.store)
    assert found.violation is None, found.violation


def void(window: VoidWindow = WINDOW, reason: str = "a goal nobody saw", actor: str = TOM) -> VoidBets:
    return VoidBets(M1, window, reason, NOON, actor)


def restored(window: VoidWindow = WINDOW) -> RestoreBets:
    return RestoreBets(M1, window, "it was seen", NOON, TOM)


def agree(book: Book, command: Any) -> Any:
    receipt = book.do(AskAsTrader(command))
    assert isinstance(receipt, ProposalReceipt)
    return book.do(approval(book.store, receipt.proposal_id, TIM))


def settle_all(book: Book) -> None:
    book.do(*(settle(bet_id, M1) for bet_id in (BEFORE, WITHIN, AFTER, BET_2)))


def came(book: Book) -> list[str]:
    return [outcomes(book, each)[-1] for each in (BEFORE, WITHIN, AFTER)]


def outcomes(book: Book, bet_id: str = BET_1) -> list[str]:
    return [fact.outcome for fact in book.facts(bet_id) if isinstance(fact, BetSettled)]


def test_bets_of_the_window_are_void_when_the_market_comes_out_and_all_others_stand(book: Book):
    agree(book, void())
    assert book.facts(M1)[-1] == MarketVoidWindowsSet((WINDOW,), 0, "a goal nobody saw", NOON, TOM)
    book.do(*graded(M1, F1, WON))
    settle_all(book)
    assert came(book) == ["won", "void", "won"]
    assert book.facts(BET_2)[-1].results == (VOID, None)
    assert book.do(*graded(M2, F2, LOST), settle(BET_2, M2)).returns_minor == 17_00


def test_bets_that_were_settled_are_settled_anew_and_what_was_paid_is_taken_back(book: Book):
    book.do(*graded(M1, F1, WON))
    settle_all(book)
    held = balance(book, ANN)
    agree(book, void())
    assert book.facts(M1)[-1].number == 2
    settle_all(book)
    assert came(book) == ["won", "void", "won"]
    assert balance(book, ANN) == (held[0] - 11_00, held[1])
    agree(book, restored())
    settle_all(book)
    assert (came(book), balance(book, ANN), book.facts(M1)[-1].number) == (["won", "won", "won"], held, 3)


def test_a_window_shows_its_own_bets_alone_and_what_wallets_would_hold_less(book: Book):
    receipt = book.do(AskAsTrader(void()))
    preview = preview_of(book.store, receipt.proposal_id)
    assert preview is not None
    assert (preview.version, preview.money) == (0, (PreviewedMoney("EUR", 2, 20_00, 0, 0, 0, 0),))
    book.do(*graded(M1, F1, WON))
    book.refused(PreviewOutdated, ApproveProposal(receipt.proposal_id, TIM, NOON, preview, preview))
    settle_all(book)
    book.do(MoveMoney("withdrawal", ANN, 120_00, "EUR", "out", NOON))
    left = balance(book, ANN)[0]
    again = preview_of(book.store, receipt.proposal_id)
    assert again is not None
    assert again.money == (PreviewedMoney("EUR", 2, 20_00, 1, -11_00, 1, 11_00 - left, 17_00, 46_70),)


def test_a_result_after_a_window_is_taken_back_to_the_one_before_and_the_window_stays(book: Book):
    book.do(*graded(M1, F1, WON))
    agree(book, void())
    agree(book, CorrectResult(M1, 1, 0, "told wrong", NOON, actor=TOM))
    agree(book, TakeBackResult(M1, 0, "it was right", NOON, TOM))
    assert (book.facts(M1)[-1].number, book.facts(M1)[-1].takes_back) == (4, 3)
    settle_all(book)
    assert came(book) == ["won", "void", "won"]


def test_what_is_no_window_or_not_over_is_refused_and_so_is_what_is_not_void(book: Book):
    for start, end in ((SECOND, SECOND), (later(seconds=2), SECOND), (SECOND, moment(book.now_us + 1))):
        book.refused(WindowMalformed, AskAsTrader(void(VoidWindow(start, end))), market_id=M1)
    book.refused(ReasonMalformed, AskAsTrader(void(reason="")))
    book.refused(WindowUnknown, AskAsTrader(restored()), windows=[])
    agree(book, void())
    other = VoidWindow(NOON, SECOND)
    told = "2026-06-14T12:00:01+00:00/2026-06-14T12:00:02+00:00"
    book.refused(WindowUnknown, AskAsTrader(restored(other)), market_id=M1, windows=[told])
    assert not isinstance(book.do(AskAsTrader(void())), ProposalReceipt)
    for number in range(1, WINDOWS_MAX):
        agree(book, void(VoidWindow(NOON, later(seconds=number / 100))))
    book.refused(TooManyWindows, AskAsTrader(void(VoidWindow(NOON, later(seconds=2)))), windows_max=WINDOWS_MAX)


def test_a_feed_voids_bets_alone_and_nobody_else_does(book: Book):
    book.refused(WindowNeedsApproval, void())
    book.do(Beat("uof-1", 10_000, NOON), void(actor="uof-1"))
    assert book.facts(M1)[-1].windows == (WINDOW,)
    book.refused(WindowNeedsApproval, restored())
    book.do(msgspec.structs.replace(restored(), actor="uof-1"))
    assert book.facts(M1)[-1].windows == ()


def test_a_bet_in_two_windows_stays_void_until_both_are_taken_back(book: Book):
    wider = VoidWindow(NOON, later(seconds=1, microseconds=1))
    book.do(*graded(M1, F1, WON))
    agree(book, void())
    agree(book, void(wider))
    settle_all(book)
    assert came(book) == ["void", "void", "won"]
    agree(book, restored())
    settle_all(book)
    assert came(book) == ["void", "void", "won"]
    agree(book, restored(wider))
    settle_all(book)
    assert (came(book), outcomes(book, WITHIN)) == (["won", "won", "won"], ["void", "won"])


def test_a_window_that_is_taken_back_before_the_result_leaves_no_trace_on_any_bet(book: Book):
    agree(book, void())
    agree(book, restored())
    book.do(*graded(M1, F1, WON))
    settle_all(book)
    assert (outcomes(book, WITHIN), [fact.number for fact in book.facts(M1)[-3:-1]]) == (["won"], [0, 0])


def test_an_abandonment_counts_no_market_that_came_out_and_had_a_window_since(book: Book):
    book.do(KickOff(F1, NOON))
    agree(book, ResultMarket(M1, NOON, "fog", actor=TOM))
    agree(book, void())
    receipt = book.do(AskAbandonment(F1, "fog", NOON, TOM))
    preview = preview_of(book.store, receipt.proposal_id)
    assert preview is not None
    assert preview.money == ()


def test_the_moment_that_counts_is_that_at_which_a_bet_was_struck_and_not_that_it_waited_from(fresh: Book):
    fresh.do(SetBetDelay(M1, 5, NOON), LimitPayout(M2, 21_00, "few know it", NOON, TOM, 105_00, 60), KickOff(F1, NOON))
    referred = PlaceBet(BET_2, ANN, 40_00, "EUR", "single", (AskedLeg(M2, "no", parse("1.7"), 1),), "exact", NOON, refer=True)
    fresh.do(bet(), referred)
    assert [type(fresh.facts(each)[0]) for each in (BET_1, BET_2)] == [BetPending, BetPending]
    fresh.wait(6_000)
    fresh.do(EndBetDelay(BET_1, NOON), AnswerReferral(BET_2, 10_00, TOM, NOON))
    assert [type(fresh.facts(each)[-1]) for each in (BET_1, BET_2)] == [BetPlaced, BetPlaced]
    fresh.wait(1_000)
    asked, struck = VoidWindow(NOON, SECOND), VoidWindow(later(seconds=6), later(seconds=7))
    fresh.do(*graded(M1, F1, WON)[1:], *graded(M2, F2, LOST))
    for market_id, bet_id in ((M1, BET_1), (M2, BET_2)):
        agree(fresh, VoidBets(market_id, asked, "unseen", NOON, TOM))
        fresh.do(settle(bet_id, market_id))
        agree(fresh, VoidBets(market_id, struck, "unseen", NOON, TOM))
        fresh.do(settle(bet_id, market_id))
        assert outcomes(fresh, bet_id) == ["won", "void"]


def test_both_selections_of_the_market_are_void_in_a_bet_with_several_of_them(fresh: Book):
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M1, "no", parse("1.7"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    fresh.do(PlaceBet(BET_1, ANN, 10_00, "EUR", "multiple", legs, "exact", NOON))
    fresh.wait(1_000)
    fresh.do(*graded(M1, F1, WON), *graded(M2, F2, LOST), settle(BET_1, M1), settle(BET_1, M2))
    agree(fresh, void(VoidWindow(NOON, SECOND)))
    fresh.do(settle(BET_1, M1))
    settled = fresh.facts(BET_1)[-1]
    assert (settled.results, settled.returns_minor, settled.settlement) == ((VOID, VOID, WON), 17_00, 2)


def test_a_bet_in_a_window_is_not_cashed_out_until_that_is_taken_back_and_a_part_that_was_stays_so(book: Book):
    offer = book.do(ask(WITHIN, 50))
    book.do(accept(offer))
    agree(book, void())
    book.refused(CashOutLegVoid, ask(WITHIN), market_id=M1)
    book.refused(CashOutLegVoid, accept(offer, "another"), market_id=M1)
    assert book.do(ask(BEFORE)).offer_minor > 0
    agree(book, restored())
    assert book.do(ask(WITHIN)).stake_minor == 5_00
    agree(book, void())
    book.do(*graded(M1, F1, WON), settle(WITHIN, M1))
    settled = book.facts(WITHIN)[-1]
    assert (settled.outcome, settled.stake_minor, settled.cashed_out_minor) == ("void", 5_00, offer.offer_minor)
    agree(book, restored())
    book.do(settle(WITHIN, M1))
    assert book.facts(WITHIN)[-1].returns_minor == 10_50


def test_a_bet_that_was_cashed_out_whole_stays_so(book: Book):
    offer = book.do(ask(WITHIN))
    book.do(accept(offer), *graded(M1, F1, WON))
    before = book.facts(WITHIN)
    agree(book, void())
    book.do(settle(WITHIN, M1))
    assert book.facts(WITHIN) == before


def test_a_free_bet_and_a_bonus_are_given_back_and_taken_again(fresh: Book):
    fresh.do(granting(), crediting(), free(), of_bonus(BET_2))
    fresh.wait(1_000)
    window = VoidWindow(NOON, SECOND)
    fresh.do(*graded(M1, F1, WON), settle(BET_1, M1), settle(BET_2, M1))
    held, bonus, free_bet = balance(fresh, ANN), holds(fresh), held_by(fresh)
    agree(fresh, void(window))
    fresh.do(settle(BET_1, M1), settle(BET_2, M1))
    assert (outcomes(fresh, BET_1)[-1], outcomes(fresh, BET_2)[-1]) == ("void", "void")
    assert (balance(fresh, ANN), holds(fresh)[1], held_by(fresh)) == ((held[0] - 11_00, held[1]), 10_00, ())
    agree(fresh, restored(window))
    fresh.do(settle(BET_1, M1), settle(BET_2, M1))
    assert (balance(fresh, ANN), holds(fresh), held_by(fresh)) == (held, bonus, free_bet)


WHAT = st.one_of(
    st.tuples(st.just("bet"), st.sampled_from([ANN, BOB]), st.booleans()),
    st.tuples(st.just("void"), st.integers(0, 8), st.integers(1, 8)),
    st.tuples(st.just("restore"), st.integers(0, 3)),
    st.tuples(st.just("settle"), st.integers(0, 5)),
    st.tuples(st.just("result")),
)


class Windowed:
    """A history with windows of half seconds, beside a list of what holds."""

    def __init__(self) -> None:
        self.book = opened_book()
        self.halves = 0
        self.struck: dict[str, tuple[int, str, bool]] = {}
        self.windows: list[tuple[int, int]] = []
        self.is_resulted = False

    def happen(self, op: tuple[Any, ...]) -> None:
        match op:
            case ("bet", account_id, is_double) if not self.is_resulted:
                bet_id = derived("bet", f"of {len(self.struck)}")
                two = msgspec.structs.replace(double(bet_id), account_id=account_id)
                self.book.do(two if is_double else bet(bet_id, 7_01, account_id))
                self.struck[bet_id] = (self.halves, account_id, is_double)
            case ("void", start, span) if start + span <= self.halves and (start, start + span) not in self.windows:
                self.windows.append((start, start + span))
                agree(self.book, void(self._window(self.windows[-1])))
            case ("restore", index) if index < len(self.windows):
                agree(self.book, restored(self._window(self.windows.pop(index))))
            case ("settle", count) if self.is_resulted:
                self.settle(list(self.struck)[:count])
            case ("result",) if not self.is_resulted:
                self.book.do(*graded(M1, F1, WON))
                self.is_resulted = True
        self.book.wait(500)
        self.halves += 1

    def settle(self, bet_ids: list[str]) -> None:
        self.book.do(*(settle(bet_id, M1, self.struck[bet_id][1]) for bet_id in bet_ids))

    def end(self) -> None:
        self.happen(("result",))
        self.book.do(*graded(M2, F2, LOST))
        self.settle(list(self.struck))
        self.book.do(*(settle(bet_id, M2, account_id) for bet_id, (_, account_id, is_double) in self.struck.items() if is_double))

    def _window(self, halves: tuple[int, int]) -> VoidWindow:
        return VoidWindow(*(later(seconds=each / 2) for each in halves))


@settings(max_examples=20)
@given(ops=st.lists(WHAT, min_size=4, max_size=14))
def test_whatever_windows_come_and_go_a_bet_is_void_just_where_one_that_holds_has_it(ops: list[tuple[Any, ...]]):
    lived, never = Windowed(), Windowed()
    for op in ops:
        lived.happen(op)
        never.happen(op if op[0] in ("bet", "result") else ("wait",))
    lived.end()
    never.end()
    for bet_id, (at, _, is_double) in lived.struck.items():
        result = VOID if any(start <= at < end for start, end in lived.windows) else WON
        settled = lived.book.facts(bet_id)[-1]
        assert isinstance(settled, BetSettled)
        assert settled.results == ((result, WON) if is_double else (result,))
    while lived.windows:
        lived.happen(("restore", 0))
    lived.settle(list(lived.struck))
    assert [balance(lived.book, each) for each in (ANN, BOB)] == [balance(never.book, each) for each in (ANN, BOB)]
    proven(lived.book)
