"""Profiles: what an account shows of itself, and whether it is private."""

from hashlib import blake2b
from typing import Any

from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.social_streams import AuditedProfile
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, ProfileUnchanged
from domain.fact import Recorded
from domain.ids import profile_of
from domain.profile.facts import ProfileChanged
from domain.sealed_text import is_sealed

DISPLAY_NAME_CHARACTERS_MAX, BIO_CHARACTERS_MAX = 50, 300
DIGEST_BYTES = 8


def begun(state: AuditState, recorded: Recorded[Any], fact: ProfileChanged) -> AuditedProfile:
    """Check the first ProfileChanged: the account exists; then as any further change of an empty, public profile."""
    check_id(recorded, profile_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id)
    profile = AuditedProfile(1, account_id=fact.account_id, texts=_digest("", ""))
    changed(state, recorded, profile, fact)
    return profile


def changed(_state: AuditState, recorded: Recorded[Any], profile: AuditedProfile, fact: ProfileChanged) -> None:
    """Check ProfileChanged: of the same account, sealed texts within bounds, and something changes; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == profile.account_id)
    _check_sealed(recorded, "display_name", fact.display_name, DISPLAY_NAME_CHARACTERS_MAX)
    _check_sealed(recorded, "bio", fact.bio, BIO_CHARACTERS_MAX)
    texts = _digest(fact.display_name, fact.bio)
    if (texts, fact.private) == (profile.texts, profile.private):
        raise ViolationFound(ProfileUnchanged, recorded)
    profile.texts, profile.private = texts, fact.private


def is_private(state: AuditState, account_id: str) -> bool:
    """Say whether an account is private at this moment."""
    profile = state.of(AuditedProfile, profile_of(account_id))
    return profile is not None and profile.private


def _check_sealed(recorded: Recorded[Any], field: str, text: str, characters_max: int) -> None:
    check_value(recorded, field, text, allowed=not text or is_sealed(text, characters_max))


def _digest(display_name: str, bio: str) -> str:
    return blake2b(f"{len(display_name)} {display_name}{bio}".encode(), digest_size=DIGEST_BYTES).hexdigest()


AUDITOR = Auditor(aggregate="profile", holds=AuditedProfile, begins={ProfileChanged: begun}, follows={ProfileChanged: changed})
