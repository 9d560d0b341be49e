"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from commands.social import bet_on_code, mentions, moderate, own_stake, share_slip, tail_slip, visibility, worst_odds
from domain.comment import decider as comment
from domain.draft import decider as draft
from domain.follow import decider as follow
from domain.moderation import state as moderation
from domain.mutes import decider as mutes_rules
from domain.reaction import decider as reaction
from domain.refused import Refused
from domain.slip import decider as slip
from domain.tail import decider as tail
from projections.social import search_words

STATUSES: dict[type[Refused], int] = {
    tail.OwnSlipTailed: 403,
    reaction.SlipForFollowers: 403,
    visibility.SharingSuspended: 403,
    moderation.OwnItemReported: 403,
    moderation.AppealOfOwnDecision: 403,
    moderate.CaseUnknown: 404,
    moderation.AppealUnknown: 404,
    moderation.NothingToAppeal: 409,
    moderation.AppealedBefore: 409,
    moderation.HeldByAnotherRule: 409,
    moderation.ReportedEnough: 409,
    moderation.ReportReasonUnknown: 422,
    moderation.SuspensionOutOfRange: 422,
    moderation.AccountNotRemoved: 422,
    comment.RepliesClosed: 403,
    slip.SlipUnknown: 404,
    comment.CommentUnknown: 404,
    draft.DraftUnknown: 404,
    follow.FollowRequestUnknown: 404,
    comment.EditTooLate: 409,
    comment.EditedTooOften: 409,
    slip.SlipTakenDown: 409,
    slip.SlipHeldAlready: 409,
    mutes_rules.TooManyMutes: 409,
    bet_on_code.DraftOver: 409,
    tail_slip.SlipSettled: 409,
    tail_slip.TailWouldWait: 409,
    worst_odds.OddsBelowWorst: 409,
    tail.DailyCapReached: 409,
    follow.BlockedByCaller: 409,
    slip.SlipKeyReused: 422,
    slip.VisibilityUnknown: 422,
    slip.ClosingTimeOutOfRange: 422,
    slip.StakeShownUnknown: 422,
    slip.UnitMalformed: 422,
    slip.SlipLegsMalformed: 422,
    share_slip.EachWayNotShared: 422,
    share_slip.WaysNotShared: 422,
    share_slip.FreeBetNotShared: 422,
    share_slip.BonusBetNotShared: 422,
    slip.TagsMalformed: 422,
    slip.MentionsMalformed: 422,
    draft.DraftKeyReused: 422,
    draft.DraftLegsMalformed: 422,
    tail.SideUnknown: 422,
    tail.TailKeyReused: 422,
    own_stake.TailStakeMalformed: 422,
    tail_slip.FadeImpossible: 422,
    follow.OwnAccount: 422,
    follow.MuteMalformed: 422,
    follow.MuteOutOfRange: 422,
    mutes_rules.MutedUntilOutOfRange: 422,
    reaction.ReactionKindUnknown: 422,
    comment.CommentKeyReused: 422,
    comment.ReplyToReply: 422,
    comment.TooManyMentions: 422,
    mentions.MentionUnknown: 422,
    search_words.SearchMalformed: 422,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes among people."""
    from api.http.social.accounts import asked_follows, shown_accounts
    from api.http.social.comments import comments
    from api.http.social.drafts import drafts
    from api.http.social.feed import feeds, shown_slips
    from api.http.social.follows import follows
    from api.http.social.leaderboards import Leaderboards, ranking
    from api.http.social.moderation import decisions, reports
    from api.http.social.moderation_pages import cases
    from api.http.social.muted_lists import muted_lists
    from api.http.social.mutes import mutes
    from api.http.social.opened_drafts import opened_drafts
    from api.http.social.profiles import own_profile
    from api.http.social.reactions import reactions
    from api.http.social.saved_slips import saved_slips
    from api.http.social.search import searching
    from api.http.social.slips import held_slips, slips
    from api.http.social.suggestions import suggesting

    deps = dependencies.deps
    commands = (slips(deps), held_slips(deps), follows(deps), own_profile(deps), reactions(deps), comments(deps), drafts(deps), mutes(deps))
    pages = (feeds(deps, view_reader), shown_slips(deps, view_reader), shown_accounts(deps, view_reader), asked_follows(deps, view_reader))
    boards = Leaderboards(view_reader.reads)
    ranked = (ranking(deps, view_reader, boards), suggesting(deps, view_reader, boards))
    lists = (
        opened_drafts(deps, view_reader),
        muted_lists(deps, view_reader),
        saved_slips(deps, view_reader),
        searching(deps, view_reader),
    )
    moderated = (reports(deps), decisions(deps), cases(deps, view_reader))
    return (*moderated, *commands, *pages, *lists, *ranked)
