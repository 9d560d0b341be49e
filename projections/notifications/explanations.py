"""Why something is told or not, by each channel: every step of the decision, computed again from what is known now."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from domain.fact import moment
from domain.notification import policy
from domain.notification.kinds import CHANNELS, IN_APP, KINDS, MOBILE_PUSH, SLIP_SHARED
from domain.notification.policy import Reach, Step
from domain.notification.schedule import AtMoment, IntoDigest, Now, when
from projections.notifications import candidates as reading
from projections.notifications.addresses import AddressRow, addresses_of
from projections.notifications.candidates import Candidate
from projections.notifications.deliveries import DeliveryView, LedgerAnswer
from projections.notifications.own import Own
from projections.ports import ReadModels
from projections.social.own_mutes import OpenTexts

GONE = "gone"
NOT_THERE = "nothing like that happened to you, it was taken back, or it is older than the newest 200"


class StepView(msgspec.Struct, frozen=True):
    """A step of a decision: the rule that was looked at, whether the notice passed, and why."""

    rule: str
    passed: bool
    why: str


class ChannelExplanation(msgspec.Struct, frozen=True):
    """Whether a channel tells it, and every step. `sends` is now, later or digest, `not_before` when; None where it is not told."""

    channel: str
    told: bool
    sends: str | None
    not_before: datetime | None
    steps: list[StepView]


class Explanation(msgspec.Struct, frozen=True):
    """Whether something is told in the inbox, and each step of that decision; and of that of each channel outside the page.

    `deliveries` are what became of it at each address, as the ledger keeps it; `ledger` is read, missing or unavailable: without read
    there may be some that are not told of.
    """

    cause: str
    told: bool
    steps: list[StepView]
    channels: list[ChannelExplanation]
    ledger: str
    deliveries: list[DeliveryView]


def channels_off(phone_providers: Collection[str]) -> dict[str, str]:
    """Return which channels are off for everybody, and why; `phone_providers` are those by which pushes go to phones."""
    return {} if phone_providers else {MOBILE_PUSH: f"{policy.NAMES[MOBILE_PUSH]} is not set up here"}


async def explain(
    reads: ReadModels,
    account_id: str,
    cause: str,
    now_us: int,
    open_texts: OpenTexts,
    ledger: LedgerAnswer,
    off: Mapping[str, str],
    *,
    promoted: bool = True,
) -> Explanation:
    """Explain whether an account is told of a cause, as of now: a notice, `<kind>:<subject>`, that may be in its inbox or not.

    The preferences, marks, relations and addresses are those of this moment, as they are for the inbox itself and for what is sent.
    What `ledger` says of it is told as it is; `off` are channels that are off for everybody, each with why (`channels_off`).
    """
    own, found = await reading.candidates(reads, account_id, now_us, open_texts, reading.slip_named(cause))
    each = next((one for one in found if one.found.notice_id == cause), None)
    if each is None:
        not_there = [StepView("cause", passed=False, why=NOT_THERE)]
        return Explanation(cause, told=False, steps=not_there, channels=[], ledger=ledger.outcome, deliveries=list(ledger.deliveries))
    addresses = await addresses_of(reads, account_id)
    inbox, *outside = [_explained(each, own, channel, reach_of(channel, addresses, off), now_us, promoted=promoted) for channel in CHANNELS]
    return Explanation(cause, inbox.told, inbox.steps, outside, ledger.outcome, list(ledger.deliveries))


def _explained(each: Candidate, own: Own, channel: str, reach: Reach, now_us: int, *, promoted: bool) -> ChannelExplanation:
    steps = policy.decide(each.notice, own.preferences, own.protection, now_us, channel, reach)
    if each.found.kind == SLIP_SHARED and each.notice.hidden == GONE:
        steps = steps[:1]  # as of a slip that never was: what rules say of it would tell its author, its match and its age
    elif each.found.kind == SLIP_SHARED:
        kept = bool(each.found.position)
        why = "it was shared while your bell was on" if kept else "it was shared while your bell was off, or before the newest 100"
        steps.append(Step("moment", kept, why))
    if not promoted and KINDS[each.notice.kind].promotes:
        kept_away = Step("protection", passed=False, why="betting is not promoted to you")
        steps = [kept_away if step.rule == "protection" else step for step in steps]
    told, sends, not_before_us = policy.is_told(steps), None, 0
    if channel != IN_APP and told:
        time = when(each.notice.kind, channel, own.schedule, now_us)
        match time:
            case Now():
                sends, not_before_us = "now", now_us
            case AtMoment(not_before_us):
                sends = "later"
            case IntoDigest(not_before_us):
                sends = "digest"
        steps.append(Step("schedule", passed=True, why=time.why))
    views = [StepView(step.rule, step.passed, step.why) for step in steps]
    return ChannelExplanation(channel, told, sends, moment(not_before_us) if sends else None, views)


def reach_of(channel: str, addresses: Sequence[AddressRow], off: Mapping[str, str]) -> Reach:
    """Say whether a channel is not off and reaches an account at an address that it has."""
    if channel in off:
        return Reach(is_on=False, why=off[channel])
    mine = [address for address in addresses if address.channel == channel]
    if any(address.confirmed for address in mine):
        return policy.REACHED
    return Reach(is_on=False, why="your address is not confirmed yet" if mine else f"{policy.NAMES[channel]} has no address of yours")
