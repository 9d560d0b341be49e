"""What happens to a bet."""

from datetime import datetime

import msgspec

from domain.fact import Fact
from domain.odds import Odds
from domain.settling import RULES_OLDEST, LegResult
from domain.settling.folds import Ratio
from domain.settling.same_game import SameGame

PENDING, REFUSED = "pending", "refused"
"""The status of a bet that waits for its delay to end, and of one that was refused then."""

CASHED_OUT = "cashed_out"
"""The status of a bet of which nothing is open any more, since it was cashed out."""


class Leg(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One selection of a bet, as struck: `odds` stood at `version` of the market.

    `asked` and `asked_version` are there only where the bettor had asked for other odds and agreed to take what stood. `place_terms` is the
    fraction of the odds' profit that a place pays, there in each-way bets alone. `fixture_id` is the match of the market, empty in logs
    before version 5 of `BetPlaced`.
    """

    market_id: str
    selection: str
    odds: Odds
    version: int
    asked: Odds | None = None
    asked_version: int | None = None
    place_terms: Ratio | None = None
    fixture_id: str = ""


class BetPlaced(Fact, frozen=True, tag="bet.placed.v9"):
    """The bet is struck: `stake_minor` is spread evenly over as many `lines` as its type has for its legs.

    `potential_returns_minor` is what it returns if every leg wins: the exact sum of its lines, rounded once. A leg is named by its index in
    `legs`. `rules` is the version of the house rules that it is struck under, and settled by; see `domain.settling.house_rules`. Logs
    before version 3 have bets of the first version, those before version 2 bets of one line only.

    `each_way` is the rule of an each-way bet, empty for any other: "win_to_win" or "equally_divided". Such a bet has every line twice, on
    the win and on the place. Logs before version 4 have none. Its legs name their matches, so that whoever has an open bet on a match is
    found when it kicks off; those in logs before version 5 do not.

    With a `free_bet_id` the stake is that free bet's, none of it the account's money, and is not returned: what is paid is what the lines
    return less the whole stake, if that is more. Logs before version 6 have none.
    `same_game` are legs of one match that were struck together, at odds of their own; whoever says what the bet returns counts each of
    these as one leg (`domain.settling.same_game`). Logs before version 7 have none.
    With a `bonus_id` the whole stake is that bonus's money, and what the bet returns is paid to where that stands then. Logs before version
    8 have none.
    `standing` has, for each leg, the lower odds that stood when it was struck at a price that had been replaced, None where that was not
    so; empty where no leg was. It pays what it was struck at; a cash-out counts what stood. Logs before version 9 have none.
    """

    account_id: str
    stake_minor: int
    currency: str
    type: str
    legs: tuple[Leg, ...]
    accept: str
    potential_returns_minor: int
    at: datetime
    lines: int = 1
    rules: int = RULES_OLDEST
    each_way: str = ""
    free_bet_id: str = ""
    same_game: tuple[SameGame, ...] = ()
    bonus_id: str = ""
    standing: tuple[Odds | None, ...] = ()


class BetPending(Fact, frozen=True, tag="bet.pending.v2"):
    """A bet was asked for on a market in play, and waits `delay_s` seconds from this fact's commit; its stake is reserved meanwhile.

    All else is what it would have been struck as at once: what the bettor asked for, and the prices that stood then. When the delay is over
    everything is checked again, and the bet is struck (`BetPlaced`) or refused (`BetRefused`) at what holds then.

    With `refer_s` it is over its limit and waits for a trader (`ReferralAnswered`), at most so many seconds; `delay_s`, which is 0 before
    kick-off, is then how long bets in play waited at that moment. It is struck for the stake that the trader takes, or refused; without an
    answer it is refused when the time is up. Logs before version 2 have none.
    """

    account_id: str
    stake_minor: int
    currency: str
    type: str
    legs: tuple[Leg, ...]
    accept: str
    potential_returns_minor: int
    delay_s: int
    at: datetime
    lines: int = 1
    rules: int = RULES_OLDEST
    each_way: str = ""
    refer_s: int = 0

    @property
    def waits_s(self) -> int:
        """How many seconds after its commit it is decided at the latest, without anybody's answer."""
        return self.refer_s or self.delay_s

    @property
    def free_bet_id(self) -> str:
        """The free bet that is its stake: none, since bets that wait are taken with own money alone."""
        return ""

    @property
    def bonus_id(self) -> str:
        """The bonus that its stake is of: none, for the same reason."""
        return ""

    @property
    def same_game(self) -> tuple[SameGame, ...]:
        """Its legs of one match that are struck together: none, since what waits has legs with prices of their own alone."""
        return ()


class ReferralAnswered(Fact, frozen=True, tag="bet.referral_answered.v1"):
    """A trader takes a referred bet for `stake_minor`, which is at most what was asked for, or nothing of it where that is 0.

    In the same append the bet is struck, for `struck_minor`, which is that stake, or refused, and that is 0: where nothing is taken, or
    where what was asked for does not hold any more. What it is not struck for is released there. `actor` is the trader.
    """

    account_id: str
    stake_minor: int
    struck_minor: int
    actor: str
    at: datetime


class BetRefused(Fact, frozen=True, tag="bet.refused.v1"):
    """A bet that was pending is not struck, and its stake is released: `reason` is the slug of the refusal, `title` what people read of it.

    `evidence` are the refusal's fields, as text: the price that stands where the prices moved, the market that was suspended.
    """

    account_id: str
    stake_minor: int
    reason: str
    title: str
    evidence: dict[str, str]
    at: datetime


class BetLegResulted(Fact, frozen=True, tag="bet.leg_resulted.v4"):
    """A leg came out while others are still open, or its result was corrected then.

    `results` are all those known so far, in the order of the legs. `leg` is the index of the one that came out; None, in logs before
    version 2, where no two legs of a bet were on one market. `placed`, `deductions` and `repriced` as in `BetSettled`.
    """

    account_id: str
    market_id: str
    result: LegResult
    results: tuple[LegResult | None, ...]
    at: datetime
    leg: int | None = None
    placed: tuple[LegResult | None, ...] = ()
    deductions: tuple[int, ...] = ()
    repriced: tuple[Odds | None, ...] = ()


class CashOutLeg(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What an open leg was worth when its bet was cashed out: its chance to win, in millionths, from prices of a version of its market.

    `pence` is what Rule 4 takes off each pound won, for runners that were withdrawn by then.
    """

    market_id: str
    version: int
    chance_millionths: int
    pence: int = 0


class BetCashedOut(Fact, frozen=True, tag="bet.cashed_out.v1"):
    """The bettor took `amount_minor` for `stake_minor` of the open stake, whatever the results will be; `stake_left_minor` stays open.

    `number` counts the cash-outs of this bet from 1, `cashed_out_minor` is what all of them paid for `stake_closed_minor`,
    `potential_returns_minor` what the rest returns if every leg wins. The offer was made of `share_percent` of the open stake, from the bet
    at its version `bet_version` with `results` so far, and from its open `legs`, by the cash-out rules of version `rules`; it was accepted
    before `expires_at`.

    `cash_out_id` follows from the key that it was asked for with, `actor` is the account that asked; `asked_minor` and `asked_version` are
    the least amount and the offer that it agreed to.
    """

    account_id: str
    cash_out_id: str
    number: int
    stake_minor: int
    stake_left_minor: int
    amount_minor: int
    stake_closed_minor: int
    cashed_out_minor: int
    potential_returns_minor: int
    share_percent: int
    bet_version: int
    legs: tuple[CashOutLeg, ...]
    results: tuple[LegResult | None, ...]
    rules: int
    expires_at: datetime
    asked_minor: int
    asked_version: str
    actor: str
    at: datetime


class BetSettled(Fact, frozen=True, tag="bet.settled.v5"):
    """The bet is over: `results` in the order of its legs, `returns_minor` what was paid, `outcome` won, lost, void or part_lost.

    `settlement` counts the settlements of this bet from 1; the next one follows only upon the reversal of this. `closing` are the closing
    odds of its legs, see `domain.market.state.closing_odds`; empty where one of them has none, and in logs before version 2.

    `placed` is how its legs came out to be placed, empty for a bet that is not each way; `deductions` what Rule 4 takes off each leg's
    profit, in pence in the pound, empty where it takes nothing off any.

    Of a free bet that is void nothing is paid: the free bet is given back, in the same append. Any other one has won if it pays, else lost.

    Of a bet that was cashed out in part all this is of the rest: `stake_minor` was still open, `cashed_out_minor` had been paid for
    `stake_closed_minor`. Logs before version 4 have none.

    `repriced` are the odds that legs pay which were struck at a price that was an obvious error, None for any other; empty where there is
    no such leg, and in logs before version 5.
    """

    account_id: str
    outcome: str
    stake_minor: int
    returns_minor: int
    results: tuple[LegResult, ...]
    settlement: int
    at: datetime
    closing: tuple[Odds, ...] = ()
    placed: tuple[LegResult, ...] = ()
    deductions: tuple[int, ...] = ()
    stake_closed_minor: int = 0
    cashed_out_minor: int = 0
    repriced: tuple[Odds | None, ...] = ()


class BetSettlementReversed(Fact, frozen=True, tag="bet.settlement_reversed.v1"):
    """A settlement, by its number, counts no more: the result of a market was corrected after it.

    What it paid is taken back, and the stake is reserved again. The next settlement is in the same append.
    """

    account_id: str
    settlement: int
    market_id: str
    stake_minor: int
    returns_minor: int
    at: datetime


BetFact = BetPending | ReferralAnswered | BetPlaced | BetRefused | BetLegResulted | BetCashedOut | BetSettled | BetSettlementReversed
