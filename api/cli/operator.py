"""`slipstream status`, `doctor` and `settings`: commands for operators."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operations import Operations
from api.cli.output import as_json, print_table

if TYPE_CHECKING:
    from api.cli.reports import Finding, Status

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON value, for scripts.")]


def add_operator_commands(app: typer.Typer, operations: Operations) -> None:
    """Add the commands."""

    @app.command()
    def status(*, json: JSON = False) -> None:
        """Show the roles, how far views and settlement are behind, how old prices are.

        By the figures that the roles of this machine serve on /metrics. Exit code 1 where a role does not answer or something is behind.
        """
        told = operations.status()
        if json:
            typer.echo(as_json(told))
        else:
            _show_status(told)
        if told.wrong:
            raise typer.Exit(1)

    @app.command()
    def doctor(*, json: JSON = False) -> None:
        """Check this machine, the settings, the database and Valkey: what is missing, what is wrong, what to do.

        Changes nothing. Exit code 1 where something is wrong.
        """
        found = operations.doctor()
        if json:
            typer.echo(as_json(found))
        else:
            _show_findings(found)
        if not all(each.ok for each in found):
            raise typer.Exit(1)

    @app.command()
    def settings(*, json: JSON = False) -> None:
        """List every setting: its value, default and source, and what it means. Secrets are not shown."""
        told = operations.settings()
        if json:
            typer.echo(as_json(told))
            return
        for each in told:
            source = each.source if each.source == "default" else f"{each.source}; default {each.default or 'none'}"
            typer.echo(f"{each.variable} = {each.value or 'none'}  ({source})\n    {each.meaning}")


def _show_status(told: "Status") -> None:
    rows = [
        (
            each.role,
            "answers" if each.answers else "does not answer",
            each.version,
            f"{each.memory_bytes / 1_048_576:,.0f} MiB" if each.answers else "",
            "" if each.restarts is None else str(each.restarts),
            each.address,
        )
        for each in told.roles
    ]
    print_table(("role", "state", "version", "memory", "restarts", "figures"), rows)
    typer.echo("")
    typer.echo(f"log position      {'unknown' if told.log_position is None else format(told.log_position, ',')}")
    for view, lag_s in sorted(told.view_lag_s.items()):
        typer.echo(f"view {view:12} {lag_s:.1f} s behind")
    for manager, lag_s in sorted(told.manager_lag_s.items()):
        typer.echo(f"{manager:17} {lag_s:.1f} s behind, oldest case due for {told.oldest_case_s.get(manager, 0.0):.1f} s")
    for producer, silence_s in sorted(told.producer_silence_s.items()):
        typer.echo(f"prices of {producer}: last heard of {silence_s:.1f} s ago")
    waiting = ", ".join(f"{lane} {count}" for lane, count in told.commands_waiting.items() if count)
    typer.echo(f"commands waiting  {waiting or 'none'}")
    for line in told.wrong:
        typer.echo(f"WRONG: {line}")


def _show_findings(found: "list[Finding]") -> None:
    for each in found:
        typer.echo(f"{'ok   ' if each.ok else 'WRONG'}  {each.name}: {each.found}")
        if each.advice and not each.ok:
            typer.echo(f"       {each.advice}")
    wrong = sum(not each.ok for each in found)
    typer.echo("Nothing is wrong." if not wrong else f"{wrong} of {len(found)} are wrong.")
