"""Cases of moderators, in the partition of the item's author.

    {pNN}:cases               hash: <case> as it stands, <case>:shadow where an account is shown to itself alone
    {pNN}:queue               sorted set of the cases that wait for a moderator, by the position since which they do
    {pNN}:moderated:<author>  sorted set of the cases of what an author made, by the position of the last decision

A case waits while reports are open that no moderator has looked at, an appeal is, or the word filter holds the item.
"""

from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from domain.fact import Recorded, micros
from domain.ids import case_of
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
    ModerationFact,
    ReportsDismissed,
)
from projections.changes import Change, Put, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Row, SeenRows, View

WORDS = "words"
"""The actor of a hold that the word filter brought about."""


class ModeratedCaseRow(msgspec.Struct, frozen=True, array_like=True):
    """A case as it is kept: `reasons` counts the open reports, `waits_from` is a position, 0 where it does not wait.

    Moments are microseconds since 1970 by the log's clock, 0 for none. `appeal_text` is sealed.
    """

    kind: str
    item_id: str
    author_id: str
    slip_id: str
    reasons: dict[str, int] = {}
    waits_from: int = 0
    waits_from_us: int = 0
    status: str = ""
    rule: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_us: int = 0
    until_us: int = 0
    appeal: str = ""
    appeal_text: str = ""
    answer: str = ""
    shadowed: bool = False


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
decode_case = msgspec.msgpack.Decoder(ModeratedCaseRow).decode


def cases_key(author_id: str) -> str:
    """Return the key of the cases of an author's partition."""
    return f"{tag_of(author_id)}:cases"


def moderated_key(author_id: str) -> str:
    """Return the key of what was decided about an author."""
    return f"{tag_of(author_id)}:moderated:{author_id}"


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: its case."""
    item: ModeratedItem = recorded.body.item
    return (Row(cases_key(item.author_id), case_of(item.kind, item.item_id)),)


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Return what a fact changes."""
    item: ModeratedItem = recorded.body.item
    (row,) = sees(recorded)
    kept = rows[row]
    before = decode_case(kept) if kept is not None else ModeratedCaseRow(item.kind, item.item_id, item.author_id, item.slip_id)
    after = _waiting(recorded, before, _changed(recorded, before))
    changes: list[Change] = [Put(row.key, row.field, _encode(after))]
    queue = f"{tag_of(item.author_id)}:queue"
    if after.waits_from and not before.waits_from:
        changes.append(Rank(queue, row.field, after.waits_from))
    elif before.waits_from and not after.waits_from:
        changes.append(Unrank(queue, row.field))
    if isinstance(recorded.body, ItemHeld | ItemRemoved | ItemReleased | AppealDecided):
        changes.append(Rank(moderated_key(item.author_id), row.field, recorded.position))
    return changes


def _changed(recorded: Recorded[Any], case: ModeratedCaseRow) -> ModeratedCaseRow:
    """Return a case after a fact, without whether it waits."""
    change = msgspec.structs.replace
    match body := recorded.body:
        case ItemReported():
            return change(case, reasons={**case.reasons, body.reason: case.reasons.get(body.reason, 0) + 1})
        case ItemHeld() | ItemRemoved():
            status, until = ("held", body.until) if isinstance(body, ItemHeld) else ("removed", None)
            is_open = case.appeal == "open"
            return change(
                case,
                status=status,
                rule=body.rule,
                reason=body.reason,
                decided_by=body.actor,
                decided_us=recorded.committed_us,
                until_us=micros(until) if until is not None else 0,
                reasons=case.reasons if status == "held" and case.kind != "account" else {},
                appeal="open" if is_open else "",
                appeal_text=case.appeal_text if is_open else "",
                answer="",
            )
        case ItemReleased():
            return _released(recorded, case, body.reason, body.actor, appeal="")
        case ReportsDismissed():
            return change(case, reasons={})
        case DecisionAppealed():
            return change(case, appeal="open", appeal_text=body.text, answer="")
        case AppealDecided(granted=True):
            return _released(recorded, case, body.reason, body.actor, appeal="granted")
        case AppealDecided():
            return change(case, appeal="declined", answer=body.reason)
        case AccountShadowed():
            return change(case, shadowed=True, reasons={})
        case AccountUnshadowed():
            return change(case, shadowed=False)
        case _:
            return case


def _released(recorded: Recorded[Any], case: ModeratedCaseRow, reason: str, actor: str, *, appeal: str) -> ModeratedCaseRow:
    return msgspec.structs.replace(
        case,
        status="",
        rule="",
        reason=reason,
        decided_by=actor,
        decided_us=recorded.committed_us,
        until_us=0,
        reasons={},
        appeal=appeal,
        appeal_text="",
        answer=reason if appeal else "",
    )


def _waiting(recorded: Recorded[Any], before: ModeratedCaseRow, case: ModeratedCaseRow) -> ModeratedCaseRow:
    """Return the case with the position since which it waits for a moderator."""
    if not case.reasons and case.appeal != "open" and (case.status, case.decided_by) != ("held", WORDS):
        return msgspec.structs.replace(case, waits_from=0, waits_from_us=0)
    if before.waits_from:
        return case
    return msgspec.structs.replace(case, waits_from=recorded.position, waits_from_us=recorded.committed_us)


VIEW = View("moderation", 1, project, consumes=frozenset(get_args(ModerationFact)), sees=sees)
