"""A second factor: staff must have it, whoever has it signs in with a code, and it goes with a code or by the console."""

from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from api.auth.second_factors import code_at
from infra.clock import Clock
from tests.journeys.process_tree import PASSWORD, Person, Tree, problem_of, until


@pytest.fixture(scope="module")
def further_settings() -> dict[str, str]:
    return {"SLIPSTREAM_STAFF_SECOND_FACTOR": "required"}


class Enrolled:
    """An app that makes codes."""

    def __init__(self, offered: dict[str, Any]) -> None:
        self.factor_id = offered["factor_id"]
        self.secret = pyotp.parse_uri(offered["otpauth_uri"]).secret
        assert self.secret == offered["secret"]
        self.ahead = timedelta(0)

    def code(self) -> str:
        """The next code: the first is of this half minute, later ones are of the one to come."""
        code = code_at(self.secret, Clock().now() + self.ahead)
        self.ahead = timedelta(seconds=30)
        return code


def confirmed(person: Person) -> tuple[Enrolled, dict[str, Any]]:
    """A second factor, and what the session that it was confirmed with became."""
    offered = person.put("/v1/account/second-factor")
    assert offered.status_code == 200, offered.text
    app = Enrolled(offered.json())
    answer = person.put("/v1/account/second-factor/confirmation", {"factor_id": app.factor_id, "code": app.code()})
    assert answer.status_code == 200, answer.text
    person.client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return app, answer.json()


def sign_in(tree: Tree, handle: str, code: str | None = None) -> httpx.Response:
    return tree.visitor().post("/v1/sessions", {"handle": handle, "password": PASSWORD, "code": code})


def test_staff_may_do_nothing_but_enrol_until_it_has_a_second_factor(tree: Tree):
    tess = tree.bettor("tess", role="trader")
    session = sign_in(tree, "tess").json()
    assert session["second_factor"] == "required"
    fixture = {"sport": "football", "competition": "Cup", "home": "A", "away": "B", "kick_off": "2026-06-11T19:00:00Z"}
    refused = [
        *(tess.get(path) for path in ("/v1/account", "/v1/portfolio", "/v1/wallet", "/v1/bets", "/v1/trading/proposals")),
        tess.post("/v1/trading/fixtures", fixture, idempotency_key="none"),
        tess.post("/v1/bets", {}, idempotency_key="none"),
        tess.put("/v1/account/password", {"old": PASSWORD, "new": "another horse battery"}),
    ]
    assert {problem_of(answer) for answer in refused} == {"second-factor-required"}
    _, became = confirmed(tess)
    assert became["second_factor"] == "given"
    assert tess.get("/v1/account").status_code == 200
    assert tess.post("/v1/trading/fixtures", fixture, idempotency_key="one").status_code == 201


def test_who_is_made_staff_may_do_nothing_more_in_a_session_from_before(tree: Tree):
    lin = tree.bettor("lin")
    assert lin.get("/v1/account").status_code == 200
    assert tree.run("accounts", "grant", "lin", "auditor").returncode == 0
    until(lambda: lin.get("/v1/account").status_code == 403, "the grant is known")
    assert problem_of(lin.get("/v1/account")) == "second-factor-required"


def test_a_sign_in_needs_a_code_that_was_not_used_or_a_recovery_code(tree: Tree):
    ada = tree.bettor("ada")
    assert sign_in(tree, "ada").json()["second_factor"] == "none"
    app, became = confirmed(ada)
    assert problem_of(sign_in(tree, "ada")) == "second-factor-needed"
    wrong = tree.visitor().post("/v1/sessions", {"handle": "ada", "password": "wrong", "code": app.code()})
    assert problem_of(wrong) == "credentials-wrong"
    code = app.code()
    first = sign_in(tree, "ada", code)
    assert (first.status_code, first.json()["second_factor"]) == (201, "given")
    assert problem_of(sign_in(tree, "ada", code)) == "second-factor-wrong"
    assert len(became["recovery_codes"]) == 10
    assert sign_in(tree, "ada", became["recovery_codes"][0]).status_code == 201
    assert problem_of(sign_in(tree, "ada", became["recovery_codes"][0])) == "second-factor-wrong"


def test_guessing_codes_is_stopped_whoever_guesses(tree: Tree):
    grace = tree.bettor("grace")
    app, _ = confirmed(grace)
    guessed = [sign_in(tree, "grace", f"00000{number}") for number in range(6)]
    assert [problem_of(answer) for answer in guessed] == ["second-factor-wrong"] * 5 + ["too-many-requests"]
    assert int(guessed[-1].headers["retry-after"]) > 60
    assert problem_of(sign_in(tree, "grace", app.code())) == "too-many-requests"


