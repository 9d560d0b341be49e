"""Reactions: given to slips that the account saw, taken back where they stood; one stream for each kind, account and slip.

To save memory no reaction is kept between reads; a further fact reloads the stream's first and last facts from the log.
"""

from typing import Any

from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_value
from commands.audit.seen import check_may_share, check_seen, is_for_followers
from commands.audit.social_streams import AuditedReaction
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import ReactionOutOfOrder, RepostForFollowers
from domain.fact import Recorded
from domain.ids import reaction_of
from domain.reaction.facts import Reacted, ReactionWithdrawn

KINDS = frozenset({"like", "repost", "save"})
DAY_US = 24 * 3600 * 1_000_000


def begun(state: AuditState, recorded: Recorded[Any], fact: Reacted) -> None:
    """Check the first Reacted of a stream: a known kind, on a slip that the account sees."""
    check_value(recorded, "kind", fact.kind, allowed=fact.kind in KINDS)
    _check_given(state, recorded, fact)
    state.ended[recorded.stream_id] = _remembered(1, fact, given=True)


def given(state: AuditState, recorded: Recorded[Any], reaction: AuditedReaction, fact: Reacted) -> None:
    """Check a further Reacted: the reaction was withdrawn, and the account sees the slip; update the audit state."""
    if reaction.given:
        raise ViolationFound(ReactionOutOfOrder, recorded, standing="given")
    _check_given(state, recorded, fact)
    reaction.given = True
    state.end(recorded.stream_id)


def withdrawn(state: AuditState, recorded: Recorded[Any], reaction: AuditedReaction, fact: ReactionWithdrawn) -> None:
    """Check ReactionWithdrawn: the reaction is given; the account need not see the slip any more; update the audit state."""
    check_id(recorded, reaction_of(fact.kind, fact.account_id, fact.slip_id))
    if not reaction.given:
        raise ViolationFound(ReactionOutOfOrder, recorded, standing="not given")
    check_value(recorded, "slip_author_id", fact.slip_author_id, allowed=fact.slip_author_id == reaction.slip_author_id)
    reaction.given = False
    state.end(recorded.stream_id)


def _check_given(state: AuditState, recorded: Recorded[Any], fact: Reacted) -> None:
    check_id(recorded, reaction_of(fact.kind, fact.account_id, fact.slip_id))
    slip = check_seen(state, recorded, fact.account_id, fact.slip_id)
    check_value(recorded, "slip_author_id", fact.slip_author_id, allowed=fact.slip_author_id == slip.author_id)
    if fact.kind == "repost":
        check_may_share(state, recorded, fact.account_id)
    if fact.kind == "repost" and is_for_followers(state, slip):
        raise ViolationFound(RepostForFollowers, recorded, slip_id=fact.slip_id)
    account = state.of(AuditedAccount, fact.account_id)
    assert account is not None, "an account that sees a slip exists"
    ages = {max(0, state.committed_us - late_us - account.registered_us) // DAY_US for late_us in (0, LATENESS_US)}
    check_value(recorded, "account_age_days", fact.account_age_days, allowed=fact.account_age_days in ages)


def _remembered(version: int, fact: Reacted, *, given: bool) -> AuditedReaction:
    return AuditedReaction(version, slip_author_id=fact.slip_author_id, given=given)


def reopened(first: Recorded[Any], last: Recorded[Any]) -> AuditedReaction | None:
    """Return the state of a reaction from its first and its last fact."""
    return _remembered(last.version, first.body, given=type(last.body) is Reacted)


AUDITOR = Auditor(
    aggregate="reaction",
    holds=AuditedReaction,
    begins={Reacted: begun},
    follows={Reacted: given, ReactionWithdrawn: withdrawn},
    reopens={Reacted: reopened, ReactionWithdrawn: reopened},
)
