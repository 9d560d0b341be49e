"""Wrong stories about slips, comments, follows, reports and what moderators decide."""

from datetime import timedelta
from typing import Any

import httpx

from infra.clock import Clock
from tests.journeys.hands.world import MADE_UP
from tests.journeys.hands.wrong import Actors, wrong


def _blocked(actors: Actors) -> tuple[Any, Any]:
    one, other = actors.join(), actors.join()
    actors.done("blockAccount", one, account_id=other.account_id)
    return one, other


def _held(actors: Actors) -> str:
    slip_id = actors.slip()
    body = {"action": "hold", "rule": "spam", "reason": "too often"}
    actors.done("decideCase", actors.one_moderator, body, kind="slip", item_id=slip_id)
    return slip_id


@wrong("SlipNotSeen", "slip-unknown")
def a_like_of_a_slip_for_followers(actors: Actors) -> httpx.Response:
    return actors.ask("likeSlip", actors.bob, slip_id=actors.slip(visibility="followers"))


@wrong("SlipNotSeen", "slip-unknown")
def a_comment_on_a_slip_that_was_removed(actors: Actors) -> httpx.Response:
    slip_id = actors.slip()
    actors.done("removeSlip", actors.ada, slip_id=slip_id)
    return actors.ask("postComment", actors.bob, {"text": "well done"}, slip_id=slip_id)


@wrong("SlipNotSeen", "slip-unknown")
def a_bet_built_from_a_slip_of_who_blocks(actors: Actors) -> httpx.Response:
    one, other = _blocked(actors)
    return actors.ask("tailSlip", other, {"stake_minor": 1_00}, slip_id=actors.slip(one))


@wrong("SlipNotSeen", "slip-unknown")
def a_like_of_a_slip_that_is_held(actors: Actors) -> httpx.Response:
    return actors.ask("likeSlip", actors.bob, slip_id=_held(actors))


@wrong("RepostForFollowers", "slip-for-followers")
def a_repost_of_a_slip_for_followers(actors: Actors) -> httpx.Response:
    fan = actors.join()
    actors.done("followAccount", fan, account_id=actors.ada.account_id)
    return actors.ask("repostSlip", fan, slip_id=actors.slip(visibility="followers"))


@wrong("CommentWhileClosed", "replies-closed")
def a_comment_where_none_are_taken(actors: Actors) -> httpx.Response:
    slip_id = actors.slip()
    actors.done("changeSlip", actors.ada, {"replies_closed": True}, slip_id=slip_id)
    return actors.ask("postComment", actors.bob, {"text": "well done"}, slip_id=slip_id)


@wrong("ReplyOutOfPlace", "reply-to-reply")
def a_reply_to_a_reply(actors: Actors) -> httpx.Response:
    slip_id = actors.slip()
    reply = actors.comment(actors.ada, slip_id, parent_id=actors.comment(actors.bob, slip_id))
    return actors.ask("postComment", actors.bob, {"text": "well done", "parent_id": reply}, slip_id=slip_id)


@wrong("ReplyOutOfPlace", "comment-unknown")
def a_reply_to_a_comment_elsewhere(actors: Actors) -> httpx.Response:
    elsewhere = actors.comment(actors.bob, actors.slip())
    return actors.ask("postComment", actors.bob, {"text": "well done", "parent_id": elsewhere}, slip_id=actors.slip())


@wrong("MentionOfBlocked", "mention-unknown")
def a_mention_of_who_blocks(actors: Actors) -> httpx.Response:
    one, other = _blocked(actors)
    return actors.ask("postComment", other, {"text": f"@{one.handle} look"}, slip_id=actors.slip())


@wrong("EditOutOfOrder", "edited-too-often")
def a_comment_edited_again_and_again(actors: Actors) -> httpx.Response:
    comment_id = actors.comment(actors.bob, actors.slip())
    for number in range(20):
        actors.done("editComment", actors.bob, {"text": f"well done {number}"}, comment_id=comment_id)
    return actors.ask("editComment", actors.bob, {"text": "once more"}, comment_id=comment_id)


@wrong("CommentOfAnother", "comment-unknown")
def a_comment_edited_by_another(actors: Actors) -> httpx.Response:
    comment_id = actors.comment(actors.bob, actors.slip())
    return actors.ask("editComment", actors.ada, {"text": "badly done"}, comment_id=comment_id)


@wrong("FollowOutOfOrder", "account-unknown", "blocked-by-caller")
def a_follow_across_a_block(actors: Actors) -> httpx.Response:
    one, other = _blocked(actors)
    return actors.ask("followAccount", one, account_id=other.account_id)


@wrong("FollowedUnasked", "follow-request-unknown")
def a_follower_who_never_asked(actors: Actors) -> httpx.Response:
    return actors.ask("acceptFollowRequest", actors.ada, account_id=actors.join().account_id)


@wrong("ReportOutOfPlace", "own-item-reported")
def a_report_of_a_slip_of_ones_own(actors: Actors) -> httpx.Response:
    return actors.ask("report", actors.ada, {"slip_id": actors.slip(), "reason": "spam"})


@wrong("ReportOutOfPlace", "slip-unknown")
def a_report_of_a_slip_that_one_does_not_see(actors: Actors) -> httpx.Response:
    return actors.ask("report", actors.bob, {"slip_id": actors.slip(visibility="followers"), "reason": "spam"})


@wrong("CaseOutOfOrder", "appeal-unknown", "case-unknown")
def an_appeal_decided_that_nobody_made(actors: Actors) -> httpx.Response:
    body = {"granted": True, "reason": "it is fine"}
    return actors.ask("decideAppeal", actors.other_moderator, body, kind="slip", item_id=_held(actors))


