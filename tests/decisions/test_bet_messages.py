"""What a bet is asked and answered with, whatever it comes by: bytes in, a command out; a fact in, bytes out."""

import subprocess
import sys
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import refusals
from api.auth.tokens import Session
from api.bet_messages import place_bet_of, receipt_of
from api.idempotency import KEY_CHARACTERS_MAX, bet_id_of, new_id
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced, Leg
from domain.ids import bet_of
from domain.odds import Odds

NOW = datetime(2026, 6, 11, 19, 0, tzinfo=UTC)
ADA, BEN, MARKET = (f"01946f2a-7c00-7a31-9b1e-3f0e7a4d2c1{digit}" for digit in "123")
OF_ADA, OF_BEN = (Session(account_id, name, "EUR", (), 2_000_000_000) for account_id, name in ((ADA, "ada"), (BEN, "ben")))
LEG = {"market_id": MARKET, "selection": "home", "odds": "10/11", "version": 7}
BET = {"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": [LEG]}

encode = msgspec.json.encode


def test_a_body_and_a_key_make_the_command_with_the_odds_as_they_were_asked():
    asked = place_bet_of(encode(BET), b"order-1", OF_ADA, NOW)

    assert (asked.bet_id, asked.account_id, asked.at) == (bet_of(ADA, "order-1"), ADA, NOW)
    assert (asked.type, asked.stake_minor, asked.currency, asked.accept) == ("single", 5_00, "EUR", "exact")
    assert asked.legs == (AskedLeg(MARKET, "home", Odds(21, 11), 7),)


@pytest.mark.parametrize(
    ("body", "key", "refusal"),
    [
        (BET, None, refusals.KeyMissing),
        (BET, b"", refusals.KeyMalformed),
        (BET, b"a\nb", refusals.KeyMalformed),
        (BET, b"k" * (KEY_CHARACTERS_MAX + 1), refusals.KeyMalformed),
        (BET | {"legs": [LEG | {"market_id": MARKET.upper()}]}, b"k", refusals.IdMalformed),
        (BET | {"legs": [LEG | {"market_id": MARKET + "\n"}]}, b"k", refusals.IdMalformed),
        (BET | {"more": 1}, b"k", refusals.BodyMalformed),
        (BET | {"stake_minor": "5"}, b"k", refusals.BodyMalformed),
        ([], b"k", refusals.BodyMalformed),
    ],
)
def test_what_is_wrong_with_a_bet_that_is_asked_is_refused_by_name(body, key, refusal):
    with pytest.raises(refusal):
        place_bet_of(encode(body), key, OF_ADA, NOW)


def test_the_refusal_says_where_in_the_body_it_is_wrong():
    with pytest.raises(refusals.BodyMalformed) as found:
        place_bet_of(encode(BET | {"legs": [LEG, LEG | {"version": 0}]}), b"k", OF_ADA, NOW)
    ((fault),) = found.value.evidence()["errors"]
    assert fault["where"] == "body.legs[1].version"


@given(key=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=KEY_CHARACTERS_MAX))
def test_a_key_names_one_bet_of_its_account_for_ever_however_it_came(key: str):
    assert bet_id_of(key.encode(), OF_ADA) == new_id("bet", OF_ADA, key)
    assert bet_id_of(key.encode(), OF_ADA) != bet_id_of(key.encode(), OF_BEN)


def test_a_key_that_is_a_uuid7_is_the_id():
    assert bet_id_of(BEN.encode(), OF_ADA) == BEN == new_id("bet", OF_ADA, BEN)


def test_the_receipt_of_a_bet_is_the_same_bytes_for_ever():
    legs = (Leg(MARKET, "home", Odds(2350, 1000), 8, asked=Odds(21, 11), asked_version=7),)
    placed = BetPlaced(ADA, 5_00, "EUR", "single", legs, "better", 11_75, NOW)
    assert receipt_of(BEN, placed, 4217) == (
        b'{"bet_id":"%b","status":"open","type":"single","odds":"2.35","odds_fractional":"27/20","odds_american":"+135","stake_minor":500,'
        b'"currency":"EUR","potential_returns_minor":1175,"returns_minor":null,"legs":[{"market_id":"%b","selection":"home","odds":"2.35",'
        b'"version":8,"asked":"10/11"}],"accept":"better","placed_at":"2026-06-11T19:00:00Z","position":4217}'
        % (BEN.encode(), MARKET.encode())
    )


def test_a_socket_takes_bets_keys_tokens_limits_and_views_without_any_of_http():
    shared = (
        "bet_messages idempotency auth.admission auth.second_factors refusals positions readiness read_loop view_reader async_command_queue"
    )
    look = "import sys; print([name for name in sys.modules if name.startswith(('api.http', 'fastapi', 'starlette'))])"
    imports = "".join(f"import api.{name}\n" for name in shared.split())
    done = subprocess.run([sys.executable, "-c", imports + look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
