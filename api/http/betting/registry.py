"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api import calculator
from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from commands.betting import expire_bonus, place_bet, settle_bet, waiting
from commands.betting.cash_out import (
    CashOutBookIncomplete,
    CashOutLegVoid,
    CashOutMarketUnsupported,
    CashOutPricedByHand,
    CashOutPriceWrong,
    CashOutWouldWait,
)
from domain import odds, settling
from domain.bet import cash_out, referral, stake_limit, striking, ways
from domain.bet import decider as bet
from domain.bet import same_game as groups
from domain.bet.state import BetIsPending, BetIsRefused, BetUnknown, LegUnknown
from domain.bonus import decider as bonus
from domain.calculator import calculation, grading
from domain.free_bet import decider as free_bet
from domain.pricing import same_game
from domain.refused import Refused
from domain.settling import rule4

STATUSES: dict[type[Refused], int] = {
    BetUnknown: 404,
    BetIsPending: 409,
    BetIsRefused: 409,
    waiting.BetDelayNotOver: 409,
    referral.ReferralOver: 409,
    referral.ReferralDeclined: 409,
    referral.ReferralExpired: 409,
    referral.StakeOverAsked: 422,
    LegUnknown: 404,
    cash_out.BetIsSettled: 409,
    cash_out.BetIsCashedOut: 409,
    cash_out.CashOutMoved: 409,
    cash_out.CashOutExpired: 409,
    cash_out.CashOutWorthless: 409,
    cash_out.TooManyCashOuts: 409,
    cash_out.CashOutNotOffered: 409,
    cash_out.CashOutRelatedLegs: 409,
    cash_out.CashOutShareMalformed: 422,
    cash_out.CashOutVersionMalformed: 422,
    cash_out.CashOutKeyReused: 422,
    cash_out.FreeBetNotCashedOut: 409,
    free_bet.FreeBetUnknown: 404,
    free_bet.FreeBetAlreadyUsed: 409,
    free_bet.FreeBetExpired: 409,
    free_bet.FreeBetStakeDiffers: 422,
    free_bet.FreeBetCurrencyDiffers: 422,
    free_bet.FreeBetIdReused: 422,
    free_bet.FreeBetAmountOutOfRange: 422,
    free_bet.FreeBetExpiryOutOfRange: 422,
    bonus.BonusUnknown: 404,
    bonus.BonusIsOver: 409,
    bonus.InsufficientBonus: 409,
    bonus.BonusStakeTooLarge: 422,
    bonus.BonusCurrencyDiffers: 422,
    bonus.BonusIdReused: 422,
    bonus.BonusAmountOutOfRange: 422,
    bonus.BonusTimesOutOfRange: 422,
    bonus.BonusStakeLimitOutOfRange: 422,
    bonus.BonusExpiryOutOfRange: 422,
    expire_bonus.BonusNotExpired: 409,
    CashOutMarketUnsupported: 409,
    CashOutBookIncomplete: 409,
    CashOutPricedByHand: 409,
    CashOutWouldWait: 409,
    CashOutLegVoid: 409,
    CashOutPriceWrong: 409,
    settle_bet.MarketNotResulted: 409,
    striking.PricesMoved: 409,
    odds.OddsMalformed: 422,
    odds.OddsTooFine: 422,
    odds.OddsOutOfRange: 422,
    settling.LegResultMalformed: 422,
    bet.StakeOutOfRange: 422,
    stake_limit.StakeOverLimit: 409,
    bet.TooManyLegs: 422,
    ways.SelectionTwice: 422,
    bet.BetTypeUnknown: 422,
    bet.StakeUneven: 422,
    striking.RelatedLegs: 422,
    groups.SameGameMalformed: 422,
    groups.SameGameInSeveralLines: 422,
    groups.SameGamePriceMoved: 409,
    same_game.LegNotOfScores: 422,
    same_game.LegsOnOneMarket: 422,
    same_game.LegsOfDifferentPeriods: 422,
    same_game.LegSplitsStake: 422,
    same_game.LegWithoutModel: 409,
    same_game.LegsOfDifferentScores: 409,
    same_game.LegsCannotAllWin: 409,
    same_game.SameGameNotOffered: 409,
    bet.AcceptUnknown: 422,
    bet.EachWayUnknown: 422,
    place_bet.PlacesNotPaid: 422,
    place_bet.FreeBetWouldWait: 409,
    place_bet.BonusBetWouldWait: 409,
    place_bet.StakeOfTwoKinds: 422,
    place_bet.SameGameWouldWait: 409,
    bet.BetKeyReused: 422,
    calculator.MoneyMalformed: 422,
    calculator.StakeUnclear: 422,
    calculator.FeedResultUnknown: 422,
    rule4.Rule4TableUnknown: 422,
    calculation.CalculatedTypeUnknown: 422,
    calculation.FoldsMalformed: 422,
    calculation.EachWayRuleUnknown: 422,
    calculation.PlaceTermsMissing: 422,
    calculation.PlaceTermsMalformed: 422,
    calculation.LegOutcomeUnknown: 422,
    calculation.LegUndecided: 422,
    calculation.DeadHeatMalformed: 422,
    calculation.DeductionOutOfRange: 422,
    calculation.CalculatedStakeOutOfRange: 422,
    grading.GradedSelectionUnknown: 422,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes of bettors. Placing a bet is none of them: `bets.PlaceBetEndpoint` answers it without the framework."""
    from api.http.betting.bet_types import bet_types
    from api.http.betting.bonuses import own_bonuses
    from api.http.betting.calculator import calculators
    from api.http.betting.cash_outs import cash_outs
    from api.http.betting.fixtures import boards
    from api.http.betting.free_bets import own_free_bets
    from api.http.betting.portfolio import own_bets, portfolios
    from api.http.betting.same_game import same_game_quotes
    from api.http.betting.session_costs import session_costs

    deps = dependencies.deps
    return (
        bet_types(),
        calculators(),
        boards(view_reader, deps.clock),
        portfolios(deps, view_reader),
        own_bets(deps, view_reader),
        own_free_bets(deps, view_reader),
        own_bonuses(deps, view_reader),
        session_costs(deps, view_reader),
        cash_outs(deps),
        same_game_quotes(deps),
    )
