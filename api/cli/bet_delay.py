"""`slipstream trade delay`: how long bets on a match in play wait before they are placed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.bettor import JSON, TIMEOUT_S, PasswordFile, Url, fixture_named
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import ApiRefused, answer_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

AsTrader = Annotated[str, typer.Option("--as", metavar="HANDLE", help="Handle of the trader. `trader` is opened by `slipstream up`.")]
Code = Annotated[str | None, typer.Option(help="One-time code. Default: that of the demo account at this moment, which counts once.")]
SignIn = Callable[["httpx.Client", Operations, str, "Path | None", str | None], None]
TAKES_BETS = ("open", "suspended")


def add_delay_command(group: typer.Typer, operations: Operations, sign_in: SignIn) -> None:
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
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file, code)
            fixture = fixture_named(client, match)
            wanted = [each for each in fixture["markets"] if each["status"] in TAKES_BETS and market in (None, each["type"])]
            if not wanted:
                raise ApiRefused(f"No market of {fixture['home']} - {fixture['away']} takes bets now")
            paths = [f"/v1/trading/markets/{each['market_id']}/bet-delay" for each in wanted]
            told = [answer_of(client.put(path, json={"delay_s": delay_s})) for path in paths]
        types = ", ".join(sorted({each["type"].replace("_", " ") for each in wanted}))
        typer.echo(as_json(told) if json else f"{fixture['home']} - {fixture['away']}, {types}: bets in play wait {delay_s} s.")
