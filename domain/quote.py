"""What a market tells a bet: the one thing that two aggregates share."""

import msgspec

from domain.odds import Odds

BET_DELAY_S_MAX = 12
"""For how many seconds a market may have bets in play wait."""


class Quote(msgspec.Struct, frozen=True, gc=False):
    """What a selection may be struck at now: `current` at `current_version`, and `shown`, what stood at the version a bettor saw.

    `shown` is None when that version's price was voided by a suspension or a gate, or did not offer the selection. Where it was replaced,
    it may be struck only for `grace_ms` after the market's version `replaced_by` was committed.
    """

    fixture_id: str
    current: Odds
    current_version: int
    shown: Odds | None
    shown_version: int
    replaced_by: int = 0
    grace_ms: int = 0
