"""RFC 9457 problems: the one table of refusals and statuses, and how a problem looks on the wire.

`type` is `urn:slipstream:problem:` and the refusal's slug, `title` its docstring; its evidence are further members. Evidence called
like a member of the standard is carried as `bet_type` and `current_status`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from api import refusals as door
from commands.betting import settle_bet
from commands.dispatch import batch, stream
from commands.trading import abandon_unplayed, four_eyes, run_market, void_bets
from domain import money, odds, settling, text
from domain.account import decider as account
from domain.account import sessions
from domain.account_gate import decider as account_gate
from domain.account_gate import state as account_gate_state
from domain.bet import decider as bet
from domain.fixture import decider as fixture
from domain.gate import decider as gate
from domain.market import decider as market
from domain.market import outcomes
from domain.market import state as market_state
from domain.producer import decider as producer
from domain.proposal import decider as proposal
from domain.refused import Refused
from domain.settling import grading
from domain.wallet import decider as wallet

PROBLEM_JSON = "application/problem+json"
URN = "urn:slipstream:problem:"

STATUSES: dict[type[Refused], int] = {
    door.RequestMalformed: 400,
    door.HostMissing: 400,
    door.FieldRepeated: 400,
    door.TokenMissing: 401,
    door.TokenInvalid: 401,
    door.TokenExpired: 401,
    door.CredentialsWrong: 401,
    sessions.SessionOver: 401,
    door.SecondFactorNeeded: 401,
    door.SecondFactorWrong: 403,
    door.SecondFactorRequired: 403,
    door.OldPasswordWrong: 403,
    door.RoleMissing: 403,
    door.DepositsComeOtherwise: 403,
    door.SignatureWrong: 403,
    door.SignatureTooOld: 403,
    account.ActorWithoutRole: 403,
    account_gate_state.TimedOutNow: 403,
    account_gate_state.SelfExcludedNow: 403,
    account_gate_state.AccountIsClosed: 403,
    account_gate_state.StaffDoNotBet: 403,
    wallet.WalletOfAnother: 403,
    four_eyes.TraderUnknown: 403,
    proposal.ApprovalByProposer: 403,
    door.RouteUnknown: 404,
    door.VerificationUnknown: 404,
    door.PositionNotReached: 404,
    door.MomentNotReached: 404,
    door.WalletNotYetOpened: 404,
    account.AccountUnknown: 404,
    sessions.SecondFactorUnknown: 404,
    wallet.WalletUnknown: 404,
    fixture.FixtureUnknown: 404,
    market_state.MarketUnknown: 404,
    market_state.SelectionUnknown: 404,
    proposal.ProposalUnknown: 404,
    bet.BetUnknown: 404,
    bet.LegUnknown: 404,
    door.MethodNotAllowed: 405,
    door.RequestTooSlow: 408,
    door.VerificationRunning: 409,
    account.HandleTaken: 409,
    sessions.SignInOutdated: 409,
    sessions.SecondFactorStands: 409,
    account_gate.TimeOutNotShortened: 409,
    account_gate.ExclusionNotShortened: 409,
    account_gate.ExclusionNotOver: 409,
    account_gate.NotSelfExcluded: 409,
    account_gate.AlreadyClosed: 409,
    wallet.InsufficientFunds: 409,
    wallet.BalanceOutOfRange: 409,
    wallet.DepositsPerDayExceeded: 409,
    fixture.FixtureNotLive: 409,
    fixture.FixtureOver: 409,
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
    settle_bet.MarketNotResulted: 409,
    void_bets.FixtureNotAbandoned: 409,
    abandon_unplayed.KickOffAwaited: 409,
    proposal.ProposalClosed: 409,
    four_eyes.ProposalExpired: 409,
    four_eyes.ProposalOvertaken: 409,
    bet.PricesMoved: 409,
    door.BodyTooLarge: 413,
    door.BodyMalformed: 422,
    door.KeyMissing: 422,
    door.KeyMalformed: 422,
    door.IdMalformed: 422,
    door.CursorMalformed: 422,
    door.CursorOfAnotherLog: 422,
    door.PositionMalformed: 422,
    door.MomentMalformed: 422,
    door.AnchorMalformed: 422,
    door.PasswordMalformed: 422,
    account.HandleMalformed: 422,
    account.EmailMalformed: 422,
    account.AccountKeyReused: 422,
    account_gate.TimeOutOutOfRange: 422,
    account_gate.ExclusionTooShort: 422,
    account.RoleUnknown: 422,
    money.AmountOutOfRange: 422,
    money.CurrencyUnknown: 422,
    grading.HalfTimeScoreUnknown: 422,
    grading.MarketTypeUnknown: 422,
    grading.SpecifierMalformed: 422,
    odds.OddsMalformed: 422,
    odds.OddsTooFine: 422,
    odds.OddsOutOfRange: 422,
    wallet.CurrencyMismatch: 422,
    wallet.DepositTooLarge: 422,
    wallet.ReferenceMalformed: 422,
    wallet.ReferenceReused: 422,
    fixture.FixtureKeyReused: 422,
    fixture.FixtureMalformed: 422,
    fixture.KickOffOutOfRange: 422,
    text.ReasonMalformed: 422,
    fixture.ClockMalformed: 422,
    fixture.ScoreMalformed: 422,
    market.MarketKeyReused: 422,
    market.MarketMalformed: 422,
    outcomes.MarketTextMalformed: 422,
    outcomes.SelectionsOfAnotherType: 422,
    outcomes.ResultContradictsScore: 422,
    outcomes.VoidWithoutReason: 422,
    outcomes.ScoreImpossible: 422,
    outcomes.ReasonWithoutVoid: 422,
    market.PricesMalformed: 422,
    gate.GateMalformed: 422,
    producer.ProducerMalformed: 422,
    proposal.ProposalTooLarge: 422,
    settling.LegResultMalformed: 422,
    market_state.VersionFromTheFuture: 422,
    bet.StakeOutOfRange: 422,
    bet.ReturnsOutOfRange: 422,
    bet.TooManyLegs: 422,
    bet.BetTypeUnknown: 422,
    bet.StakeUneven: 422,
    bet.RelatedLegs: 422,
    bet.AcceptUnknown: 422,
    bet.BetKeyReused: 422,
    stream.NotOfThatKind: 422,
    door.TooManyRequests: 429,
    door.HeadTooLarge: 431,
    door.SomethingBroke: 500,
    batch.Contended: 503,
    batch.LogClockBehind: 503,
    batch.Overloaded: 503,
    batch.Stopping: 503,
    door.SignInsWaiting: 503,
    door.ViewUnavailable: 503,
    door.ClockSkewed: 503,
    door.NotMoving: 503,
    door.ReadsWaiting: 503,
    door.StoreAway: 503,
    door.ConnectionsFull: 503,
}
"""What each refusal is in HTTP: 403 the account may not do this, 404 what is named does not exist (in the address or in a body), 409 the
world is not as the request assumed and asking again may help, 422 the request itself is wrong and asking again never helps, 503 nothing is
wrong with it."""

RENAMED = {"type": "bet_type", "status": "current_status", "title": "given_title", "detail": "given_detail", "instance": "given_instance"}
RETRY_AFTER_S = 1

encode = msgspec.json.Encoder().encode


def problem_of(refusal: Refused, instance: str) -> dict[str, Any]:
    """Return the members of a refusal's problem; `instance` is the path that was asked."""
    evidence = {RENAMED.get(name, name): value for name, value in refusal.evidence().items()}
    return {
        "type": URN + refusal.slug,
        "title": refusal.title,
        "status": STATUSES[type(refusal)],
        "detail": detail_of(refusal),
        "instance": instance,
        **evidence,
    }


