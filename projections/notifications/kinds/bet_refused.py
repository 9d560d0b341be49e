"""A bet that waited was refused, when its delay was over or by a trader: its account is told why, and that the stake is back.

It says nothing of betting again: it is told to whoever may not bet any more, too.
"""

from collections.abc import Sequence

from domain.bet.facts import BetRefused
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at

CAUSES = {
    "prices-moved": "moved",
    "selection-withdrawn": "withdrawn",
    "prices-awaited": "awaited",
    "market-suspended-now": "suspended",
    "betting-suspended": "suspended",
    "market-not-open": "ended",
    "betting-over": "ended",
    "stake-over-limit": "over_limit",
    "self-excluded-now": "excluded",
    "timed-out-now": "timed_out",
    "account-is-closed": "closed",
    "referral-declined": "declined",
    "referral-expired": "unanswered",
}
"""The slug of a refusal -> the message that says why the bet was not struck. Any other is told as such."""


def _refused(recorded: Recorded[BetRefused], fact: BetRefused) -> Sequence[NoticeTold]:
    row = at(recorded, bet_id=recorded.stream_id, what=fact.reason, amount_minor=fact.stake_minor)
    return (NoticeTold(fact.account_id, recorded.stream_id, row),)


def says(shown: Shown) -> str:
    """Say that the bet was not struck, and why."""
    return shown.say(f"bet_refused.{CAUSES.get(shown.row.what, 'other')}", amount=shown.amount)


TELLING = Telling("bet_refused", {BetRefused: _refused}, says)
