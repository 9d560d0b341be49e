"""`slipstream bet` and `deposit`: what a bettor does, over the HTTP API like any other client."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.calc import money, stake_of
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import ApiRefused, answer_of, sign_in
from domain.bet.lines import SINGLE

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
FIXTURES_MAX = 100

Url = Annotated[str | None, typer.Option(help="Address of the API. Default: the one on this machine.")]
As = Annotated[str, typer.Option("--as", metavar="HANDLE", help="Handle of the bettor. `demo` is opened by `slipstream up`.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="File with the password. Default: the password of the demo account in the data folder; otherwise you are asked."),
]
Amount = Annotated[int, typer.Argument(parser=stake_of, metavar="AMOUNT", help="Minor units, or money with two places: 500 is 5.00.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_bettor_commands(app: typer.Typer, operations: Operations) -> None:
    """Add the commands."""

    @app.command()
    def bet(
        match: Annotated[str, typer.Argument(help="Part of the name of a live match, such as a team.")],
        selection: Annotated[str, typer.Argument(help="What to bet on: home, draw, away, over, under, yes, no.")],
        stake_minor: Amount,
        *,
        market: Annotated[str, typer.Option(help="match_result, total_goals, both_teams_to_score.")] = "match_result",
        accept: Annotated[
            str, typer.Option(help="Odds to accept if the price moves before the bet is placed: exact, better, any.")
        ] = "exact",
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Place a single bet on a live match, at the odds on the board now."""
        from api.cli.watch import reached

        address = url or operations.address()
        with reached(address, TIMEOUT_S) as client:
            wallet_currency = sign_in(client, operations, handle, password_file)
            fixture, found, odds = _priced(client, match, market, selection)
            leg = {"market_id": found["market_id"], "selection": selection, "odds": odds, "version": found["version"]}
            body = {"type": SINGLE, "stake_minor": stake_minor, "currency": wallet_currency, "legs": [leg], "accept": accept}
            key = {"idempotency-key": secrets.token_hex(16)}
            placed = answer_of(client.post("/v1/bets", json=body, headers=key))
        if json:
            typer.echo(as_json(placed))
            return
        taken = placed["legs"][0]["odds"]
        typer.echo(
            f"Placed: {fixture['home']} - {fixture['away']}, {market.replace('_', ' ')}: {selection} at {taken}. "
            f"A stake of {money(stake_minor)} {wallet_currency} returns {money(placed['potential_returns_minor'])} if it wins.\n"
            f"Bet {placed['bet_id']}"
        )

    @app.command()
    def deposit(
        amount_minor: Amount,
        *,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Deposit play money, where deposits are in demo mode (as under `slipstream up`)."""
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            currency = sign_in(client, operations, handle, password_file)
            body = {"amount_minor": amount_minor, "currency": currency, "reference": secrets.token_hex(16)}
            done = answer_of(client.post("/v1/wallet/deposits", json=body))
        if json:
            typer.echo(as_json(done))
        else:
            typer.echo(f"Deposited {money(amount_minor)} {currency}.")


def _priced(client: "httpx.Client", match: str, market: str, selection: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return the one live match that is meant, its market, and the odds of a selection.

    Raises:
        ApiRefused: where none is meant, or several, or no bet is taken on it now.

    """
    query: dict[str, str | int] = {"status": "live", "include": "markets", "limit": FIXTURES_MAX}
    live = answer_of(client.get("/v1/fixtures", params=query))["items"]
    named = [fixture for fixture in live if match.casefold() in f"{fixture['home']} - {fixture['away']}".casefold()]
    if len(named) != 1:
        names = ", ".join(f"{fixture['home']} - {fixture['away']}" for fixture in named or live) or "none"
        raise ApiRefused(f"{'Several live matches are' if named else 'No live match is'} called like {match!r}: {names}")
    fixture = named[0]
    markets = [each for each in fixture["markets"] if each["type"] == market]
    if not markets:
        raise ApiRefused(f"There is no market {market}: there are {', '.join(sorted({each['type'] for each in fixture['markets']}))}")
    for each in markets:
        odds = {found["selection"]: found["odds"] for found in each["selections"]}
        if each["status"] == "open" and odds.get(selection):
            return fixture, each, odds[selection]
    if all(selection not in {found["selection"] for found in each["selections"]} for each in markets):
        names = ", ".join(found["selection"] for found in markets[0]["selections"])
        raise ApiRefused(f"There is no selection {selection}: there are {names}")
    raise ApiRefused(f"No bets are taken on {selection} at this moment: the market is {markets[0]['status']}. Try again")
