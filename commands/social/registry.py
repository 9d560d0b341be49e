"""The commands of this package, each with its use case. A new one is added here."""

from typing import get_args

from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.social import (
    bet_on_code,
    change_profile,
    change_slip,
    comment,
    follow,
    keep_draft,
    moderate,
    mute,
    react,
    report,
    share_slip,
    tail_slip,
)
from domain.comment.commands import DeleteComment
from domain.draft.commands import DeleteDraft, PublishDraft
from domain.follow.commands import BlockCommand, FollowingCommand, MuteCommand
from domain.moderation.commands import AppealDecision, ModeratorCommand
from domain.mutes.commands import MutesCommand
from domain.profile.commands import ChangeProfile
from domain.reaction.commands import WithdrawReaction
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip

USE_CASES: dict[type, UseCase] = {
    share_slip.ShareBet: UseCase(share_slip.share_bet, share_slip.streams_of_bet, load_first=True, lane=Lane.SOCIAL),
    share_slip.SharePick: UseCase(share_slip.share_pick, share_slip.streams_of_pick, load_first=True, lane=Lane.SOCIAL),
    **{
        kind: UseCase(change_slip.change_slip, change_slip.streams_of, lane=Lane.SOCIAL)
        for kind in (ChangeSlip, RemoveSlip, HoldSlip, ReleaseSlip)
    },
    tail_slip.TailSlip: UseCase(tail_slip.tail_slip, tail_slip.streams_of, lane=Lane.BETS),
    keep_draft.KeepDraft: UseCase(keep_draft.keep, keep_draft.streams_of_keeping, load_first=True, lane=Lane.SOCIAL),
    **dict.fromkeys(
        (PublishDraft, DeleteDraft), UseCase(keep_draft.change, keep_draft.streams_of_change, load_first=True, lane=Lane.SOCIAL)
    ),
    bet_on_code.BetOnCode: UseCase(bet_on_code.bet_on_code, bet_on_code.streams_of, load_first=True, lane=Lane.BETS),
    **dict.fromkeys(get_args(FollowingCommand), UseCase(follow.follow, follow.streams_of_follow, lane=Lane.SOCIAL)),
    **dict.fromkeys(get_args(BlockCommand), UseCase(follow.block, follow.streams_of_block, lane=Lane.SOCIAL)),
    **dict.fromkeys(get_args(MuteCommand), UseCase(follow.mute, follow.streams_of_mute, lane=Lane.SOCIAL)),
    **dict.fromkeys(get_args(MutesCommand), UseCase(mute.mute, mute.streams_of, lane=Lane.SOCIAL)),
    ChangeProfile: UseCase(change_profile.change_profile, change_profile.streams_of, lane=Lane.SOCIAL),
    react.React: UseCase(react.give, react.streams_of_giving, lane=Lane.SOCIAL),
    WithdrawReaction: UseCase(react.withdraw, react.streams_of_withdrawal, load_first=True, lane=Lane.SOCIAL),
    comment.CommentOnSlip: UseCase(comment.post, comment.streams_of_posting, load_first=True, lane=Lane.SOCIAL),
    comment.RewriteComment: UseCase(comment.edit, comment.streams_of_edit, load_first=True, lane=Lane.SOCIAL),
    report.ReportSeenItem: UseCase(report.report, report.streams_of, load_first=True, lane=Lane.SOCIAL),
    **dict.fromkeys(get_args(ModeratorCommand), UseCase(moderate.moderate, moderate.streams_of, load_first=True, lane=Lane.SOCIAL)),
    AppealDecision: UseCase(moderate.appeal, moderate.streams_of_appeal, load_first=True, lane=Lane.SOCIAL),
    DeleteComment: UseCase(comment.delete, comment.streams_of_deletion, load_first=True, lane=Lane.SOCIAL),
}
