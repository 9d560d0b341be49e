"""The rule of gifts: what one member of staff gives one account within a day is bounded, whatever it is made of."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.gifts.commands import GiftsCommand
from domain.gifts.facts import GiftCounted, GiftsFact
from domain.gifts.rules import GIFT_RULES, GIFT_RULES_CURRENT, HOURS_KEPT
from domain.refused import Refused

HOUR_US = 3_600 * 1_000_000


class GiftNeedsApproval(Refused):
    """More than one member of staff gives an account alone within a day: another trader has to approve it."""

    sum_minor: int
    alone_minor_max: int


class Gifts(msgspec.Struct, frozen=True, gc=False):
    """What was given alone, in minor units, by hour of log time since 1970, the newest last, without hours that no rule looks at.

    One account has one currency, so that the amounts may be added up.
    """

    hours: tuple[tuple[int, int], ...] = ()


def decide(gifts: Gifts, command: GiftsCommand) -> Sequence[GiftsFact]:
    """Count a gift. It is asked about once: the gift's own stream, written in the same append, sees to that.

    Raises:
        GiftNeedsApproval: where one alone may not give as much.

    """
    rules = GIFT_RULES[GIFT_RULES_CURRENT]
    since = micros(command.at) // HOUR_US - rules.hours
    sum_minor = command.amount_minor + sum([minor for hour, minor in gifts.hours if hour >= since])
    if sum_minor > rules.alone_minor_max:
        raise GiftNeedsApproval(sum_minor, rules.alone_minor_max)
    counted = GiftCounted(
        holder_id=command.holder_id,
        given_by=command.given_by,
        gift_id=command.gift_id,
        amount_minor=command.amount_minor,
        currency=command.currency,
        sum_minor=sum_minor,
        rules=GIFT_RULES_CURRENT,
        at=command.at,
    )
    return (counted,)


def evolve(gifts: Gifts, fact: GiftsFact) -> Gifts:
    """Return what was given after the fact."""
    now = micros(fact.at) // HOUR_US
    of_hour_minor = sum([minor for hour, minor in gifts.hours if hour == now])
    kept = [each for each in gifts.hours if now - HOURS_KEPT <= each[0] < now]
    return Gifts((*kept, (now, of_hour_minor + fact.amount_minor)))


GIFTS = Aggregate("gifts", Gifts(), decide, evolve, (GiftCounted,), short_lived=True, snapshot=Gifts)