def detail_of(refusal: Refused) -> str:
    """Return the title, followed by the evidence in words."""
    shown = "; ".join(f"{name.replace('_', ' ')}: {worded(value)}" for name, value in refusal.evidence().items())
    return f"{refusal.title} ({shown})" if shown else refusal.title


def worded(value: Any) -> str:
    """Return a value as people write it: no brackets, quotes or names of a programming language."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {worded(inner)}" for name, inner in value.items()) or "none"
        case list() | tuple() | set() | frozenset():
            return ", ".join(worded(inner) for inner in value) or "none"
        case _:
            return str(value)


def problem_bytes(refusal: Refused, instance: str) -> bytes:
    """Return the problem as UTF-8 JSON. Text that is no Unicode (a lone surrogate) is shown with question marks."""
    problem = problem_of(refusal, instance)
    try:
        return encode(problem)
    except UnicodeEncodeError:
        return encode(_clean(problem))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_clean(name): _clean(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value


def extra_headers(refusal: Refused) -> dict[str, str]:
    """Return the headers that a refusal brings: when to come back, and how to sign in."""
    status = STATUSES[type(refusal)]
    if isinstance(refusal, door.TooManyRequests):
        return {"Retry-After": str(refusal.retry_after_s)}
    if status == 503:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def problem_response(refusal: Refused, instance: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as a response; `headers` are further ones."""
    return Response(
        problem_bytes(refusal, instance),
        STATUSES[type(refusal)],
        {**extra_headers(refusal), **(headers or {})},
        media_type=PROBLEM_JSON,
    )
