"""What staff asks for is decided by the roles that their account's stream has at the commit, whatever let the command in before."""

from typing import Any

import msgspec
import pytest

from commands.registry import USE_CASES
from commands.trading.authority import TraderUnknown
from commands.trading.four_eyes import ApproveProposal, AskAsTrader, ProposerWithoutRole, RejectProposal
from commands.trading.propose_abandonment import AskAbandonment
from commands.trading.proposing import ProposalReceipt
from domain.account.commands import GrantRole, RealityCheckCommand, RevokeRole
from domain.account.decider import STAFF_ROLES, ActorWithoutRole
from domain.account_gate.commands import DeclineDepositLimit, LimitCommand, PersonCommand
from domain.fixture.commands import KickOff
from domain.gate.commands import StopBetting
from domain.ids import derived, gate_of
from domain.market.commands import PriceMarket, SuspendMarket
from domain.moderation.facts import ModeratedItem
from domain.odds import parse
from domain.producer.commands import Beat
from tests.decisions.given import NOON
from tests.decisions.test_four_eyes import TIM, TOM, WIDE
from tests.decisions.test_use_cases import BOB, F1, M1, Book, account, market

NAMES = ("actor", "approved_by", "rejected_by", "granted_by", "revoked_by")
"""The fields in which a command names who of the staff asks."""

FIELDS: dict[str, Any] = {
    "at": NOON,
    "market_id": M1,
    "fixture_id": F1,
    "slip_id": M1,
    "account_id": BOB,
    "scope": "fixture",
    "subject": (F1,),
    "item": ModeratedItem("slip", M1, BOB, M1),
    "command": PriceMarket(M1, WIDE, NOON, actor=TOM),
    **dict.fromkeys(NAMES, TOM),
}


def _staff_commands() -> list[type]:
    """Return the kinds of commands that staff asks for: all that name an actor, but for what people ask for themselves."""
    named = [kind for kind in USE_CASES if {*NAMES, "command"} & {field.name for field in msgspec.structs.fields(kind)}]
    return [kind for kind in named if not issubclass(kind, PersonCommand | LimitCommand | DeclineDepositLimit | RealityCheckCommand)]


def asked(kind: type) -> Any:
    """Return a command of a kind, whoever asks and what about being those of `FIELDS`, and all else a text."""
    return kind(
        **{field.name: FIELDS.get(field.name, "x") for field in msgspec.structs.fields(kind) if field.required or field.name in NAMES}
    )


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(*market(M1, F1), account(BOB, "bob", "bob@example.org"))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


def revoke(account_id: str, role: str = "trader") -> RevokeRole:
    return RevokeRole(account_id, role, "console", NOON)


def refusal_of(book: Book, command: Any) -> type[Exception] | None:
    """Return what comes of a command whose other fields need not make sense."""
    try:
        book.decide(command)
    except Exception as error:  # noqa: BLE001  (whatever it is, it tells how far the decision went)
        return type(error)
    return None


@pytest.mark.parametrize("kind", _staff_commands(), ids=lambda kind: kind.__name__)
def test_every_command_of_staff_is_refused_once_their_roles_are_revoked(book: Book, kind: type):
    others = [role for role in STAFF_ROLES if role != "trader"]
    book.do(*[GrantRole(TOM, role, "console", NOON) for role in others])
    assert refusal_of(book, asked(kind)) not in (TraderUnknown, ActorWithoutRole)
    book.do(*[revoke(TOM, role) for role in STAFF_ROLES])
    assert refusal_of(book, asked(kind)) in (TraderUnknown, ActorWithoutRole)


def test_commands_of_trading_are_among_those_of_staff():
    assert {SuspendMarket, StopBetting, KickOff, PriceMarket, AskAsTrader, ApproveProposal, RejectProposal} < {*_staff_commands()}


@pytest.mark.parametrize(
    "command",
    [
        SuspendMarket(M1, "goal", NOON, TOM),
        StopBetting("fixture", (F1,), "fog", NOON, TOM),
        KickOff(F1, NOON, TOM),
        AskAbandonment(F1, "fog", NOON, TOM),
        PriceMarket(M1, {"yes": parse("2"), "no": parse("1.8")}, NOON, actor=TOM),
        AskAsTrader(PriceMarket(M1, {"yes": parse("2"), "no": parse("1.8")}, NOON, actor=TOM)),
        AskAsTrader(PriceMarket(M1, WIDE, NOON, actor=TOM)),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_command_that_was_decided_before_its_trader_lost_the_role_is_not_committed_after(book: Book, command: Any):
    _, append = book.decide(command)
    book.do(revoke(TOM))
    assert not book.store.append_many([append]).verdicts[0].accepted
    book.refused(TraderUnknown, command, account_id=TOM)


def test_a_role_that_was_given_back_counts_again(book: Book):
    book.do(revoke(TOM))
    book.refused(TraderUnknown, SuspendMarket(M1, "goal", NOON, TOM), account_id=TOM)
    book.do(GrantRole(TOM, "admin", "console", NOON), SuspendMarket(M1, "goal", NOON, TOM))


def test_a_name_that_is_neither_an_account_nor_a_process_nor_a_producer_is_refused(book: Book):
    book.refused(TraderUnknown, SuspendMarket(M1, "goal", NOON, "feed"), account_id="feed")
    book.do(Beat("feed", 10_000, NOON), SuspendMarket(M1, "goal", NOON, "feed"))


def test_a_producer_reads_no_account_and_is_not_overtaken_by_its_heartbeats(book: Book):
    book.do(Beat("feed", 10_000, NOON))
    _, append = book.decide(StopBetting("fixture", (F1,), "fog", NOON, "feed"))
    assert {read.stream_id for read in append.reads} == {F1}
    assert [fact.stream_id for fact in append.facts] == [gate_of("fixture", F1)]


def proposed(book: Book) -> str:
    receipt = book.do(AskAsTrader(PriceMarket(M1, WIDE, NOON, actor=TOM)))
    assert isinstance(receipt, ProposalReceipt)
    return receipt.proposal_id


def test_what_a_trader_proposed_who_lost_the_role_is_not_approved_but_rejected(book: Book):
    proposal_id = proposed(book)
    book.do(revoke(TOM))
    book.refused(ProposerWithoutRole, ApproveProposal(proposal_id, TIM, NOON), proposal_id=proposal_id, account_id=TOM)
    assert book.do(RejectProposal(proposal_id, TIM, "who asked is no trader", NOON)).status == "rejected"


@pytest.mark.parametrize("who", [TOM, TIM], ids=["proposer", "approver"])
def test_an_approval_that_was_decided_before_one_of_both_lost_the_role_is_not_committed_after(book: Book, who: str):
    approval = ApproveProposal(proposed(book), TIM, NOON)
    _, append = book.decide(approval)
    book.do(revoke(who))
    assert not book.store.append_many([append]).verdicts[0].accepted
    book.refused(ProposerWithoutRole if who == TOM else TraderUnknown, approval, account_id=who)


def test_an_approval_is_answered_again_after_its_proposer_left(book: Book):
    approval = ApproveProposal(proposed(book), TIM, NOON)
    first = book.do(approval)
    book.do(revoke(TOM))
    assert book.do(approval) == first


def test_an_account_that_does_not_exist_is_no_trader(book: Book):
    book.refused(TraderUnknown, SuspendMarket(M1, "goal", NOON, derived("account", "nobody")))
