"""The rules of a bet: struck at the odds shown or not at all, settled for what its legs returned, anew where a result is corrected."""

from collections.abc import Sequence
from typing import assert_never, get_args

from domain.aggregate import Aggregate
from domain.bet.cash_out import after_cash_out, cashed_out
from domain.bet.commands import (
    AnswerReferral,
    AskedLeg,
    AskedSameGame,
    BetCommand,
    CashOutBet,
    RefuseDelayed,
    ResultLegs,
    StrikeBet,
    StrikeDelayed,
)
from domain.bet.delay import asked_of, pending_of, refused_after_delay, struck_after_delay
from domain.bet.facts import (
    CASHED_OUT,
    PENDING,
    REFUSED,
    BetCashedOut,
    BetFact,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    Leg,
    ReferralAnswered,
)
from domain.bet.legs_told import told
from domain.bet.lines import LEGS_MAX, SINGLE, line_count
from domain.bet.referral import answered
from domain.bet.same_game import check_groups
from domain.bet.stake_limit import STAKE_MINOR_MAX
from domain.bet.state import Bet, BetUnknown
from domain.bet.striking import struck, struck_free
from domain.bet.ways import check_selections, lines_with, ways_of
from domain.odds import check_odds
from domain.refused import Refused
from domain.settling.each_way import EACH_WAY_RULES

STAKE_MINOR_MIN = 1
FOREVER_MS = 1 << 50
"""When a bet was struck says for as long as it may be settled anew whether it is in a window of void ones."""
ACCEPTS = ("exact", "better", "any")


class StakeOutOfRange(Refused):
    """The stake is below the smallest or above the largest that the book takes."""

    stake_minor: int
    stake_minor_min: int
    stake_minor_max: int


class TooManyLegs(Refused):
    """The bet has no legs, or more than the book takes."""

    legs: int
    legs_max: int


class BetTypeUnknown(Refused):
    """There is no such type of bet, or a bet of that type has another number of legs; selections of one market are one leg of it."""

    type: str
    legs: int


class StakeUneven(Refused):
    """The stake cannot be spread evenly over the bet's lines."""

    stake_minor: int
    lines: int


class AcceptUnknown(Refused):
    """What to do when a price has moved is exact, better or any."""

    accept: str


class EachWayUnknown(Refused):
    """Each-way stakes go win to win and place to place (win_to_win), or are divided equally at every leg (equally_divided)."""

    each_way_rule: str


class BetKeyReused(Refused):
    """The key was used before, for a bet with another body or of another account."""

    bet_id: str


def decide(bet: Bet, command: BetCommand) -> Sequence[BetFact]:
    """Decide what follows from a command.

    Raises:
        BetKeyReused, AcceptUnknown, EachWayUnknown, StakeOutOfRange, TooManyLegs, BetTypeUnknown, StakeUneven, OddsOutOfRange, what
            `check_groups` and `struck` raise: from `StrikeBet`, checked in this order.
        BetUnknown, and what `struck` raises: from `StrikeDelayed`, which a bet that is struck or refused already is a repeat of.
        BetUnknown, ReferralOver, StakeOverAsked: from `AnswerReferral`. BetUnknown, LegUnknown, LegResultMalformed: from `ResultLegs`.
            What `cashed_out` raises: from `CashOutBet`.

    """
    match command:
        case StrikeBet():
            if bet.status:
                if not _same_body(bet.pending or bet.placed, command):
                    raise BetKeyReused(command.bet_id)
                return ()
            check_shape(command.stake_minor, command.type, command.asked, command.accept, command.each_way)
            for asked in command.asked:
                check_odds(asked.odds)
            if command.same_game:
                check_groups(command.same_game, command.type, command.asked, command.each_way)
            placed = struck(command) if not command.free_bet_id else struck_free(command)
            waits = command.delay_s or command.refer_s
            return (pending_of(placed, command.delay_s, command.refer_s),) if waits else (placed,)
        case StrikeDelayed() | RefuseDelayed():
            if bet.pending is None:
                raise BetUnknown(command.bet_id)
            if bet.status != PENDING:
                return ()
            if isinstance(command, RefuseDelayed):
                return (refused_after_delay(bet.pending, command),)
            if bet.pending.refer_s:
                assert bet.answered is not None, "what was put to a trader is struck by an answer"
                return (struck_after_delay(command.bet_id, bet.pending, command, bet.answered.stake_minor),)
            return (struck_after_delay(command.bet_id, bet.pending, command, bet.pending.stake_minor),)
        case AnswerReferral():
            return answered(bet, command)
        case ResultLegs():
            return told(bet, command)
        case CashOutBet():
            return cashed_out(bet, command)
        case _:
            assert_never(command)


