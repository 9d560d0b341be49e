"""What one member of staff gives an account alone is bounded within a day; more is proposed, and another trader approves it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from commands.audit import verify
from commands.betting.bonuses import BonusReceipt
from commands.betting.free_bets import FreeBetReceipt
from commands.trading.four_eyes import ApproveProposal, ProposalOvertaken, ProposerWithoutRole, RejectProposal
from commands.trading.proposing import LIFE_US, ProposalReceipt
from domain.account.commands import GrantRole, RevokeRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import ExcludeSelf
from domain.account_gate.state import SelfExcludedNow
from domain.bonus.commands import CreditBonus
from domain.bonus.decider import BonusAmountOutOfRange
from domain.free_bet.commands import GrantFreeBet
from domain.free_bet.decider import FreeBetExpiryOutOfRange, FreeBetIdReused
from domain.free_bet.facts import FreeBetGranted
from domain.gifts.commands import CountGift
from domain.gifts.decider import GIFTS, GiftNeedsApproval
from domain.gifts.facts import GiftCounted
from domain.ids import bonus_of, free_bet_of, gifts_of
from domain.odds import parse
from domain.proposal.decider import ApprovalByProposer
from domain.proposal.facts import ProposalApproved
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, later
from tests.decisions.test_corrections import TIM, TOM
from tests.decisions.test_use_cases import ANN, BOB, Book, account

HOUR_MS = 3_600_000


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), account(BOB, "bob", "bob@example.org"))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


def free_bet(amount_minor: int, key: str = "one", actor: str = TOM, account_id: str = ANN, **changes: Any) -> GrantFreeBet:
    what = (free_bet_of(account_id, key), account_id, amount_minor, "EUR", later(days=7), "a complaint", actor, NOON)
    return msgspec.structs.replace(GrantFreeBet(*what), **changes)


def bonus(amount_minor: int, key: str = "one", actor: str = TOM) -> CreditBonus:
    terms = (amount_minor, "EUR", 5, parse("1.5"), 1_00, later(days=7))
    return CreditBonus(bonus_of(ANN, key), ANN, *terms, "a complaint", actor, NOON)


def proposed(book: Book, ask: GrantFreeBet | CreditBonus) -> ProposalReceipt:
    receipt = book.do(ask)
    assert isinstance(receipt, ProposalReceipt), receipt
    return receipt


def proven(book: Book) -> None:
    found = verify(book.store)
    assert found.violation is None, found.violation


def test_one_gives_a_hundred_alone_and_a_cent_more_waits_for_another(book: Book):
    assert isinstance(book.do(free_bet(100_00)), FreeBetReceipt)
    (counted,) = book.facts(gifts_of(TOM, ANN))
    assert counted == GiftCounted(ANN, TOM, free_bet_of(ANN, "one"), 100_00, "EUR", 100_00, 1, NOON)
    receipt = proposed(book, free_bet(100_01, actor=TIM, key="two"))
    assert (receipt.status, receipt.action, receipt.account_id, receipt.market_id) == ("open", "grant_free_bet", ANN, "")
    assert (book.facts(free_bet_of(ANN, "two")), book.facts(gifts_of(TIM, ANN))) == ([], [])
    assert book.facts(receipt.proposal_id)[0].cause == GiftNeedsApproval.title
    proven(book)


def test_free_bets_and_bonuses_of_a_day_count_together_for_each_giver_and_account(book: Book):
    book.do(free_bet(60_00))
    assert proposed(book, bonus(60_00)).action == "credit_bonus"
    assert isinstance(book.do(bonus(40_00)), BonusReceipt)
    proposed(book, free_bet(1, "a cent"))
    assert isinstance(book.do(free_bet(60_00, "by tim", TIM)), FreeBetReceipt)
    assert isinstance(book.do(free_bet(60_00, "to bob", account_id=BOB)), FreeBetReceipt)
    assert [fact.sum_minor for fact in book.facts(gifts_of(TOM, ANN))] == [60_00, 100_00]
    proven(book)


def test_a_day_is_over_by_the_logs_time_and_not_by_what_the_giver_says(book: Book):
    book.do(free_bet(60_00))
    book.wait(24 * HOUR_MS)
    proposed(book, free_bet(60_00, "two", at=later(days=3)))
    book.wait(HOUR_MS)
    assert isinstance(book.do(free_bet(60_00, "three")), FreeBetReceipt)
    proven(book)


def test_of_two_gifts_at_once_the_second_is_decided_with_the_first(book: Book):
    appends = [book.decide(free_bet(60_00, key))[1] for key in ("left", "right")]
    assert [verdict.accepted for verdict in book.store.append_many(appends).verdicts] == [True, False]
    proposed(book, free_bet(60_00, "right"))


def test_an_approved_gift_is_its_proposers_and_does_not_count_as_given_alone(book: Book):
    book.do(free_bet(60_00))
    receipt = proposed(book, free_bet(150_00, "large"))
    book.refused(ApprovalByProposer, ApproveProposal(receipt.proposal_id, TOM, NOON))
    agree = ApproveProposal(receipt.proposal_id, TIM, later(minutes=1))
    assert [type(new.body) for new in book.decide(agree)[1].facts] == [ProposalApproved, FreeBetGranted]
    assert book.do(agree).status == "approved"
    (granted,) = book.facts(free_bet_of(ANN, "large"))
    assert (granted.actor, granted.amount_minor, granted.at) == (TOM, 150_00, later(minutes=1))
    assert isinstance(book.do(bonus(40_00)), BonusReceipt)
    assert book.do(agree).status == "approved"
    assert isinstance(book.do(free_bet(150_00, "large")), FreeBetReceipt)
    credit = proposed(book, bonus(500_00, "large"))
    book.do(ApproveProposal(credit.proposal_id, TIM, NOON))
    assert book.facts(bonus_of(ANN, "large"))[0].amount_minor == 500_00
    proven(book)


def test_the_same_is_proposed_once_until_it_was_rejected_or_given_otherwise(book: Book):
    first = proposed(book, free_bet(150_00))
    assert proposed(book, free_bet(150_00, at=later(minutes=1))) == first
    book.do(RejectProposal(first.proposal_id, TIM, "too much", NOON))
    again, by_tim = proposed(book, free_bet(150_00)), proposed(book, free_bet(150_00, actor=TIM))
    assert len({first.proposal_id, again.proposal_id, by_tim.proposal_id}) == 3
    book.do(ApproveProposal(again.proposal_id, TIM, NOON))
    book.refused(ProposalOvertaken, ApproveProposal(by_tim.proposal_id, TOM, NOON))
    book.refused(FreeBetIdReused, free_bet(151_00))


def test_what_could_not_be_given_is_neither_proposed_nor_approved(book: Book):
    book.refused(ActorWithoutRole, free_bet(150_00, actor=BOB))
    book.refused(BonusAmountOutOfRange, bonus(10_000_01))
    book.refused(ReasonMalformed, free_bet(150_00, reason=""))
    soon = proposed(book, free_bet(150_00, "soon", expires_at=later(minutes=5)))
    leaves = proposed(book, free_bet(150_00, "of one who leaves"))
    to_bob = proposed(book, free_bet(150_00, "bob", account_id=BOB))
    book.do(ExcludeSelf(BOB, None, BOB, NOON))
    book.refused(SelfExcludedNow, free_bet(150_00, "more", account_id=BOB))
    book.refused(SelfExcludedNow, ApproveProposal(to_bob.proposal_id, TIM, NOON))
    book.wait(300_000)
    book.refused(FreeBetExpiryOutOfRange, ApproveProposal(soon.proposal_id, TIM, NOON))
    book.do(RevokeRole(TOM, "trader", "console", NOON))
    book.refused(ProposerWithoutRole, ApproveProposal(leaves.proposal_id, TIM, NOON))
    assert LIFE_US > 300_000_000
    proven(book)


def test_the_operators_console_gives_alone(book: Book):
    assert isinstance(book.do(free_bet(150_00, actor="console")), FreeBetReceipt)
    assert book.facts(gifts_of("console", ANN)) == []
    proven(book)


@every(st.lists(st.tuples(st.integers(1, 60_00), st.integers(0, 30)), max_size=30))
def test_no_order_of_gifts_passes_the_sum_of_a_day(steps: list[tuple[int, int]]):
    state, hour, given = GIFTS.initial, 0, list[tuple[int, int]]()
    for amount_minor, hours in steps:
        hour += hours
        gift = CountGift(ANN, TOM, "g", amount_minor, "EUR", later(hours=hour))
        sum_minor = amount_minor + sum(minor for at, minor in given if at >= hour - 24)
        if sum_minor > 100_00:
            with pytest.raises(GiftNeedsApproval):
                GIFTS.decide(state, gift)
            continue
        (fact,) = GIFTS.decide(state, gift)
        state = GIFTS.evolve(state, fact)
        given.append((hour, amount_minor))
        assert fact.sum_minor == sum_minor
        assert len(state.hours) <= 25
