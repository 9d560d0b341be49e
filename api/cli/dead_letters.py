"""`slipstream deadletters`: facts that views could not apply and went on without."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operations import LettersAsked, Operations
from api.cli.output import as_json, print_table, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.cli.reports import DeadLetter

LETTERS_MAX = 10_000

View = Annotated[str | None, typer.Option("--view", help="Only of this view, e.g. portfolio.")]
Fact = Annotated[str | None, typer.Option("--fact", help="Only facts of this name, e.g. bet.placed.v1.")]
Of = Annotated[str | None, typer.Option("--of", help="Only of this account or stream, by id.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=LETTERS_MAX, help="At most so many, the oldest facts first.")]


def letter_commands(operations: Operations) -> typer.Typer:
    """Return the group `deadletters`."""
    group = typer.Typer(help="List the facts that views could not apply, or have views take them in.", no_args_is_help=True)

    @group.callback()
    def deadletters() -> None:
        """List the facts that views could not apply, or have views take them in."""

    @group.command("list")
    def list_letters(
        *,
        view: View = None,
        fact: Fact = None,
        of: Of = None,
        limit: Limit = 100,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    ) -> None:
        """List facts that views went on without, with the cause. What depends on them waits, too."""
        found = operations.dead_letters(LettersAsked(view, fact, of, limit))
        if json:
            for letter in found:
                typer.echo(as_json(letter))
        elif found:
            print_table(("position", "view", "fact", "stream", "cause"), [_row(letter) for letter in found])
        else:
            typer.echo("There are none.")

    @group.command()
    def replay(
        *,
        view: View = None,
        fact: Fact = None,
        of: Of = None,
        limit: Limit = 100,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Have views take facts in that they could not apply: each view is rebuilt beside the one in use, then switched to.

        Those that are not meant are left out as before. Exit code 1: a view still breaks on one; it stays as it was.
        """
        found = operations.dead_letters(LettersAsked(view, fact, of, limit))
        if not found:
            typer.echo("There are none.")
            return
        typer.echo(f"{_counted(found)}: the view is rebuilt with them.")
        if not yes and not typer.confirm("Go on?"):
            raise typer.Exit(1)
        with progress_bar("replay", "facts") as tick:
            done = operations.replay_letters(found, tick)
        typer.echo(f"Applied: {done.applied}.")
        for failed in done.failed:
            typer.echo(f"It still breaks, and stays as it was: {failed}", err=True)
        if done.failed:
            raise typer.Exit(1)

    return group


def _row(letter: "DeadLetter") -> tuple[str, ...]:
    return str(letter.position), letter.view, letter.fact, letter.stream_id, letter.cause


def _counted(letters: "Sequence[DeadLetter]") -> str:
    """Return how many letters each view has."""
    views = sorted({letter.view for letter in letters})
    return ", ".join(f"{view} {sum(letter.view == view for letter in letters)}" for view in views)
