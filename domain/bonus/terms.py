"""What terms a bonus may have. Versions are kept for ever, since facts name the one that they were within."""

from typing import NamedTuple


class BonusTerms(NamedTuple):
    """One version: the largest amount, wagering multiple and number of days."""

    amount_minor_max: int
    times_max: int
    days_max: int


BONUS_TERMS = {1: BonusTerms(amount_minor_max=1_000_000, times_max=10, days_max=366)}
"""Version -> the terms. The multiple is at most 10, as Great Britain's Gambling Commission has it since January 2026 (LCCP 5.1.1)."""

BONUS_TERMS_CURRENT = 1
