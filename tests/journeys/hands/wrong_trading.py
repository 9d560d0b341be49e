"""Wrong stories about matches, gates, markets, results and four eyes."""

from typing import Any

import httpx

from tests.journeys.hands.people import Member
from tests.journeys.hands.world import MADE_UP
from tests.journeys.hands.wrong import COMPETITION, SPORT, Actors, wrong

BOOK = {"home": "2.1", "draw": "3.3", "away": "3.6"}
WILD = {"home": "1000", "draw": "1000", "away": "1000"}


def _price(actors: Actors, market: dict[str, Any], prices: dict[str, str], who: Member | None = None) -> httpx.Response:
    return actors.ask("priceMarket", who or actors.one_trader, {"prices": prices}, market_id=market["market_id"])


def _approved_by(actors: Actors, who: Member, proposed: httpx.Response) -> httpx.Response:
    assert proposed.status_code == 202, proposed.text
    proposal_id = proposed.json()["proposal_id"]
    shown = actors.ask("previewProposal", who, proposal_id=proposal_id)
    body = {"preview": shown.json()["preview"]} if shown.is_success else {}
    return actors.ask("approveProposal", who, body, proposal_id=proposal_id)


@wrong("RoleNotGranted", "role-missing")
def a_bettor_schedules_a_match(actors: Actors) -> httpx.Response:
    body = {"sport": SPORT, "competition": COMPETITION, "home": "A", "away": "B", "kick_off": "2026-12-11T19:00:00Z"}
    return actors.ask("scheduleFixture", actors.ada, body)


@wrong("RoleNotGranted", "role-missing", "session-over", "actor-without-role", "trader-unknown")
def a_trader_of_yesterday_prices_a_market(actors: Actors) -> httpx.Response:
    was = actors.join("trader")
    market = actors.market()
    actors.world.set_role(was, "trader", held=False)
    return _price(actors, market, BOOK, was)


@wrong("FixtureMissing", "fixture-unknown")
def a_market_on_no_match(actors: Actors) -> httpx.Response:
    selections = [{"selection": name, "name": name, "odds": odds} for name, odds in BOOK.items()]
    return actors.ask("openMarket", actors.one_trader, {"fixture_id": MADE_UP, "type": "match_result", "selections": selections})


@wrong("ValueNotAllowed", "market-type-unknown")
def a_market_of_no_known_type(actors: Actors) -> httpx.Response:
    selections = [{"selection": name, "name": name, "odds": odds} for name, odds in BOOK.items()]
    return actors.ask("openMarket", actors.one_trader, {"fixture_id": actors.fixture(), "type": "banana", "selections": selections})


@wrong("ValueNotAllowed", "fixture-malformed")
def a_match_against_itself(actors: Actors) -> httpx.Response:
    body = {"sport": SPORT, "competition": COMPETITION, "home": "A", "away": "A", "kick_off": "2026-12-11T19:00:00Z"}
    return actors.ask("scheduleFixture", actors.one_trader, body)


