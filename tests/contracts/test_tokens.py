"""Sessions as tokens: whose they are, for how long, and of which log."""

from datetime import timedelta

import pytest

from api.auth.tokens import Tokens
from api.refusals import TokenExpired, TokenInvalid
from commands.accounts.sessions import AccountAccess
from domain.account.sessions import Sessions
from domain.ids import derived
from infra.clock import Clock

ANN = AccountAccess(derived("account", "ann"), "ann", "EUR", ("bettor",), Sessions())
KEY = "a key of this test's own, which guards nothing at all"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tokens(clock: Clock, *, key: str = KEY, log_id: str = "one") -> Tokens:
    return Tokens(key, 60, clock, log_id)


def test_a_token_speaks_for_its_account_until_it_runs_out(clock: Clock):
    token, issued = tokens(clock).issue(ANN)
    session = tokens(clock).session(token, clock.now())
    assert session == issued
    with pytest.raises(TokenExpired):
        tokens(clock).session(token, clock.now() + timedelta(seconds=61))


def test_a_token_of_another_log_is_no_session_though_its_key_is_the_same(clock: Clock):
    token, _ = tokens(clock, log_id="the log before it was restored").issue(ANN)
    with pytest.raises(TokenInvalid):
        tokens(clock).session(token, clock.now())


def test_a_token_under_another_key_is_no_session(clock: Clock):
    token, _ = tokens(clock, key=KEY[::-1]).issue(ANN)
    with pytest.raises(TokenInvalid):
        tokens(clock).session(token, clock.now())
