"""How much one member of staff gives one account alone. Versions are kept for ever, since facts name the one that they were within."""

from collections.abc import Mapping
from typing import NamedTuple


class GiftRules(NamedTuple):
    """One version: at most `alone_minor_max`, minor units of any currency, within `hours` of log time.

    Hours are whole ones since 1970: a window of 24 is the hour at hand and the 24 before it, never less than 24 hours.
    """

    alone_minor_max: int
    hours: int


GIFT_RULES: Mapping[int, GiftRules] = {1: GiftRules(alone_minor_max=100_00, hours=24)}
"""Version -> the rules. Both numbers are this book's own choice."""

GIFT_RULES_CURRENT = 1
HOURS_KEPT = max(rules.hours for rules in GIFT_RULES.values())
