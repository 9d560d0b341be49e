"""Second factors in a real database: a code opens one session, in its half minute and the two beside it; secrets are sealed."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.second_factors import RECOVERY_CODES, SecondFactors, code_at, step_of
from api.refusals import SecondFactorWrong, TooManyRequests
from commands.ports import StoreUnavailable
from domain.ids import derived
from infra.database import make_ready
from infra.second_factors.table import ATTEMPTS_MAX, ATTEMPTS_WINDOW_S, SecondFactorTable

ANN, BOB = derived("account", "ann"), derived("account", "bob")
FACTOR, OTHER = derived("factor", "one"), derived("factor", "other")
KEY = "a key of this test's own, which guards nothing at all"
NOW = datetime(2026, 6, 14, 12, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def table(database_url: str) -> Iterator[SecondFactorTable]:
    make_ready(database_url)
    with closing(SecondFactorTable(database_url, KEY)) as made:
        made.keep(ANN, FACTOR, SECRET)
        yield made


def is_right(table: SecondFactorTable, code: str, now: datetime = NOW, account_id: str = ANN) -> bool:
    try:
        asyncio.run(SecondFactors(table).check(account_id, FACTOR, code, now))
    except SecondFactorWrong:
        return False
    return True


def test_a_code_is_used_once_and_none_before_it_after_that(table: SecondFactorTable):
    assert is_right(table, code_at(SECRET, NOW))
    assert not is_right(table, code_at(SECRET, NOW))
    assert not is_right(table, code_at(SECRET, NOW - HALF_MINUTE))
    assert is_right(table, code_at(SECRET, NOW + HALF_MINUTE))


@pytest.mark.parametrize(("steps", "holds"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_holds_in_its_half_minute_and_the_two_beside_it(table: SecondFactorTable, steps: int, holds: bool):
    assert is_right(table, code_at(SECRET, NOW + steps * HALF_MINUTE)) == holds


def test_one_code_given_many_times_at_once_is_right_once(table: SecondFactorTable, database_url: str):
    with closing(SecondFactorTable(database_url, KEY)) as other, ThreadPoolExecutor(4) as threads:
        given_at = [(table, other)[number % 2] for number in range(4)]
        assert sum(threads.map(lambda each: is_right(each, code_at(SECRET, NOW)), given_at)) == 1


def test_too_many_wrong_codes_wait_however_right_the_next_is_and_a_right_one_begins_anew(table: SecondFactorTable, database_url: str):
    for _ in range(ATTEMPTS_MAX - 1):
        assert not is_right(table, "000000")
    assert is_right(table, code_at(SECRET, NOW))
    for _ in range(ATTEMPTS_MAX):
        assert not is_right(table, "000000")
    with pytest.raises(TooManyRequests) as refused:
        is_right(table, code_at(SECRET, NOW + HALF_MINUTE))
    assert ATTEMPTS_WINDOW_S - 60 < refused.value.retry_after_s <= ATTEMPTS_WINDOW_S
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE second_factor SET attempts_since = attempts_since - make_interval(secs => %s)", (ATTEMPTS_WINDOW_S + 1,))
    assert is_right(table, code_at(SECRET, NOW + HALF_MINUTE))


def test_a_recovery_code_opens_one_session_however_it_is_written(table: SecondFactorTable):
    codes = asyncio.run(SecondFactors(table).new_recovery_codes(FACTOR))
    assert len(set(codes)) == RECOVERY_CODES
    assert is_right(table, codes[0])
    assert not is_right(table, codes[0])
    assert is_right(table, codes[1].replace("-", " ").lower())


def test_what_the_database_holds_tells_no_secret_and_is_of_use_to_no_other_account_nor_under_another_key(
    table: SecondFactorTable, database_url: str
):
    (code, *_) = asyncio.run(SecondFactors(table).new_recovery_codes(FACTOR))
    with psycopg.connect(database_url, autocommit=True) as connection:
        held = connection.execute(
            "SELECT second_factor.*, recovery_code.* FROM second_factor JOIN recovery_code USING (factor_id)"
        ).fetchall()
        raw = b" ".join(bytes(each) if isinstance(each, bytes) else str(each).encode() for row in held for each in row)
        assert SECRET.encode() not in raw
        assert code.replace("-", "").encode() not in raw
        connection.execute("UPDATE second_factor SET account_id = %s", (BOB,))
    assert not is_right(table, code_at(SECRET, NOW), account_id=BOB)
    with closing(SecondFactorTable(database_url, KEY[::-1])) as other:
        assert not is_right(other, code_at(SECRET, NOW), account_id=BOB)


def test_one_factor_of_an_account_is_kept_and_what_is_kept_under_an_id_stays(table: SecondFactorTable):
    table.keep(ANN, FACTOR, SECRET[::-1])
    assert table.attempt(ANN, FACTOR) == SECRET
    table.keep(ANN, OTHER, SECRET)
    table.keep_recovery_codes(OTHER, ["A" * 16])
    table.forget_others(ANN, FACTOR)
    assert table.attempt(ANN, OTHER) is None
    assert not table.use_recovery_code(OTHER, "A" * 16)
    assert table.attempt(ANN, FACTOR) == SECRET


def test_a_database_that_is_away_is_said_to_be():
    with closing(SecondFactorTable("postgresql://127.0.0.1:1/none", KEY)) as table, pytest.raises(StoreUnavailable):
        table.attempt(ANN, FACTOR)


@given(st.integers(1_000_000_000, 7_000_000_000), st.integers(-1, 1))
def test_a_code_is_of_the_step_that_the_standard_gives_it(now_s: int, beside: int):
    now = datetime.fromtimestamp(now_s, UTC)
    when = now + beside * HALF_MINUTE
    code = pyotp.TOTP(SECRET).at(when)
    assert step_of(SECRET, code, now) in range(int(now.timestamp()) // 30 - 1, int(now.timestamp()) // 30 + 2)
    assert pyotp.HOTP(SECRET).at(step_of(SECRET, code, now) or 0) == code
