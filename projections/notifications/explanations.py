"""Why something is told or not, by each channel: every step of the decision, computed again as of when it happened, and as of now.

Preferences, relations, exclusions, slips and addresses are facts, so what was decided then follows from the log up to the cause, and what
was decided again at sending from the log up to that moment. What follows from nothing in the log is said, not guessed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from domain.fact import micros, moment
from domain.notification import policy
from domain.notification.kinds import CHANNELS, IN_APP, KINDS, MOBILE_PUSH, SLIP_SHARED
from domain.notification.policy import Reach, Step
from domain.notification.schedule import AtMoment, IntoDigest, Now, when
from projections.notifications import candidates as reading
from projections.notifications.addresses import AddressRow, addresses_of
from projections.notifications.candidates import Candidate, Found
from projections.notifications.deliveries import DeliveryView, LedgerAnswer
from projections.notifications.own import Own
from projections.notifications.past import VIEWS, CauseFacts, PastFacts, PastUnreadable, facts_about
from projections.ports import ReadModels
from projections.social.own_mutes import OpenTexts

GONE = "gone"
SENDINGS_MAX = 5
"""Of the newest so many deliveries that ended, what was decided at sending is computed again."""
NOT_IN_LOG = "as of then, the log has nothing like that of yours"
UNOPENED = "a text that was erased since cannot be looked into for words that you muted"
OFF_THEN = "whether {channel} was set up here then is not in the log"
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


class Decided(msgspec.Struct, frozen=True):
    """Whether something is told in the inbox, and each step of that decision; and of that of each channel outside the page."""

    told: bool
    steps: list[StepView]
    channels: list[ChannelExplanation]


class AsOf(msgspec.Struct, frozen=True):
    """The moment that an answer holds for: the position of the cause in the log, and when it was committed."""

    position: int
    at: datetime


class SendingExplanation(msgspec.Struct, frozen=True):
    """What was decided when it was looked at again to be sent to an address: `at` is when that ended."""

    delivery_id: str
    channel: str
    at: datetime
    told: bool
    steps: list[StepView]


class Explanation(msgspec.Struct, frozen=True):
    """Whether something was told, by each channel, with each step, as of when it happened; `now` is the same as of now.

    Without `as_of` what was known then is not known any more: `told`, `steps` and `channels` are as of now. `unknown_then` says why, or
    what else cannot be computed as of then. `otherwise_now` are the channels of which the answer would be another now. `sendings` is what
    was decided again at the moment of sending. `deliveries` are what became of it at each address, as the ledger keeps it; `ledger` is
    read, missing or unavailable: without read there may be some that are not told of.
    """

    cause: str
    as_of: AsOf | None
    unknown_then: list[str]
    told: bool
    steps: list[StepView]
    channels: list[ChannelExplanation]
    now: Decided
    otherwise_now: list[str]
    sendings: list[SendingExplanation]
    ledger: str
    deliveries: list[DeliveryView]


def channels_off(phone_providers: Collection[str]) -> dict[str, str]:
    """Return which channels are off for everybody, and why; `phone_providers` are those by which pushes go to phones."""
    return {} if phone_providers else {MOBILE_PUSH: f"{policy.NAMES[MOBILE_PUSH]} is not set up here"}


class Asker(NamedTuple):
    """Whose notices are explained, and what that takes beside views.

    `off` are channels that are off for everybody, each with why (`channels_off`); `promoted` is whether betting may be promoted to the
    account now, by the log. To the account itself (`is_own`) a slip that it may not see any more is explained as one that never was;
    support is told what was decided then.
    """

    account_id: str
    open_texts: OpenTexts
    off: Mapping[str, str]
    promoted: bool = True
    is_own: bool = True


async def explain(reads: ReadModels, past: PastFacts, asker: Asker, cause: str, now_us: int, ledger: LedgerAnswer) -> Explanation:
    """Explain whether an account is told of a cause, as of then and as of now: a notice, `<kind>:<subject>`, in its inbox or not.

    What `ledger` says of it is told as it is.
    """
    own, each = await _found(reads, asker, cause, now_us)
    now = await _decided(reads, asker, own, each, now_us)
    answer = Explanation(cause, None, [], now.told, now.steps, now.channels, now, [], [], ledger.outcome, list(ledger.deliveries))
    if asker.is_own and each is not None and _is_hidden_slip(each):
        return replace(answer, unknown_then=[NOT_IN_LOG])
    known = each.found if each is not None and each.found.kind != SLIP_SHARED else None
    try:
        about = await facts_about(past, asker.account_id, cause, known)
        if not about.position:
            return replace(answer, unknown_then=[NOT_IN_LOG])
        then_asker, unopened = _of_then(asker)
        facts = [fact for fact in about.facts if fact.position <= about.position]
        reads_then = await past.views(facts, VIEWS)
        own, each = await _found(reads_then, then_asker, cause, about.at_us, known)
        if each is None or _is_hidden_slip(each):
            return replace(answer, unknown_then=[NOT_IN_LOG])  # as of one that never was
        then = await _decided(reads_then, then_asker, own, each, about.at_us)
        sendings = await _sendings(past, then_asker, cause, about, known, ledger.deliveries)
    except PastUnreadable as error:
        return replace(answer, unknown_then=[str(error)])
    outcomes = {IN_APP: now.told} | {each.channel: each.told for each in now.channels}
    differing = [channel for channel, told in _outcomes(then) if told != outcomes.get(channel, False)]
    return replace(
        answer,
        as_of=AsOf(about.position, moment(about.at_us)),
        unknown_then=[*unopened, *(OFF_THEN.format(channel=policy.NAMES[channel]) for channel in asker.off)],
        told=then.told,
        steps=then.steps,
        channels=then.channels,
        otherwise_now=differing,
        sendings=sendings,
    )


def _is_hidden_slip(each: Candidate) -> bool:
    return each.found.kind == SLIP_SHARED and each.notice.hidden == GONE


def _outcomes(decided: Decided) -> list[tuple[str, bool]]:
    return [(IN_APP, decided.told), *((each.channel, each.told) for each in decided.channels)]


def _of_then(asker: Asker) -> tuple[Asker, list[str]]:
    """Return who asks as of then, and a list that is added to once a text of then cannot be opened any more.

    Whether betting was promoted to the account follows from its own facts of then.
    """
    unopened: list[str] = []

    async def open_texts(sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        opened = await asker.open_texts(sealed)
        if UNOPENED not in unopened and any(text is None and given for text, (_, given) in zip(opened, sealed, strict=True)):
            unopened.append(UNOPENED)
        return opened

    return asker._replace(open_texts=open_texts, promoted=True), unopened


async def _found(reads: ReadModels, asker: Asker, cause: str, now_us: int, known: Found | None = None) -> tuple[Own, Candidate | None]:
    slip_id = reading.slip_named(cause)
    own, found = await reading.candidates(reads, asker.account_id, now_us, asker.open_texts, slip_id, known)
    return own, next((one for one in found if one.found.notice_id == cause), None)


async def _decided(reads: ReadModels, asker: Asker, own: Own, each: Candidate | None, now_us: int) -> Decided:
    if each is None:
        return Decided(told=False, steps=[StepView("cause", passed=False, why=NOT_THERE)], channels=[])
    addresses = await addresses_of(reads, asker.account_id)
    reach = {channel: reach_of(channel, addresses, asker.off) for channel in CHANNELS}
    inbox, *outside = [_explained(each, own, channel, reach[channel], now_us, promoted=asker.promoted) for channel in CHANNELS]
    return Decided(inbox.told, inbox.steps, outside)


async def _sendings(
    past: PastFacts, asker: Asker, cause: str, about: CauseFacts, known: Found | None, deliveries: Sequence[DeliveryView]
) -> list[SendingExplanation]:
    """Decide again as it was when each delivery ended: each is looked at right before it is sent."""
    ended = [(each, micros(each.ended_at)) for each in deliveries if each.ended_at is not None][:SENDINGS_MAX]
    made = []
    for delivery, at_us in ended:
        reads = await past.views([fact for fact in about.facts if fact.committed_us <= at_us], VIEWS)
        own, each = await _found(reads, asker, cause, at_us, known)
        decided = await _decided(reads, asker, own, each, at_us)
        of_channel = next((one for one in decided.channels if one.channel == delivery.channel), None)
        steps = of_channel.steps if of_channel is not None else decided.steps
        steps = [step for step in steps if step.rule != "schedule"]
        told = all(step.passed for step in steps)
        made.append(SendingExplanation(delivery.delivery_id, delivery.channel, moment(at_us), told=told, steps=steps))
    return made


def _explained(each: Candidate, own: Own, channel: str, reach: Reach, now_us: int, *, promoted: bool) -> ChannelExplanation:
    steps = policy.decide(each.notice, own.preferences, own.protection, now_us, channel, reach)
    if _is_hidden_slip(each):
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
