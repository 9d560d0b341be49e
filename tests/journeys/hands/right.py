"""What is granted for certain, by people who nobody meddles with: for operations that random hands ask for in vain now and then."""

from collections.abc import Callable
from typing import Any

from tests.journeys.hands.together import quote_together
from tests.journeys.hands.wrong import SPORT, Actors


def tail(actors: Actors) -> None:
    """Somebody builds a bet from a slip."""
    actors.done("tailSlip", actors.bob, {"stake_minor": 1_00}, slip_id=actors.slip())


def _draft(actors: Actors, *, is_published: bool = True) -> str:
    legs = [{"market_id": actors.market()["market_id"], "selection": "home"}]
    code = str(actors.done("makeDraft", actors.ada, {"legs": legs})["code"])
    if is_published:
        actors.done("publishDraft", actors.ada, code=code)
    return code


def bet_on_code(actors: Actors) -> None:
    """Somebody bets on a code that was handed on."""
    actors.done("betOnCode", actors.bob, {"stake_minor": 1_00}, code=_draft(actors))


def change_drafts(actors: Actors) -> None:
    """A draft is replaced and deleted."""
    code = _draft(actors, is_published=False)
    legs: list[Any] = [{"market_id": actors.market()["market_id"], "selection": "away"}]
    actors.done("replaceDraft", actors.ada, {"legs": legs}, code=code)
    actors.done("deleteDraft", actors.ada, code=code)


def follow_requests(actors: Actors) -> None:
    """A private account accepts one who asks, declines another, and removes the first."""
    private, one, other = actors.join(), actors.join(), actors.join()
    actors.done("changeProfile", private, {"private": True})
    for fan in (one, other):
        actors.done("followAccount", fan, account_id=private.account_id)
    actors.done("acceptFollowRequest", private, account_id=one.account_id)
    actors.done("declineFollowRequest", private, account_id=other.account_id)
    actors.done("removeFollower", private, account_id=one.account_id)


OF_A_SLIP = ("likeSlip", "unlikeSlip", "saveSlip", "unsaveSlip", "repostSlip", "withdrawRepost", "muteThread", "unmuteThread")


def slip(actors: Actors) -> None:
    """A slip is liked, saved, reposted and muted by another, and all of it is taken back."""
    where = {"slip_id": actors.slip()}
    for name in OF_A_SLIP:
        actors.done(name, actors.bob, **where)


def cash_out(actors: Actors) -> None:
    """A bet is cashed out for what is offered."""
    market = actors.market()
    bet_id = actors.bet(actors.leg(market)).json()["bet_id"]
    actors.agree(market)
    offer = actors.done("quoteCashOut", actors.ada, bet_id=bet_id)
    actors.done("cashOut", actors.ada, {"offer_minor": offer["offer_minor"], "version": offer["version"], "share": 100}, bet_id=bet_id)


def comment(actors: Actors) -> None:
    """A comment is edited and deleted."""
    comment_id = actors.comment(actors.bob, actors.slip())
    actors.done("editComment", actors.bob, {"text": "very well done"}, comment_id=comment_id)
    actors.done("deleteComment", actors.bob, comment_id=comment_id)


def moderate(actors: Actors) -> None:
    """A slip is reported, held, released, held as a case and freed by an appeal."""
    slip_id = actors.slip()
    actors.done("report", actors.bob, {"slip_id": slip_id, "reason": "spam"})
    actors.done("holdSlip", actors.one_moderator, {"rule": "spam", "reason": "too often"}, slip_id=slip_id)
    actors.done("releaseSlip", actors.one_moderator, slip_id=slip_id)
    where = {"kind": "slip", "item_id": slip_id}
    actors.done("decideCase", actors.one_moderator, {"action": "hold", "rule": "spam", "reason": "too often"}, **where)
    actors.done("appeal", actors.ada, {"text": "please look again"}, **where)
    actors.done("decideAppeal", actors.other_moderator, {"granted": True, "reason": "it is fine"}, **where)


def limit(actors: Actors) -> None:
    """A limit is set and taken away."""
    who, where = actors.join(), {"kind": "stake", "period": "week"}
    actors.done("setLimit", who, {"amount_minor": 20_00}, **where)
    actors.done("removeLimit", who, **where)


def stake_factor(actors: Actors) -> None:
    """An account gets a stake factor."""
    body = {"factor": "0.25", "reason": "arbitrage"}
    actors.done("setStakeFactor", actors.one_trader, body, account_id=actors.join().account_id)


def large_deposit(actors: Actors) -> None:
    """A deposit raises an alert, which compliance closes."""
    who = actors.join(funds_minor=10_000_00)
    actors.done("closeAlerts", actors.officer, {"reason": "A flat was sold."}, account_id=who.account_id, number="1")


def free_bet(actors: Actors) -> None:
    """An account gets a free bet and bets with it."""
    free_bet_id = actors.free_bet(actors.ada)
    assert actors.bet(actors.leg(actors.market()), free_bet_id=free_bet_id).status_code == 201


def large_gift(actors: Actors) -> None:
    """More than one trader gives alone is proposed, and another one approves it."""
    proposed = actors.done("grantFreeBet", actors.one_trader, actors.gift(amount_minor=150_00), account_id=actors.join().account_id)
    actors.approve(proposed["proposal_id"])


def bonus(actors: Actors) -> None:
    """An account is credited with a bonus and bets from it."""
    bonus_id = actors.bonus(actors.ada)
    assert actors.bet(actors.leg(actors.market()), bonus_id=bonus_id).status_code == 201


