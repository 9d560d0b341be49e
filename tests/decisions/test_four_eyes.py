"""What one trader asks for acts at once within the bounds; beyond them, and for every result, another trader has to agree."""

from typing import Any

import msgspec
import pytest

from commands.dispatch.lanes import Lane
from commands.ports import Read
from commands.registry import USE_CASES
from commands.trading.authority import TraderUnknown
from commands.trading.four_eyes import (
    ApproveProposal,
    AskAsTrader,
    ProposalExpired,
    ProposalOvertaken,
    RejectProposal,
)
from commands.trading.previews import preview_of
from commands.trading.propose_abandonment import AskAbandonment
from commands.trading.proposing import ALIKE_MAX, LIFE_US, ProposalReceipt
from commands.trading.run_fixture import AbandonmentNeedsApproval, FixtureReceipt
from commands.trading.run_market import MarketReceipt
from domain.account.commands import GrantRole
from domain.fixture.commands import AbandonFixture, ChangeScore, KickOff
from domain.fixture.decider import AlreadyAbandoned, FixtureNotLive
from domain.fixture.facts import FixtureAbandoned
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.decider import BettingSuspended
from domain.gate.facts import BettingEnded, BettingStopped
from domain.ids import derived, gate_of
from domain.market.commands import InContext, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketPriced, MarketResulted
from domain.market.outcomes import ApprovalNeeded, PricesOutOfBounds, ResultContradictsScore, ResultNotDecided, VoidNeedsApproval
from domain.market.state import MarketSuspendedNow
from domain.odds import Odds, OddsOutOfRange, parse
from domain.proposal.decider import ApprovalByProposer, ProposalClosed, ProposalUnknown
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.settling import LOST, VOID, WON
from tests.decisions.given import NOON, later
from tests.decisions.previewed import approval
from tests.decisions.test_use_cases import BOB, F1, M1, ODDS, SELECTIONS, Book, account, ended, market

TOM, TIM = derived("account", "tom"), derived("account", "tim")
WIDE = {"yes": parse("1000"), "no": parse("1000")}


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(*market(M1, F1), account(BOB, "bob", "bob@example.org"))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


def prices(asked: dict[str, Odds], trader: str = TOM, at: Any = NOON) -> AskAsTrader:
    return AskAsTrader(PriceMarket(M1, asked, at, actor=trader))


def graded(trader: str = TOM, **told: Any) -> AskAsTrader:
    return AskAsTrader(ResultMarket(M1, NOON, actor=trader, **told))


def proposed(book: Book, ask: AskAsTrader) -> ProposalReceipt:
    receipt = book.do(ask)
    assert isinstance(receipt, ProposalReceipt)
    assert receipt.status == "open"
    return receipt


def test_prices_within_the_bounds_act_at_once_and_name_their_trader(book: Book):
    assert book.do(prices({"yes": parse("2"), "no": parse("1.8")})) == MarketReceipt(M1, "open", 2)
    assert book.facts(M1)[-1].actor == TOM


def test_prices_beyond_the_bounds_change_nothing_before_another_trader_agrees(book: Book):
    receipt = proposed(book, prices(WIDE))
    assert len(book.facts(M1)) == 1
    (fact,) = book.facts(receipt.proposal_id)
    assert (fact.action, fact.market_id, fact.cause, fact.proposed_by) == ("price_market", M1, PricesOutOfBounds.title, TOM)
    _, append = book.decide(ApproveProposal(receipt.proposal_id, TIM, later(minutes=1)))
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(receipt.proposal_id, ProposalApproved), (M1, MarketPriced)]
    approved = book.do(ApproveProposal(receipt.proposal_id, TIM, later(minutes=1)))
    assert (approved.status, approved.market) == ("approved", MarketReceipt(M1, "open", 2))
    priced = book.facts(M1)[-1]
    assert (priced.prices, priced.actor, priced.at) == (WIDE, TOM, later(minutes=1))
    assert book.do(ApproveProposal(receipt.proposal_id, TIM, later(minutes=2))) == approved


def test_a_market_is_opened_and_resumed_beyond_the_bounds_by_two_traders(book: Book):
    m3 = derived("test", "m3")
    opening = proposed(book, AskAsTrader(OpenMarket(m3, F1, "both_teams_to_score", {}, SELECTIONS, WIDE, 0, NOON, actor=TOM)))
    assert book.do(ApproveProposal(opening.proposal_id, TIM, NOON)).market == MarketReceipt(m3, "open", 1)
    book.do(SuspendMarket(M1, "goal", NOON))
    resumption = proposed(book, AskAsTrader(ResumeMarket(M1, WIDE, NOON, actor=TIM)))
    assert book.do(ApproveProposal(resumption.proposal_id, TOM, NOON)).market == MarketReceipt(M1, "open", 3)


