"""Wrong stories about bets and money."""

import json
from datetime import timedelta

import httpx

from api.http.signed_requests import SIGNATURE_HEADER, signature_of
from infra.clock import Clock
from tests.journeys.hands.betting import KEY, WEBHOOK_SITE
from tests.journeys.hands.world import MADE_UP
from tests.journeys.hands.wrong import COMPETITION, SPORT, Actors, wrong


@wrong("MarketMissing", "market-unknown")
def a_bet_on_no_market(actors: Actors) -> httpx.Response:
    return actors.bet({"market_id": MADE_UP, "selection": "home", "odds": "2", "version": 1})


@wrong("BetAfterSuspension", "market-suspended-now")
def a_bet_on_a_suspended_price(actors: Actors) -> httpx.Response:
    market = actors.market()
    actors.done("suspendMarket", actors.one_trader, {"reason": "doubt"}, market_id=market["market_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("BetAfterSuspension", "market-not-open")
def a_bet_on_a_closed_market(actors: Actors) -> httpx.Response:
    market = actors.market()
    actors.done("closeMarket", actors.one_trader, market_id=market["market_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("BetAfterSuspension", "betting-over", "market-not-open")
def a_bet_on_a_market_that_came_out(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.resulted()), accept="any")


@wrong("BetAfterEnd", "betting-over")
def a_bet_after_the_final_whistle(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.end(market["fixture_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("BetAfterEnd", "betting-over", "market-not-open")
def a_bet_after_the_abandonment(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.abandon(market["fixture_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("VersionFromTheFuture", "version-from-the-future")
def a_bet_at_a_version_to_come(actors: Actors) -> httpx.Response:
    market = actors.market()
    return actors.bet(actors.leg(market, version=market["version"] + 5))


@wrong("PriceStale", "prices-moved")
def a_bet_at_a_price_without_grace(actors: Actors) -> httpx.Response:
    market = actors.market(grace_ms=0, in_play_grace_ms=0)
    actors.done("priceMarket", actors.one_trader, {"prices": {"home": "2.1", "draw": "3.3", "away": "3.6"}}, market_id=market["market_id"])
    return actors.bet(actors.leg(market))


@wrong("OddsNotShown", "prices-moved")
def a_bet_at_odds_that_never_stood(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market(), odds="9.5"))


@wrong("OddsNotAgreed", "prices-moved")
def a_bet_that_would_be_struck_worse_than_agreed(actors: Actors) -> httpx.Response:
    market = actors.market(grace_ms=0, in_play_grace_ms=0)
    actors.done("priceMarket", actors.one_trader, {"prices": {"home": "2.1", "draw": "3.3", "away": "3.6"}}, market_id=market["market_id"])
    return actors.bet(actors.leg(market), accept="better")


@wrong("PricesVoid", "prices-awaited")
def a_bet_at_the_prices_before_a_goal(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    body = {"home": 1, "away": 0, "minute": 3, "period": "first_half"}
    actors.done("changeScore", actors.one_trader, body, fixture_id=market["fixture_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("BettingStoppedThere", "betting-suspended")
def a_bet_below_a_stopped_match(actors: Actors) -> httpx.Response:
    market = actors.market()
    actors.done("suspendFixture", actors.one_trader, {"reason": "doubt"}, fixture_id=market["fixture_id"])
    return actors.bet(actors.leg(market), accept="any")


@wrong("BettingStoppedThere", "betting-suspended")
def a_bet_below_a_stopped_competition(actors: Actors) -> httpx.Response:
    market = actors.market()
    where = {"sport": SPORT, "competition": COMPETITION}
    actors.done("suspendCompetition", actors.one_trader, {"reason": "doubt"}, **where)
    refused = actors.bet(actors.leg(market), accept="any")
    actors.done("reopenCompetition", actors.one_trader, **where)
    return refused


@wrong("LegTwice", "selection-twice")
def a_bet_with_a_selection_twice(actors: Actors) -> httpx.Response:
    market = actors.market()
    return actors.bet(actors.leg(market), actors.leg(market), kind="single")


@wrong("LegTwice", "related-legs")
def a_multiple_with_a_match_twice(actors: Actors) -> httpx.Response:
    market = actors.market()
    return actors.bet(actors.leg(market), actors.leg(actors.market(market["fixture_id"], kind="total_goals"), "over"))


@wrong("ValueNotAllowed", "bet-type-unknown", "too-many-legs")
def a_bet_of_no_known_type(actors: Actors) -> httpx.Response:
    body = {"type": "banana", "stake_minor": 1_00, "currency": "EUR", "legs": [actors.leg(actors.market())], "accept": "exact"}
    return actors.ask("placeBet", actors.ada, body)


@wrong("ValueNotAllowed", "too-many-legs", "bet-type-unknown")
def a_bet_of_no_legs(actors: Actors) -> httpx.Response:
    return actors.ask("placeBet", actors.ada, {"type": "single", "stake_minor": 1_00, "currency": "EUR", "legs": [], "accept": "exact"})


@wrong("ValueNotAllowed", "stake-out-of-range")
def a_bet_of_a_negative_stake(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), stake_minor=-5)


@wrong("ValueNotAllowed", "odds-out-of-range", "odds-malformed")
def a_bet_at_odds_below_one(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market(), odds="0.50"))


@wrong("StakeDiffers", "bet-key-reused")
def another_bet_under_the_same_key(actors: Actors) -> httpx.Response:
    key, market = actors.world.key(), actors.market()
    body = {"type": "single", "stake_minor": 1_00, "currency": "EUR", "legs": [actors.leg(market)], "accept": "exact"}
    actors.done("placeBet", actors.ada, body, key=key)
    return actors.ask("placeBet", actors.ada, {**body, "stake_minor": 2_00}, key=key)


@wrong("WalletBelowZero", "insufficient-funds")
def a_stake_beyond_the_balance(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), who=actors.join(funds_minor=1_00), stake_minor=1_01)


@wrong("WalletBelowZero", "insufficient-funds")
def a_withdrawal_of_a_stake(actors: Actors) -> httpx.Response:
    who = actors.join(funds_minor=10_00)
    assert actors.bet(actors.leg(actors.market()), who=who, stake_minor=6_00).status_code == 201
    return actors.ask("withdraw", who, {"amount_minor": 5_00, "currency": "EUR", "reference": "all"})


@wrong("AmountNotPositive", "amount-out-of-range")
def a_deposit_of_nothing(actors: Actors) -> httpx.Response:
    return actors.ask("deposit", actors.ada, {"amount_minor": 0, "currency": "EUR", "reference": actors.world.key()}, site=0)


@wrong("AmountNotPositive", "amount-out-of-range")
def a_negative_withdrawal(actors: Actors) -> httpx.Response:
    return actors.ask("withdraw", actors.ada, {"amount_minor": -5_00, "currency": "EUR", "reference": actors.world.key()})


@wrong("ReferenceUsedTwice", "reference-reused")
def another_amount_under_the_same_reference(actors: Actors) -> httpx.Response:
    told = {"amount_minor": 5, "currency": "EUR", "reference": actors.world.key()}
    actors.done("deposit", actors.ada, told, site=0)
    return actors.ask("deposit", actors.ada, {**told, "amount_minor": 6}, site=0)


@wrong("TransferDiffers", "currency-mismatch")
def a_deposit_in_another_currency(actors: Actors) -> httpx.Response:
    return actors.ask("deposit", actors.ada, {"amount_minor": 5, "currency": "GBP", "reference": actors.world.key()}, site=0)


def _paid(actors: Actors, account_id: str, *, key: bytes = KEY, late_s: int = 0) -> httpx.Response:
    body = {"account_id": account_id, "amount_minor": 5, "currency": "EUR", "reference": actors.world.key()}
    raw = json.dumps(body).encode()
    signature = signature_of(key, raw, int(Clock().now().timestamp()) - late_s)
    return actors.ask("receivePayment", None, raw, site=WEBHOOK_SITE, **{SIGNATURE_HEADER.lower().replace("-", "_"): signature})


@wrong("MoneyOfAnother", "wallet-unknown", "account-unknown")
def a_payment_to_nobody(actors: Actors) -> httpx.Response:
    return _paid(actors, MADE_UP)


@wrong("MoneyWithoutReference", "signature-wrong")
def a_payment_that_nobody_made(actors: Actors) -> httpx.Response:
    return _paid(actors, actors.ada.account_id, key=b"another key, as long as the right one is")


@wrong("MoneyWithoutReference", "signature-too-old")
def a_payment_told_an_hour_late(actors: Actors) -> httpx.Response:
    return _paid(actors, actors.ada.account_id, late_s=3_600)


@wrong("AccountShut", "timed-out-now")
def a_bet_in_a_time_out(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("timeOut", who, {"until": (Clock().now() + timedelta(days=2)).isoformat()})
    return actors.bet(actors.leg(actors.market()), who=who)


@wrong("AccountShut", "self-excluded-now")
def a_deposit_in_an_exclusion(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("excludeSelf", who, {"until": None})
    return actors.ask("deposit", who, {"amount_minor": 5, "currency": "EUR", "reference": actors.world.key()}, site=0)


@wrong("AccountShut", "self-excluded-now")
def a_payment_in_an_exclusion(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("excludeSelf", who, {"until": None})
    return _paid(actors, who.account_id)


@wrong("AccountShut", "account-is-closed")
def a_bet_of_a_closed_account(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("closeAccount", actors.support, {"reason": "asked for"}, account_id=who.account_id)
    return actors.bet(actors.leg(actors.market()), who=who)


@wrong("AccountShut", "staff-do-not-bet")
def a_bet_of_staff(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), who=actors.one_trader)


@wrong("BetOverLimit", "stake-over-limit")
def a_bet_over_the_limit_of_its_account(actors: Actors) -> httpx.Response:
    who = actors.join()
    body = {"factor": "0.00001", "reason": "arbitrage"}
    actors.done("setStakeFactor", actors.one_trader, body, account_id=who.account_id)
    return actors.bet(actors.leg(actors.market()), who=who, stake_minor=100_00)


@wrong("BetOverLimit", "stake-over-limit")
def a_bet_over_the_limit_of_its_match_on_a_market_to_come(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture()
    actors.done("limitFixturePayout", actors.one_trader, {"payout_minor_max": 1_00, "reason": "a rumour"}, fixture_id=fixture_id)
    return actors.bet(actors.leg(actors.market(fixture_id)), stake_minor=1_00)


@wrong("FixtureLimitOutOfPlace", "fixture-not-live")
def a_limit_of_a_match_that_is_over(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    actors.end(fixture_id)
    body = {"payout_minor_max": 1_00, "reason": "a rumour"}
    return actors.ask("limitFixturePayout", actors.one_trader, body, fixture_id=fixture_id)


@wrong("FreeBetUsedTwice", "free-bet-already-used")
def a_second_bet_with_one_free_bet(actors: Actors) -> httpx.Response:
    free_bet_id, leg = actors.free_bet(actors.ada), actors.leg(actors.market())
    assert actors.bet(leg, free_bet_id=free_bet_id).status_code == 201
    return actors.bet(leg, free_bet_id=free_bet_id)


@wrong("FreeBetDiffers", "free-bet-stake-differs")
def a_bet_of_more_than_its_free_bet(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), stake_minor=2_00, free_bet_id=actors.free_bet(actors.ada))


@wrong("FreeBetDiffers", "free-bet-unknown")
def a_bet_with_the_free_bet_of_another(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), free_bet_id=actors.free_bet(actors.bob))


@wrong("SlipDiffers", "free-bet-not-shared")
def a_slip_of_a_free_bet(actors: Actors) -> httpx.Response:
    bet = actors.bet(actors.leg(actors.market()), free_bet_id=actors.free_bet(actors.ada)).json()
    return actors.ask("shareSlip", actors.ada, {"bet_id": bet["bet_id"], "visibility": "public", "stake_shown": "amount", "caption": ""})


@wrong("CashOutDiffers", "free-bet-not-cashed-out")
def a_cash_out_of_a_free_bet(actors: Actors) -> httpx.Response:
    bet = actors.bet(actors.leg(actors.market()), free_bet_id=actors.free_bet(actors.ada)).json()
    return actors.ask("quoteCashOut", actors.ada, bet_id=bet["bet_id"])


@wrong("BonusStakeDiffers", "bonus-stake-too-large")
def a_stake_that_is_too_large_for_its_bonus(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), stake_minor=1_01, bonus_id=actors.bonus(actors.ada))


@wrong("BonusStakeDiffers", "bonus-unknown")
def a_bet_from_the_bonus_of_another(actors: Actors) -> httpx.Response:
    return actors.bet(actors.leg(actors.market()), bonus_id=actors.bonus(actors.bob))


@wrong("BonusBalanceWrong", "insufficient-bonus")
def a_stake_beyond_its_bonus(actors: Actors) -> httpx.Response:
    bonus_id, leg = actors.bonus(actors.ada, stake_minor_max=2_00), actors.leg(actors.market())
    assert actors.bet(leg, stake_minor=1_50, bonus_id=bonus_id).status_code == 201
    return actors.bet(leg, bonus_id=bonus_id)


@wrong("SlipDiffers", "bonus-bet-not-shared")
def a_slip_of_a_bet_from_a_bonus(actors: Actors) -> httpx.Response:
    bet = actors.bet(actors.leg(actors.market()), bonus_id=actors.bonus(actors.ada)).json()
    return actors.ask("shareSlip", actors.ada, {"bet_id": bet["bet_id"], "visibility": "public", "stake_shown": "amount", "caption": ""})


@wrong("WithdrawnWhileHeld", "withdrawals-held")
def a_withdrawal_while_they_are_held(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("holdWithdrawals", actors.officer, {"reason": "A deposit is checked."}, account_id=who.account_id)
    body = {"amount_minor": 1_00, "currency": "EUR", "reference": "while held"}
    return actors.ask("withdraw", who, body)


@wrong("AlertNotOpen", "alert-unknown")
def a_closure_of_an_alert_that_was_not_raised(actors: Actors) -> httpx.Response:
    who = actors.join(funds_minor=10_000_00)
    return actors.ask("closeAlerts", actors.officer, {"reason": "A flat was sold."}, account_id=who.account_id, number="2")


@wrong("LimitPassed", "deposit-limit-reached")
def a_deposit_over_ones_own_limit(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("setLimit", who, {"amount_minor": 5_00}, kind="deposit", period="day")
    return actors.ask("deposit", who, {"amount_minor": 5_01, "currency": "EUR", "reference": actors.world.key()}, site=0)


@wrong("AlertReachedBefore", "price-reached-already")
def an_alert_on_a_price_that_stands(actors: Actors) -> httpx.Response:
    return actors.ask("setPriceAlert", actors.ada, {"odds": "2.2"}, market_id=actors.market()["market_id"], selection="home")