def test_a_second_factor_goes_with_a_code_and_every_session_with_it(tree: Tree):
    hopper = tree.bettor("hopper")
    assert problem_of(hopper.put("/v1/account/second-factor/removal", {"code": "000000"})) == "second-factor-unknown"
    app, _ = confirmed(hopper)
    assert problem_of(hopper.put("/v1/account/second-factor")) == "second-factor-stands"
    assert problem_of(hopper.put("/v1/account/second-factor/removal", {"code": "000000"})) == "second-factor-wrong"
    removed = hopper.put("/v1/account/second-factor/removal", {"code": app.code()})
    assert removed.status_code == 200, removed.text
    assert problem_of(hopper.get("/v1/account")) == "session-over"
    hopper.client.headers["authorization"] = f"Bearer {removed.json()['token']}"
    assert hopper.get("/v1/account").status_code == 200
    assert sign_in(tree, "hopper").json()["second_factor"] == "none"


def test_the_console_removes_what_somebody_lost_and_signs_them_out(tree: Tree):
    mary = tree.bettor("mary")
    confirmed(mary)
    assert tree.run("accounts", "remove-second-factor", "mary").returncode == 0
    until(lambda: mary.get("/v1/account").status_code == 401, "every session ended")
    assert tree.run("accounts", "remove-second-factor", "mary").returncode == 0
    mary.sign_in("mary")
    assert tree.run("accounts", "sign-out", "mary").returncode == 0
    until(lambda: mary.get("/v1/account").status_code == 401, "every session ended")
    assert tree.run("accounts", "sign-out", "nobody_here").returncode == 1


def test_without_the_key_no_second_factor_counts_until_the_key_is_back_or_the_console_removed_it(tree: Tree):
    """What the operators' guide says of a lost `second_factor_key`, step by step."""
    rose, uma, max_ = tree.bettor("rose", role="trader"), tree.bettor("uma"), tree.bettor("max_1")
    app, became = confirmed(rose)
    app_of_uma, _ = confirmed(uma)
    key = tree.folder / "data" / "second_factor_key"
    kept = key.read_bytes()
    tree.end("api")
    key.unlink()
    tree.start("api")
    assert key.read_bytes() != kept, "a process makes another one"
    assert {problem_of(sign_in(tree, "rose", code)) for code in (app.code(), became["recovery_codes"][0])} == {"second-factor-wrong"}
    assert "a second factor has no secret that can be read" in (tree.folder / "api.log").read_text()
    assert rose.get("/v1/account").status_code == 200, "who is signed in goes on"
    assert sign_in(tree, "max_1").status_code == 201, "who has none is not concerned"
    assert max_.get("/v1/account").status_code == 200
    assert rose.account_id in tree.run("accounts", "grants", "--json").stdout
    assert tree.run("accounts", "remove-second-factor", "rose").returncode == 0
    until(lambda: rose.get("/v1/account").status_code == 401, "every session ended")
    assert sign_in(tree, "rose").json()["second_factor"] == "required"
    rose.sign_in("rose")
    again, _ = confirmed(rose)
    assert sign_in(tree, "rose", again.code()).json()["second_factor"] == "given"
    tree.end("api")
    key.write_bytes(kept)
    tree.start("api")
    assert sign_in(tree, "uma", app_of_uma.code()).status_code == 201, "with the key, every factor of before counts"
    assert problem_of(sign_in(tree, "rose", again.code())) == "second-factor-wrong"
    assert tree.run("accounts", "remove-second-factor", "rose").returncode == 0


def test_an_offer_that_was_not_confirmed_asks_for_no_code_and_the_next_takes_its_place(tree: Tree):
    kay = tree.bettor("kay")
    first = Enrolled(kay.put("/v1/account/second-factor").json())
    assert sign_in(tree, "kay").status_code == 201
    second = Enrolled(kay.put("/v1/account/second-factor").json())
    path = "/v1/account/second-factor/confirmation"
    assert problem_of(kay.put(path, {"factor_id": first.factor_id, "code": first.code()})) == "second-factor-wrong"
    assert kay.put(path, {"factor_id": second.factor_id, "code": second.code()}).status_code == 200


def test_no_secret_stands_in_the_log_and_it_is_clean(tree: Tree):
    ann = tree.bettor("ann")
    app, became = confirmed(ann)
    told = tree.run("replay", "--stream", ann.account_id, "--json").stdout
    assert "account.second_factor_confirmed.v1" in told
    assert app.secret not in told
    assert became["recovery_codes"][0] not in told
    assert tree.run("audit", "verify").returncode == 0
