"""The inbox over HTTP and its channel: who is told of what, how it is marked, switched and explained, and who is told nothing."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.ids import derived
from infra.clock import Clock
from tests.contracts.gateway_under_test import subscribed
from tests.journeys.process_tree import PASSWORD, Person, Tree, grade, open_match, problem_of, until
from tests.journeys.sockets import in_a_thread, socket_of


@pytest.fixture(scope="module")
def star(tree: Tree) -> Person:
    return tree.bettor("Star", funds_minor=100_00)


@pytest.fixture(scope="module")
def fan(tree: Tree) -> Person:
    return tree.bettor("fan", funds_minor=100_00)


def told(person: Person, *after: Person, **asked: Any) -> dict[str, Any]:
    """The inbox of somebody, once it shows what others did."""
    headers = {"Slipstream-After": ",".join(each.position for each in (person, *after) if each.position)}
    answer = until(lambda: (got := person.client.get("/v1/notifications", params=asked, headers=headers)).is_success and got, "it is shown")
    return dict(answer.json())


def texts(page: dict[str, Any]) -> list[str]:
    return [item["text"] for item in page["items"]]


def explained(person: Person, cause: str, *after: Person) -> dict[str, Any]:
    headers = {"Slipstream-After": ",".join(each.position for each in (person, *after) if each.position)}
    answer = until(
        lambda: (got := person.client.get("/v1/notifications/explain", params={"cause": cause}, headers=headers)).is_success and got,
        "it is shown",
    )
    return dict(answer.json())


def shared(person: Person, market: dict[str, Any], key: str) -> tuple[str, str]:
    """Bet, share the bet, and return both ids."""
    struck = person.bet(market, "home", 10_00, key)
    assert struck.status_code == 201, struck.text
    bet_id = struck.json()["bet_id"]
    answer = person.post("/v1/slips", {"bet_id": bet_id, "stake_shown": "amount"}, idempotency_key=f"share {key}")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["slip_id"]), str(bet_id)


def prefer(person: Person, level: str, setting: str, subject: str = "", channel: str = "") -> Any:
    return person.put("/v1/notifications/preferences", {"level": level, "channel": channel, "subject": subject, "setting": setting})


def test_one_slip_reaches_the_inbox_of_whose_bell_is_on_and_its_author_hears_of_all_that_follows(
    tree: Tree, trader: Person, second_trader: Person, star: Person, fan: Person
):
    market = open_match(trader, "inbox")
    fan.put(f"/v1/follows/{star.account_id}")
    assert prefer(fan, "author", "highlights", star.account_id).status_code == 200
    assert prefer(fan, "author", "highlights", star.account_id).json()["setting"] == "highlights"
    slip_id, bet_id = shared(star, market, "told")
    page = told(fan, star)
    assert texts(page)[0] == "Star shared a slip: single, verified"
    assert (page["items"][0]["slip_id"], page["items"][0]["detail"]) == (slip_id, "Home inbox v Away")
    why = explained(fan, f"slip_shared:{slip_id}", star)
    assert why["told"] is True
    assert {"rule": "author", "passed": True, "why": "your bell: verified slips"} in why["steps"]
    other = tree.bettor("other")
    assert explained(other, f"slip_shared:{slip_id}", star)["told"] is False
    fan.put(f"/v1/slips/{slip_id}/like")
    fan.post(f"/v1/slips/{slip_id}/comments", {"text": "Nice <b>one</b>."}, idempotency_key="told")
    assert texts(told(star, fan))[:3] == ["fan commented: “Nice <b>one</b>.”", "fan likes your slip", "fan follows you"]
    grade(trader, second_trader, market, 2, 0)
    until(lambda: told(star, trader)["items"][0]["bet_id"] == bet_id, "the settled bet is told")
    assert told(star)["items"][0]["text"] == "Your bet won and returned 23.50 EUR"
    assert explained(star, f"bet_settled:{bet_id}")["told"] is True
    counts = told(star)["counts"]
    star.delete(f"/v1/slips/{slip_id}")
    gone = told(star)
    assert (gone["counts"]["unread"], slip_id in str(gone)) == (counts["unread"] - 2, False)
    assert f"slip_shared:{slip_id}" not in str(told(fan, star))
    until(lambda: tree.run("audit", "verify").returncode == 0, "the log is clean, and every inbox is what the log says")


def test_a_kick_off_is_told_to_who_has_an_open_bet_on_the_match_until_it_is_over(tree: Tree, trader: Person, second_trader: Person):
    market = open_match(trader, "kick-off", live=False)
    fan, other = tree.bettor("waiting", funds_minor=50_00), tree.bettor("onlooker", funds_minor=50_00)
    assert fan.bet(market, "home", 10_00, "before kick-off").status_code == 201
    cause = f"kickoff:{market['fixture_id']}"
    assert explained(fan, cause)["told"] is False
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/kick-off").is_success
    (item,) = told(fan, trader, group="bets")["items"]
    expected = ("Kick-off in your open bets", "Home kick-off v Away", market["fixture_id"], cause, True)
    assert tuple(item[name] for name in ("text", "detail", "fixture_id", "notice_id", "unread")) == expected
    assert explained(fan, cause)["told"] is True
    assert told(other, trader, group="bets")["items"] == []
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/kick-off").is_success
    assert len(told(fan, trader, group="bets")["items"]) == 1
    grade(trader, second_trader, market, 2, 0)
    until(lambda: "Kick-off" not in str(texts(told(fan, trader, group="bets"))), "the match is over")
    found = explained(fan, cause)
    assert {"rule": "lifetime", "passed": False, "why": "the match is over"} in found["now"]["steps"]
    assert (found["told"], found["otherwise_now"]) == (True, ["in_app"]), "it was told as it began"


def test_a_price_that_one_waits_for_is_told_once_and_what_cannot_be_waited_for_is_refused(tree: Tree, trader: Person):
    tree.start("notify")
    market, person = open_match(trader, "prices"), tree.bettor("waiter")
    place = f"/v1/notifications/price-alerts/{market['market_id']}"
    first = person.put(f"{place}/home", {"odds": "2.6"})
    assert (first.status_code, first.json()["odds"], first.json()["fixture_id"]) == (200, "2.60", market["fixture_id"])
    assert person.put(f"{place}/home", {"odds": "8/5"}).json() == first.json(), "the same price, in another form"
    refused = {
        "price-reached-already": person.put(f"{place}/home", {"odds": "2"}),
        "odds-malformed": person.put(f"{place}/home", {"odds": "many"}),
        "selection-unknown": person.put(f"{place}/nobody", {"odds": "2.6"}),
        "market-unknown": person.put(f"/v1/notifications/price-alerts/{derived('nothing')}/home", {"odds": "2.6"}),
        "id-malformed": person.put("/v1/notifications/price-alerts/x/home", {"odds": "2.6"}),
        "staff-do-not-bet": trader.put(f"{place}/home", {"odds": "2.6"}),
    }
    assert {name: problem_of(answer) for name, answer in refused.items()} == {name: name for name in refused}
    assert person.put(f"{place}/draw", {"odds": "80"}).status_code == 200
    assert [each["selection"] for each in person.get("/v1/notifications/price-alerts").json()["items"]] == ["draw", "home"]
    assert person.delete(f"{place}/draw").status_code == person.delete(f"{place}/draw").status_code == 200
    prices = {"home": "2.65", "draw": "3.4", "away": "2.5"}
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": prices}).status_code == 200
    until(lambda: person.get("/v1/notifications/price-alerts").json()["items"] == [], "the price is reached")
    page = until(lambda: (got := told(person, group="bets"))["items"] and got, "it is told")
    (item,) = page["items"]
    assert (item["text"], item["detail"]) == ("Home at 2.65, as you wanted", "Home prices v Away")
    assert explained(person, item["notice_id"])["told"] is True


def test_price_alerts_on_the_command_line(tree: Tree, trader: Person, tmp_path: Path):
    market, person, password = open_match(trader, "typed prices"), tree.bettor("typing_prices"), tmp_path / "password"
    password.write_text(PASSWORD)
    as_one = ("--as", person.handle, "--password-file", str(password), "--url", tree.url)
    assert tree.run("price-alerts", "list", *as_one).stdout.strip() == "No price alerts."
    assert "2.60 or better" in tree.run("price-alerts", "set", market["market_id"], "home", "2.6", *as_one).stdout
    assert market["market_id"][:8] in tree.run("price-alerts", "list", "--json", *as_one).stdout
    assert tree.run("price-alerts", "set", market["market_id"], "home", "1.5", *as_one).returncode == 1
    assert tree.run("price-alerts", "remove", market["market_id"], "home", *as_one).stdout.strip() == "No price alert on home."


def test_what_was_told_is_seen_read_and_archived_and_narrowed_to_its_group(tree: Tree):
    person = tree.bettor("reader", funds_minor=50_00)
    (deposit,) = told(person, group="account")["items"]
    assert (deposit["text"], deposit["kind"], deposit["unread"], deposit["unseen"]) == ("Deposit of 50.00 EUR arrived", "money", True, True)
    assert told(person, group="people")["items"] == []
    marked = person.put("/v1/notifications/seen", {"upto": deposit["position"]})
    assert (marked.status_code, marked.json()) == (200, {"mark": "seen", "notice_id": "", "upto": deposit["position"]})
    assert told(person)["counts"] == {"unread": 1, "unseen": 0, "newest": deposit["position"]}
    once = {"upto": deposit["position"], "notice_id": deposit["notice_id"]}
    assert person.put("/v1/notifications/read", once).content == person.put("/v1/notifications/read", once).content
    assert told(person)["counts"]["unread"] == 0
    assert person.put("/v1/notifications/archived", once).status_code == 200
    assert told(person)["items"] == []
    for path, body in (("read", {"upto": 0}), ("seen", {"upto": 1, "notice_id": "like:x"}), ("archived", {"upto": 1, "notice_id": "<b>"})):
        assert problem_of(person.put(f"/v1/notifications/{path}", body)) == "mark-malformed"
    assert problem_of(person.put("/v1/notifications/read", {"upto": -1})) == "body-malformed"


def test_preferences_are_listed_and_what_there_is_not_or_is_always_told_is_refused(tree: Tree, trader: Person):
    person = tree.bettor("chooser", funds_minor=5_00)
    market = open_match(trader, "preferred")
    assert prefer(person, "kind", "off", "like", "in_app").status_code == 200
    assert prefer(person, "match", "off", market["fixture_id"]).status_code == 200
    found = person.get("/v1/notifications/preferences").json()
    assert [(each["level"], each["subject"], each["setting"]) for each in found["items"]] == [
        ("kind", "like", "off"),
        ("match", market["fixture_id"], "off"),
    ]
    money = {"kind": "money", "label": "Deposits and withdrawals", "group": "account", "locked": True, "by_bell": False, "urgent": False}
    channels = ["in_app", "web_push", "email", "mobile_push"]
    assert money | {"locked_in": ["in_app"], "default_in": channels} in found["kinds"]
    assert prefer(person, "kind", "inherit", "like", "in_app").status_code == 200
    assert len(person.get("/v1/notifications/preferences").json()["items"]) == 1
    nobody = derived("nobody", "at all")
    refused = {
        "kind-always-told": prefer(person, "kind", "off", "security", "in_app"),
        "preference-malformed": prefer(person, "kind", "off", "<script>", "in_app"),
        "account-unknown": prefer(person, "author", "all", nobody),
        "fixture-unknown": prefer(person, "match", "off", nobody),
    }
    assert {name: problem_of(answer) for name, answer in refused.items()} == {name: name for name in refused}
    assert problem_of(prefer(person, "author", "all", person.account_id)) == "preference-malformed"
    assert problem_of(prefer(person, "author", "all", "\n")) == "preference-malformed"
    prefer(person, "app", "off")
    assert texts(told(person)) == ["Deposit of 5.00 EUR arrived"]


def test_who_is_in_a_time_out_is_told_of_nobodys_slips(tree: Tree, trader: Person, star: Person):
    pausing = tree.bettor("pausing")
    pausing.put(f"/v1/follows/{star.account_id}")
    prefer(pausing, "author", "all", star.account_id)
    slip_id, _ = shared(star, open_match(trader, "pause"), "pause")
    assert texts(told(pausing, star)) == ["Star shared a slip: single, verified"]
    until_then = (Clock().now() + timedelta(hours=2)).isoformat()
    paused = pausing.put("/v1/account/time-out", {"until": until_then})
    assert paused.status_code == 200, paused.text
    page = told(pausing)
    assert (slip_id in str(page), {item["kind"] for item in page["items"]}) == (False, {"limits"})
    found = explained(pausing, f"slip_shared:{slip_id}")
    assert [step["rule"] for step in found["now"]["steps"] if not step["passed"]] == ["protection"]
    assert (found["told"], found["otherwise_now"]) == (True, ["in_app"]), "before the time-out it was"


def test_an_inbox_is_its_owners_alone_and_what_is_new_is_pushed_to_it(tree: Tree, star: Person):
    tree.start("stream")
    owner = tree.bettor("owner")
    assert problem_of(tree.bettor("nobody").client.get("/v1/notifications", headers={"Authorization": ""})) == "token-missing"

    async def story() -> None:
        async with socket_of(tree, owner) as (made, _):
            _, events, shown = await subscribed(made, f"inbox:#{owner.account_id}")
            assert shown.data["snapshot"]["unread"] == 0
            assert (await in_a_thread(star.put, f"/v1/follows/{owner.account_id}")).status_code == 200
            while (pushed := (await events.next("on_publication")).pub.data["changes"])["unread"] != 1:
                pass
            assert pushed == (await in_a_thread(told, owner, star))["counts"]

    asyncio.run(story())


def test_quiet_hours_a_digest_and_a_language_are_set_listed_and_held_against_what_there_is(tree: Tree):
    person = tree.bettor("sleeper", funds_minor=10_00)
    night = {"time_zone": "Europe/Berlin", "quiet_from_minute": 1_380, "quiet_until_minute": 450, "meanwhile": "wait"}
    assert person.put("/v1/notifications/schedule", night).json() == night
    daily = {"channel": "email", "digest": "daily", "hour": 9}
    assert person.put("/v1/notifications/digest", daily).json() == daily
    assert person.put("/v1/notifications/language", {"language": "de"}).json() == {"language": "de"}
    assert prefer(person, "promotion", "on", "slips", "email").status_code == 200
    found = person.get("/v1/notifications/preferences").json()
    assert (found["schedule"], found["language"]) == (night, "de")
    assert daily in found["digests"]
    assert [(each["level"], each["channel"], each["subject"]) for each in found["items"]] == [("promotion", "email", "slips")]
    (deposit,) = told(person, group="account")["items"]
    channels = {each["channel"]: each for each in explained(person, deposit["notice_id"])["channels"]}
    assert set(channels) == {"web_push", "email", "mobile_push"}
    assert [step["rule"] for step in channels["email"]["steps"] if not step["passed"]] == ["channel"]
    unknown = person.put("/v1/notifications/schedule", night | {"time_zone": "Mars/Olympus"})
    assert (problem_of(unknown), unknown.json()["time_zone"]) == ("time-zone-unknown", "Mars/Olympus")
    assert problem_of(person.put("/v1/notifications/schedule", night | {"meanwhile": "drop"})) == "quiet-hours-malformed"
    assert problem_of(person.put("/v1/notifications/digest", daily | {"channel": "in_app"})) == "digest-malformed"
    assert problem_of(person.put("/v1/notifications/language", {"language": "tlh"})) == "language-unknown"


def test_support_is_told_why_an_account_is_told_and_that_it_asked_is_logged(tree: Tree):
    person = tree.bettor("puzzled", funds_minor=10_00)
    (deposit,) = told(person, group="account")["items"]
    shown = tree.run("accounts", "explain", person.handle, deposit["notice_id"])
    assert shown.returncode == 0, shown.stderr
    as_of = explained(person, deposit["notice_id"])["as_of"]
    assert (as_of["position"], as_of["at"]) == (deposit["position"], deposit["at"])
    assert shown.stdout.startswith(f"as of {as_of['at'][:19].replace('T', ' ')}Z, position {as_of['position']} of the log\n")
    assert "\nin_app: told\n" in shown.stdout
    assert "stopped  channel: mail has no address of yours" in shown.stdout
    assert person.account_id in shown.stdout + shown.stderr
    as_json = json.loads(tree.run("accounts", "explain", person.handle, deposit["notice_id"], "--json").stdout.splitlines()[-1])
    assert as_json == explained(person, deposit["notice_id"])
    assert prefer(person, "app", "off").status_code == 200
    assert prefer(person, "kind", "on", "money", "email").status_code == 200
    since = explained(person, deposit["notice_id"])
    same = ("as_of", "told", "steps", "channels")
    assert [since[name] for name in same] == [as_json[name] for name in same], "what is set afterwards changes nothing of then"
    by_mail = next(each for each in since["now"]["channels"] if each["channel"] == "email")
    assert {"rule": "kind", "passed": True, "why": "you switched deposits and withdrawals on"} in by_mail["steps"]
    assert tree.run("accounts", "explain", "nobody_at_all", deposit["notice_id"]).returncode != 0


def test_addresses_are_listed_and_what_is_not_there_is_removed_as_what_was(tree: Tree):
    person = tree.bettor("reached")
    path = f"/v1/notifications/addresses/{derived('address', 'none')}"
    removed = person.delete(path)
    assert (removed.status_code, removed.json()["added"]) == (200, False)
    assert removed.json() == person.delete(path).json()
    assert person.get("/v1/notifications/addresses").json() == {"items": []}
    assert problem_of(person.delete("/v1/notifications/addresses/none")) == "id-malformed"


def test_a_sign_in_from_a_new_place_is_told_once_and_the_first_is_not(tree: Tree):
    person = tree.bettor("traveller")

    def sign_in(browser: str) -> None:
        asked = {"handle": person.handle, "password": PASSWORD}
        answer = tree.visitor().client.post("/v1/sessions", json=asked, headers={"User-Agent": f"Mozilla/5.0 {browser}/130.0"})
        assert answer.status_code == 201, answer.text
        person.position = answer.headers["Slipstream-Position"]

    said = "You signed in from a new place, or with another browser. Not you? Change your password"
    assert said not in texts(told(person)), "the first sign-in of all is not told"
    for browser, times in (("Firefox", 1), ("Firefox", 1), ("Chrome", 2), ("Firefox", 2), ("Chrome", 2), ("Safari", 3)):
        sign_in(browser)
        assert texts(told(person)).count(said) == times
    assert {item["kind"] for item in told(person)["items"]} == {"security"}


def test_the_first_sign_in_after_registration_is_told_where_it_is_from_elsewhere(tree: Tree):
    handle, said = "registered_here", "You signed in from a new place, or with another browser. Not you? Change your password"
    asked = {"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD}
    at_home, elsewhere = ({"User-Agent": f"Mozilla/5.0 {browser}/130.0"} for browser in ("Firefox", "Chrome"))
    assert tree.visitor().client.post("/v1/accounts", json=asked, headers=at_home).status_code == 201
    for headers, times in ((at_home, 0), (elsewhere, 1)):
        visitor = tree.visitor()
        answer = visitor.client.post("/v1/sessions", json={"handle": handle, "password": PASSWORD}, headers=headers)
        assert answer.status_code == 201, answer.text
        visitor.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        visitor.position = answer.headers["Slipstream-Position"]
        assert texts(told(visitor)).count(said) == times
