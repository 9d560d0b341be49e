"""`slipstream notify`: notifications outside the page, why somebody got one or not, and those that failed for good."""

from typing import Annotated

import typer

from api.cli.explain_notice import add_explain
from api.cli.operations import Operations
from api.cli.output import as_json, print_table

DEAD_MAX = 10_000

Channel = Annotated[str, typer.Option("--channel", help="Only of this channel: web_push, email or mobile_push.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=DEAD_MAX, help="At most so many, the oldest first.")]


def notify_commands(operations: Operations) -> typer.Typer:
    """Return the group `notify`, which is the role where no command is named."""
    group = typer.Typer(help="Send notifications outside the page, or look at those that failed.", invoke_without_command=True)

    @group.callback()
    def notify(context: typer.Context) -> None:
        """Send notifications by web push, e-mail and mobile push until stopped. Several of these processes share the work."""
        if context.invoked_subcommand is None:
            operations.notify()

    add_explain(group, operations)
    dead = typer.Typer(help="List the notifications that failed for good, or send them once more.", no_args_is_help=True)
    group.add_typer(dead, name="dead")

    @dead.command("list")
    def list_dead(*, channel: Channel = "", limit: Limit = 100, json: AsJson = False) -> None:
        """List notifications that failed for good, with the reason."""
        found = operations.dead_notices(channel, limit)
        if json:
            for each in found:
                typer.echo(as_json(each))
        elif found:
            rows = [(each.delivery_id, each.channel, each.account_id, each.notice_id, str(each.attempts), each.why) for each in found]
            print_table(("delivery", "channel", "account", "notice", "tries", "why"), rows)
        else:
            typer.echo("There are none.")

    @dead.command()
    def replay(*, channel: Channel = "", limit: Limit = 100) -> None:
        """Send notifications that failed for good once more, within a day. Whether each is still told is looked at again."""
        found = operations.dead_notices(channel, limit)
        typer.echo(f"Sent once more: {operations.replay_notices([each.delivery_id for each in found]) if found else 0}.")

    return group
