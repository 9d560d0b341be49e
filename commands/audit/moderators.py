"""Who may hold and release slips and comments: a moderator, the console, reports or the word filter as its case says in the same append."""

from typing import Any

from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import check_text
from commands.audit.social_streams import AuditedCase
from commands.audit.state import AuditState
from commands.audit.violation import ViolationFound
from commands.audit.violations import HeldWithoutCase, ItemNotAsDecided
from domain.fact import Recorded
from domain.ids import case_of
from domain.moderation.facts import AppealDecided, ItemHeld, ItemReleased

MODERATING_ROLES = ("moderator", "admin")
REPORTS = "reports"
WORDS = "words"
REASON_CHARACTERS_MAX = 120


def check_moderated(state: AuditState, recorded: Recorded[Any], kind: str, fact: Any) -> None:
    """Check that a hold or a release is a moderator's, or that its case is held likewise in the same append, in the same words."""
    if fact.actor in (REPORTS, WORDS):
        held = state.together(ItemHeld, case_of(kind, recorded.stream_id))
        said = None if held is None else (held.body.actor, held.body.rule, held.body.reason)
        if said != (fact.actor, getattr(fact, "rule", ""), getattr(fact, "reason", "")):
            raise ViolationFound(HeldWithoutCase, recorded)
    elif fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, MODERATING_ROLES)


def check_held(state: AuditState, recorded: Recorded[Any], kind: str, fact: Any) -> None:
    """Check that a hold is a moderator's or its case's, and names a rule and a reason of a length that can be."""
    check_moderated(state, recorded, kind, fact)
    check_text(recorded, "rule", fact.rule, REASON_CHARACTERS_MAX)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)


def check_released(state: AuditState, recorded: Recorded[Any], kind: str) -> None:
    """Check that an item whose case is held or removed is released by its case, in the same append."""
    case_id = case_of(kind, recorded.stream_id)
    case = state.of(AuditedCase, case_id)
    if case is not None and case.status and not _is_released(state, case_id):
        raise ViolationFound(ItemNotAsDecided, recorded, item_id=recorded.stream_id, standing="released")


def _is_released(state: AuditState, case_id: str) -> bool:
    return state.together(ItemReleased, case_id) is not None or state.together(AppealDecided, case_id) is not None
