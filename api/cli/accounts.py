"""`slipstream accounts`: open accounts, grant and revoke roles, list who has which."""

import sys
from typing import Annotated

import typer

from api.cli.explain_notice import add_explain
from api.cli.operations import Operations
from api.cli.output import as_json, print_table

Handle = Annotated[str, typer.Argument(help="Handle of the account.")]
Role = Annotated[str, typer.Argument(help="trader, auditor, support, moderator or admin.")]


def account_commands(operations: Operations) -> typer.Typer:
    """Return the group `accounts`."""
    group = typer.Typer(help="Open accounts, grant and revoke roles, list who has which.", no_args_is_help=True)

    @group.callback()
    def accounts() -> None:
        """Open accounts, grant and revoke roles, list who has which."""

    @group.command("open")
    def open_account(
        handle: Annotated[str, typer.Argument(help="Handle: 3 to 30 letters, digits, underscores.")],
        email: Annotated[str, typer.Argument(help="E-mail address.")],
        *,
        currency: Annotated[str | None, typer.Option(help="Currency of the wallet (ISO 4217). Default: SLIPSTREAM_CURRENCY.")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Open an account with its wallet. The password is asked for, or read from the first line of standard input."""
        account_id = operations.open_account(handle, email, password_asked(confirm=True), currency)
        typer.echo(as_json({"account_id": account_id, "handle": handle}) if json else f"{handle} is open: account {account_id}.")

    @group.command()
    def grant(handle: Handle, role: Role) -> None:
        """Grant a role to an account, from its next sign-in; it neither bets nor deposits from now on."""
        operations.set_role(handle, role, held=True)
        typer.echo(f"{handle} is {role} from the next sign-in on, and does not bet from now on.")

    @group.command()
    def revoke(handle: Handle, role: Role) -> None:
        """Take a role from an account; with the last one gone it may bet again."""
        operations.set_role(handle, role, held=False)
        typer.echo(f"{handle} is no longer {role}, in any session.")

    @group.command()
    def grants(*, json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False) -> None:
        """List who has which role, who granted it, and when: from the log."""
        found = operations.grants()
        if json:
            typer.echo(as_json(found))
        elif found:
            print_table(
                ("handle", "role", "granted", "by", "account"),
                [(each.handle, each.role, each.granted_at, each.granted_by, each.account_id) for each in found],
            )
        else:
            typer.echo("Nobody has a role.")

    _session_commands(group, operations)
    add_explain(group, operations)
    return group


def _session_commands(group: typer.Typer, operations: Operations) -> None:
    @group.command("sign-out")
    def sign_out(handle: Handle) -> None:
        """End every session of an account, within a second."""
        operations.sign_out(handle)
        typer.echo(f"Every session of {handle} has ended.")

    @group.command("remove-second-factor")
    def remove_second_factor(handle: Handle) -> None:
        """Remove the second factor of somebody who lost it, and end every session of the account."""
        operations.remove_second_factor(handle)
        typer.echo(f"{handle} has no second factor, and every session has ended.")

    @group.command()
    def erase(
        handle: Handle,
        *,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    ) -> None:
        """Forget what an account wrote, for good: its key is destroyed, the account closed. Money and bets stay, as the law wants."""
        if not yes:
            typer.confirm(f"Nobody can read again what {handle} wrote. Go on?", abort=True, err=True)
        operations.erase_account(handle)
        typer.echo(f"{handle} is closed, and nobody can read what it wrote.")

    @group.command()
    def code(handle: Annotated[str, typer.Argument(help="trader, trader_2 or auditor.")] = "trader") -> None:
        """Print the one-time code that a demo account of `slipstream up` signs in with now; it can be used once."""
        typer.echo(operations.code(handle))


def password_asked(*, confirm: bool = False) -> str:
    """Return a password: asked for on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))
    return sys.stdin.readline().rstrip("\n")
