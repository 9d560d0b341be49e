"""Proposals: made by one trader, then approved by another with what was proposed in the same append, or rejected; else they expire."""

from typing import Any, get_args

import msgspec

from commands.audit.accounts import check_role
from commands.audit.auditor import Auditor, check_text, check_value
from commands.audit.gifts import gift_of
from commands.audit.previews import check_preview
from commands.audit.price_errors import does as corrects_price
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedFixture, AuditedGate, AuditedMarket, AuditedProposal
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, ApprovalWithoutAction, FixtureMissing, GateNotMoved, MarketMissing, ProposalOutOfOrder
from commands.audit.void_windows import does
from domain.bonus.facts import BonusCredited
from domain.fact import Fact, Recorded, micros
from domain.fixture.facts import FixtureAbandoned
from domain.free_bet.facts import FreeBetGranted
from domain.ids import gate_of
from domain.market.facts import (
    MarketFact,
    MarketOpened,
    MarketPriced,
    MarketPriceErrorsSet,
    MarketResulted,
    MarketResumed,
    MarketVoidWindowsSet,
)
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected

TRADING_ROLES = ("trader", "admin")
ACTIONS: dict[str, type[Fact]] = {
    "open_market": MarketOpened,
    "price_market": MarketPriced,
    "resume_market": MarketResumed,
    "result_market": MarketResulted,
    "void_market": MarketResulted,
    "correct_result": MarketResulted,
    "take_back_result": MarketResulted,
    "void_bets": MarketVoidWindowsSet,
    "restore_bets": MarketVoidWindowsSet,
    "correct_price": MarketPriceErrorsSet,
    "restore_price": MarketPriceErrorsSet,
    "abandon_fixture": FixtureAbandoned,
    "grant_free_bet": FreeBetGranted,
    "credit_bonus": BonusCredited,
}
"""What may be proposed, and the fact that stands in the append of its approval."""

ANEW = ("correct_result", "take_back_result", "void_bets", "restore_bets", "correct_price", "restore_price")
"""What concerns a market that came out before."""

GIVING = ("grant_free_bet", "credit_bonus")
"""What gives an account something to stake."""

GIVEN = ("account_id", "amount_minor", "currency", "expires_at", "reason", "times", "odds_min", "stake_minor_max")

MARKET_FACTS = frozenset(get_args(MarketFact))
CORRECTED = ("home", "away", "void_reason", "reason")
PROPOSED = frozenset({"fixture_id", "type", "selections", "grace_ms", "in_play_grace_ms", "void_reason", "prices", "specifiers"})
"""What a fact takes from the command that was proposed; all else is said by the rules and by what stands when it is approved."""

CAUSE_CHARACTERS_MAX = 500
DETAILS_CHARACTERS_MAX = 100_000
EXPIRES_US_MAX = 31 * 60 * 1_000_000
"""How long a proposal waits at most: half an hour, and a minute for clocks that run apart."""
REASON_CHARACTERS_MAX = 120


def proposed(state: AuditState, recorded: Recorded[Any], fact: ActionProposed) -> AuditedProposal:
    """Check ActionProposed: by a trader, a known action on what is there for it; begin it."""
    check_role(state, recorded, fact.proposed_by, TRADING_ROLES)
    check_value(recorded, "action", fact.action, allowed=fact.action in ACTIONS)
    _check_about(state, recorded, fact)
    details = _plain(fact.details) if len(fact.details) <= DETAILS_CHARACTERS_MAX else None
    gift_id = gift_of(fact.action, details)
    is_about = details is not None and (gift_id or fact.action not in GIVING) and _is_about(fact, details)
    check_value(recorded, "details", fact.details, allowed=bool(is_about))
    check_text(recorded, "cause", fact.cause, CAUSE_CHARACTERS_MAX)
    expires_us = micros(fact.expires_at)
    in_bounds = state.committed_us < expires_us <= state.committed_us + EXPIRES_US_MAX
    check_value(recorded, "expires_at", fact.expires_at.isoformat(), allowed=in_bounds)
    return AuditedProposal(
        1,
        action=fact.action,
        market_id=fact.market_id,
        fixture_id=fact.fixture_id,
        details=fact.details,
        proposed_by=fact.proposed_by,
        expires_us=expires_us,
        gift_id=gift_id,
    )


