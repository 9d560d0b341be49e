"""`slipstream audit` and `slipstream replay`: commands for auditors, who trust nothing but the log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.operations import Operations, VerifyOptions
from api.cli.output import as_json, progress_bar

if TYPE_CHECKING:
    from api.audit_report import Verified


NOT_ALL_COMPARED = 3
"""Exit code of an audit that found nothing wrong but could not compare everything."""


def audit_commands(operations: Operations) -> typer.Typer:
    """Return the group `audit`."""
    group = typer.Typer(help="Verify the log, or query it.", no_args_is_help=True)

    @group.callback()
    def audit() -> None:
        """Verify the log, or query it."""

    @group.command()
    def verify(
        *,
        json: Annotated[bool, typer.Option("--json", help="Print the findings as one JSON object.")] = False,
        log_only: Annotated[bool, typer.Option("--log-only", help="Verify the log only, without tables and views.")] = False,
        since: Annotated[
            str, typer.Option(help="An anchor that was printed earlier: prove that history up to it is unchanged.", metavar="ANCHOR")
        ] = "",
        checkpoint: Annotated[
            Path | None, typer.Option(help="Continue from the checkpoint in this file, and write the new checkpoint to it.", metavar="FILE")
        ] = None,
        go_on: Annotated[bool, typer.Option("--go-on", help="The same as --checkpoint, with a file in the data folder.")] = False,
    ) -> None:
        """Verify every cent, every price and the chain of the whole log, then compare tables and read models with it.

        Exit code 0: all is well. 1: something is wrong, and the first such fact or row is named. 3: the log is right, but a view could not
        be compared.
        """
        found = _verified(operations, VerifyOptions(log_only=log_only, since=since, checkpoint=checkpoint, go_on=go_on), quiet=json)
        if json:
            typer.echo(as_json(found))
        else:
            _show(found)
        if found.wrong:
            raise typer.Exit(1)
        if found.views_not_compared and not log_only:
            views = ", ".join(found.views_not_compared)
            typer.echo(f"Of the log alone: {views} could not be compared. Start Valkey, or ask with --log-only.", err=True)
            raise typer.Exit(NOT_ALL_COMPARED)

    @group.command()
    def anchor() -> None:
        """Print an anchor to keep outside this system: `audit verify --since` proves later that history up to it is unchanged."""
        typer.echo(operations.anchor())

    @group.command()
    def balance(
        account: Annotated[str, typer.Argument(help="Id or handle.")],
        at: Annotated[str | None, typer.Option(help="A position in the log, or a time such as 2026-06-11T19:00:00Z. Default: now.")] = None,
        *,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Show what a wallet held at any moment, from the log alone."""
        held = operations.balance(account, at)
        if json:
            typer.echo(as_json(held))
            return
        typer.echo(
            f"{account} at position {held.position}: {held.available_minor} {held.currency} minor units available, "
            f"{held.at_risk_minor} at risk."
        )

    return group


def _verified(operations: Operations, verifying: VerifyOptions, *, quiet: bool) -> "Verified":
    with progress_bar("audit", "facts", quiet=quiet) as tick:
        return operations.verify(tick, verifying)


def _show(found: "Verified") -> None:
    rate = found.facts / found.seconds if found.seconds else 0.0
    if found.wrong:
        typer.echo(f"WRONG: {found.wrong}")
        return
    what = "The log is clean" if found.views_not_compared else "Clean"
    typer.echo(f"{what}: {found.facts:,} facts in {found.seconds:.1f} s, {rate:,.0f} a second.")
    for name, value in found.figures.items():
        typer.echo(f"  {name.replace('_', ' ')}: {_told(value)}")
    if found.since:
        typer.echo(f"  taken as proved: {found.since:,} facts")
    typer.echo(f"  anchor: {found.anchor}")


def _told(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def replay_stream(operations: Operations, stream_id: str, *, json: bool) -> None:
    """Print the facts of a stream; exit with 1 when there are none."""
    from api.audit_report import told

    count = 0
    for fact in operations.facts_of(stream_id):
        count += 1
        shown = told(fact)
        if json:
            typer.echo(as_json(shown))
        else:
            place = (shown.pop("position"), shown.pop("version"), shown.pop("fact"), shown.pop("stream_id"))
            members = visible(", ".join(f"{name}={value}" for name, value in shown.items()))
            typer.echo(f"{place[0]:>10}  {place[1]:>5}  {place[2]}  {members}")
    if not count:
        typer.echo(f"The log has no stream {stream_id}: give the id of an account, wallet, fixture, market or bet.", err=True)
        raise typer.Exit(1)


def visible(text: str) -> str:
    """Return a text with every character that cannot be seen written as an escape, so that an old log's text cannot act on a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
