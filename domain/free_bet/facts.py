"""What happens to a free bet. Its stream is named by its own id; every fact names the account that it was granted to."""

from datetime import datetime

from domain.fact import Fact


class FreeBetGranted(Fact, frozen=True, tag="free_bet.granted.v1"):
    """Staff gave an account a stake of so much, for a reason, for a bet that is committed before `expires_at` by the log's time."""

    account_id: str
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str
    actor: str
    at: datetime


class FreeBetUsed(Fact, frozen=True, tag="free_bet.used.v1"):
    """A bet was struck with it, in the same append."""

    account_id: str
    bet_id: str
    at: datetime


class FreeBetGivenBack(Fact, frozen=True, tag="free_bet.given_back.v1"):
    """The bet was void: it may be used again, until it expires as it would have. `settlement` is the bet's."""

    account_id: str
    bet_id: str
    settlement: int
    at: datetime


class FreeBetTakenAgain(Fact, frozen=True, tag="free_bet.taken_again.v1"):
    """The settlement that gave it back was undone: it is the bet's again, even if another bet was struck with it since."""

    account_id: str
    bet_id: str
    settlement: int
    at: datetime


FreeBetFact = FreeBetGranted | FreeBetUsed | FreeBetGivenBack | FreeBetTakenAgain
