"""Cases of moderators: reports that count once, holds that reports or moderators bring about, decisions, and appeals that others decide."""

from typing import Any

from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_text, check_value
from commands.audit.follows import LOWER, UPPER
from commands.audit.seen import check_seen, is_blocked
from commands.audit.social_streams import AuditedCase, AuditedComment, AuditedPair, AuditedSlip
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountMissing,
    AppealDecidedBySame,
    CaseOfAnother,
    CaseOutOfOrder,
    HeldByTooFew,
    ItemNotAsDecided,
    MarkedWithoutText,
    ReportOutOfPlace,
)
from domain.comment.facts import CommentEdited, CommentHeld, CommentPosted
from domain.fact import Recorded, micros
from domain.ids import case_of, follow_of
from domain.moderation.facts import (
    AccountShadowed,
    AccountUnshadowed,
    AppealDecided,
    DecisionAppealed,
    ItemHeld,
    ItemReleased,
    ItemRemoved,
    ItemReported,
    ModeratedItem,
    ReportsDismissed,
)
from domain.sealed_text import is_sealed
from domain.slip.facts import SlipHeld, SlipShared

REASONS = frozenset({"spam", "abuse", "hate", "scam", "underage", "self_harm", "impersonation", "other"})
MODERATING_ROLES = ("moderator", "admin")
REPORTS, WORDS = "reports", "words"
WORDS_REASON = "The word filter marked what it says."
REPORTERS_MAX = 1_000
SUSPENSION_US_MAX = 366 * 24 * 3600 * 1_000_000
REASON_CHARACTERS_MAX = 120
APPEAL_CHARACTERS_MAX = 1_000


def begun(state: AuditState, recorded: Recorded[Any], fact: Any) -> AuditedCase:
    """Check the first fact of a case: the item is there, and its author is named; then as any further fact."""
    item: ModeratedItem = fact.item
    check_id(recorded, case_of(item.kind, item.item_id))
    check_value(recorded, "kind", item.kind, allowed=item.kind in {"slip", "comment", "account"})
    there: tuple[str, str] | None = None
    if item.kind == "slip" and (slip := state.of(AuditedSlip, item.item_id)) is not None:
        there = slip.author_id, item.item_id
    elif item.kind == "comment" and (comment := state.of(AuditedComment, item.item_id)) is not None:
        there = comment.author_id, comment.slip_id
    elif item.kind == "account" and state.of(AuditedAccount, item.item_id) is not None:
        there = item.item_id, ""
    elif (said := _said(state, item.item_id)) is not None:
        there = said.author_id, item.item_id if isinstance(said, SlipShared) else said.slip_id
    if there != (item.author_id, item.slip_id):
        raise ViolationFound(CaseOfAnother, recorded, item_id=item.item_id[:60], author_id=item.author_id[:60])
    case = AuditedCase(1, item_kind=item.kind, item_id=item.item_id, author_id=item.author_id, slip_id=item.slip_id)
    AUDITOR.follows[type(fact)](state, recorded, case, fact)
    return case


def _check_item(recorded: Recorded[Any], case: AuditedCase, item: ModeratedItem) -> None:
    if (item.kind, item.item_id, item.author_id, item.slip_id) != (case.item_kind, case.item_id, case.author_id, case.slip_id):
        raise ViolationFound(CaseOfAnother, recorded, item_id=item.item_id[:60], author_id=item.author_id[:60])


def reported(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ItemReported) -> None:
    """Check ItemReported: for a known reason, once, by another account than the author that sees the item; update the audit state."""
    _check_item(recorded, case, fact.item)
    check_value(recorded, "reason", fact.reason, allowed=fact.reason in REASONS)
    reporter_id, wrong = fact.reporter_id, ""
    if state.of(AuditedAccount, reporter_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=reporter_id[:60])
    if reporter_id == case.author_id:
        wrong = "its own"
    elif reporter_id in case.reporters or len(case.reporters) >= REPORTERS_MAX:
        wrong = "reported before, or often enough"
    elif case.item_kind == "account":
        wrong = "blocked" if _blocks(state, case.item_id, reporter_id) else ""
    else:
        check_seen(state, recorded, reporter_id, case.slip_id)
        comment = state.of(AuditedComment, case.item_id)
        if case.item_kind == "comment" and (comment is None or comment.held or is_blocked(state, reporter_id, case.author_id)):
            wrong = "not seen"
    if wrong:
        raise ViolationFound(ReportOutOfPlace, recorded, item_id=case.item_id, standing=wrong)
    case.reporters.add(reporter_id)
    case.open_reports += 1


