"""Who may see which slip, and reach whom: decided from streams, never from a view, so that a block holds from its commit on.

Every slip, follow and profile read becomes a condition of the append; that an account exists is only looked at. Who may not see something
is answered as if it did not exist, and for that answer the same streams are asked for as for a slip that is there, so that the time it
takes tells nothing either.
"""

from datetime import datetime

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import StreamRef
from domain.account.decider import ACCOUNT
from domain.fact import moment
from domain.follow.decider import FOLLOW
from domain.ids import case_of, follow_of, profile_of
from domain.moderation.decider import MODERATION
from domain.profile.decider import PROFILE
from domain.refused import Refused
from domain.slip.decider import SLIP, Slip, SlipUnknown
from domain.unknown import AccountUnknown


class SharingSuspended(Refused):
    """Moderators suspended the account from sharing and commenting. It can appeal, and do all else."""

    until: datetime
    rule: str
    reason: str


def see_slip(streams: UnitOfWork, viewer_id: str, slip_id: str) -> Slip:
    """Return a slip that the viewer may see now; its author sees it until it is removed, also while it is held.

    Raises:
        SlipUnknown: when there is none, it was removed or is held, one of the two blocks the other, or it is for followers alone (as is
            every slip of a private account) and the viewer is none.

    """
    slip = streams.read(SLIP, slip_id)
    author_id = slip.author_id or slip_id
    if author_id == viewer_id:
        is_seen = True
    else:
        pair_id, owner_id = follow_of(viewer_id, author_id), profile_of(author_id)
        streams.need(((FOLLOW, pair_id), (PROFILE, owner_id)))
        pair, profile = streams.read(FOLLOW, pair_id), streams.read(PROFILE, owner_id)
        is_open = slip.visibility == "public" and not profile.private
        is_seen = not pair.is_blocked and not slip.held_rule and (is_open or pair.relation(viewer_id, author_id).following)
    if slip.shared is None or slip.removed or not is_seen:
        raise SlipUnknown(slip_id)
    return slip


def check_account(streams: UnitOfWork, account_id: str) -> None:
    """Refuse an account that does not exist.

    Raises:
        AccountUnknown: when it does not.

    """
    if not streams.look(ACCOUNT, account_id).state.handle:
        raise AccountUnknown(account_id)


def reach_streams(account_id: str, other_id: str) -> tuple[StreamRef, StreamRef]:
    """Name the streams that `check_reach` reads."""
    return StreamRef(ACCOUNT, other_id), StreamRef(FOLLOW, follow_of(account_id, other_id))


def check_reach(streams: UnitOfWork, account_id: str, other_id: str) -> None:
    """Refuse to reach an account that does not exist, blocks the author or is blocked by the author, always with the same error.

    It is reached by a mention or by a reply to its comment. `account_id` is the author.

    Raises:
        AccountUnknown: when the account cannot be reached.

    """
    check_account(streams, other_id)
    if account_id != other_id and streams.read(FOLLOW, follow_of(account_id, other_id)).is_blocked:
        raise AccountUnknown(other_id)


def case_streams(account_id: str) -> StreamRef:
    """Name the case that `check_may_share` reads."""
    return StreamRef(MODERATION, case_of("account", account_id))


def check_may_share(streams: UnitOfWork, account_id: str) -> None:
    """Refuse an account that moderators suspended from sharing and commenting. That they did not becomes a condition of the append.

    Raises:
        SharingSuspended: with until when, by which rule and why.

    """
    case = streams.read(MODERATION, case_of("account", account_id))
    if case.status and case.until_us > streams.now_us:
        raise SharingSuspended(moment(case.until_us), case.rule, case.reason)
