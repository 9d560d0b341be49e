"""Where the log has what came in without a call: settlements, of which a client sees only that they happened."""

from collections.abc import Iterator
from contextlib import closing

from domain.bet.facts import BetSettled
from domain.fact import Recorded
from infra.log.tail import Tail
from tests.journeys.histories.calls import History

READ_FACTS = 5_000


def log_of(database_url: str) -> Iterator[Recorded]:
    """Read a log from its beginning to its end."""
    with closing(Tail(database_url)) as tail:
        position = 0
        while facts := tail.read(position, READ_FACTS):
            position = facts[-1].position
            yield from facts


def place_settlements(history: History, database_url: str) -> None:
    """Give each settlement that a history has the position at which the log has it: the checker tries the log's own order first."""
    placed = {(fact.stream_id, fact.body.settlement): fact.position for fact in log_of(database_url) if isinstance(fact.body, BetSettled)}
    for each in history.done("settle"):
        each.position = placed[each.key, each.settlement]
