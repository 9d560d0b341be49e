"""The priority classes of the command queue: urgent commands first, and no class is starved."""

from enum import IntEnum


class Lane(IntEnum):
    """Priority classes, most urgent first; the registry of each package names the class of each command.

    SAFETY: commands that stop betting (a changed score, the end or abandonment of a match, a suspended or closed market, a stopped gate),
        restrict or reopen accounts, set their stake factors, hold their withdrawals, revoke roles, and look up what staff may do.
    TRADING: other commands on fixtures, markets and gates; heartbeats of producers; proposals; voided markets.
    SETTLEMENT: settlement of bets.
    BETS: bets, cash-outs, tails, and look-ups of what a session may do.
    SOCIAL: offers to cash out, slips, follows, blocks, mutes, profiles, reactions and comments.
    ACCOUNTS: registration, sign-in, sessions, granted roles, deposits and withdrawals, and look-ups of account gates.
    """

    SAFETY = 0
    TRADING = 1
    SETTLEMENT = 2
    BETS = 3
    SOCIAL = 4
    ACCOUNTS = 5


SHARES: dict[Lane, float] = {Lane.TRADING: 0.25, Lane.SETTLEMENT: 0.2, Lane.BETS: 0.35, Lane.SOCIAL: 0.1, Lane.ACCOUNTS: 0.1}
"""The part of a batch that a lane may claim before lanes of higher precedence take what is left. Safety takes what it needs."""

SHED_AT: dict[Lane, float] = {Lane.SOCIAL: 0.25, Lane.ACCOUNTS: 0.5, Lane.SETTLEMENT: 0.75}
"""How full the command queue may be before a class is refused, as part of its bound, first what can wait. What waits of a class counts, and
of those that are shed after it. Safety, trading and bets come last: only their own lane's bound refuses them."""
