"""Output of the command line: tables for people, JSON for scripts, a progress bar for what takes longer than a second."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PIPED_COLUMNS = 240
"""The width of a table that goes into a file or a pipe, so that nothing is cut off."""


def as_json(value: Any) -> bytes:
    """Return a value as JSON."""
    import msgspec

    return msgspec.json.encode(value)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose last column takes what is left of the line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=number + 1 < len(heads) and number == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_COLUMNS).print(table)


@contextmanager
def progress_bar(what: str, unit: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show progress on stderr from the first step on; yield a function that takes how much is done and how much there is."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(f"[bold]{what}[/]"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.completed:,}} {unit}, {{task.fields[rate]}} a second"),
        TimeElapsedColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True), disable=quiet)
    task = progress.add_task(what, total=None, rate="-")

    def tick(done: int, total: int) -> None:
        if not progress.live.is_started:
            progress.start()
        speed = progress.tasks[0].speed
        progress.update(task, completed=done, total=total, rate=f"{speed:,.0f}" if speed else "-")

    try:
        yield tick
    finally:
        if progress.live.is_started:
            progress.stop()
