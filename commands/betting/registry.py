"""The commands of this package, each with its use case, and its process manager.

A new command is added here, its route in `api/http/betting/registry.py`. A new process manager is added here, its comparison in
`commands/audit/manager_tables.py` and its tables in `infra/eventstore/sql/users.sql`.
"""

from commands.betting import (
    answer_referral,
    bonuses,
    cash_out,
    end_bet_delay,
    expire_bonus,
    free_bets,
    gifts,
    place_bet,
    same_game,
    settle_bet,
)
from commands.betting.bet_delay import BET_DELAY
from commands.betting.expire_bonus import BONUS_EXPIRY
from commands.betting.settlement import SETTLEMENT
from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.process_manager import ProcessManager
from domain.bet.commands import AnswerReferral
from domain.bonus.commands import CreditBonus, ExpireBonus
from domain.free_bet.commands import GrantFreeBet

USE_CASES: dict[type, UseCase] = {
    place_bet.PlaceBet: UseCase(place_bet.place_bet, place_bet.streams_of, lane=Lane.BETS),
    cash_out.CashOut: UseCase(cash_out.cash_out, cash_out.streams_of, load_first=True, lane=Lane.BETS),
    cash_out.QuoteCashOut: UseCase(cash_out.quote_cash_out, cash_out.streams_of, load_first=True, lane=Lane.SOCIAL),
    GrantFreeBet: UseCase(free_bets.grant_free_bet, gifts.streams_of_gift, lane=Lane.ACCOUNTS),
    CreditBonus: UseCase(bonuses.credit_bonus, gifts.streams_of_gift, lane=Lane.ACCOUNTS),
    ExpireBonus: UseCase(expire_bonus.expire_bonus, expire_bonus.streams_of, load_first=True, lane=Lane.SETTLEMENT),
    same_game.QuoteSameGame: UseCase(same_game.quote_same_game, same_game.streams_of, load_first=True, lane=Lane.SOCIAL),
    end_bet_delay.EndBetDelay: UseCase(end_bet_delay.end_bet_delay, end_bet_delay.streams_of, load_first=True, lane=Lane.BETS),
    AnswerReferral: UseCase(answer_referral.answer_referral, answer_referral.streams_of_answer, load_first=True, lane=Lane.BETS),
    settle_bet.SettleBet: UseCase(settle_bet.settle_bet, settle_bet.streams_of, load_first=True, lane=Lane.SETTLEMENT),
}

PROCESS_MANAGERS: tuple[ProcessManager, ...] = (SETTLEMENT, BET_DELAY, BONUS_EXPIRY)
