"""What clients are told is consistent: per account one order of all calls explains every answer, whichever API was asked.

The checker is porcupine. It is shown what it must find: bugs planted into the roles, each of which breaks one thing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest

from domain.wallet.decider import InsufficientFunds
from infra.embedded.server import free_port
from tests.journeys.histories.calls import Call, History
from tests.journeys.histories.checking import inconsistencies, report_on, why_no_checker
from tests.journeys.histories.clients import Client, markets_for
from tests.journeys.histories.load import Load, anything
from tests.journeys.histories.planted import BUGS
from tests.journeys.histories.settlements import place_settlements
from tests.journeys.process_tree import Person, Tree, approved, grade, number_of, problem_of

pytestmark = pytest.mark.skipif(bool(why_no_checker()), reason=f"{why_no_checker()}: install Go, then scripts/install-system --checker")

PLANTED = "tests.journeys.histories.planted"
SEED = 7
CUSTOMERS = 4
CALLS = 240
CALLS_OF_A_BUG = 80
PAUSES = 6


@contextmanager
def another_api(tree: Tree, *module: str) -> Iterator[str]:
    """One more process of the API on the same servers, started by this module; its address."""
    other = Tree(tree.env["SLIPSTREAM_DATABASE_URL"], tree.env["SLIPSTREAM_REDIS_URL"], tree.folder / f"api_{free_port()}")
    other.folder.mkdir()
    own = {name: other.env[name] for name in ("SLIPSTREAM_HTTP_PORT", "SLIPSTREAM_METRICS_PORT")}
    other.env = {**tree.env, **own}
    try:
        other.start("api", module=module or ("infra",))
        yield other.url
    finally:
        other.end_all()


def correct(trader: Person, second: Person, market: dict[str, Any], home: int, away: int) -> None:
    """Two traders find that a result was wrong."""
    body = {"home": home, "away": away, "reason": "miscounted"}
    approved(second, trader.put(f"/v1/trading/markets/{market['market_id']}/correction", body))


def play(load: Load, traders: tuple[Person, Person], markets: list[dict[str, Any]], calls: int) -> None:
    """Clients ask for anything; the first market comes out and is corrected, while they go on with the others."""
    first, rest = markets[0], markets[1:]
    load.fund()
    load.ask_for(anything([each["market_id"] for each in markets]), calls)
    with load.all_of_them(anything([each["market_id"] for each in rest])):
        load.settled(first["market_id"], lambda: grade(*traders, first, 1, 0), 1)
        load.settled(first["market_id"], lambda: correct(*traders, first, 0, 1), 2)
    for client in load.clients:
        client.balance()


def bet_on_and_on_while_one_pauses(load: Load, market_id: str) -> None:
    """Every account bets at the second API; at the first it then takes a time-out, and bets at the second again."""
    load.fund()
    for customer in load.customers:
        client = load.first_of(customer)
        client.bet(market_id, "home", 1_00, site=1)
        client.pause(site=0)
        client.bet(market_id, "home", 1_00, site=1)
        client.balance()


def test_whatever_clients_call_at_two_apis_one_order_explains_it(tree: Tree, trader: Person, second_trader: Person):
    with another_api(tree) as url:
        load = Load(tree, [tree.url, url], "consistent", CUSTOMERS, Random(SEED))  # noqa: S311
        paused = Load(tree, [tree.url, url], "paused", PAUSES, Random(SEED))  # noqa: S311
        try:
            markets = markets_for(trader, "consistent", 3)
            play(load, (trader, second_trader), markets, CALLS)
            bet_on_and_on_while_one_pauses(paused, markets[2]["market_id"])
        finally:
            load.close()
            paused.close()
    for each in (load, paused):
        place_settlements(each.history, tree.env["SLIPSTREAM_DATABASE_URL"])
        each.history.save(tree.folder / "history.jsonl")
        print(each.history.counts())  # noqa: T201  (shown where it failed)
        assert inconsistencies(each.history) == []
    assert {call.op for call in load.history.calls if call.result == "done"} == {"deposit", "withdraw", "bet", "settle", "balance"}
    assert any(call.amount_minor < 0 for call in load.history.done("settle")), "returns were taken back"
    assert paused.history.counts()["bet paused"] == PAUSES


def found_with(tree: Tree, bug: str, ask: Callable[[Load], None], customers: int, *, beside: bool) -> list[str]:
    """What is found where an API has a bug; with `beside`, clients ask the one without it, too."""
    with another_api(tree, PLANTED, bug) as url:
        load = Load(tree, [tree.url, url] if beside else [url], bug.replace(" ", "_"), customers, Random(SEED))  # noqa: S311
        try:
            ask(load)
        finally:
            load.close()
    return inconsistencies(load.history)


def one_after_the_other(client: Client) -> None:
    """Money comes in, again under the same reference, and is looked at."""
    key = client.move("deposit", 5_00)
    client.balance()
    client.move("deposit", 5_00, key)
    client.balance()


@pytest.mark.parametrize("bug", ["answered before commit", "retry doubled", "stale balance"])
def test_a_bug_of_one_account_at_one_api_is_found(tree: Tree, bug: str):
    assert found_with(tree, bug, lambda load: load.ask_for(one_after_the_other, CALLS_OF_A_BUG), 2, beside=False)


def test_a_skipped_read_check_is_found(tree: Tree, trader: Person):
    market = markets_for(trader, "read check", 1)[0]
    ask = partial(bet_on_and_on_while_one_pauses, market_id=market["market_id"])
    assert found_with(tree, "read check skipped", ask, PAUSES, beside=True)


def test_a_lost_reversal_is_found(tree: Tree, trader: Person, second_trader: Person):
    tree.end("settle")
    tree.start("settle", module=(PLANTED, "lost reversal"))
    load = Load(tree, [tree.url], "reversed", 2, Random(SEED))  # noqa: S311
    try:
        play(load, (trader, second_trader), markets_for(trader, "reversed", 2), CALLS_OF_A_BUG)
    finally:
        load.close()
    assert inconsistencies(load.history)


def told(*calls: Call) -> bool:
    """Whether one order explains these calls, each answered before the next but where times are given."""
    history = History()
    for number, call in enumerate(calls):
        call.called_ns, call.answered_ns = call.called_ns or 10 * number + 1, call.answered_ns or 10 * number + 5
        history.calls.append(call)
    return not report_on(history.lines())["violations"]


def test_the_checker_knows_right_from_wrong():
    shown = partial(Call, "an account", 2, "balance", result="done")
    known = {"key": "k", "amount_minor": 10, "result": "done", "id": "an id"}

    def ten(**more: Any) -> Call:
        return Call("an account", 1, "deposit", **{**known, **more})

    assert told(ten(), shown(available_minor=10))
    assert not told(ten(), shown(available_minor=0)), "stale"
    assert told(ten(answered_ns=100), shown(available_minor=0), shown(available_minor=10)), "it was on its way"
    assert not told(ten(answered_ns=100), shown(available_minor=10), shown(available_minor=0)), "it went back"
    assert told(ten(), ten(), shown(available_minor=10)), "a repeat moves nothing"
    assert not told(ten(), ten(id="another"), shown(available_minor=10))
    assert told(ten(result="unknown"), shown(available_minor=0), shown(available_minor=10)), "what nobody was told may happen late"


def in_log_order(*calls: Call) -> dict[str, Any]:
    """The report on calls of two clients which all overlap."""
    history = History()
    for call in calls:
        call.called_ns, call.answered_ns = 1, 100
        history.calls.append(call)
    return report_on(history.lines())


def test_the_order_of_the_log_decides_what_too_many_orders_would_not():
    """Forty amounts, each a power of two, overlap: which of them a balance shows is beyond trying all orders of them."""
    many = [
        Call("an account", number, "deposit", f"{number}", amount_minor=2**number, result="done", id=f"{number}") for number in range(40)
    ]
    for number, call in enumerate(many):
        call.position = 1_000 - number
    half = sum(call.amount_minor for call in many[20:])
    shown = Call("an account", 40, "balance", available_minor=half, result="done")
    assert in_log_order(*many, shown) == {"accounts": 1, "operations": 41, "in_log_order": 1, "violations": [], "undecided": []}


def test_where_the_order_of_the_log_explains_too_little_every_order_is_tried():
    one = Call("an account", 1, "deposit", "one", amount_minor=1, result="done", id="1", position=1)
    two = Call("an account", 2, "deposit", "two", amount_minor=2, result="done", id="2", position=2)
    only_two = Call("an account", 3, "balance", available_minor=2, result="done")
    neither = Call("an account", 3, "balance", available_minor=4, result="done")
    assert in_log_order(one, two)["in_log_order"] == 1
    found = in_log_order(one, two, only_two)
    assert (found["in_log_order"], found["violations"]) == (0, []), "the log's order is wrong, another is right"
    found = in_log_order(one, two, neither)
    assert (found["in_log_order"], len(found["violations"])) == (0, 1)
    one.position = 0
    assert in_log_order(one, two)["in_log_order"] == 0, "where it is in the log is not known"


def test_a_refusal_names_a_position_at_which_its_reasons_are_shown(tree: Tree):
    broke = tree.bettor("broke", funds_minor=10_00)
    deposited = broke.position
    refused = broke.post("/v1/wallet/withdrawals", {"amount_minor": 50_00, "currency": "EUR", "reference": "too much"})
    assert problem_of(refused) == InsufficientFunds.slug
    assert number_of(broke.position) >= number_of(deposited)
    assert refused.headers["slipstream-position"] == broke.position
    assert broke.get("/v1/wallet").json()["available_minor"] == refused.json()["available_minor"]


def test_every_planted_bug_is_looked_for():
    assert set(BUGS) == {"answered before commit", "read check skipped", "retry doubled", "stale balance", "lost reversal"}