@wrong("FixtureOver", "betting-over", "fixture-not-live", "fixture-over")
def a_market_on_a_match_that_is_over(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    actors.end(fixture_id)
    selections = [{"selection": name, "name": name, "odds": odds} for name, odds in BOOK.items()]
    return actors.ask("openMarket", actors.one_trader, {"fixture_id": fixture_id, "type": "match_result", "selections": selections})


@wrong("MarketOutOfOrder", "market-not-open")
def a_price_on_a_closed_market(actors: Actors) -> httpx.Response:
    market = actors.market()
    actors.done("closeMarket", actors.one_trader, market_id=market["market_id"])
    return _price(actors, market, BOOK)


@wrong("MarketOutOfOrder", "market-not-open", "already-resulted")
def a_suspension_of_what_came_out(actors: Actors) -> httpx.Response:
    return actors.ask("suspendMarket", actors.one_trader, {"reason": "doubt"}, market_id=actors.resulted()["market_id"])


@wrong("MarketOutOfOrder", "already-resulted")
def another_result_of_what_came_out(actors: Actors) -> httpx.Response:
    market = actors.resulted(2, 1)
    return actors.ask("resultMarket", actors.one_trader, {"home": 0, "away": 0}, market_id=market["market_id"])


@wrong("PricesNotMoved", "selection-unknown", "prices-malformed")
def a_price_of_a_selection_that_is_not_there(actors: Actors) -> httpx.Response:
    return _price(actors, actors.market(), {**BOOK, "banana": "9"})


@wrong("PricesOutOfBounds", "approval-by-proposer")
def a_wild_price_by_one_trader_alone(actors: Actors) -> httpx.Response:
    return _approved_by(actors, actors.one_trader, _price(actors, actors.market(), WILD))


@wrong("PricesBelowStoppedGate", "betting-suspended")
def a_price_below_a_stopped_match(actors: Actors) -> httpx.Response:
    market = actors.market()
    actors.done("suspendFixture", actors.one_trader, {"reason": "doubt"}, fixture_id=market["fixture_id"])
    return _price(actors, market, BOOK)


@wrong("FixtureOutOfOrder", "fixture-not-live")
def an_end_before_the_kick_off(actors: Actors) -> httpx.Response:
    body = {"regular_home": 0, "regular_away": 0, "final_home": 0, "final_away": 0}
    return actors.ask("endFixture", actors.one_trader, body, fixture_id=actors.fixture())


@wrong("FixtureOutOfOrder", "fixture-ended-differently")
def a_second_end(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    body = actors.end(fixture_id)
    return actors.ask("endFixture", actors.other_trader, {**body, "final_home": 5}, fixture_id=fixture_id)


@wrong("FixtureOutOfOrder", "fixture-not-live")
def a_goal_after_the_whistle(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    actors.end(fixture_id)
    body = {"home": 3, "away": 1, "minute": 90, "period": "second_half"}
    return actors.ask("changeScore", actors.one_trader, body, fixture_id=fixture_id)


@wrong("FixtureOutOfOrder", "fixture-not-live")
def a_kick_off_after_the_whistle(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    actors.end(fixture_id)
    return actors.ask("kickOff", actors.one_trader, fixture_id=fixture_id)


@wrong("FixtureOutOfOrder", "fixture-not-live", "fixture-begun")
def another_day_for_a_match_that_is_played(actors: Actors) -> httpx.Response:
    body = {"kick_off": "2026-12-12T19:00:00Z"}
    return actors.ask("rescheduleFixture", actors.one_trader, body, fixture_id=actors.fixture(is_live=True))


@wrong("ScoreBelowConfirmed", "score-below-confirmed")
def a_goal_taken_back_that_bets_were_settled_by(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True, kind="total_goals")
    goal = {"home": 1, "away": 0, "minute": 3, "period": "first_half"}
    actors.done("changeScore", actors.one_trader, goal, fixture_id=market["fixture_id"])
    proposed = actors.ask("resultMarket", actors.one_trader, {"home": 1, "away": 0}, market_id=market["market_id"])
    assert _approved_by(actors, actors.other_trader, proposed).status_code == 200
    return actors.ask("changeScore", actors.one_trader, {**goal, "home": 0}, fixture_id=market["fixture_id"])


@wrong("ScoreWrong", "score-below-confirmed", "score-malformed", "fixture-ended-differently")
def an_end_below_what_bets_were_settled_by(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True, kind="total_goals")
    goal = {"home": 1, "away": 0, "minute": 3, "period": "first_half"}
    actors.done("changeScore", actors.one_trader, goal, fixture_id=market["fixture_id"])
    proposed = actors.ask("resultMarket", actors.one_trader, {"home": 1, "away": 0}, market_id=market["market_id"])
    assert _approved_by(actors, actors.other_trader, proposed).status_code == 200
    body = {"regular_home": 0, "regular_away": 0, "final_home": 0, "final_away": 0}
    return actors.ask("endFixture", actors.one_trader, body, fixture_id=market["fixture_id"])


@wrong("ScoreWrong", "result-contradicts-fixture")
def a_result_on_another_score(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.end(market["fixture_id"], 2, 1)
    return actors.ask("resultMarket", actors.one_trader, {"home": 0, "away": 3}, market_id=market["market_id"])


@wrong("GradeWrong", "result-contradicts-score")
def results_that_the_score_does_not_give(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.end(market["fixture_id"], 2, 1)
    body = {"home": 2, "away": 1, "results": {"home": "won", "draw": "won", "away": "won"}}
    return actors.ask("resultMarket", actors.one_trader, body, market_id=market["market_id"])


@wrong("ResultTooEarly", "result-not-decided")
def a_result_in_play(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    return actors.ask("resultMarket", actors.one_trader, {"home": 0, "away": 0}, market_id=market["market_id"])


@wrong("ResultTooEarly", "result-not-decided")
def a_result_before_the_kick_off(actors: Actors) -> httpx.Response:
    return actors.ask("resultMarket", actors.one_trader, {"home": 0, "away": 0}, market_id=actors.market()["market_id"])


@wrong("ResultOfAbandoned", "result-not-decided", "result-contradicts-fixture", "already-resulted")
def a_result_of_a_match_that_was_abandoned(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.abandon(market["fixture_id"])
    return actors.ask("resultMarket", actors.one_trader, {"home": 1, "away": 0}, market_id=market["market_id"])


@wrong("VoidNotAllowed", "approval-by-proposer")
def a_void_by_one_trader_alone(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    proposed = actors.ask("resultMarket", actors.one_trader, {"void_reason": "fog"}, market_id=market["market_id"])
    return _approved_by(actors, actors.one_trader, proposed)


@wrong("AbandonmentNotApproved", "approval-by-proposer")
def an_abandonment_by_one_trader_alone(actors: Actors) -> httpx.Response:
    proposed = actors.ask("abandonFixture", actors.one_trader, {"reason": "fog"}, fixture_id=actors.fixture(is_live=True))
    return _approved_by(actors, actors.one_trader, proposed)


@wrong("ReferralAnsweredWrong", "referral-over")
def an_answer_to_a_bet_that_another_trader_answered(actors: Actors) -> httpx.Response:
    bet_id = actors.referred()
    actors.done("approveReferral", actors.one_trader, {"stake_minor": 2_00}, bet_id=bet_id)
    return actors.ask("approveReferral", actors.other_trader, {"stake_minor": None}, bet_id=bet_id)


@wrong("ReferralAnsweredWrong", "stake-over-asked")
def an_answer_for_more_than_was_asked(actors: Actors) -> httpx.Response:
    return actors.ask("approveReferral", actors.one_trader, {"stake_minor": 40_01}, bet_id=actors.referred())


@wrong("CorrectionNotApproved", "approval-by-proposer")
def a_correction_by_one_trader_alone(actors: Actors) -> httpx.Response:
    body = {"home": 0, "away": 3, "reason": "miscounted"}
    proposed = actors.ask("correctResult", actors.one_trader, body, market_id=actors.resulted()["market_id"])
    return _approved_by(actors, actors.one_trader, proposed)


@wrong("PreviewWrong", "preview-outdated")
def an_approval_of_something_else_than_would_happen(actors: Actors) -> httpx.Response:
    body = {"home": 0, "away": 3, "reason": "miscounted"}
    proposed = actors.done("correctResult", actors.one_trader, body, market_id=actors.resulted()["market_id"])
    shown = actors.done("previewProposal", actors.other_trader, proposal_id=proposed["proposal_id"])["preview"]
    otherwise = {"preview": {**shown, "version": shown["version"] + 1}}
    return actors.ask("approveProposal", actors.other_trader, otherwise, proposal_id=proposed["proposal_id"])


@wrong("WindowNotApproved", "approval-by-proposer")
def bets_of_a_window_are_void_by_one_trader_alone(actors: Actors) -> httpx.Response:
    window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z", "reason": "unseen"}
    proposed = actors.ask("voidBets", actors.one_trader, window, market_id=actors.market()["market_id"])
    return _approved_by(actors, actors.one_trader, proposed)


@wrong("PriceErrorNotApproved", "approval-by-proposer")
def a_price_was_an_error_by_one_trader_alone(actors: Actors) -> httpx.Response:
    price = {"selection": "home", "odds": "2.35", "right_odds": "1.5", "first_version": 1, "reason": "others stood at 1.50"}
    proposed = actors.ask("correctPrice", actors.one_trader, price, market_id=actors.market()["market_id"])
    return _approved_by(actors, actors.one_trader, proposed)


@wrong("TakenBackWrong", "nothing-to-take-back")
def a_result_that_never_was_is_taken_back(actors: Actors) -> httpx.Response:
    return actors.ask("takeBackResult", actors.one_trader, {"reason": "wrong"}, market_id=actors.market()["market_id"])


@wrong("NothingCorrected", "nothing-to-correct")
def a_correction_of_what_never_came_out(actors: Actors) -> httpx.Response:
    body = {"home": 2, "away": 1, "reason": "miscounted"}
    return actors.ask("correctResult", actors.one_trader, body, market_id=actors.market()["market_id"])


@wrong("ProposalOutOfOrder", "proposal-closed")
def an_approval_of_what_was_rejected(actors: Actors) -> httpx.Response:
    proposed = _price(actors, actors.market(), WILD)
    actors.done("rejectProposal", actors.other_trader, {"reason": "no"}, proposal_id=proposed.json()["proposal_id"])
    return _approved_by(actors, actors.other_trader, proposed)


@wrong("ProposalOutOfOrder", "proposal-closed")
def a_rejection_of_what_was_approved(actors: Actors) -> httpx.Response:
    proposed = _price(actors, actors.market(), WILD)
    assert _approved_by(actors, actors.other_trader, proposed).status_code == 200
    return actors.ask("rejectProposal", actors.one_trader, {"reason": "no"}, proposal_id=proposed.json()["proposal_id"])


@wrong("ApprovalWithoutAction", "market-not-open")
def an_approval_of_what_can_no_longer_be_done(actors: Actors) -> httpx.Response:
    market = actors.market()
    proposed = _price(actors, market, WILD)
    actors.done("closeMarket", actors.one_trader, market_id=market["market_id"])
    return _approved_by(actors, actors.other_trader, proposed)


@wrong("GateOutOfOrder", "betting-over")
def betting_reopened_after_the_whistle(actors: Actors) -> httpx.Response:
    fixture_id = actors.fixture(is_live=True)
    actors.end(fixture_id)
    return actors.ask("reopenFixture", actors.one_trader, fixture_id=fixture_id)
