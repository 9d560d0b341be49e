"""`slipstream compliance`: what compliance officers do, over the HTTP API like any other client."""

from typing import Annotated, Any

import typer

from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import answer_of
from api.cli.staff import Account, Code, id_of, signed_in_staff

HELP = "Hold withdrawals and release them. Needs the role compliance: `slipstream accounts grant HANDLE compliance`."
AsOfficer = Annotated[str, typer.Option("--as", metavar="HANDLE", help="Handle of the compliance officer.")]


def compliance_commands(operations: Operations) -> typer.Typer:
    """Return the group `compliance`."""
    group = typer.Typer(help=HELP, no_args_is_help=True)

    @group.callback()
    def compliance() -> None:
        pass

    @group.command("hold")
    def hold(
        account: Account,
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters, which the holder is shown.")],
        handle: AsOfficer,
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Hold withdrawals from an account from now on; bets and deposits go on."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.put(_hold_of(id_of(client, account)), json={"reason": reason}))
        typer.echo(as_json(told) if json else in_words(told))

    @group.command("release")
    def release(
        account: Account,
        *,
        handle: AsOfficer,
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Hold withdrawals from an account no more."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.delete(_hold_of(id_of(client, account))))
        typer.echo(as_json(told) if json else in_words(told))

    @group.command("show")
    def show(
        account: Account,
        *,
        handle: AsOfficer,
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Tell whether withdrawals from an account are held, since when and why."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.get(_hold_of(id_of(client, account))))
        typer.echo(as_json(told) if json else in_words(told))

    return group


def _hold_of(account_id: str) -> str:
    return f"/v1/compliance/accounts/{account_id}/withdrawal-hold"


def in_words(told: dict[str, Any]) -> str:
    """Return in one line what keeps withdrawals from going out."""
    hold = told["hold"]
    return "Withdrawals go out." if hold is None else f"Withdrawals are held since {hold['since']}: {hold['reason']}"