def _blocks(state: AuditState, account_id: str, other_id: str) -> bool:
    pair = state.of(AuditedPair, follow_of(account_id, other_id))
    return pair is not None and pair.blocker == (LOWER if account_id < other_id else UPPER)


def held(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ItemHeld) -> None:
    """Check ItemHeld: by a moderator, the report before it, or the words of this append; not held yet; hidden; update the audit state."""
    _check_item(recorded, case, fact.item)
    is_account = case.item_kind == "account"
    if fact.actor == WORDS:
        _check_marked(state, recorded, case, fact)
    elif fact.actor == REPORTS:
        last = state.together(ItemReported, recorded.stream_id)
        check_value(recorded, "rule", fact.rule, allowed=fact.rule == REPORTS)
        check_value(recorded, "reason", fact.reason, allowed=fact.reason == f"Reported by {case.open_reports} accounts.")
        is_slip_held = state.together(SlipHeld, case.item_id) is not None
        is_hidden = is_slip_held or state.together(CommentHeld, case.item_id) is not None
        if last is None or not is_hidden or last.position != recorded.position - 1:
            raise ViolationFound(HeldByTooFew, recorded, reports=fact.reports, open_reports=case.open_reports)
    else:
        _check_decision(state, recorded, fact.actor, fact.reason, fact.rule)
        _check_hidden(state, recorded, case, hidden=True)
    if fact.reports != case.open_reports:
        raise ViolationFound(HeldByTooFew, recorded, reports=fact.reports, open_reports=case.open_reports)
    now_us, until_us = state.committed_us, 0 if fact.until is None else micros(fact.until)
    is_within = now_us - LATENESS_US < until_us <= now_us + SUSPENSION_US_MAX
    check_value(recorded, "until", str(fact.until), allowed=is_within if is_account else fact.until is None)
    is_over = bool(case.until_us) and case.until_us <= now_us
    _check(recorded, case.status, not case.status or is_over)
    _decided(case, "held", fact.actor)
    case.until_us = until_us
    if is_account:
        case.open_reports = 0


def _check_marked(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ItemHeld) -> None:
    """Check that a hold by the word filter is of a text that came in the same append, and is hidden there."""
    check_value(recorded, "rule", fact.rule, allowed=fact.rule == WORDS)
    check_value(recorded, "reason", fact.reason, allowed=fact.reason == WORDS_REASON)
    said, held_too = _said(state, case.item_id), SlipHeld if case.item_kind == "slip" else CommentHeld
    if said is None or (isinstance(said, SlipShared) and not said.caption) or state.together(held_too, case.item_id) is None:
        raise ViolationFound(MarkedWithoutText, recorded, item_id=case.item_id)


def _said(state: AuditState, item_id: str) -> SlipShared | CommentPosted | CommentEdited | None:
    """Return the fact of the same append with which an item gets its text. A hold by the word filter stands before it."""
    shared, posted = state.together(SlipShared, item_id), state.together(CommentPosted, item_id)
    edited = state.together(CommentEdited, item_id)
    return next((said.body for said in (shared, posted, edited) if said is not None), None)


