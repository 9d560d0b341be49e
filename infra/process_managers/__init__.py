"""Runs process managers: keeps their tables beside the log, and works off what is due there.

    log --each process for its partitions--> cases, what came --any number of workers, SKIP LOCKED--> commands --> log

What is in the tables follows from the log alone, and the streams say what was done already, so every step here may be killed and done
again: the command is then one that changes nothing.
"""

from infra.process_managers.runner import run_process_managers
from infra.process_managers.tables import create_tables

__all__ = ["create_tables", "run_process_managers"]
