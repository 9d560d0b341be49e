"""Drafts: bets on markets that exist, kept by an account that exists, changed by nobody else, and over once they are deleted."""

from hashlib import blake2b
from typing import Any

import msgspec

from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.social_streams import AuditedDraft
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, DraftOutOfOrder, SlipLegWrong
from domain.bet.lines import folds_of
from domain.draft.facts import DraftDeleted, DraftMade, DraftPublished, DraftReplaced
from domain.fact import Recorded
from domain.ids import draft_of
from domain.market.facts import MarketOpened

LEGS_MAX = 25
DIGEST_BYTES = 8


def made(state: AuditState, recorded: Recorded[Any], fact: DraftMade) -> AuditedDraft:
    """Check DraftMade: the account exists, the code names the stream, the legs are there; begin the draft."""
    check_id(recorded, draft_of(fact.code))
    if state.of(AuditedAccount, fact.account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id[:60])
    _check_bet(state, recorded, fact)
    return AuditedDraft(1, account_id=fact.account_id, bet=_digest(fact))


def replaced(state: AuditState, recorded: Recorded[Any], draft: AuditedDraft, fact: DraftReplaced) -> None:
    """Check DraftReplaced: by its author, with legs that are there, and another bet; update the audit state."""
    _check_author(recorded, draft, fact)
    _check_bet(state, recorded, fact)
    bet = _digest(fact)
    _check(recorded, "as it was", bet != draft.bet)
    draft.bet = bet


def published(_state: AuditState, recorded: Recorded[Any], draft: AuditedDraft, fact: DraftPublished) -> None:
    """Check DraftPublished: by its author, once; update the audit state."""
    _check_author(recorded, draft, fact)
    _check(recorded, "published", not draft.published)
    draft.published = True


def deleted(state: AuditState, recorded: Recorded[Any], draft: AuditedDraft, fact: DraftDeleted) -> None:
    """Check DraftDeleted: by its author; end the draft."""
    _check_author(recorded, draft, fact)
    state.end(recorded.stream_id)


def _check_author(recorded: Recorded[Any], draft: AuditedDraft, fact: DraftReplaced | DraftPublished | DraftDeleted) -> None:
    check_id(recorded, draft_of(fact.code))
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == draft.account_id)


def _check_bet(state: AuditState, recorded: Recorded[Any], fact: DraftMade | DraftReplaced) -> None:
    legs, fixtures = len(fact.legs), {leg.fixture_id for leg in fact.legs}
    check_value(recorded, "legs", legs, allowed=1 <= legs <= LEGS_MAX and len(fixtures) == legs)
    check_value(recorded, "type", fact.type, allowed=bool(folds_of(fact.type, legs)))
    for leg in fact.legs:
        opened = state.first_of(MarketOpened, leg.market_id, recorded)
        selections = set[str]() if opened is None else {selection.selection for selection in opened.body.selections}
        if opened is None or opened.body.fixture_id != leg.fixture_id or leg.selection not in selections:
            shown = {"market_id": leg.market_id[:60], "selection": leg.selection[:60], "fixture_id": leg.fixture_id[:60]}
            raise ViolationFound(SlipLegWrong, recorded, **shown)


def _check(recorded: Recorded[Any], standing: str, allowed: bool) -> None:
    if not allowed:
        raise ViolationFound(DraftOutOfOrder, recorded, standing=standing)


def _digest(fact: DraftMade | DraftReplaced) -> str:
    return blake2b(msgspec.json.encode((fact.type, fact.legs)), digest_size=DIGEST_BYTES).hexdigest()


AUDITOR = Auditor(
    aggregate="draft",
    holds=AuditedDraft,
    begins={DraftMade: made},
    follows={DraftReplaced: replaced, DraftPublished: published, DraftDeleted: deleted},
    names=dict.fromkeys((DraftMade, DraftReplaced), lambda fact: [leg.market_id for leg in fact.legs]),
)
