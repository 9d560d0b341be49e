"""The rules of a case: an account reports an item once, enough reports hold it, moderators decide, and another one decides an appeal.

Reports that no moderator has looked at are open. Whoever releases, removes or dismisses closes them; a hold leaves them open, but that of
an account, which is a decision.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.moderation.commands import (
    AppealDecision,
    DecideAppeal,
    DismissReports,
    HoldItem,
    ModerationCommand,
    ReleaseItem,
    RemoveItem,
    ReportItem,
    ShadowAccount,
    UnshadowAccount,
)
from domain.moderation.facts import (
    AccountShadowed,
    AccountUnshadowed,
    AppealDecided,
    DecisionAppealed,
    ItemHeld,
    ItemReleased,
    ItemRemoved,
    ItemReported,
    ModerationFact,
    ReportsDismissed,
)
from domain.moderation.state import (
    APPEAL_CHARACTERS_MAX,
    REASONS,
    REPORTERS_MAX,
    REPORTS_RULE,
    SUSPENSION_US_MAX,
    AccountNotRemoved,
    AppealedBefore,
    AppealOfOwnDecision,
    AppealUnknown,
    HeldByAnotherRule,
    ModerationCase,
    NothingToAppeal,
    OwnItemReported,
    ReportedEnough,
    ReportReasonUnknown,
    SuspensionOutOfRange,
)
from domain.sealed_text import check_sealed
from domain.text import check_reason


def decide(case: ModerationCase, command: ModerationCommand) -> Sequence[ModerationFact]:
    """Decide what follows from a command. What is so already changes nothing.

    Raises:
        OwnItemReported, ReportReasonUnknown, ReportedEnough: from `ReportItem`.
        HeldByAnotherRule, SuspensionOutOfRange, AccountNotRemoved: from `HoldItem`, `RemoveItem`, `ShadowAccount`.
        NothingToAppeal, AppealedBefore, TextNotSealed: from `AppealDecision`. AppealUnknown, AppealOfOwnDecision: from `DecideAppeal`.
        ReasonMalformed: from whatever gives a rule or a reason.

    """
    match command:
        case ReportItem():
            return _report(case, command)
        case HoldItem():
            return _hold(case, command)
        case RemoveItem():
            return _remove(case, command)
        case ReleaseItem():
            return _ended(ItemReleased, command, if_so=bool(case.status))
        case DismissReports():
            return _ended(ReportsDismissed, command, if_so=not case.status and case.open_reports > 0)
        case AppealDecision():
            return _appeal(case, command)
        case DecideAppeal():
            return _decide_appeal(case, command)
        case ShadowAccount():
            return _shadow(case, command)
        case UnshadowAccount():
            return _ended(AccountUnshadowed, command, if_so=bool(case.shadow_rule))
        case _:
            assert_never(command)


def _report(case: ModerationCase, command: ReportItem) -> Sequence[ModerationFact]:
    item = command.item
    if command.reporter_id in case.reporters:
        return ()
    if command.reporter_id == item.author_id:
        raise OwnItemReported(item.item_id)
    if command.reason not in REASONS:
        raise ReportReasonUnknown(command.reason[:60])
    if len(case.reporters) >= REPORTERS_MAX:
        raise ReportedEnough(REPORTERS_MAX)
    reported, reports = ItemReported(item, command.reporter_id, command.reason, command.at), case.open_reports + 1
    if item.kind == "account" or case.status or not 0 < command.hold_at <= reports:
        return (reported,)
    return reported, ItemHeld(item, REPORTS_RULE, f"Reported by {reports} accounts.", REPORTS_RULE, reports, command.at)


def _hold(case: ModerationCase, command: HoldItem) -> Sequence[ModerationFact]:
    _check_until(command)
    until_us = 0 if command.until is None else micros(command.until)
    is_over = bool(case.until_us) and case.until_us <= command.now_us
    if case.status and not is_over:
        if (case.status, case.rule, case.until_us) != ("held", command.rule, until_us):
            raise HeldByAnotherRule(case.rule)
        return ()
    _check_words(command.rule, command.reason)
    held = ItemHeld(command.item, command.rule, command.reason, command.actor, case.open_reports, command.at, command.until)
    return (held,)


def _check_until(command: HoldItem) -> None:
    until: datetime | None = command.until
    is_account = command.item.kind == "account"
    is_right = until is not None and command.now_us < micros(until) <= command.now_us + SUSPENSION_US_MAX
    if (is_account and not is_right) or (not is_account and until is not None):
        raise SuspensionOutOfRange(SUSPENSION_US_MAX // (24 * 3_600 * 1_000_000))


def _remove(case: ModerationCase, command: RemoveItem) -> Sequence[ModerationFact]:
    if command.item.kind == "account":
        raise AccountNotRemoved(command.item.kind)
    if case.status == "removed":
        if case.rule != command.rule:
            raise HeldByAnotherRule(case.rule)
        return ()
    _check_words(command.rule, command.reason)
    return (ItemRemoved(command.item, command.rule, command.reason, command.actor, command.at),)


def _ended(fact: Any, command: ReleaseItem | DismissReports | UnshadowAccount, *, if_so: bool) -> Sequence[ModerationFact]:
    if not if_so:
        return ()
    check_reason(command.reason)
    return (fact(command.item, command.reason, command.actor, command.at),)


def _appeal(case: ModerationCase, command: AppealDecision) -> Sequence[ModerationFact]:
    if not case.status:
        raise NothingToAppeal(command.item.item_id)
    if case.appeal:
        if case.appeal_text != command.text:
            raise AppealedBefore(command.item.item_id)
        return ()
    check_sealed(command.text, field="text", characters_max=APPEAL_CHARACTERS_MAX)
    return (DecisionAppealed(command.item, command.text, command.at),)


def _decide_appeal(case: ModerationCase, command: DecideAppeal) -> Sequence[ModerationFact]:
    if case.appeal != "open":
        raise AppealUnknown(command.item.item_id)
    if case.decided_by == command.actor:
        raise AppealOfOwnDecision(case.decided_by)
    check_reason(command.reason)
    return (AppealDecided(command.item, command.granted, command.reason, command.actor, command.at),)


def _shadow(case: ModerationCase, command: ShadowAccount) -> Sequence[ModerationFact]:
    if command.item.kind != "account":
        raise AccountNotRemoved(command.item.kind)
    if case.shadow_rule:
        return ()
    _check_words(command.rule, command.reason)
    return (AccountShadowed(command.item, command.rule, command.reason, command.actor, command.at),)


def _check_words(rule: str, reason: str) -> None:
    check_reason(rule)
    check_reason(reason)


def evolve(case: ModerationCase, fact: ModerationFact) -> ModerationCase:
    """Return the case after the fact."""
    change = msgspec.structs.replace
    match fact:
        case ItemReported():
            assert fact.reporter_id not in case.reporters, "an account reports an item once"
            return change(case, item=fact.item, reporters=case.reporters | {fact.reporter_id}, open_reports=case.open_reports + 1)
        case ItemHeld():
            is_account = fact.item.kind == "account"
            return change(
                _decided(case, fact, "held"),
                until_us=micros(fact.until) if fact.until is not None else 0,
                open_reports=0 if is_account else case.open_reports,
            )
        case ItemRemoved():
            return change(_decided(case, fact, "removed"), open_reports=0)
        case ItemReleased():
            assert case.status, "what is held or removed is released"
            return _released(case)
        case ReportsDismissed():
            assert not case.status, "what is not held is dismissed"
            return change(case, open_reports=0)
        case DecisionAppealed():
            assert case.status, "what is held or removed is appealed"
            assert not case.appeal, "a decision is appealed once"
            return change(case, appeal="open", appeal_text=fact.text)
        case AppealDecided():
            assert case.appeal == "open", "an open appeal is decided"
            return _released(case) if fact.granted else change(case, appeal="declined")
        case AccountShadowed():
            return change(case, item=fact.item, shadow_rule=fact.rule, open_reports=0)
        case AccountUnshadowed():
            assert case.shadow_rule, "a shadowed account is unshadowed"
            return change(case, shadow_rule="")
        case _:
            assert_never(fact)


def _decided(case: ModerationCase, fact: ItemHeld | ItemRemoved, status: str) -> ModerationCase:
    """Return the case after a decision, which can be appealed; an appeal that is open already goes on."""
    appeal = case.appeal if case.appeal == "open" else ""
    return msgspec.structs.replace(
        case,
        item=fact.item,
        status=status,
        rule=fact.rule,
        reason=fact.reason,
        decided_by=fact.actor,
        appeal=appeal,
        appeal_text=case.appeal_text if appeal else "",
    )


def _released(case: ModerationCase) -> ModerationCase:
    return msgspec.structs.replace(
        case, status="", rule="", reason="", until_us=0, decided_by="", appeal="", appeal_text="", open_reports=0
    )


MODERATION = Aggregate("moderation", ModerationCase(), decide, evolve, get_args(ModerationFact), snapshot=ModerationCase)
"""The case of an item. Its stream's id follows from the item (`domain.ids.case_of`)."""
