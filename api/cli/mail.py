"""`slipstream mail`: what the embedded mail server took."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operations import Operations
from api.cli.output import as_json, print_table

if TYPE_CHECKING:
    from api.mailbox import KeptMail

MAILS_LISTED_MAX = 1_000


def add_mail_command(app: typer.Typer, operations: Operations) -> None:
    """Add the command."""

    @app.command()
    def mail(
        mail_id: Annotated[str, typer.Argument(metavar="[ID]", help="Show this mail; `last` is the newest of those listed.")] = "",
        *,
        to: Annotated[str, typer.Option(help="Only mails to this address.")] = "",
        limit: Annotated[int, typer.Option(min=1, max=MAILS_LISTED_MAX, help="At most so many, the newest first.")] = 20,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    ) -> None:
        """List the mails that the embedded mail server took, or show one: nothing leaves this machine until SLIPSTREAM_MAIL_URL is set."""
        if mail_id in ("", "last"):
            found = list(operations.mails(1 if mail_id else limit, to))
        else:
            one = operations.mail(mail_id)
            found = [one] if one is not None else []
        if mail_id and not found:
            typer.echo("There is no such mail.", err=True)
            raise typer.Exit(1)
        if json:
            for each in found:
                typer.echo(as_json(each))
        elif mail_id:
            _show(found[0])
        elif found:
            print_table(("id", "taken", "to", "subject"), [_row(each) for each in found])
        else:
            typer.echo("There are none.")


def _row(mail: "KeptMail") -> tuple[str, ...]:
    return mail.mail_id, f"{mail.at:%Y-%m-%d %H:%M:%S}", _plain(mail.recipient), _plain(mail.subject)


def _show(mail: "KeptMail") -> None:
    typer.echo(f"From: {_plain(mail.sender)}\nTo: {_plain(mail.recipient)}\nSubject: {_plain(mail.subject)}\n")
    typer.echo("\n".join(_plain(line) for line in mail.text.splitlines()))


def _plain(text: str) -> str:
    """Return a line as a terminal may show it: nothing in it is a command to the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
