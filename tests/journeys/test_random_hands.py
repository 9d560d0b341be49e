"""Everybody does anything in any order, over HTTP, with views and settlement stopped now and then: the audit finds nothing in the end.

One seed gives one order of requests. `SLIPSTREAM_SEED` repeats one, `SLIPSTREAM_STEPS` plays longer.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.clock import Clock
from tests.journeys.house import Person, Tree, until

STEPS = int(os.environ.get("SLIPSTREAM_STEPS", "400"))
SEED = int(os.environ.get("SLIPSTREAM_SEED", "20261126"))
PRICES = {"home": "2.35", "draw": "3.4", "away": "3.1"}
SIDEWAYS = [{"home": "2.1", "draw": "3.3", "away": "3.6"}, {"home": "2.9", "draw": "3.2", "away": "2.5"}, PRICES]
WRONG = [{"home": "9", "draw": "9", "away": "9"}, {"home": "1.1", "draw": "1.1", "away": "1.1"}, {"home": "0.5"}, {"home": "1"}, {}]


class Hands:
    """The people, what they know of the world, and what came of what they asked for."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311  (one seed repeats one order)
        self.mood = random.Random(seed + 1)  # noqa: S311  (what people do to each other changes nothing of the rest)
        self.tree = tree
        self.traders = [tree.bettor(f"hands_trader_{n}", role="trader") for n in (1, 2)]
        self.bettors = [tree.bettor(f"hands_bettor_{n}", funds_minor=500_00) for n in (1, 2, 3)]
        self.auditor = tree.bettor("hands_auditor", role="auditor")
        self.moderator = tree.bettor("hands_moderator", role="moderator")
        self.fixtures: list[str] = []
        self.markets: list[str] = []
        self.proposals: list[str] = []
        self.bets: list[tuple[Person, str]] = []
        self.slips: list[tuple[Person, str]] = []
        self.shown: dict[str, dict[str, Any]] = {}
        self.stopped: set[str] = set()
        self.steps_stopped = 0
        self.came: Counter[str] = Counter()
        self.asked = 0

    def key(self) -> str:
        self.asked += 1
        return f"hands {self.asked}"

    def trader(self) -> Person:
        return self.rng.choice(self.traders)

    def note(self, what: str, answer: httpx.Response) -> httpx.Response:
        """Whatever was asked, the answer is a success or names the problem; only what is overloaded or away may be a server's."""
        self.came[f"{what} {answer.status_code}"] += 1
        assert answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers), (what, answer.text)
        return answer

    # What people do.

    def schedule(self) -> None:
        body = {
            "sport": "football",
            "competition": self.rng.choice(["Cup", "League"]),
            "home": f"Home {self.asked}",
            "away": "Away",
            "kick_off": "2026-12-11T19:00:00Z",
        }
        answer = self.note("schedule", self.trader().post("/v1/trading/fixtures", body, idempotency_key=self.key()))
        if answer.status_code == 201:
            self.fixtures.append(answer.json()["fixture_id"])
            self.open_market()

    def open_market(self) -> None:
        prices = self.rng.choice([*SIDEWAYS, *SIDEWAYS, *WRONG])
        selections = [{"selection": name, "name": name.title(), "odds": odds} for name, odds in prices.items()]
        kind = self.rng.choice(["match_result"] * 4 + ["banana", "total_goals", "first_half_match_result"])
        body = {"fixture_id": self.rng.choice(self.fixtures[-3:]), "type": kind, "selections": selections}
        if kind == "total_goals":
            body |= {
                "specifiers": {"total": self.rng.choice(["2.5", "0.5", "two"])},
                "selections": [{"selection": name, "name": name.title(), "odds": "1.9"} for name in ("over", "under")],
            }
        answer = self.note("open", self.trader().post("/v1/trading/markets", body, idempotency_key=self.key()))
        self._market_or_proposal(answer)

    def _market_or_proposal(self, answer: httpx.Response) -> None:
        if answer.status_code == 201:
            self.markets.append(answer.json()["market_id"])
        elif answer.status_code == 202:
            self.proposals.append(answer.json()["proposal_id"])

    def run_match(self) -> None:
        where = f"/v1/trading/fixtures/{self.rng.choice(self.fixtures)}"
        goals = (self.rng.randrange(4), self.rng.randrange(4))
        clock = {"minute": self.rng.randrange(95), "period": self.rng.choice(["first_half", "half_time", "second_half", "tea_time"])}
        what, path, body = self.rng.choices(
            [
                ("kick off", "kick-off", None),
                ("clock", "clock", clock),
                ("score", "score", {"home": goals[0], "away": goals[1], **clock}),
                ("end", "end", {"regular_home": goals[0], "regular_away": goals[1], "final_home": goals[0], "final_away": goals[1]}),
                ("abandon", "abandonment", {"reason": self.rng.choice(["fog", "", "x" * 500])}),
                ("stop", "suspension", {"reason": self.rng.choice(["goal", "doubt"])}),
            ],
            [6, 6, 3, 1, 1, 1],
        )[0]
        self.note(what, self.trader().put(f"{where}/{path}", body))
        if what == "stop" and self.rng.random() < 0.7:
            self.note("reopen", self.trader().delete(f"{where}/suspension"))

    def stop_all(self) -> None:
        where = self.rng.choice(["/v1/trading/sports/football", "/v1/trading/competitions/football/Cup"])
        self.note("stop all", self.trader().put(f"{where}/suspension", {"reason": "doubt"}))
        self.note("reopen all", self.trader().delete(f"{where}/suspension"))

    def run_market(self) -> None:
        where = f"/v1/trading/markets/{self.rng.choice(self.markets[-6:])}"
        prices = {"prices": self.rng.choice(3 * SIDEWAYS + WRONG[:3])}
        home, away = self.rng.randrange(4), self.rng.randrange(4)
        what, path, body = self.rng.choices(
            [
                ("price", "prices", prices),
                ("suspend", "suspension", {"reason": "goal"}),
                ("resume", "resumption", prices),
                ("close", "closure", None),
                ("result", "result", {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": home, "away": away}),
                ("void", "result", {"results": dict.fromkeys(PRICES, "void"), "home": 0, "away": 0, "void_reason": "fog"}),
            ],
            [20, 2, 6, 1, 4, 1],
        )[0]
        answer = self.note(what, self.trader().put(f"{where}/{path}", body))
        self._market_or_proposal(answer if answer.status_code == 202 else httpx.Response(200))

    def judge(self) -> None:
        """Another trader, or the proposer himself, says yes or no."""
        if not self.proposals:
            return
        proposal = self.rng.choice(self.proposals)
        if self.rng.random() < 0.75:
            answer = self.trader().put(f"/v1/trading/proposals/{proposal}/approval")
        else:
            answer = self.trader().put(f"/v1/trading/proposals/{proposal}/rejection", {"reason": "no"})
        self.note("judge", answer)

    def look(self) -> None:
        """Somebody looks at a market; what they saw may be long gone when they bet."""
        market_id = self.rng.choice(self.markets[-6:])
        answer = self.note("look", self.rng.choice(self.bettors).client.get(f"/v1/markets/{market_id}"))
        if answer.status_code == 200:
            self.shown[market_id] = answer.json()

    def bet(self) -> None:
        if not self.shown:
            self.look()
            return
        who = self.rng.choice([*self.bettors, *self.traders[:1]])
        market = self.shown[self.rng.choice(list(self.shown)[-4:])]
        offered = [each for each in market["selections"] if each["odds"]]
        if not offered:
            return
        selection = self.rng.choice(offered)["selection"]
        stake_minor = self.rng.choices([1, 5_00, 700_00, 0, -3, 10**12], [20, 20, 3, 1, 1, 1])[0]
        accept = self.rng.choices(["exact", "better", "any", "most"], [10, 5, 5, 1])[0]
        version = max(1, market["version"] + self.rng.choices([0, -1, 5], [20, 2, 1])[0])
        answer = self.note("bet", who.bet(market | {"version": version}, selection, stake_minor, self.key(), accept=accept))
        if answer.status_code == 201:
            self.bets.append((who, answer.json()["bet_id"]))
            if self.mood.random() < 0.7:
                self.share(1)

    def share(self, back: int = 6) -> None:
        """Somebody shows one of the last bets, mostly one's own, or a pick."""
        body: dict[str, Any] = {"visibility": self.mood.choice(["public", "public", "public", "followers"]), "tags": ["hands"]}
        if self.bets and self.mood.random() < 0.8:
            who, body["bet_id"] = self.mood.choice(self.bets[-back:])
            body |= self.mood.choice([{}, {"stake_shown": "units", "unit_minor": 1_00}, {"stake_shown": "amount", "unit_minor": 1}])
        else:
            who, market_id = self.mood.choice(self.bettors), self.mood.choice(self.markets[-6:])
            body["pick"] = {"legs": [{"market_id": market_id, "selection": self.mood.choice(["home", "draw"]), "odds": "7/2"}]}
            body["caption"] = self.mood.choice(["", f"@{self.mood.choice(self.bettors).handle} look", "@nobody_at_all"])
        who = self.mood.choices([who, self.mood.choice(self.bettors)], [9, 1])[0]
        answer = self.note("share", who.post("/v1/slips", body))
        if answer.status_code == 201:
            self.slips.append((who, answer.json()["slip_id"]))
            self.tail(1)

    def tail(self, back: int = 6) -> None:
        if self.slips:
            _, slip_id = self.mood.choice(self.slips[-back:])
            stake = self.mood.choice([{"stake_minor": 2_00}, {"percent_of_balance": 1}, {"stake_minor": 0}])
            body = {**stake, "side": self.mood.choice(["tail", "tail", "tail", "fade"]), "worst_odds": self.mood.choice([None, None, "3"])}
            who = self.mood.choice(self.bettors)
            self.note("tail", who.post(f"/v1/slips/{slip_id}/tail", body, idempotency_key=self.key()))

    def mingle(self) -> None:
        """What people do to slips and to each other."""
        one, other = self.mood.sample(self.bettors, 2)
        author, slip_id = self.mood.choice(self.slips[-6:]) if self.slips else (one, self.markets[0])
        path, held = f"/v1/slips/{slip_id}", f"/v1/moderation/slips/{slip_id}/hold"
        pair = f"/v1/{self.mood.choice(['follows', 'follows', 'follows', 'blocks'])}/{other.account_id}"
        asked: list[Callable[[], httpx.Response]] = [
            lambda: author.client.patch(path, json={"visibility": "public", "replies_closed": self.mood.random() < 0.5}),
            lambda: self.mood.choice([author, one]).delete(path),
            lambda: self.moderator.put(held, {"rule": "spam", "reason": "too often"}),
            lambda: self.moderator.delete(held),
            *[lambda: one.put(pair), lambda: one.delete(pair)] * 2,
            lambda: one.client.patch("/v1/account", json={"private": self.mood.random() < 0.15}),
            *[lambda: one.put(f"{path}/like"), lambda: one.delete(f"{path}/like")],
        ]
        self.note("mingle", self.mood.choice(asked)())

    def move_money(self) -> None:
        who, amount_minor = self.rng.choice(self.bettors), self.rng.choice([1, 50_00, 10**13, 0])
        where = self.rng.choice(["deposits", "withdrawals"])
        body = {"amount_minor": amount_minor, "currency": self.rng.choice(["EUR", "EUR", "GBP"]), "reference": self.key()}
        self.note(where, who.post(f"/v1/wallet/{where}", body))

    def pause(self) -> None:
        """One bettor shuts himself out; he is asked for nothing else afterwards, but will try."""
        until_at = Clock().now() + timedelta(days=self.rng.choice([1, 400]))
        path = self.rng.choice(["/v1/account/time-out", "/v1/account/exclusion"])
        self.note("pause", self.bettors[-1].put(path, {"until": until_at.isoformat()}))

    def stop_a_role(self) -> None:
        """A view or the settler stands still, or goes on."""
        role = self.rng.choice(["project", "settle"])
        self.stopped ^= {role}
        self.tree.running[role].send_signal(signal.SIGSTOP if role in self.stopped else signal.SIGCONT)
        self.came[f"{role} {'stopped' if role in self.stopped else 'goes on'}"] += 1

    def go_on(self) -> None:
        for role in self.stopped:
            self.tree.running[role].send_signal(signal.SIGCONT)
        self.stopped, self.steps_stopped = set(), 0

    def step(self) -> None:
        self.steps_stopped += bool(self.stopped)
        if self.steps_stopped > STEPS // 10:
            self.go_on()
        todo: list[tuple[Callable[[], None], int]] = [
            (self.schedule, 2),
            (self.open_market, 4),
            (self.run_match, 12),
            (self.stop_all, 1),
            (self.run_market, 14),
            (self.judge, 7),
            (self.look, 20),
            (self.bet, 26),
            (self.move_money, 5),
            (self.stop_a_role, 2),
        ]
        self.rng.choices([action for action, _ in todo], [weight for _, weight in todo])[0]()
        self.mood.choices([lambda: None, self.mingle, self.tail, self.share], [80, 10, 6, 4])[0]()


@pytest.fixture
def hands(tree: Tree):
    playing = Hands(tree, SEED)
    try:
        yield playing
    finally:
        playing.go_on()


def test_whatever_everybody_does_the_audit_is_clean(tree: Tree, hands: Hands):
    print(f"repeat with SLIPSTREAM_SEED={SEED} SLIPSTREAM_STEPS={STEPS}")  # noqa: T201  (shown where it failed)
    hands.schedule()
    until(lambda: hands.markets or hands.open_market(), "a market is open")
    until(lambda: hands.auditor.client.get(f"/v1/markets/{hands.markets[0]}").status_code == 200, "the market is on the board")
    for number in range(STEPS):
        if number == STEPS // 2:
            hands.pause()
        hands.step()
    hands.go_on()
    print(sorted(hands.came.items()))  # noqa: T201  (shown where it failed)
    assert hands.came["bet 201"] > 5, hands.came
    assert hands.came["judge 200"] > 0, hands.came
    assert hands.came["share 201"] > 1, hands.came

    def proved() -> bool:
        verified = tree.run("audit", "verify")
        assert "violation" not in verified.stdout.lower() or verified.returncode == 0, verified.stdout + verified.stderr
        return verified.returncode == 0

    until(proved, "the audit is clean, and the views have caught up")
