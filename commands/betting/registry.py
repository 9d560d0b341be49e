"""The commands of this package, each with its use case, and its process manager.

A new command is added here, its route in `api/http/betting/registry.py`. A new process manager is added here, its comparison in
`commands/audit/manager_tables.py` and its tables in `infra/eventstore/sql/users.sql`.
"""

from commands.betting import place_bet, settle_bet
from commands.betting.settlement import SETTLEMENT
from commands.dispatch.lanes import Lane
from commands.dispatch.use_case import UseCase
from commands.process_manager import ProcessManager

USE_CASES: dict[type, UseCase] = {
    place_bet.PlaceBet: UseCase(place_bet.place_bet, place_bet.streams_of, lane=Lane.BETS),
    settle_bet.SettleBet: UseCase(settle_bet.settle_bet, settle_bet.streams_of, load_first=True, lane=Lane.SETTLEMENT),
}

PROCESS_MANAGERS: tuple[ProcessManager, ...] = (SETTLEMENT,)
