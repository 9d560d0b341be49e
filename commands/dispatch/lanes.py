"""The priority classes of the command queue: urgent commands first, and no class is starved."""

from enum import IntEnum


class Lane(IntEnum):
    """In order of precedence: what stops betting, what traders and feeds do, settlement, bets, social, sign-in and other reads."""

    SAFETY = 0
    TRADING = 1
    SETTLEMENT = 2
    BETS = 3
    SOCIAL = 4
    ACCOUNTS = 5


SHARES: dict[Lane, float] = {Lane.TRADING: 0.25, Lane.SETTLEMENT: 0.2, Lane.BETS: 0.35, Lane.SOCIAL: 0.1, Lane.ACCOUNTS: 0.1}
"""The part of a batch that a lane may claim before lanes of higher precedence take what is left. Safety takes what it needs."""