def removed(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ItemRemoved) -> None:
    """Check ItemRemoved: by a moderator, no account, not removed yet; the item is hidden; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason, fact.rule)
    _check(recorded, case.status, case.status != "removed" and case.item_kind != "account")
    _check_hidden(state, recorded, case, hidden=True)
    _decided(case, "removed", fact.actor)
    case.open_reports = 0


def _decided(case: AuditedCase, status: str, actor: str) -> None:
    case.status, case.decided_by = status, actor
    case.appeal = "open" if case.appeal == "open" else ""


def released(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ItemReleased) -> None:
    """Check ItemReleased: by a moderator, held or removed; the item is seen again; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason)
    _check(recorded, "neither held nor removed", bool(case.status))
    _release(state, recorded, case)


def _release(state: AuditState, recorded: Recorded[Any], case: AuditedCase) -> None:
    _check_hidden(state, recorded, case, hidden=False)
    case.status, case.decided_by, case.appeal, case.until_us, case.open_reports = "", "", "", 0, 0


def dismissed(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: ReportsDismissed) -> None:
    """Check ReportsDismissed: by a moderator, reported and not held; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason)
    _check(recorded, case.status or "not reported", not case.status and case.open_reports > 0)
    case.open_reports = 0


def appealed(_state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: DecisionAppealed) -> None:
    """Check DecisionAppealed: held or removed, not appealed since; update the audit state."""
    _check_item(recorded, case, fact.item)
    check_value(recorded, "text", fact.text, allowed=is_sealed(fact.text, APPEAL_CHARACTERS_MAX))
    _check(recorded, f"{case.status} {case.appeal}", bool(case.status) and not case.appeal)
    case.appeal = "open"


def appeal_decided(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: AppealDecided) -> None:
    """Check AppealDecided: an open appeal, by another moderator; the item is as was decided; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason)
    _check(recorded, "no appeal", case.appeal == "open")
    if fact.actor == case.decided_by:
        raise ViolationFound(AppealDecidedBySame, recorded, actor=fact.actor)
    if fact.granted:
        _release(state, recorded, case)
    else:
        _check_hidden(state, recorded, case, hidden=True)
        case.appeal = "declined"


def shadowed(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: AccountShadowed) -> None:
    """Check AccountShadowed: by a moderator, an account that is not; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason, fact.rule)
    _check(recorded, "shadowed, or no account", not case.shadowed and case.item_kind == "account")
    case.shadowed, case.open_reports = True, 0


def unshadowed(state: AuditState, recorded: Recorded[Any], case: AuditedCase, fact: AccountUnshadowed) -> None:
    """Check AccountUnshadowed: by a moderator, an account that is; update the audit state."""
    _check_item(recorded, case, fact.item)
    _check_decision(state, recorded, fact.actor, fact.reason)
    _check(recorded, "not shadowed", case.shadowed)
    case.shadowed = False


def _check_decision(state: AuditState, recorded: Recorded[Any], actor: str, *words: str) -> None:
    if actor not in CONSOLES:
        check_role(state, recorded, actor, MODERATING_ROLES)
    for text in words:
        check_text(recorded, "reason", text, REASON_CHARACTERS_MAX)


def _check_hidden(state: AuditState, recorded: Recorded[Any], case: AuditedCase, *, hidden: bool) -> None:
    """Check that a slip or a comment that its author left is hidden, or is not."""
    item = state.of(AuditedSlip, case.item_id) or state.of(AuditedComment, case.item_id)
    if item is not None and item.held != hidden:
        raise ViolationFound(ItemNotAsDecided, recorded, item_id=case.item_id, standing="held" if item.held else "not held")


def _check(recorded: Recorded[Any], standing: str, allowed: bool) -> None:
    if not allowed:
        raise ViolationFound(CaseOutOfOrder, recorded, standing=standing)


AUDITOR = Auditor(
    aggregate="moderation",
    holds=AuditedCase,
    begins=dict.fromkeys((ItemReported, ItemHeld, ItemRemoved, AccountShadowed), begun),
    follows={
        ItemReported: reported,
        ItemHeld: held,
        ItemRemoved: removed,
        ItemReleased: released,
        ReportsDismissed: dismissed,
        DecisionAppealed: appealed,
        AppealDecided: appeal_decided,
        AccountShadowed: shadowed,
        AccountUnshadowed: unshadowed,
    },
)
