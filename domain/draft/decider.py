"""The rules of a draft: made once, replaced, handed on and deleted by its author. To everybody else it is not there."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.draft.commands import DeleteDraft, DraftCommand, MakeDraft, PublishDraft, ReplaceDraft
from domain.draft.facts import DraftDeleted, DraftFact, DraftLeg, DraftMade, DraftPublished, DraftReplaced
from domain.refused import Refused

LEGS_MAX = 25


class DraftUnknown(Refused):
    """There is no such draft."""

    code: str


class DraftKeyReused(Refused):
    """The key was used before for another draft."""

    code: str


class DraftLegsMalformed(Refused):
    """A draft has 1 to 25 legs, no two of them on the same fixture."""

    legs: int
    legs_max: int


class Draft(msgspec.Struct, frozen=True, gc=False):
    """Where a draft stands: `made` is None until it is, and says for ever what it was then; type and legs are those of now."""

    account_id: str = ""
    type: str = ""
    legs: tuple[DraftLeg, ...] = ()
    replaced: bool = False
    published: bool = False
    deleted: bool = False
    made: DraftMade | None = None

    def opens_for(self, account_id: str) -> bool:
        """Whether an account that has the code may open the draft."""
        return self.made is not None and not self.deleted and (self.published or self.account_id == account_id)


def decide(draft: Draft, command: DraftCommand) -> Sequence[DraftFact]:
    """Decide what follows from a command.

    Raises:
        DraftKeyReused: from `MakeDraft`, when the code stands for another draft.
        DraftLegsMalformed: from `MakeDraft` and `ReplaceDraft`.
        DraftUnknown: from all others, for a draft of another's as for one that is not there or was deleted.

    """
    if isinstance(command, MakeDraft):
        return _make(draft, command)
    if draft.made is None or draft.account_id != command.account_id:
        raise DraftUnknown(command.code)
    account_id, code, at = command.account_id, command.code, command.at
    if isinstance(command, DeleteDraft):
        return () if draft.deleted else (DraftDeleted(account_id, code, at),)
    if draft.deleted:
        raise DraftUnknown(code)
    match command:
        case ReplaceDraft(type=bet_type, legs=legs):
            check_legs(legs)
            return () if (bet_type, legs) == (draft.type, draft.legs) else (DraftReplaced(account_id, code, bet_type, legs, at),)
        case PublishDraft():
            return () if draft.published else (DraftPublished(account_id, code, at),)
        case _:
            assert_never(command)


def _make(draft: Draft, command: MakeDraft) -> Sequence[DraftFact]:
    made = DraftMade(command.account_id, command.code, command.type, command.legs, command.at)
    if draft.made is not None:
        if msgspec.structs.replace(made, at=draft.made.at) != draft.made:
            raise DraftKeyReused(command.code)
        return ()
    check_legs(command.legs)
    return (made,)


def check_legs(legs: Sequence[DraftLeg]) -> None:
    """Refuse legs that no bet could have together.

    Raises:
        DraftLegsMalformed: with how many there are.

    """
    if not 1 <= len(legs) <= LEGS_MAX or len({leg.fixture_id for leg in legs}) < len(legs):
        raise DraftLegsMalformed(len(legs), LEGS_MAX)


def evolve(draft: Draft, fact: DraftFact) -> Draft:
    """Return the draft after the fact."""
    change = msgspec.structs.replace
    if isinstance(fact, DraftMade):
        assert draft.made is None, "a draft is made once"
        return Draft(fact.account_id, fact.type, fact.legs, made=fact)
    assert draft.made is not None, "what happens to a draft follows its making"
    assert not draft.deleted, "nothing happens to a deleted draft"
    match fact:
        case DraftReplaced():
            return change(draft, type=fact.type, legs=fact.legs, replaced=True)
        case DraftPublished():
            assert not draft.published, "a draft is published once"
            return change(draft, published=True)
        case DraftDeleted():
            return change(draft, deleted=True)
        case _:
            assert_never(fact)


DRAFT = Aggregate("draft", Draft(), decide, evolve, get_args(DraftFact), snapshot=Draft)
