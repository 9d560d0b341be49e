"""What happens to a bonus. Its stream is named by its own id, and is an account of its holder's wallet beside the cash.

Every fact that moves money has `available_minor`: what the bonus could stake after it, a check sum for whoever folds the postings.
Cash is in no fact of a bonus: what becomes cash, or is paid as cash, is a fact of the wallet in the same append.
"""

from datetime import datetime

from domain.fact import Fact
from domain.odds import Odds

TO_BONUS, TO_CASH, TO_NOBODY = "bonus", "cash", "nobody"
"""Where what a bet of a bonus returns goes to: the bonus while it is active, cash once it was converted, nobody once it has expired."""


class BonusCredited(Fact, frozen=True, tag="bonus.credited.v1"):
    """Staff credited an amount, for a reason, on terms that hold for it for ever.

    It becomes cash once `wager_minor`, the amount so many `times` over, was staked from it on settled bets at odds of `odds_min` or longer.
    Void bets do not count, nor do those on several selections of one market.
    No single stake from it is above `stake_minor_max`. It is staked before `expires_at` by the log's time, and taken off after that.
    `terms` is the version of the book's terms that these are within, see `domain.bonus.terms`.
    """

    account_id: str
    amount_minor: int
    currency: str
    times: int
    wager_minor: int
    odds_min: Odds
    stake_minor_max: int
    expires_at: datetime
    terms: int
    reason: str
    actor: str
    at: datetime


class BonusStakeReserved(Fact, frozen=True, tag="bonus.stake_reserved.v1"):
    """The stake of a bet that is struck in the same append moved from available to reserved."""

    account_id: str
    bet_id: str
    stake_minor: int
    available_minor: int
    at: datetime


class BonusBetSettled(Fact, frozen=True, tag="bonus.bet_settled.v1"):
    """A bet is settled: its reserved stake went to the book, and what it returns went `to` the bonus, cash or nobody.

    `counted_minor` of the stake counts towards the requirement, of which `wagered_minor` are done with it. `repaid_minor` of the returns
    repaid what the bonus owed. `settlement` is the bet's.
    """

    account_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    to: str
    counted_minor: int
    wagered_minor: int
    available_minor: int
    at: datetime
    repaid_minor: int = 0


class BonusCashOutPaid(Fact, frozen=True, tag="bonus.cash_out_paid.v1"):
    """A bet, or a part of it, was cashed out: so much of its stake went to the book, and the amount went `to` the bonus, cash or nobody.

    Nothing of it counts towards the requirement. `number` is that of the bet's cash-out.
    """

    account_id: str
    bet_id: str
    number: int
    stake_minor: int
    amount_minor: int
    to: str
    available_minor: int
    at: datetime
    repaid_minor: int = 0


class BonusSettlementReversed(Fact, frozen=True, tag="bonus.settlement_reversed.v1"):
    """A settlement of a bet was undone: what it returned was taken back, and its stake is reserved again, and does not count.

    It is taken from the bonus while that is active, where `owed_minor` was not available any more and is owed by the bonus from now on;
    from cash once it was converted; from nobody once it has expired, which had taken it.
    """

    account_id: str
    bet_id: str
    settlement: int
    stake_minor: int
    returns_minor: int
    taken_from: str
    counted_minor: int
    wagered_minor: int
    available_minor: int
    at: datetime
    owed_minor: int = 0


class BonusConverted(Fact, frozen=True, tag="bonus.converted.v1"):
    """The requirement is met: all that was available became cash, once and for good, in the same append (`wallet.bonus_received`).

    `bet_id` is the bet whose settlement, or cash-out, it followed.
    """

    account_id: str
    bet_id: str
    amount_minor: int
    at: datetime


class BonusExpired(Fact, frozen=True, tag="bonus.expired.v1"):
    """Its time is over: what was available was taken off, once, and what it owed is owed no more."""

    account_id: str
    amount_minor: int
    owed_minor: int
    at: datetime


BonusFact = (
    BonusCredited | BonusStakeReserved | BonusBetSettled | BonusCashOutPaid | BonusSettlementReversed | BonusConverted | BonusExpired
)
