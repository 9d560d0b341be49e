"""What the product itself writes is clean, whatever it is asked by whomever; and no change to it goes unnoticed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import Credentials, FindCredentials, OpenAccount
from commands.accounts.sessions import FindAccess
from commands.audit import verify
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.four_eyes import AskAsTrader, RejectProposal
from domain.account.commands import (
    ChangePassword,
    ConfirmSecondFactor,
    EndSession,
    EndSessions,
    GrantRole,
    RemoveSecondFactor,
    RevokeRole,
    SignIn,
)
from domain.account_gate.commands import CloseAccount, ExcludeSelf, ReopenAccount, RequestReturn, TimeOut
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, BetSettlementReversed
from domain.fact import Recorded, micros, moment
from domain.fixture.commands import AbandonFixture, AdvanceClock, ChangeScore, EndFixture, KickOff, ScheduleFixture
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import derived
from domain.market.commands import CloseMarket, CorrectResult, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketResulted, Selection
from domain.odds import Odds
from domain.producer.commands import Beat
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from domain.refused import Refused
from domain.settling.grading import selections_of
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
    WalletFact,
)
from domain.wallet.postings import BetMoney, postings, transfer_id
from infra.eventstore.memory import MemoryEventStore
from tests.audit_story import NOON, Story
from tests.bet_types import by_hand, more_bet_types  # noqa: F401  (a fixture)
from tests.decisions.previewed import approval

pytestmark = pytest.mark.usefixtures("more_bet_types")

HANDLES = ("ann_1", "ben_2", "tess_3", "tom_4")
ANN, BEN, TESS, TOM = ACCOUNTS = tuple(derived("account", handle) for handle in HANDLES)
FIXTURES = tuple(derived("fixture", name) for name in "ab")
TYPES = ("match_result", "total_goals", "first_half_match_result", "double_chance")
SPECIFIERS = {"total_goals": {"total": "1.5"}}
MARKETS = {(fixture, kind): derived("market", f"{fixture} {kind}") for fixture in range(2) for kind in TYPES}
PERIODS = ("first_half", "half_time", "second_half", "extra_time_first")
FAIR = {
    "match_result": (2500, 3200, 3000),
    "total_goals": (1850, 1950),
    "first_half_match_result": (2500, 3200, 3000),
    "double_chance": (1400, 1350, 1550),
}

who, fixtures = st.integers(0, 3), st.integers(0, 1)
markets = st.tuples(fixtures, st.sampled_from(TYPES))
margins = st.sampled_from([-30, 0, 0, 0, 10, 25, 4000])
by = st.sampled_from(["replay", TESS, TOM])
seconds = st.sampled_from([0.0, 0.1, 0.4, 0.6, 2.0, 3.5, 9.0])
accepts = st.sampled_from(["exact", "better", "any"])
bettors = st.sampled_from([0, 0, 0, 1, 1, 2])
bets = st.tuples(st.just("bet"), bettors, st.lists(markets, min_size=1, max_size=2), accepts, st.integers(0, 2))
often = [bets, bets, st.tuples(st.just("price"), markets, margins, by), st.tuples(st.just("offer")), st.tuples(st.just("offer"))]
sometimes = [
    st.tuples(st.just("kick off"), fixtures),
    st.tuples(st.just("score"), fixtures, st.integers(0, 3), st.integers(0, 2), st.integers(1, 90), st.sampled_from(PERIODS)),
    st.tuples(st.just("clock"), fixtures, st.integers(1, 90), st.sampled_from(PERIODS)),
    st.tuples(st.sampled_from(["suspend", "resume"]), markets, by),
    st.tuples(st.just("result"), markets, by, st.sampled_from(["", "", "", "a mistake"])),
    st.tuples(st.sampled_from(["approve", "approve", "reject"]), st.sampled_from([TESS, TOM, ANN])),
    st.tuples(st.just("move"), who, st.sampled_from(["deposit", "withdrawal"]), st.integers(1, 50_00), st.booleans()),
    st.tuples(st.just("correct"), markets, st.sampled_from([TESS, TOM]), st.integers(0, 3), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("reopen"), st.sampled_from(["fixture", "competition", "sport"]), fixtures),
]
rarely = [
    st.tuples(st.just("end"), fixtures, st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("end"), fixtures, st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("stop"), st.sampled_from(["fixture", "competition", "sport"]), fixtures),
    st.tuples(st.sampled_from(["sign in", "time out", "return", "reopen account", "revoke"]), who),
    st.tuples(st.sampled_from(["sign out", "sign out everywhere", "password", "second factor", "no second factor"]), who),
    st.one_of(
        st.tuples(st.just("abandon"), fixtures),
        st.tuples(st.just("close"), markets, by),
        st.tuples(st.sampled_from(["exclude", "close account", "grant"]), who),
    ),
]
commands = st.sampled_from([*often * 6, st.tuples(st.just("beat")), *sometimes * 2, *rarely]).flatmap(lambda command: command)
steps = st.tuples(seconds, commands)


class Bookmaker:
    """Runs a history through the real dispatcher and settles as the role does; what is refused is refused."""

    def __init__(self) -> None:
        self.clock_us = micros(NOON)
        self.store = MemoryEventStore(clock_us=lambda: self.clock_us)
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.numbers: Iterator[int] = count()
        self.refused: list[Refused] = []
        for handle, account_id in zip(HANDLES, ACCOUNTS, strict=True):
            self.ask(OpenAccount(account_id, handle, f"{handle}@example.com", "$argon2id$", "EUR", self.at))
        for trader in (TESS, TOM):
            self.ask(GrantRole(trader, "trader", "console", self.at))
        for bettor in (ANN, BEN):
            self.ask(MoveMoney("deposit", bettor, 100_00, "EUR", "first", self.at))
        self.ask(Beat("replay", 10_000, self.at))
        for number, fixture_id in enumerate(FIXTURES):
            teams = (f"Reds {number}", f"Blues {number}")
            self.ask(ScheduleFixture(fixture_id, "football", "Cup", *teams, self.at, neutral=False, at=self.at, actor="replay"))
            for kind in TYPES:
                self.open(number, kind)

    @property
    def at(self) -> Any:
        return moment(self.clock_us)

    def open(self, fixture: int, kind: str) -> None:
        specifiers = SPECIFIERS.get(kind, {})
        names = selections_of(kind, specifiers)
        selections = tuple(Selection(name, name.title()) for name in names)
        what = (MARKETS[fixture, kind], FIXTURES[fixture], kind, specifiers, selections, self.prices(kind, 0))
        self.ask(OpenMarket(*what, 3_000, self.at, producer="replay", actor="replay"))

    def prices(self, kind: str, more: int) -> dict[str, Odds]:
        names = selections_of(kind, SPECIFIERS.get(kind, {}))
        return {name: Odds(thousandths + more, 1000) for name, thousandths in zip(names, FAIR[kind], strict=True)}

    def ask(self, command: Any) -> None:
        try:
            self.dispatcher.call(command)
        except Refused as refused:
            self.refused.append(refused)

    def take(self, step: tuple[float, tuple[Any, ...]]) -> None:
        later, command = step
        self.clock_us += int(later * 1_000_000) + 1
        match command:
            case ("bet", account, asked, accept, back):
                self.bet(ACCOUNTS[account], asked, accept, back)
            case ("move", account, direction, amount_minor, by_provider):
                reference = f"ref {next(self.numbers)}"
                self.ask(
                    MoveMoney(direction, ACCOUNTS[account], amount_minor, "EUR", reference, self.at, direction == "deposit" and by_provider)
                )
            case ("offer",):
                self.ask(Beat("replay", 10_000, self.at))
                for (_, kind), market_id in MARKETS.items():
                    prices = self.prices(kind, next(self.numbers) % 40)
                    self.ask(PriceMarket(market_id, prices, self.at, producer="replay", actor="replay"))
            case ("beat",):
                self.ask(Beat("replay", 10_000, self.at))
            case ("correct", market, trader, home, away, is_void):
                self.correct(market, trader, home, away, "a mistake" if is_void else "")
            case ("approve" | "reject" as what, trader):
                self.decide_proposal(what, trader)
            case ("price" | "suspend" | "resume" | "close" | "result", *_):
                self.trade(*command)
            case ("kick off" | "end" | "abandon" | "score" | "clock" | "stop" | "reopen", *_):
                self.play(*command)
            case (("sign in" | "sign out" | "sign out everywhere" | "password" | "second factor" | "no second factor") as what, account):
                self.sign(what, ACCOUNTS[account])
            case (what, account):
                self.guard(what, ACCOUNTS[account])
        self.settle()

    def correct(self, market: tuple[int, str], trader: str, home: int, away: int, void_reason: str = "") -> None:
        half_time = (min(home, 1), 0)
        self.ask(AskAsTrader(CorrectResult(MARKETS[market], home, away, "told wrong", self.at, half_time, void_reason, trader)))

    def trade(self, what: str, market: tuple[int, str], *rest: Any) -> None:
        market_id, at, actor = MARKETS[market], self.at, rest[-1]
        match what, rest:
            case "price", (margin, actor):
                self.as_actor(actor, PriceMarket(market_id, self.prices(market[1], margin), at, **self.produced(actor)))
            case "resume", (actor,):
                self.as_actor(actor, ResumeMarket(market_id, self.prices(market[1], 5), at, **self.produced(actor)))
            case "suspend", (actor,):
                self.ask(SuspendMarket(market_id, "goal", at, actor))
            case "close", (actor,):
                self.ask(CloseMarket(market_id, at, actor))
            case _, (actor, void_reason):
                self.as_actor(actor, ResultMarket(market_id, at, void_reason, actor=actor))

    @staticmethod
    def produced(actor: str) -> dict[str, str]:
        return {"actor": actor, "producer": "replay" if actor == "replay" else ""}

    def as_actor(self, actor: str, command: Any) -> None:
        self.ask(command if actor == "replay" else AskAsTrader(command))

    def play(self, what: str, *rest: Any) -> None:
        at = self.at
        match what, rest:
            case "kick off", (fixture, *_):
                self.ask(KickOff(FIXTURES[fixture], at, "replay"))
            case "end", (fixture, home, away):
                self.ask(EndFixture(FIXTURES[fixture], home, away, home, away, at, actor=TESS))
            case "abandon", (fixture, *_):
                self.ask(AbandonFixture(FIXTURES[fixture], "fog", at, "replay"))
            case "score", (fixture, home, away, minute, period):
                self.ask(ChangeScore(FIXTURES[fixture], home, away, minute, period, at, "replay"))
            case "clock", (fixture, minute, period):
                self.ask(AdvanceClock(FIXTURES[fixture], minute, period, at, "replay"))
            case _, (scope, fixture):
                subject = {"fixture": (FIXTURES[fixture],), "competition": ("football", "Cup"), "sport": ("football",)}[scope]
                self.ask(StopBetting(scope, subject, "weather", at, TESS) if what == "stop" else ReopenBetting(scope, subject, at, TESS))

    def sign(self, what: str, account_id: str) -> None:
        """Open and end sessions, sometimes those that ended before."""
        at, number = self.at, next(self.numbers)
        found: Credentials = self.dispatcher.call(FindCredentials(HANDLES[ACCOUNTS.index(account_id)])).receipt
        version = self.dispatcher.call(FindAccess(account_id)).receipt.sessions.version - number % 2
        self.ask(
            {
                "sign in": SignIn(account_id, found.password_hash, found.factor_id, at),
                "sign out": EndSession(account_id, derived("session", str(number % 3)), version, at + timedelta(days=1), at),
                "sign out everywhere": EndSessions(account_id, derived("session", str(number % 3)), version, account_id, at),
                "password": ChangePassword(account_id, found.password_hash, f"$argon2id${number % 3}", at),
                "second factor": ConfirmSecondFactor(account_id, derived("factor", str(number)), at),
                "no second factor": RemoveSecondFactor(account_id, found.factor_id, "console" if number % 2 else account_id, at),
            }[what]
        )

    def guard(self, what: str, account_id: str) -> None:
        at = self.at
        self.ask(
            {
                "time out": TimeOut(account_id, at + timedelta(seconds=5), account_id, at),
                "exclude": ExcludeSelf(account_id, at + timedelta(days=200), account_id, at),
                "return": RequestReturn(account_id, account_id, at),
                "close account": CloseAccount(account_id, "asked for it", "console", at),
                "reopen account": ReopenAccount(account_id, "console", at),
                "grant": GrantRole(account_id, "auditor", "console", at),
                "revoke": RevokeRole(account_id, "auditor", "console", at),
            }[what]
        )

    def decide_proposal(self, what: str, trader: str) -> None:
        """Decide on the oldest proposal that is open."""
        closed = {fact.stream_id for fact in self.log() if isinstance(fact.body, ProposalApproved | ProposalRejected)}
        for fact in self.log():
            if isinstance(fact.body, ActionProposed) and fact.stream_id not in closed:
                approve = approval(self.store, fact.stream_id, trader, self.at)
                reject = RejectProposal(fact.stream_id, trader, "no", self.at)
                self.ask(approve if what == "approve" else reject)
                return

    def bet(self, account_id: str, asked: Sequence[tuple[int, str]], accept: str, back: int) -> None:
        """Ask for what some version of each market showed, not always the newest."""
        legs, number = [], next(self.numbers)
        for market in asked:
            history = self.store.load({MARKETS[market]: 0}).get(MARKETS[market], ())
            shown = [fact for fact in history if hasattr(fact.body, "prices")][-1 - back :][0]
            selection = tuple(shown.body.prices)[number % len(shown.body.prices)]
            legs.append(AskedLeg(MARKETS[market], selection, shown.body.prices[selection], shown.version))
        kind = "single" if len(legs) == 1 else ("multiple", "singles and a double")[number % 2]
        self.ask(PlaceBet(derived("bet", str(number)), account_id, 3 * (1 + number * 37 % 6_67), "EUR", kind, tuple(legs), accept, self.at))

    def settle(self) -> None:
        """Bring every bet that is open, and every one with a leg whose result was corrected, to the results of its markets."""
        results = [fact for fact in self.log() if isinstance(fact.body, MarketResulted)]
        resulted = {fact.stream_id for fact in results}
        corrected = {fact.stream_id for fact in results if fact.body.number > 1}
        over = {fact.stream_id for fact in self.log() if isinstance(fact.body, BetSettled)}
        for fact in self.log():
            if isinstance(fact.body, BetPlaced):
                awaited = corrected if fact.stream_id in over else resulted
                for leg in fact.body.legs:
                    if leg.market_id in awaited:
                        self.ask(SettleBet(fact.stream_id, leg.market_id, self.at))

    def finish(self) -> None:
        """Play both matches to their end, as far as they still can be, and have everything come out."""
        for number, fixture_id in enumerate(FIXTURES):
            self.ask(KickOff(fixture_id, self.at, "replay"))
            self.ask(ChangeScore(fixture_id, 2, number, 44, "first_half", self.at, "replay"))
            self.ask(AdvanceClock(fixture_id, 45, "half_time", self.at, "replay"))
        for (_, kind), market_id in MARKETS.items():
            if kind.startswith(("first_half", "total")):
                self.ask(ResultMarket(market_id, self.at, actor="replay"))
        for number, fixture_id in enumerate(FIXTURES):
            self.ask(EndFixture(fixture_id, 2, number, 2, number, self.at, actor="replay"))
        for market_id in MARKETS.values():
            self.ask(ResultMarket(market_id, self.at, actor="replay"))
        self.settle()
        self.settle()

    def correct_all(self) -> None:
        """Correct both full-time results, approve, and settle anew."""
        for number in range(2):
            self.correct((number, "match_result"), TESS, 1, 2)
            self.decide_proposal("approve", TOM)
        self.settle()

    def log(self) -> Sequence[Recorded[Any]]:
        return self.store.read(0, 1_000_000)


def told(history: Sequence[tuple[float, tuple[Any, ...]]], *, corrected: bool = False) -> Bookmaker:
    bookmaker = Bookmaker()
    for step in history:
        bookmaker.take(step)
    bookmaker.finish()
    if corrected:
        bookmaker.correct_all()
    bookmaker.dispatcher.stop()
    return bookmaker


def story_of(bookmaker: Bookmaker) -> Story:
    """The same log as a story, to be forged."""
    story = Story()
    stretch = bookmaker.store.read_batches(0, 1_000_000)
    story.log = list(stretch.facts)
    story.sizes = [size for batch in stretch.batches for size in batch.append_sizes]
    return story


@given(st.lists(steps, max_size=40))
def test_whatever_is_asked_the_log_is_clean(history: list[tuple[float, tuple[Any, ...]]]):
    bookmaker = Bookmaker()
    for step in history:
        bookmaker.take(step)
    assert verify(bookmaker.store).violation is None
    bookmaker.finish()
    bookmaker.dispatcher.stop()
    assert verify(bookmaker.store).violation is None


SECOND = ("bet", 0, [(0, "match_result"), (1, "match_result")], "exact", 0)
"""A bet on two matches; every other one is two singles and a double."""


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (BetPlaced, {"lines": 1}),
        (BetPlaced, {"lines": 4}),
        (BetPlaced, {"type": "multiple"}),
        (BetPlaced, {"type": "multiple", "lines": 1}),
        (BetPlaced, {"type": "doubles", "lines": 1}),
        (BetPlaced, {"potential_returns_minor": 1}),
        (BetLegResulted, {"leg": 1}),
        (BetLegResulted, {"leg": -2}),
        (BetLegResulted, {"leg": 2}),
        (BetSettled, {"returns_minor": 1}),
    ],
)
def test_a_bet_of_several_lines_is_held_against_all_of_them(kind: type[Any], fields: dict[str, Any]):
    bookmaker = told([(0.1, SECOND)] * 2)
    story = story_of(bookmaker)
    assert verify(story).violation is None
    placed = next(fact for fact in story.log if isinstance(fact.body, BetPlaced) and fact.body.lines == 3)
    of_bet = [fact for fact in story.log if fact.stream_id == placed.stream_id]
    assert [type(fact.body) for fact in of_bet] == [BetPlaced, BetLegResulted, BetSettled]
    forged = next(fact for fact in of_bet if type(fact.body) is kind)
    found = verify(story.change(forged.position, **fields)).violation
    assert found is not None
    assert found.position == forged.position


@given(st.lists(steps, min_size=5, max_size=20))
@settings(max_examples=30)
def test_after_any_corrections_every_bet_stands_settled_for_what_its_markets_say_last(history: list[tuple[float, tuple[Any, ...]]]):
    bookmaker = told(history, corrected=True)
    assert verify(bookmaker.store).violation is None
    log = bookmaker.log()
    results = {fact.stream_id: fact.body.results for fact in log if isinstance(fact.body, MarketResulted)}
    settled = {fact.stream_id: fact.body for fact in log if isinstance(fact.body, BetSettled)}
    for fact in log:
        if isinstance(fact.body, BetPlaced) and all(leg.market_id in results for leg in fact.body.legs):
            last = settled[fact.stream_id]
            legs = [(leg.odds, results[leg.market_id][leg.selection]) for leg in fact.body.legs]
            assert last.results == tuple(result for _, result in legs)
            assert last.returns_minor == by_hand(fact.body.type, fact.body.stake_minor, legs)


@given(st.lists(steps, min_size=5, max_size=20))
@settings(max_examples=30)
def test_no_transfer_of_a_bet_is_recorded_twice_and_the_postings_of_all_accounts_add_up_to_nothing(
    history: list[tuple[float, tuple[Any, ...]]],
):
    log = told(history, corrected=True).log()
    moved = [transfer_id(fact.body) for fact in log if isinstance(fact.body, BetMoney)]
    assert len(moved) == len(set(moved))
    ledger = Counter[str]()
    for fact in log:
        for source, destination, amount_minor in postings(fact.body) if isinstance(fact.body, WalletFact) else ():
            assert amount_minor > 0
            ledger[source] -= amount_minor
            ledger[destination] += amount_minor
            assert all(held >= 0 for name, held in ledger.items() if name.endswith((":available", ":reserved")))
    assert sum(ledger.values()) == 0
    assert all(held <= 0 for name, held in ledger.items() if name.endswith(":owed"))


AMOUNTS = ("amount_minor", "stake_minor", "available_minor", "returns_minor", "potential_returns_minor", "owed_minor", "repaid_minor")


@given(st.lists(steps, min_size=5, max_size=20), st.data())
def test_an_amount_that_was_changed_anywhere_is_found(history: list[tuple[float, tuple[Any, ...]]], data: st.DataObject):
    story = story_of(told(history, corrected=data.draw(st.booleans())))
    places = [(fact.position, name) for fact in story.log for name in AMOUNTS if hasattr(fact.body, name)]
    position, name = data.draw(st.sampled_from(places))
    by_minor = data.draw(st.integers(-50_00, 50_00).filter(bool))
    found = verify(story.change(position, **{name: getattr(story.body(position), name) + by_minor})).violation
    assert found is not None
    (beside,) = [each for append in story.appends() if position in (each := [fact.position for fact in append])]
    assert found.position in beside, "it is found within its append, at the latest by what has to agree with it"


MONEY = (
    *(FundsDeposited, FundsWithdrawn, StakeReserved, ReturnsPaid, StakeRefunded, StakeLost, SettlementReversed),
    *(TransferRecorded, BetPlaced, BetSettled, BetSettlementReversed),
)


@given(st.lists(steps, max_size=20), st.data())
@settings(max_examples=30)
def test_a_movement_of_money_that_was_taken_out_is_found(history: list[tuple[float, tuple[Any, ...]]], data: st.DataObject):
    story = story_of(told(history, corrected=data.draw(st.booleans())))
    position = data.draw(st.sampled_from([fact.position for fact in story.log if isinstance(fact.body, MONEY)]))
    taken = story.rebuilt([[fact for fact in append if fact.position != position] for append in story.appends()])
    assert verify(taken).violation is not None
