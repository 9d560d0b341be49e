"""Whatever happens in whatever order: an excluded, timed-out, closed or staff account neither bets nor pays in, and can always withdraw."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.dispatch.state_cache import StateCache
from commands.registry import USE_CASES
from domain.account.commands import GrantRole, RevokeRole
from domain.account_gate.commands import CloseAccount, ExcludeSelf, ReopenAccount, RequestReturn, TimeOut
from domain.account_gate.facts import ReturnRequested
from domain.bet.commands import AskedLeg
from domain.fact import micros, moment
from domain.ids import account_gate_of, derived, wallet_of
from domain.refused import Refused
from domain.wallet.decider import WALLET
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, single
from tests.decisions.loading import handled
from tests.decisions.test_use_cases import F1, M1, ODDS, market

ANN = derived("account", "ann")
DAY = timedelta(days=1)
SPANS = st.sampled_from(
    [timedelta(0), timedelta(milliseconds=1), timedelta(hours=1), DAY, 2 * DAY, 7 * DAY, 184 * DAY, 366 * DAY, 500 * DAY]
)
ROLES = st.sampled_from(["trader", "auditor"])


class AccountGateMachine(RuleBasedStateMachine):
    """A log in memory with a clock of its own, and what a person may do by the rules as a person would tell them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.store = MemoryEventStore(clock_us=lambda: micros(self.now))
        self.number = 0
        self.timed_out_until = NOON
        self.excluded_until: datetime | None = None
        self.returns_from: datetime | None = None
        self.is_closed = False
        self.roles: set[str] = set()
        self.available_minor = 0

    @initialize()
    def register(self) -> None:
        assert self.asked(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON))
        assert all(self.asked(command) for command in market(M1, F1))

    def asked(self, command: Any, behind: timedelta = timedelta(0)) -> bool:
        """Decide on the log's time as it was a moment ago, commit now; return whether it was accepted."""
        self.number += 1
        try:
            outcome, streams = handled(USE_CASES[type(command)], command, StateCache(self.store), micros(self.now - behind))
        except Refused:
            return False
        return self.store.append_many([streams.append(outcome.key)]).verdicts[0].accepted

    @property
    def is_barred(self) -> bool:
        excluded = self.excluded_until is not None and (self.returns_from is None or self.now < self.returns_from)
        return bool(self.roles) or self.is_closed or excluded or self.now < self.timed_out_until

    @rule(span=SPANS)
    def wait(self, span: timedelta) -> None:
        self.now += span

    @rule(span=SPANS)
    def time_out(self, span: timedelta) -> None:
        until = self.now + span
        if self.asked(TimeOut(ANN, until, ANN, NOON)):
            assert until >= self.timed_out_until
            self.timed_out_until = until

    @rule(span=SPANS, forever=st.booleans())
    def exclude(self, span: timedelta, forever: bool) -> None:
        until = None if forever else self.now + span
        if self.asked(ExcludeSelf(ANN, until, ANN, NOON)):
            until = until or datetime.max.replace(tzinfo=NOON.tzinfo)
            assert until >= self.now + 181 * DAY or until == self.excluded_until
            if until != self.excluded_until or self.returns_from is not None:
                self.excluded_until, self.returns_from = until, None

    @rule()
    def come_back(self) -> None:
        if self.asked(RequestReturn(ANN, ANN, NOON)):
            assert self.excluded_until is not None
            assert self.excluded_until <= self.now
            asked = [
                fact for fact in self.store.load({account_gate_of(ANN): 0})[account_gate_of(ANN)] if isinstance(fact.body, ReturnRequested)
            ]
            self.returns_from = asked[-1].body.effective_from
            assert self.returns_from >= moment(asked[-1].committed_us) + DAY

    @rule(closed=st.booleans())
    def close_or_reopen(self, closed: bool) -> None:
        assert self.asked(CloseAccount(ANN, "fraud", "console", NOON) if closed else ReopenAccount(ANN, "console", NOON))
        self.is_closed = closed

    @rule(role=ROLES)
    def grant(self, role: str) -> None:
        assert self.asked(GrantRole(ANN, role, "console", NOON))
        self.roles.add(role)

    @rule(role=ROLES)
    def revoke(self, role: str) -> None:
        assert self.asked(RevokeRole(ANN, role, "console", NOON))
        self.roles.discard(role)

    @rule(behind=st.sampled_from([timedelta(0), timedelta(seconds=1), DAY]))
    def deposit(self, behind: timedelta) -> None:
        accepted = self.asked(MoveMoney("deposit", ANN, 10_00, "EUR", f"in {self.number}", NOON), behind)
        assert not (accepted and self.is_barred)
        assert accepted or self.is_barred or behind
        self.available_minor += 10_00 * accepted

    @rule(behind=st.sampled_from([timedelta(0), timedelta(seconds=1), DAY]))
    def bet(self, behind: timedelta) -> None:
        ask = single(derived("bet", str(self.number)), ANN, 1_00, AskedLeg(M1, "yes", ODDS["yes"], 1), NOON)
        accepted = self.asked(ask, behind)
        assert not (accepted and self.is_barred)
        assert accepted or self.is_barred or behind or self.available_minor < 1_00
        self.available_minor -= 1_00 * accepted

    @rule()
    def withdraw(self) -> None:
        accepted = self.asked(MoveMoney("withdrawal", ANN, 5_00, "EUR", f"out {self.number}", NOON))
        assert accepted == (self.available_minor >= 5_00)
        self.available_minor -= 5_00 * accepted

    @invariant()
    def the_wallet_holds_what_it_should(self) -> None:
        wallet = WALLET.initial
        for fact in self.store.load({wallet_of(ANN): 0}).get(wallet_of(ANN), ()):
            wallet = WALLET.evolve(wallet, fact.body)
        assert wallet.available_minor == self.available_minor


TestAccountGate = AccountGateMachine.TestCase
