"""Every command with its use case, and every process manager, merged from the packages."""

from commands.accounts import registry as accounts
from commands.betting import registry as betting
from commands.dispatch.use_case import UseCase
from commands.notifications import registry as notifications
from commands.process_manager import ProcessManager
from commands.social import registry as social
from commands.trading import registry as trading

USE_CASES: dict[type, UseCase] = {
    **accounts.USE_CASES,
    **betting.USE_CASES,
    **trading.USE_CASES,
    **social.USE_CASES,
    **notifications.USE_CASES,
}


def process_managers(never_played_after_hours: float = 24.0) -> tuple[ProcessManager, ...]:
    """Return every process manager; a match that does not kick off for so many hours was never played."""
    return (*betting.PROCESS_MANAGERS, *trading.process_managers(never_played_after_hours))
