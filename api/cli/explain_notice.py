"""`explain`: why an account was told of something, or not, as support is asked."""

from typing import Annotated

import typer

from api.cli.operations import Operations
from api.cli.output import as_json

Handle = Annotated[str, typer.Argument(help="Handle of the account.")]
Cause = Annotated[str, typer.Argument(help="The notice: its kind and subject, like bet_settled:<bet> or slip_shared:<slip>.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_explain(group: typer.Typer, operations: Operations) -> None:
    """Add the command to a group."""

    @group.command("explain")
    def explain(handle: Handle, cause: Cause, *, json: AsJson = False) -> None:
        """Explain why an account is told of something, or not, by each channel: every rule that was looked at. That you asked is logged."""
        found = operations.explain_notice(handle, cause)
        if json:
            typer.echo(as_json(found))
            return
        for channel, told, sends, steps in (
            ("in_app", found.told, None, found.steps),
            *((each.channel, each.told, each.sends, each.steps) for each in found.channels),
        ):
            typer.echo(f"{channel}: {'told' if told else 'not told'}{f', {sends}' if sends else ''}")
            for step in steps:
                typer.echo(f"  {'passed ' if step.passed else 'stopped'}  {step.rule}: {step.why}")
