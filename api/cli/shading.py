"""`slipstream trade shade`: how far open bets shade the prices of a match."""

from typing import Annotated

import typer

from api.cli.bettor import JSON, PasswordFile, Url, fixture_named
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff

LIMIT_HELP = "0 to 300 thousandths of the logarithm of the odds; 0 is for none."


def add_shade_command(group: typer.Typer, operations: Operations) -> None:
    """Add the command to the group of traders' commands."""

    @group.command("shade")
    def shade(
        match: Annotated[str, typer.Argument(help="Part of the name of a football match, such as a team.")],
        limit_thousandths: Annotated[int, typer.Argument(metavar="THOUSANDTHS", help=LIMIT_HELP)],
        *,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Limit how far open bets shade the prices of a match."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            fixture = fixture_named(client, match)
            path = f"/v1/trading/fixtures/{fixture['fixture_id']}/shading-limit"
            told = answer_of(client.put(path, json={"limit_thousandths": limit_thousandths}))
        words = f"at most {limit_thousandths} thousandths" if limit_thousandths else "not at all"
        typer.echo(as_json(told) if json else f"{fixture['home']} - {fixture['away']}: open bets shade its prices {words}.")
