"""Any order of sharing, changing, holding, blocking and tailing: whatever is accepted, the audit calls right."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from commands.accounts.open_account import OpenAccount
from commands.audit import verify
from commands.social.share_slip import PickLeg, ShareBet, SharePick
from commands.social.tail_slip import TailSlip
from domain.account.commands import GrantRole
from domain.fixture.commands import EndFixture, KickOff
from domain.follow.commands import Block, Follow, Unblock
from domain.ids import derived, pick_of, slip_of
from domain.market.commands import CloseMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.odds import parse
from domain.profile.commands import ChangeProfile
from domain.refused import Refused
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from domain.slip.facts import SlipShared
from domain.tail.facts import SlipTailed
from tests.decisions.given import NOON
from tests.decisions.test_gated_bets_machine import BOOKS
from tests.decisions.test_use_cases import ANN, BOB, F1, F2, M1, M2, Book, account, bet, deposit, double, market, settle

MOD = derived("account", "mod")
PEOPLE = st.sampled_from((ANN, BOB))
MARKETS = st.sampled_from((M1, M2))
BETS = tuple(derived("bet", str(number)) for number in range(4))
SLIPS = st.sampled_from((*map(slip_of, BETS[:2]), *(pick_of(who, "pick") for who in (ANN, BOB))))
"""Two bets of Ann's to share, and a pick of each; the other two bets are tails."""


class Slips(RuleBasedStateMachine):
    """Two people, a moderator, and two markets. The whole log is audited in the end."""

    @initialize()
    def open_book(self):
        self.book = Book()
        self.book.do(account(), deposit(), account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB, reference="ref-2"))
        self.book.do(OpenAccount(MOD, "mod", "mod@example.org", "argon2", "EUR", NOON), GrantRole(MOD, "moderator", "console", NOON))
        self.book.do(*market(M1, F1), *market(M2, F2), bet(BETS[0]), double(BETS[1]))

    def ask(self, command: Any) -> None:
        try:
            self.book.do(command)
        except Refused:
            return

    @rule(
        number=st.integers(0, 3),
        who=PEOPLE,
        shown=st.sampled_from((("amount", 0), ("units", 2_00), ("units", 0), ("hidden", 0))),
        visibility=st.sampled_from(("public", "followers")),
        mentions=st.sampled_from(((), (ANN,), (BOB, MOD), (F1,))),
    )
    def share(self, number: int, who: str, shown: tuple[str, int], visibility: str, mentions: tuple[str, ...]):
        self.ask(ShareBet(BETS[number], who, visibility, *shown, "", mentions, ("derby",), NOON))

    @rule(who=PEOPLE, on=st.sampled_from(((M1,), (M2,), (M1, M2))), odds=st.sampled_from(("1.01", "7/2", "1000")))
    def pick(self, who: str, on: tuple[str, ...], odds: str):
        legs = tuple(PickLeg(market_id, "yes", parse(odds)) for market_id in on)
        kind = "single" if len(on) == 1 else "multiple"
        self.ask(SharePick(pick_of(who, "pick"), who, kind, legs, "public", "", (), (), NOON))

    @rule(slip_id=SLIPS, who=PEOPLE, visibility=st.sampled_from((None, "public", "followers")), closed=st.sampled_from((None, True, False)))
    def change(self, slip_id: str, who: str, visibility: str | None, closed: bool | None):
        self.ask(ChangeSlip(slip_id, who, visibility, closed, NOON))

    @rule(slip_id=SLIPS, who=PEOPLE, seldom=st.integers(0, 3))
    def remove(self, slip_id: str, who: str, seldom: int):
        if not seldom:
            self.ask(RemoveSlip(slip_id, who, NOON))

    @rule(slip_id=SLIPS, actor=st.sampled_from((MOD, BOB, "console")), rule=st.sampled_from(("spam", "abuse")))
    def hold(self, slip_id: str, actor: str, rule: str):
        self.ask(HoldSlip(slip_id, rule, "Why.", actor, NOON))

    @rule(slip_id=SLIPS, actor=st.sampled_from((MOD, ANN)))
    def release(self, slip_id: str, actor: str):
        self.ask(ReleaseSlip(slip_id, actor, NOON))

    @rule(
        slip_id=SLIPS,
        number=st.integers(2, 3),
        who=PEOPLE,
        side=st.sampled_from(("tail", "tail", "fade")),
        stake=st.sampled_from(((5_00, None), (None, 10), (None, None))),
        worst=st.sampled_from((None, None, "2.1")),
    )
    def tail(self, slip_id: str, number: int, who: str, side: str, stake: tuple[int | None, int | None], worst: str | None):
        self.ask(TailSlip(BETS[number], who, slip_id, side, *stake, None if worst is None else parse(worst), NOON))

    @rule(who=PEOPLE, blocks=st.booleans())
    def block(self, who: str, blocks: bool):
        other = BOB if who == ANN else ANN
        self.ask((Block if blocks else Unblock)(who, other, NOON))

    @rule(private=st.booleans())
    def follow(self, private: bool):
        self.ask(ChangeProfile(ANN, None, None, private, NOON))
        self.ask(Follow(BOB, ANN, NOON))

    @rule(market_id=MARKETS, prices=st.sampled_from(BOOKS))
    def price(self, market_id: str, prices: dict[str, Any]):
        self.ask(PriceMarket(market_id, prices, NOON))
        self.ask(ResumeMarket(market_id, prices, NOON))

    @rule(market_id=MARKETS, seldom=st.integers(0, 3))
    def stop(self, market_id: str, seldom: int):
        self.ask(CloseMarket(market_id, NOON) if not seldom else SuspendMarket(market_id, "goal", NOON))

    @rule(seldom=st.integers(0, 3))
    def whistle(self, seldom: int):
        if seldom:
            return
        for command in (KickOff(F1, NOON), EndFixture(F1, 2, 1, 2, 1, NOON), ResultMarket(M1, NOON)):
            self.ask(command)
        for bet_id in BETS:
            self.ask(settle(bet_id, M1))

    def teardown(self):
        if hasattr(self, "book"):
            assert verify(self.book.store).violation is None


TestSlips = Slips.TestCase
TestSlips.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)


def test_the_machine_gets_as_far_as_slips_and_tails():
    machine = Slips()
    machine.open_book()
    machine.share(0, ANN, ("amount", 0), "public", ())
    machine.tail(slip_of(BETS[0]), 2, BOB, "fade", (None, 10), None)
    machine.teardown()
    kinds = {type(fact.body) for fact in machine.book.store.read(0, 1_000)}
    assert {SlipShared, SlipTailed} <= kinds
