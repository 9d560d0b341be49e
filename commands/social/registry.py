"""The commands of this package, each with its use case. A new one is added here."""

from typing import get_args

from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.social import change_profile, change_slip, follow, share_slip, tail_slip
from domain.follow.commands import BlockCommand, FollowingCommand, MuteCommand
from domain.profile.commands import ChangeProfile
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip

USE_CASES: dict[type, UseCase] = {
    share_slip.ShareBet: UseCase(share_slip.share_bet, share_slip.streams_of_bet, load_first=True, lane=Lane.SOCIAL),
    share_slip.SharePick: UseCase(share_slip.share_pick, share_slip.streams_of_pick, load_first=True, lane=Lane.SOCIAL),
    **{
        kind: UseCase(change_slip.change_slip, change_slip.streams_of, lane=Lane.SOCIAL)
        for kind in (ChangeSlip, RemoveSlip, HoldSlip, ReleaseSlip)
    },
    tail_slip.TailSlip: UseCase(tail_slip.tail_slip, tail_slip.streams_of, lane=Lane.BETS),
    **dict.fromkeys(get_args(FollowingCommand), UseCase(follow.follow, follow.streams_of_follow, lane=Lane.SOCIAL)),
    **dict.fromkeys(get_args(BlockCommand), UseCase(follow.block, follow.streams_of_block, lane=Lane.SOCIAL)),
    **dict.fromkeys(get_args(MuteCommand), UseCase(follow.mute, follow.streams_of_mute, lane=Lane.SOCIAL)),
    ChangeProfile: UseCase(change_profile.change_profile, change_profile.streams_of, lane=Lane.SOCIAL),
}
