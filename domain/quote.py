"""What a market tells a bet: the one thing that two aggregates share."""

import msgspec

from domain.odds import Odds

BET_DELAY_S_MAX = 12
"""For how many seconds a market may have bets in play wait."""

REFERRAL_S, REFERRAL_S_MIN, REFERRAL_S_MAX = 60, 10, 300
"""For how many seconds a bet over its limit waits for a trader unless its market says otherwise, and the least and most it may say."""

REFERRAL_IN_PLAY_S_MAX = 30
"""For how many seconds it waits in play at most, after the market's delay."""

WAITS_S_MAX = REFERRAL_S_MAX + BET_DELAY_S_MAX
"""For how many seconds any bet waits at most."""


class Quote(msgspec.Struct, frozen=True, gc=False):
    """What a selection may be struck at now: `current` at `current_version`, and `shown`, what stood at the version a bettor saw.

    `shown` is None when that version's price was voided by a suspension or a gate, or did not offer the selection. Where it was replaced,
    it may be struck only for `grace_ms` after the market's version `replaced_by` was committed. `fixture_minor_max` is the most that is
    paid on a bet on its match, 0 where no trader limits that.
    """

    fixture_id: str
    current: Odds
    current_version: int
    shown: Odds | None
    shown_version: int
    replaced_by: int = 0
    grace_ms: int = 0
    fixture_minor_max: int = 0
