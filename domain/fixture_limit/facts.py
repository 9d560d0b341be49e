"""What happens to the limit of a match. Its stream follows from the match's id."""

from datetime import datetime

from domain.fact import Fact


class FixturePayoutLimited(Fact, frozen=True, tag="fixture_limit.payout_limited.v1"):
    """At most `payout_minor_max` is paid from now on on a bet with a leg on this match, in minor units; 0: as much as on any match.

    It holds on all markets of the match, those that are opened later too; a lower limit of a market stays. An account's stake factor
    multiplies it. Bets that are struck keep what they promise. Prices stay as they are.
    """

    fixture_id: str
    payout_minor_max: int
    reason: str
    at: datetime
    actor: str = ""


FixtureLimitFact = FixturePayoutLimited
