"""`slipstream trade limit-match`: the most that is paid on a bet with a leg on a match, on whichever of its markets."""

from typing import Annotated

import typer

from api.cli.bettor import JSON, PasswordFile, Url, fixture_named
from api.cli.calc import money, stake_of
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff

MOST_HELP = "The most that is paid on a bet, in minor units or with two places: 2500.00. Default: no limit of the match."


def add_match_limit_command(group: typer.Typer, operations: Operations) -> None:
    """Add the command to the group of traders' commands."""

    @group.command("limit-match")
    def limit_match(
        match: Annotated[str, typer.Argument(help="Part of the name of a match, such as a team, or of a race.")],
        most: Annotated[int | None, typer.Argument(parser=stake_of, metavar="[MOST]", help=MOST_HELP)] = None,
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters.")],
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Limit the most that is paid on a bet with a leg on a match, on markets that are opened later too; account factors multiply it."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            fixture = fixture_named(client, match)
            path = f"/v1/trading/fixtures/{fixture['fixture_id']}/payout-limit"
            told = answer_of(client.put(path, json={"payout_minor_max": most, "reason": reason}))
        words = "no limit of the match." if most is None else f"at most {money(most)} is paid on a bet with a leg on it."
        typer.echo(as_json(told) if json else f"{fixture['home']} - {fixture['away']}: {words}")
