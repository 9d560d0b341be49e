"""The kinds of notifications, one file each. A new one is added here and in `domain.notification.kinds`."""

from projections.notifications.kinds import (
    bet_refused,
    bet_settled,
    bet_taken,
    comment,
    follow,
    follow_request,
    kickoff,
    like,
    limits,
    mention,
    moderation,
    money,
    price_alert,
    reply,
    repost,
    security,
    slip_shared,
    tail,
)
from projections.notifications.told import Telling

TELLINGS: dict[str, Telling] = {
    each.TELLING.kind: each.TELLING
    for each in (
        bet_settled,
        bet_refused,
        bet_taken,
        kickoff,
        price_alert,
        slip_shared,
        comment,
        reply,
        mention,
        like,
        repost,
        tail,
        follow,
        follow_request,
        money,
        limits,
        security,
        moderation,
    )
}
