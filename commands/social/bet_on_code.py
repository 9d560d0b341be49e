"""Place the bet that a code stands for, at the odds of this moment: legs whose matches have begun are left out.

It is a bet like any other, of whoever places it: nothing of it says that it came from a code, and it is struck at the market's offer or
not at all.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting.place_bet import BetReceipt
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.own_stake import check_stake, is_repeat, leg_now, place, wallet_to_bet_from
from domain.bet.decider import BET, BetKeyReused
from domain.bet.lines import plain_type
from domain.bet.state import Bet
from domain.draft.decider import DRAFT, Draft, DraftUnknown
from domain.draft.facts import DraftLeg
from domain.fixture.decider import FIXTURE
from domain.ids import draft_of, wallet_of
from domain.market.decider import MARKET
from domain.odds import Odds
from domain.refused import Refused
from domain.wallet.decider import WALLET


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
    wallet = wallet_to_bet_from(ask, streams)
    streams.need([(MARKET, leg.market_id) for leg in legs])
    asked = [leg_now(streams.read(MARKET, leg.market_id), leg.market_id, leg.selection) for leg in legs]
    return place(ask, wallet, type_left(draft.type, len(draft.legs), len(legs)), asked, streams)


def type_left(bet_type: str, legs: int, legs_left: int) -> str:
    """Return the type of a bet of which some legs were left out: its own where none was, else the plain one of so many legs."""
    if legs_left == legs:
        return bet_type
    return plain_type(legs_left)


def _legs_to_come(draft: Draft, streams: UnitOfWork) -> list[DraftLeg]:
    """Return the legs whose matches have not begun; that they have not becomes a condition. What has begun stays so."""
    streams.need([(FIXTURE, leg.fixture_id) for leg in draft.legs])
    found = []
    for leg in draft.legs:
        if streams.look(FIXTURE, leg.fixture_id).state.status == "scheduled":
            streams.read(FIXTURE, leg.fixture_id)
            found.append(leg)
    return found


def _repeated(ask: BetOnCode, bet: Bet, draft: Draft, streams: UnitOfWork) -> Outcome:
    """Return the first answer. Where the draft is as it was made, the bet has to be on legs of it."""
    placed = bet.placed
    assert placed is not None, "a repeat follows a bet"
    of_draft = {(leg.market_id, leg.selection) for leg in draft.legs}
    is_of_draft = draft.replaced or of_draft.issuperset([(leg.market_id, leg.selection) for leg in placed.legs])
    if not is_repeat(ask, placed) or not is_of_draft or draft.made is None:
        raise BetKeyReused(ask.bet_id)
    return Outcome(BetReceipt(ask.bet_id, placed), streams.load(BET, ask.bet_id), creates=True)
