"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from commands.trading import abandon_unplayed, authority, four_eyes, run_fixture, run_market, void_market
from domain import score_model, stake_factor
from domain.fixture import decider as fixture
from domain.fixture import schedule, shading
from domain.fixture_limit import decider as fixture_limit
from domain.gate import decider as gate
from domain.gifts import decider as gifts
from domain.market import bet_delay, outcomes, payout_limit, price_errors, prices, taking_back, void_windows
from domain.market import decider as market
from domain.market import state as market_state
from domain.producer import decider as producer
from domain.proposal import decider as proposal
from domain.proposal import preview
from domain.refused import Refused
from domain.settling import grading, racing, tennis

STATUSES: dict[type[Refused], int] = {
    authority.TraderUnknown: 403,
    proposal.ApprovalByProposer: 403,
    preview.PreviewMissing: 409,
    preview.PreviewOutdated: 409,
    four_eyes.BetsStillTaken: 409,
    taking_back.NothingToTakeBack: 409,
    price_errors.PriceErrorNeedsApproval: 409,
    price_errors.PriceErrorUnknown: 409,
    price_errors.PriceCorrectedAlready: 409,
    price_errors.PriceStillOffered: 409,
    price_errors.TooManyPriceErrors: 409,
    price_errors.PriceNotObvious: 422,
    price_errors.PriceErrorMalformed: 422,
    void_windows.WindowNeedsApproval: 409,
    void_windows.WindowUnknown: 409,
    void_windows.TooManyWindows: 409,
    void_windows.WindowMalformed: 422,
    fixture.FixtureUnknown: 404,
    market_state.MarketUnknown: 404,
    market_state.SelectionUnknown: 404,
    proposal.ProposalUnknown: 404,
    fixture.FixtureNotLive: 409,
    fixture.FixtureEndedDifferently: 409,
    fixture.ScoreBelowConfirmed: 409,
    fixture.AlreadyAbandoned: 409,
    market_state.MarketNotOpen: 409,
    market_state.MarketSuspendedNow: 409,
    market.MarketNotSuspended: 409,
    market.AlreadySuspended: 409,
    market.AlreadyResulted: 409,
    outcomes.ResultContradictsFixture: 409,
    outcomes.ResultNotDecided: 409,
    outcomes.ApprovalNeeded: 409,
    outcomes.PricesOutOfBounds: 409,
    outcomes.VoidNeedsApproval: 409,
    outcomes.CorrectionNeedsApproval: 409,
    outcomes.NothingToCorrect: 409,
    market_state.SelectionWithdrawn: 409,
    market_state.PricesAwaited: 409,
    gate.BettingStoppedAlready: 409,
    gate.BettingSuspended: 409,
    gate.BettingOver: 409,
    run_market.ProducerSilent: 409,
    void_market.FixtureNotAbandoned: 409,
    abandon_unplayed.KickOffAwaited: 409,
    proposal.ProposalClosed: 409,
    run_fixture.AbandonmentNeedsApproval: 409,
    gifts.GiftNeedsApproval: 409,
    four_eyes.ProposerWithoutRole: 409,
    four_eyes.ProposalExpired: 409,
    four_eyes.ProposalOvertaken: 409,
    grading.HalfTimeScoreUnknown: 422,
    tennis.SetsUnknown: 422,
    grading.MarketTypeUnknown: 422,
    grading.SpecifierMalformed: 422,
    schedule.FixtureBegun: 409,
    schedule.KickOffMovedTooFar: 422,
    schedule.FixtureKeyReused: 422,
    schedule.FixtureMalformed: 422,
    schedule.KickOffOutOfRange: 422,
    fixture.ClockMalformed: 422,
    fixture.ScoreMalformed: 422,
    fixture.SetsMalformed: 422,
    market.MarketKeyReused: 422,
    market.MarketMalformed: 422,
    outcomes.MarketTextMalformed: 422,
    outcomes.SelectionsOfAnotherType: 422,
    outcomes.TooManyRunners: 422,
    racing.FinishingOrderMalformed: 422,
    outcomes.ResultContradictsScore: 422,
    outcomes.VoidWithoutReason: 422,
    outcomes.ScoreImpossible: 422,
    outcomes.ReasonWithoutVoid: 422,
    prices.PricesMalformed: 422,
    payout_limit.PayoutLimitMalformed: 422,
    payout_limit.ReferralMalformed: 422,
    score_model.ScoreModelMalformed: 422,
    score_model.ShadedOverLimit: 409,
    fixture_limit.FixtureLimitMalformed: 422,
    shading.ShadingLimitMalformed: 422,
    shading.ShadingNotOffered: 422,
    bet_delay.BetDelayOutOfRange: 422,
    gate.GateMalformed: 422,
    producer.ProducerMalformed: 422,
    stake_factor.FactorMalformed: 422,
    proposal.ProposalTooLarge: 422,
    market_state.VersionFromTheFuture: 422,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes of traders, and the queues of other staff."""
    from api.http.trading.alert_queue import alert_queue
    from api.http.trading.bonuses import credited_bonuses
    from api.http.trading.exposure import exposures
    from api.http.trading.fixtures import trading
    from api.http.trading.free_bets import granted_free_bets
    from api.http.trading.markets import market_trading
    from api.http.trading.open_proposals import open_proposals
    from api.http.trading.price_errors import price_error_routes
    from api.http.trading.price_history import price_histories
    from api.http.trading.proposals import proposal_decisions
    from api.http.trading.referral_queue import referral_queue
    from api.http.trading.referrals import referral_answers
    from api.http.trading.stake_limits import stake_limits
    from api.http.trading.void_bets import void_bets

    deps = dependencies.deps
    prices = price_histories(deps, dependencies.auditing, view_reader)
    waiting = (open_proposals(deps, view_reader), referral_queue(deps, view_reader), alert_queue(deps, view_reader))
    of_views = (*waiting, exposures(deps, view_reader), prices)
    deciding = (proposal_decisions(deps, dependencies.auditing), referral_answers(deps))
    given = (granted_free_bets(deps), credited_bonuses(deps))
    anew = (void_bets(deps), price_error_routes(deps))
    return (trading(deps), market_trading(deps), *anew, *deciding, *of_views, stake_limits(deps), *given)