def _check_about(state: AuditState, recorded: Recorded[Any], fact: ActionProposed) -> None:
    """Check that a proposal is on a market that exists or is opened, on a stopped fixture, or for an account, and on nothing else."""
    about = "fixture_id" if fact.action == "abandon_fixture" else "holder_id" if fact.action in GIVING else "market_id"
    for name in ("market_id", "fixture_id", "holder_id"):
        said: str = getattr(fact, name)
        check_value(recorded, name, said, allowed=name == about or not said)
    if fact.action == "abandon_fixture":
        _check_stopped(state, recorded, fact)
    elif fact.action in GIVING:
        if state.of(AuditedAccount, fact.holder_id) is None:
            raise ViolationFound(AccountMissing, recorded, account_id=fact.holder_id[:60])
    elif fact.action != "open_market":
        is_known = state.of(AuditedMarket, fact.market_id) is not None or (fact.action in ANEW and fact.market_id in state.over)
        if not is_known:
            raise ViolationFound(MarketMissing, recorded, market_id=fact.market_id)


def _is_about(fact: ActionProposed, details: dict[str, Any]) -> bool:
    if fact.action in GIVING:
        return bool(details.get("account_id") == fact.holder_id)
    about = "fixture_id" if fact.action == "abandon_fixture" else "market_id"
    return bool(details.get(about) == getattr(fact, about))


def _check_stopped(state: AuditState, recorded: Recorded[Any], fact: ActionProposed) -> None:
    """Check that a match whose abandonment is proposed is not over, and that betting on it is stopped."""
    fixture = state.of(AuditedFixture, fact.fixture_id)
    if fixture is None or fixture.over_us:
        raise ViolationFound(FixtureMissing, recorded, fixture_id=fact.fixture_id[:60])
    gate = state.of(AuditedGate, gate_of("fixture", fact.fixture_id))
    if gate is None or gate.status == "open":
        raise ViolationFound(GateNotMoved, recorded, gate_id=gate_of("fixture", fact.fixture_id))


def approved(state: AuditState, recorded: Recorded[Any], proposal: AuditedProposal, fact: ProposalApproved) -> None:
    """Check ProposalApproved: by another trader, both with the role, not expired, done as shown in the same append; end the proposal."""
    check_role(state, recorded, fact.approved_by, TRADING_ROLES)
    if not state.earlier:
        check_role(state, recorded, proposal.proposed_by, TRADING_ROLES)
    if fact.approved_by == proposal.proposed_by:
        raise ViolationFound(ProposalOutOfOrder, recorded, standing="proposed by the same trader")
    if state.committed_us > proposal.expires_us:
        raise ViolationFound(ProposalOutOfOrder, recorded, standing="expired")
    about = proposal.market_id or proposal.fixture_id or proposal.gift_id
    done = state.together(ACTIONS[proposal.action], about)
    others = [other for other in state.append if type(other.body) in MARKET_FACTS and other is not done]
    is_done = done is not None and not others and _is_theirs(done.body, proposal, fact) and _does(state, done.body, proposal)
    if not is_done:
        raise ViolationFound(ApprovalWithoutAction, recorded, action=proposal.action, market_id=about)
    check_preview(state, recorded, proposal, fact)
    state.end(recorded.stream_id)


def rejected(state: AuditState, recorded: Recorded[Any], proposal: AuditedProposal, fact: ProposalRejected) -> None:
    """Check ProposalRejected: by any trader, not expired; end the proposal."""
    check_role(state, recorded, fact.rejected_by, TRADING_ROLES)
    check_value(recorded, "proposed_by", fact.proposed_by, allowed=fact.proposed_by == proposal.proposed_by)
    if state.committed_us > proposal.expires_us:
        raise ViolationFound(ProposalOutOfOrder, recorded, standing="expired")
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    state.end(recorded.stream_id)