def test_a_result_given_by_hand_and_a_void_need_a_second_trader(book: Book):
    book.do(*ended(F1, 2, 1))
    result = proposed(book, graded(results={"yes": WON, "no": LOST}, home=2, away=1))
    void = proposed(book, graded(void_reason="fog"))
    assert [book.facts(one.proposal_id)[0].action for one in (result, void)] == ["result_market", "void_market"]
    book.do(approval(book.store, void.proposal_id, TIM))
    assert book.facts(M1)[-1] == MarketResulted({"yes": VOID, "no": VOID}, 2, 1, NOON, "fog", actor=TOM)
    assert book.do(graded(void_reason="fog")) == MarketReceipt(M1, "resulted", 3)


def test_a_result_in_play_is_confirmed_with_its_approval(book: Book):
    book.do(KickOff(F1, NOON), ChangeScore(F1, 1, 1, 9, "first_half", NOON))
    _, append = book.decide(approval(book.store, proposed(book, graded()).proposal_id, TIM))
    assert [type(fact.body).__name__ for fact in append.facts] == ["ProposalApproved", "ScoreConfirmed", "MarketResulted"]


def test_what_nobody_could_approve_is_refused_when_it_is_asked_for(book: Book):
    book.refused(ResultNotDecided, graded(), phase="before")
    book.refused(OddsOutOfRange, prices({"yes": Odds(500, 1000), "no": parse("2")}))
    book.do(*ended(F1, 2, 0))
    book.refused(ResultContradictsScore, graded(results={"yes": WON, "no": LOST}))


def test_no_command_from_outside_can_say_that_it_was_approved(book: Book):
    assert InContext not in USE_CASES
    book.refused(PricesOutOfBounds, PriceMarket(M1, WIDE, NOON, actor=TOM))
    book.do(*ended(F1, 2, 0))
    book.refused(VoidNeedsApproval, ResultMarket(M1, NOON, "fog", actor=TOM))


def test_what_needs_a_second_trader_is_one_kind_of_refusal():
    assert issubclass(PricesOutOfBounds, ApprovalNeeded)
    assert issubclass(VoidNeedsApproval, ApprovalNeeded)


def test_nobody_approves_their_own_proposal_and_nobody_else_than_a_trader_does(book: Book):
    receipt = proposed(book, prices(WIDE))
    book.refused(ApprovalByProposer, ApproveProposal(receipt.proposal_id, TOM, NOON))
    book.refused(TraderUnknown, ApproveProposal(receipt.proposal_id, BOB, NOON), account_id=BOB)
    book.refused(TraderUnknown, RejectProposal(receipt.proposal_id, BOB, "no", NOON))
    book.refused(TraderUnknown, prices(WIDE, BOB))
    book.refused(ProposalUnknown, ApproveProposal(derived("proposal", "none"), TIM, NOON))


def test_a_rejection_names_both_and_closes_the_proposal(book: Book):
    receipt = proposed(book, prices(WIDE))
    book.do(RejectProposal(receipt.proposal_id, TIM, "too long", NOON))
    assert book.facts(receipt.proposal_id)[-1] == ProposalRejected(TOM, TIM, "too long", NOON)
    book.refused(ProposalClosed, ApproveProposal(receipt.proposal_id, TIM, NOON), status="rejected")
    assert len(book.facts(M1)) == 1


def test_the_same_asked_again_is_the_same_proposal_until_it_is_rejected_or_expires(book: Book):
    first = proposed(book, prices(WIDE))
    assert proposed(book, prices(WIDE, at=later(minutes=1))) == first
    assert proposed(book, prices(WIDE, TIM)).proposal_id != first.proposal_id
    book.do(RejectProposal(first.proposal_id, TIM, "too long", NOON))
    second = proposed(book, prices(WIDE))
    assert second.proposal_id != first.proposal_id
    book.wait(LIFE_US / 1000 + 0.001)
    assert proposed(book, prices(WIDE)).proposal_id not in {first.proposal_id, second.proposal_id}


def test_a_proposal_expires_by_the_logs_own_time(book: Book):
    receipt = proposed(book, prices(WIDE))
    book.wait(LIFE_US / 1000)
    _, append = book.decide(ApproveProposal(receipt.proposal_id, TIM, NOON))
    assert append.not_after_us == book.now_us
    book.wait(0.001)
    assert book.store.append_many([append]).verdicts[0].why == "span"
    book.refused(ProposalExpired, ApproveProposal(receipt.proposal_id, TIM, NOON), proposal_id=receipt.proposal_id)
    book.refused(ProposalExpired, RejectProposal(receipt.proposal_id, TIM, "no", NOON))


def test_an_approval_of_what_can_no_longer_happen_is_refused_and_the_proposal_stays_open(book: Book):
    receipt = proposed(book, prices(WIDE))
    book.do(SuspendMarket(M1, "goal", NOON))
    book.refused(MarketSuspendedNow, ApproveProposal(receipt.proposal_id, TIM, NOON))
    assert [type(fact) for fact in book.facts(receipt.proposal_id)] == [ActionProposed]