@wrong("CaseOutOfOrder", "appealed-before", "appeal-unknown", "nothing-to-appeal")
def an_appeal_after_it_was_declined(actors: Actors) -> httpx.Response:
    where = {"kind": "slip", "item_id": _held(actors)}
    actors.done("appeal", actors.ada, {"text": "please look again"}, **where)
    actors.done("decideAppeal", actors.other_moderator, {"granted": False, "reason": "it stays"}, **where)
    return actors.ask("appeal", actors.ada, {"text": "and again"}, **where)


@wrong("AppealDecidedBySame", "appeal-of-own-decision")
def an_appeal_decided_by_who_decided_before(actors: Actors) -> httpx.Response:
    where = {"kind": "slip", "item_id": _held(actors)}
    actors.done("appeal", actors.ada, {"text": "please look again"}, **where)
    return actors.ask("decideAppeal", actors.one_moderator, {"granted": False, "reason": "it stays"}, **where)


@wrong("CaseOfAnother", "case-unknown", "nothing-to-appeal")
def an_appeal_of_what_is_anothers(actors: Actors) -> httpx.Response:
    return actors.ask("appeal", actors.bob, {"text": "please look again"}, kind="slip", item_id=_held(actors))


@wrong("SharedWhileSuspended", "sharing-suspended")
def a_comment_while_suspended_from_sharing(actors: Actors) -> httpx.Response:
    who = actors.join()
    until = (Clock().now() + timedelta(days=2)).isoformat()
    body = {"action": "hold", "rule": "spam", "reason": "too often", "until": until}
    actors.done("decideCase", actors.one_moderator, body, kind="account", item_id=who.account_id)
    return actors.ask("postComment", who, {"text": "well done"}, slip_id=actors.slip())


@wrong("SlipWithoutBet", "bet-unknown")
def a_slip_of_no_bet(actors: Actors) -> httpx.Response:
    return actors.ask("shareSlip", actors.ada, {"bet_id": MADE_UP, "visibility": "public"})


@wrong("SlipOfAnother", "bet-unknown")
def a_slip_of_a_bet_of_anothers(actors: Actors) -> httpx.Response:
    bet_id = actors.bet(actors.leg(actors.market())).json()["bet_id"]
    return actors.ask("shareSlip", actors.bob, {"bet_id": bet_id, "visibility": "public"})


@wrong("SlipOfAnother", "slip-unknown")
def a_slip_changed_by_another(actors: Actors) -> httpx.Response:
    return actors.ask("changeSlip", actors.bob, {"visibility": "followers"}, slip_id=actors.slip())


@wrong("SlipLegWrong", "selection-unknown", "slip-legs-malformed")
def a_pick_of_a_selection_that_is_not_there(actors: Actors) -> httpx.Response:
    legs = [{"market_id": actors.market()["market_id"], "selection": "banana", "odds": "7/2"}]
    return actors.ask("shareSlip", actors.ada, {"visibility": "public", "pick": {"legs": legs}})


@wrong("PickTooLate", "betting-over", "market-not-open")
def a_pick_after_the_whistle(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    actors.end(market["fixture_id"])
    legs = [{"market_id": market["market_id"], "selection": "home", "odds": "7/2"}]
    return actors.ask("shareSlip", actors.ada, {"visibility": "public", "pick": {"legs": legs}})


@wrong("SlipOutOfOrder", "slip-held-already", "held-by-another-rule")
def a_slip_held_by_a_second_rule(actors: Actors) -> httpx.Response:
    slip_id = actors.slip()
    actors.done("holdSlip", actors.one_moderator, {"rule": "spam", "reason": "too often"}, slip_id=slip_id)
    return actors.ask("holdSlip", actors.other_moderator, {"rule": "abuse", "reason": "rude"}, slip_id=slip_id)


@wrong("TailOfOwnSlip", "own-slip-tailed")
def a_tail_of_a_slip_of_ones_own(actors: Actors) -> httpx.Response:
    return actors.ask("tailSlip", actors.ada, {"stake_minor": 1_00}, slip_id=actors.slip())


@wrong("TailCapExceeded", "daily-cap-reached")
def a_tail_above_the_cap_of_the_day(actors: Actors) -> httpx.Response:
    actors.done("tailSlip", actors.bob, {"stake_minor": 1_00}, slip_id=actors.slip())
    return actors.ask("tailSlip", actors.bob, {"stake_minor": 1, "daily_cap_minor": 1_00}, slip_id=actors.slip())


@wrong("TailDiffers", "fade-impossible")
def a_fade_of_one_of_three(actors: Actors) -> httpx.Response:
    return actors.ask("tailSlip", actors.bob, {"stake_minor": 1_00, "side": "fade"}, slip_id=actors.slip())


@wrong("DraftOutOfOrder", "draft-unknown")
def a_draft_published_by_another(actors: Actors) -> httpx.Response:
    legs = [{"market_id": actors.market()["market_id"], "selection": "home"}]
    code = actors.done("makeDraft", actors.ada, {"legs": legs})["code"]
    return actors.ask("publishDraft", actors.bob, code=code)


@wrong("MuteOutOfOrder", "muted-until-out-of-range", "mute-out-of-range")
def a_mute_that_is_over_already(actors: Actors) -> httpx.Response:
    until = (Clock().now() - timedelta(days=1)).isoformat()
    return actors.ask("muteWord", actors.ada, {"word": "fog", "until": until})


@wrong("FollowOutOfOrder", "own-account")
def a_follow_of_oneself(actors: Actors) -> httpx.Response:
    return actors.ask("followAccount", actors.ada, account_id=actors.ada.account_id)
