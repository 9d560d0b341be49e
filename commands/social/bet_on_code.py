"""Place the bet that a code stands for, at the odds of this moment: legs whose matches have begun are left out.

It is a bet like any other, of whoever places it: nothing of it says that it came from a code, and it is struck at the market's offer or
not at all.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting import place_bet
from commands.betting.place_bet import BetReceipt, PlaceBet
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.own_stake import check_stake, fixed_stake_minor, stake_minor_of
from commands.social.worst_odds import check_worst
from domain.bet.commands import AskedLeg
from domain.bet.decider import BET, Bet, BetKeyReused, odds_of
from domain.draft.decider import DRAFT, Draft, DraftUnknown
from domain.draft.facts import DraftLeg
from domain.fixture.decider import FIXTURE
from domain.ids import draft_of, wallet_of
from domain.market.decider import MARKET
from domain.market.state import quote
from domain.odds import Odds
from domain.refused import Refused
from domain.wallet.decider import WALLET, WalletUnknown


class DraftOver(Refused):
    """Every match of the draft has begun: there is nothing left to bet on."""

    code: str


class BetOnCode(msgspec.Struct, frozen=True, gc=False):
    """Place the bet of a draft. `bet_id` is the idempotency key; the stake is one of three, as of a tail.

    `worst_odds` are the lowest odds of the whole bet that are taken, None takes any.
    """

    bet_id: str
    account_id: str
    code: str
    stake_minor: int | None
    percent_of_balance: int | None
    worst_odds: Odds | None
    at: datetime
    units_hundredths: int | None = None
    unit_minor: int | None = None


def streams_of(ask: BetOnCode) -> Sequence[StreamRef]:
    """Name the bet, the draft and the wallet; fixtures and markets follow from the draft."""
    return (StreamRef(BET, ask.bet_id), StreamRef(DRAFT, draft_of(ask.code)), StreamRef(WALLET, wallet_of(ask.account_id)))


def bet_on_code(ask: BetOnCode, streams: UnitOfWork) -> Outcome:
    """Strike the bet of a draft that the account may open, without the legs whose matches have begun.

    Raises:
        BetKeyReused: when the key was used for another bet. A repeat with the same body is none.
        TailStakeMalformed, DraftUnknown, DraftOver, WalletUnknown: in this order.
        Refused: what the markets' quotes and then the bet are refused for.
        OddsBelowWorst: last, when all the rest would do.

    """
    bet, draft = streams.look(BET, ask.bet_id).state, streams.look(DRAFT, draft_of(ask.code)).state
    if bet.placed is not None:
        return _repeated(ask, bet, draft, streams)
    check_stake(ask)
    draft = streams.read(DRAFT, draft_of(ask.code))
    if not draft.opens_for(ask.account_id):
        raise DraftUnknown(ask.code)
    legs = _legs_to_come(draft, streams)
    if not legs:
        raise DraftOver(ask.code)
    wallet = streams.look(WALLET, wallet_of(ask.account_id)).state
    if not wallet.currency:
        raise WalletUnknown(ask.account_id)
    streams.need([(MARKET, leg.market_id) for leg in legs])
    placing = PlaceBet(
        bet_id=ask.bet_id,
        account_id=ask.account_id,
        stake_minor=stake_minor_of(ask, wallet.available_minor),
        currency=wallet.currency,
        type=type_left(draft.type, len(draft.legs), len(legs)),
        legs=tuple([_asked(leg, streams) for leg in legs]),
        accept="exact",
        at=ask.at,
    )
    outcome = place_bet.place_bet(placing, streams)
    check_worst(ask.worst_odds, odds_of(outcome.receipt.placed))
    return outcome


def type_left(bet_type: str, legs: int, legs_left: int) -> str:
    """Return the type of a bet of which some legs were left out: its own where none was, else the plain one of so many legs."""
    if legs_left == legs:
        return bet_type
    return "single" if legs_left == 1 else "multiple"


def _legs_to_come(draft: Draft, streams: UnitOfWork) -> list[DraftLeg]:
    """Return the legs whose matches have not begun; that they have not becomes a condition. What has begun stays so."""
    streams.need([(FIXTURE, leg.fixture_id) for leg in draft.legs])
    found = []
    for leg in draft.legs:
        if streams.look(FIXTURE, leg.fixture_id).state.status == "scheduled":
            streams.read(FIXTURE, leg.fixture_id)
            found.append(leg)
    return found


def _asked(leg: DraftLeg, streams: UnitOfWork) -> AskedLeg:
    market = streams.read(MARKET, leg.market_id)
    offered = quote(market, leg.market_id, leg.selection, market.version)
    return AskedLeg(leg.market_id, leg.selection, offered.current, offered.current_version)


def _repeated(ask: BetOnCode, bet: Bet, draft: Draft, streams: UnitOfWork) -> Outcome:
    """Return the first answer. Where the draft is as it was made, the bet has to be on legs of it."""
    placed = bet.placed
    assert placed is not None, "a repeat follows a bet"
    fixed = fixed_stake_minor(ask)
    of_draft = {(leg.market_id, leg.selection) for leg in draft.legs}
    is_same = fixed in (None, placed.stake_minor) and (ask.worst_odds is None or odds_of(placed) >= ask.worst_odds)
    is_of_draft = draft.replaced or of_draft.issuperset([(leg.market_id, leg.selection) for leg in placed.legs])
    if placed.account_id != ask.account_id or not is_same or not is_of_draft or draft.made is None:
        raise BetKeyReused(ask.bet_id)
    return Outcome(BetReceipt(ask.bet_id, placed), streams.load(BET, ask.bet_id), creates=True)
