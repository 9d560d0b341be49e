"""`slipstream compliance`: what compliance officers do, over the HTTP API like any other client."""

from typing import Annotated, Any

import typer

from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.calc import money
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.session import answer_of
from api.cli.staff import Account, Code, id_of, signed_in_staff

HELP = (
    "Hold withdrawals and release them; list alerts of monitoring and close them. "
    "Needs the role compliance: `slipstream accounts grant HANDLE compliance`."
)
HEADS = ("account", "number", "transfer", "amount", "met", "raised at")
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

    @group.command("alerts")
    def alerts(
        *,
        handle: AsOfficer,
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """List the transfers that met a rule of monitoring and that nobody has closed, oldest first. Holders may not be told of it."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.get("/v1/compliance/alerts"))
        if json:
            typer.echo(as_json(told))
        elif told["items"]:
            print_table(HEADS, [_row(each) for each in told["items"]])
        else:
            typer.echo("No alert is open.")

    @group.command("close")
    def close(
        account: Account,
        number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the alert; earlier ones are closed with it.")],
        *,
        reason: Annotated[str, typer.Option(help="What was found, in up to 120 characters. The holder is not told.")],
        handle: AsOfficer,
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Close an account's alerts up to a number, once somebody has looked at them."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            path = f"/v1/compliance/accounts/{id_of(client, account)}/alerts/{number}/closure"
            told = answer_of(client.put(path, json={"reason": reason}))
        typer.echo(as_json(told) if json else f"Alerts are closed up to {told['closed_upto']}; open: {told['open']}.")

    return group


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    met = ", ".join(f"{one['rule']} {one['measured'] if one['rule'] == 'count' else money(one['measured'])}" for one in each["findings"])
    amount = f"{money(each['amount_minor'])} {each['currency']}"
    return (each["account_id"], str(each["number"]), each["direction"], amount, met, each["raised_at"][:19])


def _hold_of(account_id: str) -> str:
    return f"/v1/compliance/accounts/{account_id}/withdrawal-hold"


def in_words(told: dict[str, Any]) -> str:
    """Return in one line what keeps withdrawals from going out."""
    hold = told["hold"]
    return "Withdrawals go out." if hold is None else f"Withdrawals are held since {hold['since']}: {hold['reason']}"
