"""What may be asked of a bet."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from domain.bet.facts import CashOutLeg
from domain.bet.stake_limit import HOUSE_LIMIT, StakeLimit
from domain.odds import Odds
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import LegResult
from domain.settling.folds import Ratio
from domain.settling.racing import NonRunner


class AskedLeg(msgspec.Struct, frozen=True, gc=False):
    """A leg as the bettor asks for it: the odds and the market version on the screen."""

    market_id: str
    selection: str
    odds: Odds
    version: int


class AskedSameGame(msgspec.Struct, frozen=True, gc=False):
    """Legs of one match, by their numbers in the bet, and their odds together on the screen."""

    legs: tuple[int, ...]
    odds: Odds


class JointOdds(msgspec.Struct, frozen=True, gc=False):
    """What legs of one match pay together, and the chance that this was made of, in millionths."""

    odds: Odds
    chance_millionths: int


class OfferedTogether(msgspec.Struct, frozen=True, gc=False):
    """What legs of one match may be struck at together: `current` at the present versions of their markets, `shown` at those on the screen.

    `shown` is None where one of these may not be struck any more, or gave no price together.
    """

    current: JointOdds
    shown: JointOdds | None


class StrikeBet(msgspec.Struct, frozen=True, gc=False):
    """Strike a bet of a type, its stake spread evenly over its lines.

    `accept` says what to do when a price moved: exact (refuse), better (take better), any (take what stands).
    `each_way` is the rule of an each-way bet, empty for any other; `place_terms` are then what its legs' markets pay for a place.
    `limit` is how much is paid on it at most. `free_bet_id` is the free bet whose stake it is, empty where it is own money.
    `same_game` are its legs of one match that are to be struck together, `together` what these groups may be struck at.
    `bonus_id` is the bonus that its stake is of, empty where it is of none.
    With `delay_s` it is not struck yet, but pending for so many seconds; with `refer_s` it is put to a trader, who has so many to answer.
    `exclusive` are the markets with several of its selections of which one wins at most (`domain.bet.ways`).
    """

    bet_id: str
    account_id: str
    stake_minor: int
    currency: str
    type: str
    asked: tuple[AskedLeg, ...]
    offered: tuple[Quote, ...]
    accept: str
    at: datetime
    each_way: str = ""
    place_terms: tuple[Ratio, ...] = ()
    limit: StakeLimit = HOUSE_LIMIT
    free_bet_id: str = ""
    same_game: tuple[AskedSameGame, ...] = ()
    together: tuple[OfferedTogether, ...] = ()
    delay_s: int = 0
    refer_s: int = 0
    exclusive: frozenset[str] = frozenset()
    bonus_id: str = ""


class StrikeDelayed(msgspec.Struct, frozen=True, gc=False):
    """Strike a pending bet at what is offered now that its delay is over, or a trader took it; the rest as in `StrikeBet`."""

    bet_id: str
    offered: tuple[Quote, ...]
    at: datetime
    place_terms: tuple[Ratio, ...] = ()
    limit: StakeLimit = HOUSE_LIMIT
    exclusive: frozenset[str] = frozenset()


class RefuseDelayed(msgspec.Struct, frozen=True, gc=False):
    """Refuse a pending bet for what a rule says now that its delay is over, or a trader answered."""

    bet_id: str
    refusal: Refused
    at: datetime


class AnswerReferral(msgspec.Struct, frozen=True, gc=False):
    """Take a bet that was put to a trader for a stake: all that was asked for where that is None, nothing where it is 0.

    It `is_refused` where nothing is taken, or where what was asked for does not hold any more.
    """

    bet_id: str
    stake_minor: int | None
    actor: str
    at: datetime
    is_refused: bool = False


class ResultLegs(msgspec.Struct, frozen=True, gc=False):
    """Say how the bet's legs on a market came out: `results` are the market's, by selection.

    `closing` are the closing odds of all legs, empty where one of them has none; only a settlement keeps them. Of a race, `placed` is how
    its runners came out to be placed, and `non_runners` who was withdrawn. `repriced` are the odds that legs pay which were struck at an
    obvious price error, by the index of the leg.
    """

    bet_id: str
    market_id: str
    results: Mapping[str, LegResult]
    at: datetime
    closing: tuple[Odds, ...] = ()
    placed: Mapping[str, LegResult] = {}
    non_runners: Mapping[str, NonRunner] = {}
    repriced: Mapping[int, Odds] = {}


class PricedLeg(msgspec.Struct, frozen=True, gc=False):
    """An open leg of a bet as its market prices it now: see `CashOutLeg`."""

    fixture_id: str
    worth: CashOutLeg


class CashOutBet(msgspec.Struct, frozen=True, gc=False):
    """Take at least `asked_minor` for a share of the open stake, as offered under `asked_version`.

    `bet_version` is how many facts the bet has, `priced` its legs in their order, None for those that came out. `at` is the log's time.
    """

    bet_id: str
    account_id: str
    cash_out_id: str
    share_percent: int
    asked_minor: int
    asked_version: str
    bet_version: int
    priced: tuple[PricedLeg | None, ...]
    at: datetime


BetCommand = StrikeBet | StrikeDelayed | RefuseDelayed | AnswerReferral | ResultLegs | CashOutBet
