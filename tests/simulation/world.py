"""One seed, one history: bettors, traders and a settler at two processes on one log, while everything fails that may fail."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.dispatch.batch import Answer, Contended
from commands.ports import StoreUnavailable
from domain.bet.commands import AskedLeg
from domain.fact import micros
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff, ScheduleFixture
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import derived, transfer_of
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import Selection
from domain.odds import Odds, exact
from domain.refused import Refused
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON
from tests.simulation.checks import Checks, Violation, claim
from tests.simulation.processes import Process

ACCOUNTS = [derived("sim account", str(n)) for n in range(3)]
FIXTURES = [derived("sim fixture", str(n)) for n in range(3)]
MARKETS = [derived("sim market", str(n)) for n in range(3)]
SELECTIONS = (Selection("yes", "Yes"), Selection("no", "No"))
BOOKS = ((1_200, 4_000), (1_909, 1_900), (2_350, 1_600), (9_000, 1_050))
"""Prices of yes and no that add up to a book, in thousandths."""


class Message(NamedTuple):
    """A command as its client keeps it: it may be sent again and again, to any process, under the same key."""

    key: str
    make: Callable[[Any], Any]


class World:
    """Everything there is, stepped by one generator."""

    def __init__(self, seed: int, store: type[MemoryEventStore] = MemoryEventStore) -> None:
        self.rng = Random(seed)  # noqa: S311  (one seed replays one history)
        self.now = NOON
        self.log: Any = store(clock_us=lambda: micros(self.now), log_id=derived("sim log", str(seed)))
        self.checks = Checks()
        self.answers: dict[str, Answer] = {}
        self.network: list[Message] = []
        self.unanswered: dict[str, Message] = {}
        self._told: list[tuple[str, Answer]] = []
        self._violations: list[Violation] = []
        self.refused: Counter[str] = Counter()
        self._happened: Counter[str] = Counter()
        self._delivered: set[str] = set()
        self._in_doubt: dict[str, int] = {}
        self._sent = 0
        self.processes = [Process(self.log, self.rng, self._meanwhile, lambda: micros(self.now) * 1000) for _ in range(2)]
        self._set_up()

    def run(self, steps: int) -> None:
        """Live through a history, then let everything calm down and look at what is left."""
        for process in self.processes:
            process.fail(self.rng.choice([0, 5, 25]))
        for _ in range(steps):
            self._step()
        self._calm_down()

    @property
    def happened(self) -> Counter[str]:
        """How often which trouble came about, in the network and to the processes."""
        return sum((process.happened for process in self.processes), self._happened)

    # What happens, one thing at a time.

    def _step(self) -> None:
        rng, process = self.rng, self.rng.choice(self.processes)
        self.now += timedelta(milliseconds=rng.choice([0, 1, 50, 900]))
        match rng.randrange(20):
            case 0 | 1 | 2 | 3:
                self._ask()
            case 4 | 5 | 6 | 7:
                self._deliver(process)
            case 18 if rng.randrange(8) == 0:
                self._happened["restarted while busy"] += process.busy
                process.restart()
            case 19:
                process.lie_ms = rng.choice([0, 0, -4_000, 2_500, 60_000])
            case _:
                process.turn()
        self._look()

    def _meanwhile(self, process: Process) -> None:
        """While a process waits for its commit, the others go on."""
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            self._deliver(process)
            other = self.rng.choice(self.processes)
            self._deliver(other)
            other.turn()

    def _deliver(self, process: Process) -> None:
        """Deliver any message that is on its way, sometimes twice; whoever has no answer asks again."""
        if not self.network and self.unanswered:
            self.network.extend(self.rng.sample(sorted(self.unanswered.values()), 1))
        if not self.network:
            return
        place = self.rng.randrange(len(self.network))
        message = self.network.pop(place)
        if self.rng.randrange(5) == 0:
            self._happened["doubled on its way"] += 1
            self.network.append(message)
        was_there = message.key in self.answers or message.key in self.checks.bets or message.key in self.checks.transfers
        self._note_delivery(message, process, place, was_there=was_there)
        command = message.make(self.now + timedelta(milliseconds=process.lie_ms))
        process.submit(command, lambda answer: self._hear(message, answer, was_there=was_there))

    def _note_delivery(self, message: Message, process: Process, place: int, *, was_there: bool) -> None:
        self._happened["overtook an older message"] += place > 0
        self._happened["delivered again"] += message.key in self._delivered
        self._happened["asked again after it was done"] += was_there
        self._happened["decided by a wrong clock"] += process.lie_ms != 0
        self._delivered.add(message.key)

    def _hear(self, message: Message, answer: Answer | BaseException, *, was_there: bool) -> None:
        """Take an answer; what is wrong with it is said at the next look, since here the dispatcher would catch it."""
        try:
            self._judge(message, answer, was_there=was_there)
        except Violation as violation:
            self._violations.append(violation)

    def _judge(self, message: Message, answer: Answer | BaseException, *, was_there: bool) -> None:
        if isinstance(answer, Answer):
            self.unanswered.pop(message.key, None)
            if not message.key.startswith("once "):
                self._happened["answered again"] += message.key in self.answers
                self._happened["in doubt, and found in the log"] += answer.position <= self._in_doubt.pop(message.key, -1)
                first = self.answers.setdefault(message.key, answer)
                claim((answer.receipt, answer.position) == (first.receipt, first.position), "a retry gives the first answer", first, answer)
                self._told.append((message.key, answer))
        elif isinstance(answer, Refused) and not isinstance(answer, Contended):
            self.refused[type(answer).__name__] += 1
            claim(not was_there, "what was done is never refused afterwards", message.key, answer)
            self.unanswered.pop(message.key, None)
        else:
            self.refused[type(answer).__name__] += 1
            self._in_doubt[message.key] = self.log.head()
            claim(isinstance(answer, StoreUnavailable | Contended), "nothing else goes wrong", answer)

    def _look(self) -> None:
        if self._violations:
            raise self._violations[0]
        if self.log.head() > self.checks.position:
            for recorded in self.log.read(self.checks.position, 1_000_000):
                self.checks.check(recorded)
            self.checks.check_whole()
        while self._told:
            key, answer = self._told.pop()
            found = self.checks.bets.get(key) or self.checks.transfers.get(key)
            claim(found is not None, "what was acknowledged is in the log", key, answer)
            claim(found.position == answer.position, "an answer says where its fact stands", found, answer)

    # What people ask for.

    def _send(self, key: str, make: Callable[[Any], Any]) -> None:
        message = Message(key, make)
        self.unanswered[key] = message
        self.network.append(message)

    def _ask(self) -> None:
        self._sent += 1
        self.rng.choice(
            [self._ask_bet, self._ask_bet, self._ask_bet, self._ask_money, self._ask_trade, self._ask_trade, self._ask_settle]
        )()

    def _ask_bet(self) -> None:
        rng, account_id = self.rng, self.rng.choice(ACCOUNTS)
        legs = tuple(self._leg(market_id) for market_id in rng.sample(MARKETS, rng.choice([1, 1, 1, 2])))
        bet_id = derived("sim bet", str(self._sent))
        stake_minor, accept = rng.choice([1, 7_00, 60_00, 500_00]), rng.choice(["exact", "better", "any"])
        kind = "single" if len(legs) == 1 else "multiple"
        self._send(bet_id, lambda at: PlaceBet(bet_id, account_id, stake_minor, "EUR", kind, legs, accept, at))

    def _leg(self, market_id: str) -> AskedLeg:
        """Ask for what is, or lately was, on the screen."""
        history = self.checks._markets[market_id]
        version = max(1, len(history) - self.rng.choice([0, 0, 0, 1, 2, 5]))
        prices = next((fact.body.prices for fact in reversed(history[:version]) if hasattr(fact.body, "prices")), {})
        selection = self.rng.choice(["yes", "no"])
        return AskedLeg(market_id, selection, prices.get(selection, exact(2, 1)), version)

    def _ask_money(self) -> None:
        account_id, reference = self.rng.choice(ACCOUNTS), str(self._sent)
        direction, amount_minor = self.rng.choice(["deposit", "withdrawal"]), self.rng.choice([1, 33_00, 250_00])
        key = transfer_of(account_id, reference)
        self._send(key, lambda at: MoveMoney(direction, account_id, amount_minor, "EUR", reference, at))

    def _ask_trade(self) -> None:
        rng, prices = self.rng, self._prices()
        market_id, fixture_id = rng.choice(list(zip(MARKETS, FIXTURES, strict=True)))
        home, away = rng.randrange(3), rng.randrange(3)
        scope: tuple[str, tuple[str, ...]] = rng.choice([("fixture", (fixture_id,)), ("sport", ("football",))])
        make = rng.choices(
            [
                lambda at: PriceMarket(market_id, prices, at),
                lambda at: SuspendMarket(market_id, "goal", at),
                lambda at: ResumeMarket(market_id, prices, at),
                lambda at: CloseMarket(market_id, at),
                lambda at: ResultMarket(market_id, at),
                lambda at: ResultMarket(market_id, at, "fog"),
                lambda at: KickOff(fixture_id, at),
                lambda at: ChangeScore(fixture_id, home, away, 1, "first_half", at),
                lambda at: EndFixture(fixture_id, home, away, home, away, at),
                lambda at: AbandonFixture(fixture_id, "fog", at),
                lambda at: StopBetting(*scope, "storm", at),
                lambda at: ReopenBetting(*scope, at),
            ],
            [120, 20, 50, 1, 6, 3, 6, 8, 1, 1, 4, 12],
        )[0]
        self._send(f"once trade {self._sent}", make)

    def _prices(self) -> dict[str, Odds]:
        return {name: exact(price, 1_000) for name, price in zip(("yes", "no"), self.rng.choice(BOOKS), strict=True)}

    def _ask_settle(self) -> None:
        """Settle what can be settled, as the settler does: from the log, again and again, in any order."""
        for bet_id, bet in self.checks.bets.items():
            for leg in bet.body.legs:
                if leg.market_id in self.checks.results and bet_id not in self.checks.settled:
                    self._settle(bet_id, bet.body.account_id, leg.market_id)

    def _settle(self, bet_id: str, account_id: str, market_id: str) -> None:
        self._send(f"once settle {bet_id} {market_id}", lambda at: SettleBet(bet_id, market_id, at, account_id))

    # The beginning and the end.

    def _set_up(self) -> None:
        for n, account_id in enumerate(ACCOUNTS):
            handle, email = f"bettor_{n}", f"bettor{n}@example.org"
            self._send(f"once account {n}", lambda at, a=account_id, h=handle, e=email: OpenAccount(a, h, e, "argon2", "EUR", at))
        for n, (fixture_id, market_id) in enumerate(zip(FIXTURES, MARKETS, strict=True)):
            self._send(
                f"once fixture {n}", lambda at, f=fixture_id, n=n: ScheduleFixture(f, "football", "Cup", f"H{n}", f"A{n}", NOON, False, at)
            )
            self._settle_down()
            prices = self._prices()
            self._send(
                f"once market {n}",
                lambda at, f=fixture_id, m=market_id, p=prices: OpenMarket(m, f, "both_teams_to_score", {}, SELECTIONS, p, 3_000, at),
            )
        for account_id in ACCOUNTS:
            self._settle_down()
            self._send(transfer_of(account_id, "first"), lambda at, a=account_id: MoveMoney("deposit", a, 100_00, "EUR", "first", at))
        self._settle_down()

    def _settle_down(self) -> None:
        """Deliver everything and let everybody finish."""
        for _ in range(10_000):
            if not (self.network or self.unanswered or any(process.busy for process in self.processes)):
                self._look()
                return
            for process in self.processes:
                self._deliver(process)
                process.turn()
        raise Violation("everybody gets an answer in the end", self.unanswered)

    def _calm_down(self) -> None:
        """With nothing failing any more, everyone is answered, every market comes out and every bet is settled."""
        for process in self.processes:
            process.fail(0)
        self._settle_down()
        for n, (fixture_id, market_id) in enumerate(zip(FIXTURES, MARKETS, strict=True)):
            last: list[Callable[[Any], Any]] = [
                lambda at, f=fixture_id: KickOff(f, at),
                lambda at, f=fixture_id: EndFixture(f, 2, 2, 2, 2, at),
                lambda at, m=market_id: ResultMarket(m, at),
                lambda at, m=market_id: ResultMarket(m, at, "fog"),
            ]
            for step, make in enumerate(last):
                self._send(f"once final {n} {step}", make)
                self._settle_down()
        self._ask_settle()
        self._settle_down()
        claim(self.checks.settled.keys() == self.checks.bets.keys(), "every bet is settled in the end")
        held = {name: minor for name, minor in self.checks.ledger.items() if name.endswith(":reserved") and minor}
        claim(not held, "nothing stays reserved for a settled bet", held)
