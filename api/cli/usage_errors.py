"""Usage errors of the command line: one line that names the help to read."""

import sys
from typing import Any

import typer

UsageError: Any = typer.BadParameter.__mro__[1]
"""Click's own, by way of typer: where typer keeps its click differs from version to version."""


class OneLine(typer.Typer):
    """A command line whose usage errors are one line on stderr, and exit code 2."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Run it."""
        try:
            code = super().__call__(*args, standalone_mode=False, **kwargs)
        except UsageError as wrong:
            if line := line_of(wrong):
                typer.echo(line, err=True)
            sys.exit(wrong.exit_code)
        except typer.Abort:
            typer.echo("Nothing was answered, so nothing was done.", err=True)
            sys.exit(1)
        if code:
            sys.exit(code)


def line_of(wrong: Any) -> str:
    """Return what was wrong and which help tells more; where nothing was asked for, that is the help itself."""
    said = str(wrong.format_message())
    if wrong.ctx is None or type(wrong).__name__ == "NoArgsIsHelpError":
        return said
    return f"{' '.join(said.split()).rstrip('.')}: see `{wrong.ctx.command_path} --help`."
