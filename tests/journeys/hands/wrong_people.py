"""Wrong stories about accounts, sessions and pauses."""

from datetime import timedelta

import httpx

from infra.clock import Clock
from tests.journeys.hands.world import MADE_UP
from tests.journeys.hands.wrong import Actors, wrong
from tests.journeys.process_tree import PASSWORD


@wrong("ClaimedTwice", "handle-taken")
def an_account_under_a_handle_that_is_taken(actors: Actors) -> httpx.Response:
    body = {"handle": actors.ada.handle, "email": f"{actors.world.key().replace(' ', '')}@example.com", "password": PASSWORD}
    return actors.ask("openAccount", None, body)


@wrong("HandleLooksLikeAnother", "handle-looks-taken")
def an_account_under_a_handle_that_looks_like_anothers(actors: Actors) -> httpx.Response:
    name = actors.world.name("actor")
    looks_alike = {"email": f"{actors.world.key().replace(' ', '')}@example.com", "handle": f"{name}_1", "password": PASSWORD}
    actors.done("openAccount", None, {**looks_alike, "email": f"first.{looks_alike['email']}"})
    return actors.ask("openAccount", None, {**looks_alike, "handle": f"{name}_I"})


@wrong("ValueNotAllowed", "handle-malformed", "email-malformed")
def an_account_under_an_address_that_is_none(actors: Actors) -> httpx.Response:
    return actors.ask("openAccount", None, {"handle": actors.world.name("actor"), "email": "a\u200bb@@example", "password": PASSWORD})


@wrong("AccountMissing", "account-unknown")
def a_closure_of_nobody(actors: Actors) -> httpx.Response:
    return actors.ask("closeAccount", actors.support, {"reason": "asked for"}, account_id=MADE_UP)


@wrong("AccountGateOutOfOrder", "time-out-not-shortened")
def a_time_out_made_shorter(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("timeOut", who, {"until": (Clock().now() + timedelta(days=9)).isoformat()})
    return actors.ask("timeOut", who, {"until": (Clock().now() + timedelta(days=1)).isoformat()})


@wrong("AccountGateOutOfOrder", "exclusion-not-shortened")
def an_exclusion_made_shorter(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("excludeSelf", who, {"until": None})
    return actors.ask("excludeSelf", who, {"until": (Clock().now() + timedelta(days=300)).isoformat()})


@wrong("AccountGateOutOfOrder", "exclusion-not-over")
def a_return_from_an_exclusion_that_goes_on(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("excludeSelf", who, {"until": (Clock().now() + timedelta(days=300)).isoformat()})
    return actors.ask("requestReturn", who)


@wrong("AccountGateOutOfOrder", "already-closed")
def a_closure_for_another_reason(actors: Actors) -> httpx.Response:
    who = actors.join()
    actors.done("closeAccount", actors.support, {"reason": "asked for"}, account_id=who.account_id)
    return actors.ask("closeAccount", actors.support, {"reason": "fraud"}, account_id=who.account_id)


@wrong("SessionsOutOfOrder", "second-factor-unknown")
def a_second_factor_removed_that_is_not_there(actors: Actors) -> httpx.Response:
    return actors.ask("removeSecondFactor", actors.bob, {"code": "000000"})


@wrong("SessionsOutOfOrder", "second-factor-stands")
def a_second_factor_beside_the_one_that_stands(actors: Actors) -> httpx.Response:
    for _ in range(5):  # a repeat of the enrolment offers another secret: then somebody else tries
        who = actors.join()
        offered = actors.done("enrolSecondFactor", who)
        who.secret = offered["secret"]
        body = {"factor_id": offered["factor_id"], "code": who.app_code()}
        answer = actors.ask("confirmSecondFactor", who, body)
        if answer.is_success:
            who.take(answer.json())
            return actors.ask("confirmSecondFactor", who, body)
    raise AssertionError(answer.text)


@wrong("SessionsNotEnded", "session-over")
def a_bet_in_a_session_from_before_another_password(actors: Actors) -> httpx.Response:
    who = actors.join()
    before, body = who.token, {"old": PASSWORD, "new": "another horse battery"}
    actors.done("changePassword", who, body, site=0)
    who.token = before
    legs = [actors.leg(actors.market())]
    return actors.ask("placeBet", who, {"type": "single", "stake_minor": 1, "currency": "EUR", "legs": legs}, site=0)


@wrong("SessionsNotEnded", "session-over")
def money_out_after_signing_out(actors: Actors) -> httpx.Response:
    who = actors.join()
    before = who.token
    actors.ask("signOut", who, site=0)
    who.token = before
    return actors.ask("withdraw", who, {"amount_minor": 5, "currency": "EUR", "reference": "late"}, site=0)
