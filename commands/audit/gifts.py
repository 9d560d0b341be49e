"""Gifts: what staff give an account is counted among what one alone gave it, within bounds, or approved by another, in the same append.

The bounds are written here once more. Times are those of the commits.
"""

from typing import Any

from commands.audit.actors import CONSOLES
from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.promotion_streams import AuditedGifts
from commands.audit.state import AuditState
from commands.audit.streams import AuditedProposal
from commands.audit.violation import ViolationFound
from commands.audit.violations import GiftCountedWrong, GiftNotShared, GiftSumWrong
from domain.bonus.facts import BonusCredited
from domain.fact import Recorded, micros
from domain.free_bet.facts import FreeBetGranted
from domain.gifts.facts import GiftCounted
from domain.ids import gifts_of
from domain.proposal.facts import ProposalApproved

HOUR_US = 3_600 * 1_000_000
ALONE: dict[int, tuple[int, int]] = {1: (10_000, 24)}
"""By version of the rules: how much one alone gives an account, and within how many hours before the one at hand."""

HOURS_KEPT = max(hours for _, hours in ALONE.values())


def begun(state: AuditState, recorded: Recorded[Any], fact: GiftCounted) -> AuditedGifts:
    """Check the first gift that a member of staff gave an account alone; begin their sum."""
    gifts = AuditedGifts(1)
    counted(state, recorded, gifts, fact)
    return gifts


def counted(state: AuditState, recorded: Recorded[Any], gifts: AuditedGifts, fact: GiftCounted) -> None:
    """Check GiftCounted: of the gift in its append, in its hour, with the sum that follows, within bounds; update the audit state."""
    check_id(recorded, gifts_of(fact.given_by, fact.holder_id))
    given: Recorded[Any] | None = state.together(FreeBetGranted, fact.gift_id)
    given = given or state.together(BonusCredited, fact.gift_id)
    body: Any = None if given is None else given.body
    said = (fact.given_by, fact.holder_id, fact.amount_minor, fact.currency)
    found = () if body is None else (body.actor, body.account_id, body.amount_minor, body.currency)
    is_in_its_hour = state.migrated or micros(fact.at) // HOUR_US == state.committed_us // HOUR_US
    if said != found or not is_in_its_hour:
        raise ViolationFound(GiftCountedWrong, recorded, counted=said, given=found, at=fact.at.isoformat())
    check_value(recorded, "rules", fact.rules, allowed=fact.rules in ALONE)
    alone_minor_max, hours = ALONE[fact.rules]
    now_us = micros(fact.at) if state.migrated else state.committed_us
    since_us = (now_us // HOUR_US - hours) * HOUR_US
    sum_minor = fact.amount_minor + sum(minor for at_us, minor in gifts.given if at_us >= since_us)
    if fact.sum_minor != sum_minor or sum_minor > alone_minor_max:
        raise ViolationFound(GiftSumWrong, recorded, recorded_minor=fact.sum_minor, sum_minor=sum_minor, alone_minor_max=alone_minor_max)
    kept_us = (now_us // HOUR_US - HOURS_KEPT) * HOUR_US
    gifts.given = (*[each for each in gifts.given if each[0] >= kept_us], (now_us, fact.amount_minor))
    state.counts_gifts = True


def check_shared(state: AuditState, recorded: Recorded[Any], fact: FreeBetGranted | BonusCredited) -> None:
    """Check that a gift was counted or approved by another, not both; older logs know neither, and the operator's console gives alone."""
    if fact.actor in CONSOLES:
        return
    mine = state.together(GiftCounted, gifts_of(fact.actor, fact.account_id))
    is_counted = mine is not None and mine.body.gift_id == recorded.stream_id
    is_approved = _is_approved(state, recorded)
    state.counts_gifts = state.counts_gifts or is_approved
    if is_counted == is_approved and (is_counted or state.counts_gifts):
        raise ViolationFound(GiftNotShared, recorded, actor=fact.actor, amount_minor=fact.amount_minor)


def gift_of(action: str, details: dict[str, Any] | None) -> str:
    """Return which gift a proposal would give, "" where it would give none."""
    name = {"grant_free_bet": "free_bet_id", "credit_bonus": "bonus_id"}.get(action)
    gift_id = (details or {}).get(name or "")
    return gift_id if isinstance(gift_id, str) else ""


def _is_approved(state: AuditState, recorded: Recorded[Any]) -> bool:
    """Say whether a proposal of this very gift is approved in its append; that it is the same gift is checked with the approval."""
    approval = state.together(ProposalApproved)
    proposal = None if approval is None else state.known(approval.stream_id)
    return type(proposal) is AuditedProposal and proposal.gift_id == recorded.stream_id


AUDITOR = Auditor(aggregate="gifts", holds=AuditedGifts, begins={GiftCounted: begun}, follows={GiftCounted: counted})
