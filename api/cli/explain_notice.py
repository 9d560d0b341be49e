"""`explain`: why an account was told of something, or not, as support is asked."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operations import Operations
from api.cli.output import as_json

if TYPE_CHECKING:  # the command line answers `--help` without it
    from collections.abc import Sequence

    from projections.notifications.explanations import Decided, Explanation, StepView

Handle = Annotated[str, typer.Argument(help="Handle of the account.")]
Cause = Annotated[str, typer.Argument(help="The notice: its kind and subject, like bet_settled:<bet> or slip_shared:<slip>.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_explain(group: typer.Typer, operations: Operations) -> None:
    """Add the command to a group."""

    @group.command("explain")
    def explain(handle: Handle, cause: Cause, *, json: AsJson = False) -> None:
        """Explain why an account was told of something or not: each channel's rules, and what became of it. That you asked is logged.

        All is as of when it happened, from the facts of then; what would be decided otherwise now is said after it.
        """
        found = operations.explain_notice(handle, cause)
        if json:
            typer.echo(as_json(found))
            return
        if found.as_of is not None:
            typer.echo(f"as of {found.as_of.at:%Y-%m-%d %H:%M:%S}Z, position {found.as_of.position} of the log")
        else:
            typer.echo("as of now")
        for why in found.unknown_then:
            typer.echo(f"not known of then: {why}")
        _show_decided(found)
        for channel in found.otherwise_now:
            told, steps = _of_channel(found.now, channel)
            why = next((f", {step.rule}: {step.why}" for step in steps if not step.passed), "")
            typer.echo(f"now {channel} would be {'told' if told else 'not told'}{why}")
        for sending in found.sendings:
            why = next((f", {step.rule}: {step.why}" for step in sending.steps if not step.passed), "")
            typer.echo(f"at {sending.at:%Y-%m-%d %H:%M:%S}Z, {sending.channel}: {'told' if sending.told else 'not told'}{why}")
        _show_deliveries(found)


def _show_decided(found: "Explanation") -> None:
    for channel, told, sends, steps in (
        ("in_app", found.told, None, found.steps),
        *((each.channel, each.told, each.sends, each.steps) for each in found.channels),
    ):
        typer.echo(f"{channel}: {'told' if told else 'not told'}{f', {sends}' if sends else ''}")
        for step in steps:
            typer.echo(f"  {'passed ' if step.passed else 'stopped'}  {step.rule}: {step.why}")


def _of_channel(decided: "Decided", channel: str) -> "tuple[bool, Sequence[StepView]]":
    found = next((each for each in decided.channels if each.channel == channel), None)
    return (found.told, found.steps) if found is not None else (decided.told, decided.steps)


def _show_deliveries(found: "Explanation") -> None:
    if found.ledger != "read":
        typer.echo(f"deliveries: the ledger is {found.ledger}")
    for each in found.deliveries:
        said = f", the provider said: {each.provider_said}" if each.provider_said is not None else ""
        rule = f", {each.rule}: {each.why}" if each.why else ""
        when = f"ended {each.ended_at:%Y-%m-%d %H:%M:%S}Z" if each.ended_at else f"due {each.due_at:%Y-%m-%d %H:%M:%S}Z"
        folded = ", in a digest" if each.in_digest else ""
        typer.echo(f"{each.channel} to address {each.address_id}: {each.state}{folded}, tried {each.attempts} times, {when}{rule}{said}")