def check_shape(stake_minor: int, bet_type: str, asked: Sequence[AskedLeg] | Sequence[Leg], accept: str, each_way: str = "") -> None:
    """Refuse what no price could save.

    Raises:
        AcceptUnknown, EachWayUnknown, StakeOutOfRange, TooManyLegs, SelectionTwice, BetTypeUnknown, StakeUneven: in this order.

    """
    legs = len(asked)
    if accept not in ACCEPTS:
        raise AcceptUnknown(accept[:60])
    if each_way and each_way not in EACH_WAY_RULES:
        raise EachWayUnknown(each_way[:60])
    if type(stake_minor) is not int or not STAKE_MINOR_MIN <= stake_minor <= STAKE_MINOR_MAX:
        raise StakeOutOfRange(stake_minor, STAKE_MINOR_MIN, STAKE_MINOR_MAX)
    if not 1 <= legs <= LEGS_MAX:
        raise TooManyLegs(legs, LEGS_MAX)
    if legs == 1 and bet_type == SINGLE and not each_way:
        return
    ways = ways_of(asked)
    check_selections(asked, ways)
    lines = (lines_with(bet_type, [*map(len, ways)]) if ways else line_count(bet_type, legs)) * (2 if each_way else 1)
    if not lines:
        raise BetTypeUnknown(bet_type[:60], len(ways) or legs)
    if stake_minor % lines:
        raise StakeUneven(stake_minor, lines)


def _same_body(placed: BetPending | BetPlaced | None, command: StrikeBet) -> bool:
    assert placed is not None, "a bet that has a status was asked for"
    body = (command.account_id, command.stake_minor, command.currency, command.type, command.accept, command.each_way)
    struck = (placed.account_id, placed.stake_minor, placed.currency, placed.type, placed.accept, placed.each_way)
    groups = tuple([AskedSameGame(each.legs, each.asked or each.odds) for each in placed.same_game])
    is_as_asked = (placed.free_bet_id, placed.bonus_id, groups) == (command.free_bet_id, command.bonus_id, command.same_game)
    return struck == body and tuple(map(asked_of, placed.legs)) == command.asked and is_as_asked


def evolve(bet: Bet, fact: BetFact) -> Bet:
    """Return the bet after the fact."""
    match fact:
        case BetPlaced():
            assert bet.placed is None, "a bet is struck once"
            return Bet(fact, (None,) * len(fact.legs), "open", pending=bet.pending, answered=bet.answered)
        case BetPending():
            assert not bet.status, "a bet is pending before all else"
            return Bet(status=PENDING, pending=fact)
        case ReferralAnswered():
            assert bet.status == PENDING, "what waits for an answer is pending"
            assert bet.answered is None, "it is answered once"
            return Bet(status=PENDING, pending=bet.pending, answered=fact)
        case BetRefused():
            assert bet.status == PENDING, "what is refused was pending"
            return Bet(status=REFUSED, pending=bet.pending, answered=bet.answered, reason=fact.reason)
        case BetLegResulted():
            assert bet.placed is not None, "a leg belongs to a bet"
            known = (fact.results, bet.status, 0, bet.settlement, fact.placed, fact.deductions)
            return Bet(bet.placed, *known, bet.cash_outs, bet.pending, bet.answered, repriced=fact.repriced)
        case BetCashedOut():
            assert bet.status == "open", "what is cashed out is open"
            assert fact.stake_minor + fact.stake_left_minor == bet.open_stake_minor, "a share of the open stake is closed"
            return after_cash_out(bet, fact)
        case BetSettled():
            assert bet.status == "open", "a bet is settled once, or upon a reversal"
            known = (fact.results, fact.outcome, fact.returns_minor, fact.settlement, fact.placed, fact.deductions)
            return Bet(bet.placed, *known, bet.cash_outs, bet.pending, bet.answered, repriced=fact.repriced)
        case BetSettlementReversed():
            assert bet.status not in ("", "open", CASHED_OUT), "what is reversed was settled"
            assert bet.settlement == fact.settlement, "the last settlement is reversed"
            rest = (bet.places, bet.deductions, bet.cash_outs, bet.pending, bet.answered)
            return Bet(bet.placed, bet.results, "open", 0, bet.settlement, *rest, repriced=bet.repriced)
        case _:
            assert_never(fact)


def is_pending(bet: Bet) -> bool:
    """Tell whether the bet waits for the end of its delay."""
    return bet.status == PENDING


def is_timed(bet: Bet) -> bool:
    """Tell whether the times of its facts are asked for: of the one that it waits from, and of the one that struck it."""
    return bet.status in (PENDING, "open")


BET = Aggregate(
    "bet",
    Bet(),
    decide,
    evolve,
    get_args(BetFact),
    short_lived=True,
    times_kept_ms=FOREVER_MS,
    times_kept_while=is_timed,
)
