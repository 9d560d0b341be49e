"""`slipstream price-alerts`: be told when a price is reached, over the HTTP API like any other client."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from api.cli.bettor import JSON, TIMEOUT_S, As, PasswordFile, Url
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.session import answer_of, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

MarketId = Annotated[str, typer.Argument(help="The id of a market.")]
Selection = Annotated[str, typer.Argument(help="A selection of the market, e.g. home.")]
AtOdds = Annotated[str, typer.Argument(help="From which odds on, e.g. 2.6.")]
FIELDS = ("fixture_id", "market_id", "selection", "odds", "at")
HEADS = ("match", "market", "selection", "odds", "since")


def price_alert_commands(operations: Operations) -> typer.Typer:
    """Return the group `price-alerts`."""
    group = typer.Typer(help="Be told when a selection is offered at a price or better.", no_args_is_help=True)

    @group.callback()
    def price_alerts() -> None:
        """Be told when a selection is offered at a price or better."""

    def asked(ask: "Callable[[httpx.Client], httpx.Response]", handle: str, password_file: "Path | None", url: str | None) -> Any:
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            return answer_of(ask(client))

    @group.command("list")
    def list_alerts(*, handle: As = "demo", password_file: PasswordFile = None, url: Url = None, json: JSON = False) -> None:
        """List the alerts that stand, the newest first."""
        found = asked(lambda client: client.get("/v1/notifications/price-alerts"), handle, password_file, url)
        if json:
            typer.echo(as_json(found))
        elif found["items"]:
            print_table(HEADS, [tuple(each[name] for name in FIELDS) for each in found["items"]])
        else:
            typer.echo("No price alerts.")

    @group.command("set")
    def set_alert(
        market_id: MarketId,
        selection: Selection,
        odds: AtOdds,
        *,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Be told once when the selection is offered at these odds or better, until its market closes."""
        found = asked(lambda client: client.put(_path(market_id, selection), json={"odds": odds}), handle, password_file, url)
        typer.echo(as_json(found) if json else f"You are told when {found['selection']} is offered at {found['odds']} or better.")

    @group.command("remove")
    def remove_alert(
        market_id: MarketId,
        selection: Selection,
        *,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Take an alert back."""
        found = asked(lambda client: client.delete(_path(market_id, selection)), handle, password_file, url)
        typer.echo(as_json(found) if json else f"No price alert on {found['selection']}.")

    return group


def _path(market_id: str, selection: str) -> str:
    return f"/v1/notifications/price-alerts/{quote(market_id, safe='')}/{quote(selection, safe='')}"
