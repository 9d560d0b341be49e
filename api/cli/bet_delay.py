"""`slipstream trade delay`: how long bets on a match in play wait before they are placed."""

from typing import Annotated

import typer

from api.cli.bettor import JSON, PasswordFile, Url, fixture_named
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import ApiRefused, answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff

TAKES_BETS = ("open", "suspended")


def add_delay_command(group: typer.Typer, operations: Operations) -> None:
    """Add the command to the group of traders' commands."""

    @group.command("delay")
    def delay(
        match: Annotated[str, typer.Argument(help="Part of the name of a match, such as a team.")],
        delay_s: Annotated[int, typer.Argument(metavar="SECONDS", help="0 to 12; 0 is for none.")],
        *,
        market: Annotated[str | None, typer.Option(help="Markets of this type alone, such as match_result.")] = None,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Have bets on a match in play wait before they are placed: on all its markets that take bets, or on those of one type."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            fixture = fixture_named(client, match)
            wanted = [each for each in fixture["markets"] if each["status"] in TAKES_BETS and market in (None, each["type"])]
            if not wanted:
                raise ApiRefused(f"No market of {fixture['home']} - {fixture['away']} takes bets now")
            paths = [f"/v1/trading/markets/{each['market_id']}/bet-delay" for each in wanted]
            told = [answer_of(client.put(path, json={"delay_s": delay_s})) for path in paths]
        types = ", ".join(sorted({each["type"].replace("_", " ") for each in wanted}))
        typer.echo(as_json(told) if json else f"{fixture['home']} - {fixture['away']}, {types}: bets in play wait {delay_s} s.")
