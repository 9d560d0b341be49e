"""`explain`: why an account was told of something, or not, as support is asked."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operations import Operations
from api.cli.output import as_json

if TYPE_CHECKING:  # the command line answers `--help` without it
    from projections.notifications.explanations import Explanation

Handle = Annotated[str, typer.Argument(help="Handle of the account.")]
Cause = Annotated[str, typer.Argument(help="The notice: its kind and subject, like bet_settled:<bet> or slip_shared:<slip>.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_explain(group: typer.Typer, operations: Operations) -> None:
    """Add the command to a group."""

    @group.command("explain")
    def explain(handle: Handle, cause: Cause, *, json: AsJson = False) -> None:
        """Explain why an account is told of something or not: each channel's rules, and what became of it. That you asked is logged."""
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
        _show_deliveries(found)


def _show_deliveries(found: "Explanation") -> None:
    if found.ledger != "read":
        typer.echo(f"deliveries: the ledger is {found.ledger}")
    for each in found.deliveries:
        said = f", the provider said: {each.provider_said}" if each.provider_said is not None else ""
        rule = f", {each.rule}: {each.why}" if each.why else ""
        when = f"ended {each.ended_at:%Y-%m-%d %H:%M:%S}Z" if each.ended_at else f"due {each.due_at:%Y-%m-%d %H:%M:%S}Z"
        folded = ", in a digest" if each.in_digest else ""
        typer.echo(f"{each.channel} to address {each.address_id}: {each.state}{folded}, tried {each.attempts} times, {when}{rule}{said}")
