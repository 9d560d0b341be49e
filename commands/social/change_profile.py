"""Change what an account shows of itself."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.ids import profile_of
from domain.profile.commands import ChangeProfile
from domain.profile.decider import PROFILE


class ProfileReceipt(msgspec.Struct, frozen=True, gc=False):
    """The profile after the command, its texts still sealed."""

    account_id: str
    display_name: str
    bio: str
    private: bool


def streams_of(ask: ChangeProfile) -> Sequence[StreamRef]:
    """Name the account and its profile."""
    return (StreamRef(ACCOUNT, ask.account_id), StreamRef(PROFILE, profile_of(ask.account_id)))


def change_profile(ask: ChangeProfile, streams: UnitOfWork) -> Outcome:
    """Show something else. Requests to follow a private account that becomes public stand until they are answered.

    Raises:
        AccountUnknown: when there is no such account. Refused: what the profile's rules refuse.

    """
    check_account(streams, ask.account_id)
    profile = streams.load(PROFILE, profile_of(ask.account_id))
    profile.decide(ask)
    state = profile.state
    return Outcome(ProfileReceipt(ask.account_id, state.display_name, state.bio, state.private), profile)