def _is_theirs(body: Any, proposal: AuditedProposal, fact: ProposalApproved) -> bool:
    """Say whether a fact names who proposed it, and the moment of the approval."""
    return bool((body.actor, body.at) == (proposal.proposed_by, fact.at))


def _plain(details: str) -> dict[str, Any] | None:
    try:
        plain = msgspec.json.decode(details)
    except msgspec.DecodeError:
        return None
    return plain if isinstance(plain, dict) else None


def _does(state: AuditState, fact: Any, proposal: AuditedProposal) -> bool:
    """Say whether a fact is what was proposed: each member that both have is the same, but for the time and who asked."""
    details = _plain(proposal.details) or {}
    if isinstance(fact, MarketVoidWindowsSet):
        return does(details, state.known(proposal.market_id), fact, voids=proposal.action == "void_bets")
    if isinstance(fact, MarketPriceErrorsSet):
        return corrects_price(details, state.known(proposal.market_id), fact, corrects=proposal.action == "correct_price")
    if isinstance(fact, FixtureAbandoned):
        return bool(details.get("reason") == fact.reason)
    if isinstance(fact, FreeBetGranted | BonusCredited):
        return _gives(fact, details)
    done = msgspec.json.decode(msgspec.json.encode(fact))
    if proposal.action in ("result_market", "void_market") and bool(done.get("void_reason")) != (proposal.action == "void_market"):
        return False
    if isinstance(fact, MarketResulted) and (fact.number > 1) != (proposal.action in ANEW):
        return False
    if proposal.action == "take_back_result":
        return bool(details.get("reason") == fact.reason and details.get("number") == fact.takes_back)
    if proposal.action == "correct_result":
        return (
            not fact.takes_back
            and all(details.get(name) == getattr(fact, name) for name in CORRECTED)
            and _is_half_time(details, fact)
            and _are_sets(details, fact)
        )
    if isinstance(fact, MarketPriced):
        done.pop("grace_ms", None)
    return all(_is_same(name, details[name], value) for name, value in done.items() if name in details and name in PROPOSED)


def _gives(fact: FreeBetGranted | BonusCredited, details: dict[str, Any]) -> bool:
    """Say whether a free bet or bonus has all that was proposed; who asked and when is checked apart."""
    done = msgspec.json.decode(msgspec.json.encode(fact))
    return all(details.get(name) == done[name] for name in GIVEN if name in done)


def _is_half_time(details: dict[str, Any], fact: MarketResulted) -> bool:
    """Say whether the goals at half time are those that were proposed, where the result says any: most types do not ask for them."""
    return fact.half_time is None or list(fact.half_time) == details.get("half_time")


def _are_sets(details: dict[str, Any], fact: MarketResulted) -> bool:
    """Say whether the sets of a tennis result are those that were proposed, where it says any."""
    return not fact.sets or (list(map(list, fact.sets)), fact.retired) == (details.get("sets"), details.get("retired", False))


def _is_same(name: str, proposed: Any, done: Any) -> bool:
    """Say whether two plain values are the same; odds and lines may be written otherwise in the command."""
    if name == "prices" and proposed.keys() == done.keys():
        return all(other[0] * odds[1] == odds[0] * other[1] for odds, other in ((done[key], proposed[key]) for key in done))
    if name == "specifiers" and proposed.keys() == done.keys():
        return all(float(proposed[key]) == float(done[key]) for key in done)
    return bool(proposed == done)


AUDITOR = Auditor(
    aggregate="proposal",
    holds=AuditedProposal,
    begins={ActionProposed: proposed},
    follows={ProposalApproved: approved, ProposalRejected: rejected},
)
