"""Sessions end: signed out here or everywhere, by a new password, by a revoked role; at once here, a second later elsewhere."""

import time
from collections.abc import Iterator

import pytest

from tests.journeys.house import PASSWORD, Person, Tree, open_match, problem_of, until

ELSEWHERE_S = 1.0
"""How much later than it was answered an end must be known in every process."""
NEW_PASSWORD = "another horse battery"


@pytest.fixture(scope="module")
def elsewhere(tree: Tree) -> Iterator[Tree]:
    """Another API process on the same log."""
    other = Tree(tree.env["SLIPSTREAM_DATABASE_URL"], tree.env["SLIPSTREAM_REDIS_URL"], tree.folder / "elsewhere")
    other.folder.mkdir()
    other.env["SLIPSTREAM_DATA_DIR"] = tree.env["SLIPSTREAM_DATA_DIR"]
    try:
        other.start("api")
        yield other
    finally:
        other.end_all()


def with_session_of(person: Person, site: Tree) -> Person:
    """The same session at another process."""
    same = site.visitor()
    same.account_id = person.account_id
    same.client.headers["authorization"] = person.client.headers["authorization"]
    return same


def signed_in_again(site: Tree, handle: str, password: str = PASSWORD) -> Person:
    person = site.visitor()
    person.sign_in(handle, password)
    return person


def is_over(person: Person) -> bool:
    answers = [person.client.get("/v1/account"), person.client.get("/v1/portfolio"), person.client.get("/v1/wallet/statement")]
    return [answer.status_code for answer in answers] == [401] * 3 and {problem_of(answer) for answer in answers} == {"session-over"}


def assert_over_within_a_second(person: Person, *beside: Person) -> None:
    """A session that goes on acting without pause is refused a second after its end was answered, and for good."""
    ended_s = time.monotonic()
    until(lambda: person.client.get("/v1/account").status_code == 401, "the session is over")
    assert time.monotonic() - ended_s < ELSEWHERE_S + 0.5
    assert is_over(person)
    for other in beside:
        assert other.client.get("/v1/account").status_code == 200


def test_signing_out_ends_this_session_at_once_and_no_other(tree: Tree, elsewhere: Tree):
    ada = tree.bettor("ada", funds_minor=10_00)
    there, laptop = with_session_of(ada, elsewhere), signed_in_again(tree, "ada")
    assert there.client.get("/v1/portfolio").status_code == 200
    assert ada.delete("/v1/sessions/current").status_code == 204
    assert is_over(ada)
    assert ada.delete("/v1/sessions/current").status_code == 204
    assert problem_of(ada.delete("/v1/sessions")) == "session-over"
    assert_over_within_a_second(there, laptop)


def test_signing_out_everywhere_ends_every_session_and_the_next_sign_in_counts(tree: Tree, elsewhere: Tree):
    grace = tree.bettor("grace", funds_minor=10_00)
    there, laptop = with_session_of(grace, elsewhere), signed_in_again(elsewhere, "grace")
    assert [person.client.get("/v1/account").status_code for person in (there, laptop)] == [200, 200]
    assert grace.delete("/v1/sessions").status_code == 204
    assert is_over(grace)
    assert_over_within_a_second(there)
    assert_over_within_a_second(laptop)
    assert grace.delete("/v1/sessions").status_code == 204
    again = signed_in_again(tree, "grace")
    assert again.client.get("/v1/account").status_code == 200
    assert with_session_of(again, elsewhere).client.get("/v1/account").status_code == 200
    assert grace.delete("/v1/sessions").status_code == 204
    assert again.client.get("/v1/account").status_code == 200


def test_an_ended_session_strikes_no_bet(tree: Tree, elsewhere: Tree, trader: Person):
    lin = tree.bettor("lin", funds_minor=10_00)
    there, market = with_session_of(lin, elsewhere), open_match(trader, "ended sessions")
    assert there.bet(market, "home", 1_00, "while it counts").status_code == 201
    assert lin.delete("/v1/sessions").status_code == 204
    assert problem_of(lin.bet(market, "home", 1_00, "here")) == "session-over"
    until(lambda: there.bet(market, "home", 1_00, f"there {time.monotonic()}").status_code == 401, "no bet any more")
    assert problem_of(there.bet(market, "home", 1_00, "while it counts")) == "session-over"


def test_a_new_password_ends_every_session_and_answers_with_a_new_one(tree: Tree, elsewhere: Tree):
    hopper = tree.bettor("hopper")
    there = with_session_of(hopper, elsewhere)
    assert problem_of(hopper.put("/v1/account/password", {"old": "wrong one", "new": NEW_PASSWORD})) == "old-password-wrong"
    assert problem_of(hopper.put("/v1/account/password", {"old": PASSWORD, "new": "short"})) == "password-malformed"
    changed = hopper.put("/v1/account/password", {"old": PASSWORD, "new": NEW_PASSWORD})
    assert changed.status_code == 200
    assert is_over(hopper)
    assert_over_within_a_second(there)
    hopper.client.headers["authorization"] = f"Bearer {changed.json()['token']}"
    assert hopper.client.get("/v1/account").status_code == 200
    assert hopper.put("/v1/account/password", {"old": PASSWORD, "new": NEW_PASSWORD}).status_code == 200
    assert hopper.client.get("/v1/account").status_code == 200
    assert problem_of(tree.visitor().post("/v1/sessions", {"handle": "hopper", "password": PASSWORD})) == "credentials-wrong"
    signed_in_again(tree, "hopper", NEW_PASSWORD)


def test_a_revoked_role_acts_no_more_within_a_second_while_its_session_goes_on(tree: Tree, elsewhere: Tree):
    tess = tree.bettor("tess", role="trader")
    there = with_session_of(tess, elsewhere)
    market = open_match(there, "revoked")
    assert tree.run("accounts", "revoke", "tess", "trader").returncode == 0
    revoked_s = time.monotonic()
    path = f"/v1/trading/markets/{market['market_id']}/suspension"
    until(lambda: there.put(path, {"reason": "a test"}).status_code == 403, "the role is gone")
    assert time.monotonic() - revoked_s < ELSEWHERE_S + 0.5
    assert there.client.get("/v1/account").status_code == 200


def test_the_log_is_clean_after_all_that(tree: Tree):
    assert tree.run("audit", "verify").returncode == 0