def second_factor(actors: Actors) -> None:
    """A second factor is confirmed and removed. A code that a repeat of the request has used up is refused: then somebody else tries."""
    for _ in range(3):
        who = actors.join()
        offered = actors.done("enrolSecondFactor", who)
        who.secret = offered["secret"]
        answer = actors.ask("confirmSecondFactor", who, {"factor_id": offered["factor_id"], "code": who.app_code()}, site=0)
        if answer.is_success:
            who.take(answer.json())
            who.take(actors.done("removeSecondFactor", who, {"code": answer.json()["recovery_codes"][0]}, site=0))
            return
    raise AssertionError(answer.text)


def trade(actors: Actors) -> None:
    """A market is limited, suspended and resumed, another's result corrected; a wild price is proposed and rejected."""
    market = actors.market(is_live=True)
    where = {"market_id": market["market_id"]}
    actors.done("limitPayout", actors.one_trader, {"payout_minor_max": 2_500_00, "reason": "few know it"}, **where)
    actors.done("setBetDelay", actors.one_trader, {"delay_s": 1}, **where)
    actors.done("suspendMarket", actors.one_trader, {"reason": "doubt"}, **where)
    actors.done("resumeMarket", actors.one_trader, {"prices": {"home": "2.1", "draw": "3.3", "away": "3.6"}}, **where)
    resulted = {"market_id": actors.resulted()["market_id"]}
    correction = actors.done("correctResult", actors.one_trader, {"home": 0, "away": 3, "reason": "miscounted"}, **resulted)
    actors.approve(correction["proposal_id"])
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z", "reason": "unseen"}
    actors.approve(actors.done("voidBets", actors.one_trader, window, **resulted)["proposal_id"])
    actors.done("restoreBets", actors.one_trader, window, **resulted)
    price = {"selection": "home", "odds": "2.35", "right_odds": "1.5", "first_version": 1, "reason": "three others stood at 1.50"}
    actors.approve(actors.done("correctPrice", actors.one_trader, price, **resulted)["proposal_id"])
    actors.done("restorePrice", actors.one_trader, price, **resulted)
    actors.done("takeBackResult", actors.one_trader, {"reason": "it was right"}, **resulted)
    proposed = actors.done("priceMarket", actors.one_trader, {"prices": dict.fromkeys(market["prices"], "1000")}, **where)
    actors.done("rejectProposal", actors.other_trader, {"reason": "no"}, proposal_id=proposed["proposal_id"])


def refer(actors: Actors) -> None:
    """Two bets over their limit are put to a trader, who takes a part of one, and nothing of the other."""
    actors.done("approveReferral", actors.one_trader, {"stake_minor": 1_00}, bet_id=actors.referred(2_00))
    actors.done("refuseReferral", actors.one_trader, bet_id=actors.referred(2_00))


def move_and_stop(actors: Actors) -> None:
    """A match is moved, its shading and bets limited, its clock set; betting is stopped and goes on, on the match and its sport."""
    fixture_id = actors.fixture()
    actors.done("rescheduleFixture", actors.one_trader, {"kick_off": "2026-12-12T19:00:00Z"}, fixture_id=fixture_id)
    actors.done("limitShading", actors.one_trader, {"limit_thousandths": 90}, fixture_id=actors.fixture(sport="football"))
    actors.done("limitFixturePayout", actors.one_trader, {"payout_minor_max": 2_500_00, "reason": "a rumour"}, fixture_id=fixture_id)
    actors.done("kickOff", actors.one_trader, fixture_id=fixture_id)
    actors.done("advanceClock", actors.one_trader, {"minute": 3, "period": "first_half"}, fixture_id=fixture_id)
    actors.done("suspendFixture", actors.one_trader, {"reason": "doubt"}, fixture_id=fixture_id)
    actors.done("reopenFixture", actors.one_trader, fixture_id=fixture_id)
    actors.done("suspendSport", actors.one_trader, {"reason": "doubt"}, sport=SPORT)
    actors.done("reopenSport", actors.one_trader, sport=SPORT)


RIGHT: dict[str, Callable[[Actors], None]] = {
    "tailSlip": tail,
    "makeDraft": change_drafts,
    "publishDraft": bet_on_code,
    "betOnCode": bet_on_code,
    "replaceDraft": change_drafts,
    "deleteDraft": change_drafts,
    "acceptFollowRequest": follow_requests,
    "declineFollowRequest": follow_requests,
    "removeFollower": follow_requests,
    **dict.fromkeys(OF_A_SLIP, slip),
    "quoteCashOut": cash_out,
    "quoteSameGame": quote_together,
    "cashOut": cash_out,
    "postComment": comment,
    "editComment": comment,
    "deleteComment": comment,
    "report": moderate,
    "holdSlip": moderate,
    "releaseSlip": moderate,
    "decideCase": moderate,
    "appeal": moderate,
    "decideAppeal": moderate,
    "setLimit": limit,
    "removeLimit": limit,
    "setStakeFactor": stake_factor,
    "grantFreeBet": free_bet,
    "closeAlerts": large_deposit,
    "creditBonus": bonus,
    "confirmSecondFactor": second_factor,
    "removeSecondFactor": second_factor,
    "rescheduleFixture": move_and_stop,
    "limitShading": move_and_stop,
    "limitFixturePayout": move_and_stop,
    "advanceClock": move_and_stop,
    "suspendFixture": move_and_stop,
    "reopenFixture": move_and_stop,
    "suspendSport": move_and_stop,
    "reopenSport": move_and_stop,
    "limitPayout": trade,
    "approveReferral": refer,
    "refuseReferral": refer,
    "suspendMarket": trade,
    "setBetDelay": trade,
    "resumeMarket": trade,
    "correctResult": trade,
    "takeBackResult": trade,
    "voidBets": trade,
    "restoreBets": trade,
    "correctPrice": trade,
    "restorePrice": trade,
    "rejectProposal": trade,
    "approveProposal": large_gift,
}
"""Operation -> what grants it for certain."""
