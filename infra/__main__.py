"""The program `slipstream`, and `python -m infra`: reads the command line, and says in one line what went wrong.

`slipstream --help` and `calc` answer within 0.3 s, so this imports the command line alone. What builds the product (`infra.compose`, with
every vendor) is imported when a command asks for it.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from api.cli.app import build_cli
from api.cli.closed_pipe import survive_a_closed_pipe

RUNS_FOR_LONG = ("up", "api", "project", "settle", "relay", "search", "notify", "feed")
"""The commands that log what they do; the others log only what is wrong."""


class ImportedLater:
    """The operations of the command line, built when the first of them is asked for; see `api.cli.operations.Operations`."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._operations: Any = None

    def __getattr__(self, name: str) -> Any:
        """Return an operation."""
        if self._operations is None:
            self._operations = operations(self._command)
        return getattr(self._operations, name)


def operations(command: str) -> Any:
    """Return what runs the commands, with the settings of the environment.

    Raises:
        SettingWrong: for the first setting that is wrong.

    """
    import structlog

    from infra.compose import Slipstream
    from infra.logging import configure_logging
    from infra.settings import read_settings
    from infra.unknown_settings import unknown_variables

    settings = read_settings()
    configure_logging(settings.log_level if command in RUNS_FOR_LONG else "warning", as_json=settings.log_json, role=command)
    for name, meant in unknown_variables(os.environ).items():
        structlog.get_logger().warning("a variable is no setting", variable=name, meant=meant or None)
    if command in RUNS_FOR_LONG:
        settings.check_folder()
    return Slipstream(settings)


def run_benchmark(name: str, rows: Sequence[str], is_crowded: bool) -> None:
    """Run a benchmark, some rows of it, or all benchmarks, with the settings of the environment. Nothing else of the product knows of them.

    Raises:
        SettingWrong: for the first setting that is wrong. NoSuchThing: when there is no such benchmark or row. SystemExit: when
            one failed.

    """
    operations("bench")
    from bench.run import run_named

    run_named(name, rows, is_crowded=is_crowded)


def expected() -> tuple[type[Exception], ...]:
    """Return the errors that are reported in one line. Called only when something went wrong, since it imports every vendor."""
    from infra.error_lines import EXPECTED

    return EXPECTED


def main() -> None:
    """Run the command line; what is expected to go wrong is one line and exit code 1."""
    survive_a_closed_pipe()
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # the products of pricing are small: on several threads they take twice the processor
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    later: Any = ImportedLater(command)
    try:
        build_cli(later, run_benchmark)(prog_name="slipstream")
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit:
        raise
    except expected() as error:
        from infra.error_lines import line_of

        sys.exit(line_of(error))


if __name__ == "__main__":
    main()