def test_an_approval_of_what_is_so_already_is_refused(book: Book):
    first, second = proposed(book, prices(WIDE)), proposed(book, prices(WIDE, TIM))
    book.do(ApproveProposal(first.proposal_id, TIM, NOON))
    book.refused(ProposalOvertaken, ApproveProposal(second.proposal_id, TOM, NOON), proposal_id=second.proposal_id)


def test_what_was_proposed_is_the_command_word_by_word(book: Book):
    receipt = proposed(book, prices(WIDE))
    details = book.facts(receipt.proposal_id)[0].details
    assert msgspec.json.decode(details, type=PriceMarket) == prices(WIDE).command


ABANDONMENT = AskAbandonment(F1, "fog", NOON, TOM)
FIXTURE_GATE = gate_of("fixture", F1)


def test_a_trader_who_abandons_a_match_stops_betting_at_once_and_voids_nothing(book: Book):
    _, append = book.decide(ABANDONMENT)
    assert [type(fact.body) for fact in append.facts] == [BettingStopped, ActionProposed]
    receipt = book.do(ABANDONMENT)
    assert (receipt.status, receipt.action, receipt.market_id, receipt.fixture_id) == ("open", "abandon_fixture", "", F1)
    assert USE_CASES[AskAbandonment].lane is Lane.SAFETY
    book.refused(BettingSuspended, PriceMarket(M1, ODDS, NOON), reason="abandonment proposed")
    book.do(KickOff(F1, NOON))
    assert book.do(ABANDONMENT) == receipt
    assert len(book.facts(FIXTURE_GATE)) == len(book.facts(receipt.proposal_id)) == 1


def test_a_match_is_abandoned_in_the_append_of_another_traders_approval(book: Book):
    proposal_id = book.do(ABANDONMENT).proposal_id
    book.refused(ApprovalByProposer, ApproveProposal(proposal_id, TOM, NOON))
    approving = approval(book.store, proposal_id, TIM, later(minutes=1))
    _, append = book.decide(approving)
    assert [type(fact.body) for fact in append.facts] == [ProposalApproved, BettingEnded, FixtureAbandoned]
    approved = book.do(approving)
    assert (approved.status, approved.market, approved.fixture) == ("approved", None, FixtureReceipt(F1, "abandoned"))
    assert book.facts(F1)[-1] == FixtureAbandoned("fog", later(minutes=1), TOM)
    assert book.do(approving) == approved
    assert book.do(ABANDONMENT) == FixtureReceipt(F1, "abandoned")
    book.refused(AlreadyAbandoned, AskAbandonment(F1, "rain", NOON, TOM))


def test_a_rejected_abandonment_leaves_betting_stopped_until_a_trader_opens_it_again(book: Book):
    book.do(RejectProposal(book.do(ABANDONMENT).proposal_id, TIM, "it clears up", NOON))
    book.refused(BettingSuspended, PriceMarket(M1, ODDS, NOON))
    book.do(ReopenBetting("fixture", (F1,), NOON, TIM), PriceMarket(M1, ODDS, NOON))


def test_betting_that_is_stopped_already_stays_stopped_for_its_own_reason(book: Book):
    book.do(StopBetting("fixture", (F1,), "floodlights", NOON, TIM))
    _, append = book.decide(ABANDONMENT)
    assert [type(fact.body) for fact in append.facts] == [ActionProposed]
    assert Read(FIXTURE_GATE, 1) in append.reads


def test_no_trader_abandons_a_match_alone_and_a_process_that_has_it_from_a_feed_does(book: Book):
    book.refused(AbandonmentNeedsApproval, AbandonFixture(F1, "fog", NOON, TOM), fixture_id=F1)
    book.refused(TraderUnknown, AskAbandonment(F1, "fog", NOON, BOB), account_id=BOB)
    book.refused(TraderUnknown, AskAbandonment(F1, "fog", NOON, "replay"))
    book.do(AbandonFixture(F1, "fog", NOON, "replay"))
    assert book.facts(F1)[-1] == FixtureAbandoned("fog", NOON, "replay")


def test_an_abandonment_of_what_is_over_is_refused_and_one_that_ended_meanwhile_is_not_approved(book: Book):
    proposal_id = book.do(ABANDONMENT).proposal_id
    book.do(*ended(F1, 1, 0))
    with pytest.raises(FixtureNotLive):
        preview_of(book.store, proposal_id)
    book.refused(FixtureNotLive, ABANDONMENT)


def test_nobody_proposes_the_same_without_end(book: Book):
    for _ in range(ALIKE_MAX):
        book.do(RejectProposal(proposed(book, prices(WIDE)).proposal_id, TIM, "no", NOON))
    book.refused(ProposalClosed, prices(WIDE))
