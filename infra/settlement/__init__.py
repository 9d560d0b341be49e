"""Settlement: an index of open legs kept beside the log, and workers that settle them when their market's result is there.

    log --one projector at a time--> open_leg, resulted_market --any number of workers, SKIP LOCKED--> SettleBet --> log

What is in the tables follows from the log alone, and a bet's own stream says whether it is settled, so every step here may be killed and
done again: what was settled already is then a command that changes nothing.
"""

from infra.settlement.settler import run_settler
from infra.settlement.tables import create_tables

__all__ = ["create_tables", "run_settler"]
