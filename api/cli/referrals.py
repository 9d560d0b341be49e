"""`slipstream trade referrals` and `slipstream trade refer`: the bets that wait for a trader, and the answer to one."""

from typing import Annotated, Any

import typer

from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.calc import money, stake_of
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.session import answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff

HEADS = ("bet", "stake", "pays at most", "odds", "legs", "answer until")
Bet = Annotated[str, typer.Argument(metavar="BET", help="The bet's number, as `slipstream trade referrals` lists it.")]


def add_referral_commands(group: typer.Typer, operations: Operations) -> None:
    """Add the commands to the group of traders' commands."""
    answering = typer.Typer(help="Answer a bet that was put to a trader.", no_args_is_help=True)
    group.add_typer(answering, name="refer")

    @group.command("referrals")
    def referrals(
        *,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """List the bets over their limit that wait for a trader, those whose time is up first on top."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.get("/v1/trading/referrals"))
        if json:
            typer.echo(as_json(told))
        elif told["items"]:
            print_table(HEADS, [_row(each) for each in told["items"]])
        else:
            typer.echo("No bet waits for a trader.")

    @answering.command("approve")
    def approve(
        bet_id: Bet,
        stake_minor: Annotated[int | None, typer.Argument(parser=stake_of, metavar="[STAKE]", help="Default: all of it.")] = None,
        *,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Take a bet, for all of its stake or a part."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.put(f"/v1/trading/referrals/{bet_id}/approval", json={"stake_minor": stake_minor}))
        typer.echo(as_json(told) if json else _became(told))

    @answering.command("decline")
    def decline(
        bet_id: Bet,
        *,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Take nothing of a bet; its stake goes back."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.put(f"/v1/trading/referrals/{bet_id}/refusal"))
        typer.echo(as_json(told) if json else _became(told))


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    legs = ", ".join(f"{leg['selection']} at {leg['odds']}" for leg in each["legs"])
    amounts = (f"{money(each['stake_minor'])} {each['currency']}", money(each["potential_returns_minor"]))
    return (each["bet_id"], *amounts, each["odds"], legs, each["answer_until"][11:19])


def _became(told: dict[str, Any]) -> str:
    if told["reason"]:
        return f"Not struck: {told['reason'].replace('-', ' ')}. The stake is back."
    return f"Struck for {money(told['stake_minor'])}."
