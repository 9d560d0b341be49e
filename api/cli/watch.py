"""`slipstream watch`: the live board in the terminal, like any other client's; into a pipe, a line for each change.

What changes is pushed on a socket where the API names a gateway. Whoever is signed in sees the feed below the board, pushed as well: the
demo account where this machine has one.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.cli.closed_pipe import reader_is_gone
from api.cli.live_board import ApiUnavailable, LiveBoard
from api.cli.pushed_feed import PushedFeed
from api.cli.session import ApiRefused

SigningIn = Callable[[httpx.Client], object]
"""Signs a client in; raises `ApiRefused` where it cannot."""
Address = Callable[[], str | None]
"""Returns where the gateway takes sockets."""

TIMEOUT_S = 5.0
PRICES = (
    ("match_result", "home", "1"),
    ("match_result", "draw", "X"),
    ("match_result", "away", "2"),
    ("total_goals", "over", "over"),
    ("total_goals", "under", "under"),
    ("both_teams_to_score", "yes", "both"),
    ("both_teams_to_score", "no", "not"),
)
"""The columns: type of market, selection, heading."""


def watch(url: str, every_s: float, *, once: bool, json: bool, signing_in: SigningIn | None = None) -> None:
    """Show the board until interrupted, or once, and below it the feed of the account that `signing_in` signs the client in with.

    Raises:
        ApiUnavailable: when nothing answers at the first look.

    """
    with httpx.Client(base_url=url, timeout=TIMEOUT_S) as client:
        board = LiveBoard(client, url)
        read = board.read()
        if json:
            typer.echo(read.text)
            return
        seen: dict[tuple[str, str], str] = {}
        if once:
            Console().print(_shown(read.json()["items"], seen), *Feed(client, board.address, signing_in).shown())
            return
        board.follow()
        if not sys.stdout.isatty():
            _print_changes(board, every_s)
            return
        feed = Feed(client, board.address, signing_in)
        feed.follow()
        with Live(Group(_shown(read.json()["items"], seen), *feed.shown()), screen=True, auto_refresh=False) as live:
            while True:
                board.wait(every_s)
                try:
                    live.update(Group(_shown(board.look(), seen), *feed.shown()), refresh=True)
                except ApiUnavailable as away:
                    live.update(Text(str(away), style="yellow"), refresh=True)


class Feed:
    """The feed of whoever is signed in, shown below the board; nothing where nobody is."""

    def __init__(self, client: httpx.Client, address: Address, signing_in: SigningIn | None) -> None:
        self._feed: PushedFeed | None = None
        if signing_in is not None:
            try:
                signing_in(client)
                self._feed = PushedFeed(client, client.get("/v1/account").raise_for_status().json()["account_id"], address)
            except (ApiRefused, httpx.HTTPError):
                pass

    def follow(self) -> None:
        """Have what changes pushed from now on, where there is a gateway."""
        if self._feed is not None:
            self._feed.start()

    def shown(self) -> tuple[Table, ...]:
        """Return what to show below the board."""
        return () if self._feed is None else (_slips(self._feed.slips()),)


def _slips(slips: list[dict[str, Any]]) -> Table:
    """Return slips as a table, newest first."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 0))
    for name in ("feed", "bet", "odds", "", "caption"):
        table.add_column(name, no_wrap=True, max_width=40)
    table.add_column("likes", justify="right")
    for slip in slips:
        bet = slip["bet"]
        legs = " + ".join(leg["selection_name"] or leg["selection"] for leg in bet["legs"])
        colour = {"won": "bold green", "lost": "red"}.get(bet["status"], "")
        author = ("✓ " if slip["verified"] else "  ") + slip["author"]["handle"]
        table.add_row(author, legs, bet["odds"], Text(bet["status"], style=colour), slip["caption"] or "", str(slip["likes"]))
    return table


@contextmanager
def reached(url: str, timeout_s: float) -> Iterator[httpx.Client]:
    """Give a client of the API at an address.

    Raises:
        ApiUnavailable: when nothing answers there.

    """
    try:
        with httpx.Client(base_url=url, timeout=timeout_s) as client:
            yield client
    except httpx.TransportError:
        raise ApiUnavailable(url) from None


def _print_changes(board: LiveBoard, every_s: float) -> None:
    """Print a line for each match, and again whenever its score or a price has moved, until nobody reads them."""
    printed: dict[str, str] = {}
    is_away = False
    while not reader_is_gone():
        try:
            fixtures, is_away = board.look(), False
        except ApiUnavailable as away:
            if not is_away:
                typer.echo(str(away), err=True)
            fixtures, is_away = [], True
        for fixture in fixtures:
            line = _line(fixture)
            if printed.get(fixture["fixture_id"]) != line:
                printed[fixture["fixture_id"]] = line
                minute = fixture["clock"]["minute"]
                typer.echo(f"{'' if minute is None else minute}'\t{line}")
        if not reader_is_gone():
            board.wait(every_s)


def _line(fixture: dict[str, Any]) -> str:
    """Return a match, its score and its prices, with tabs between; `-` where no bet is taken. The clock alone is no change."""
    markets = {market["type"]: market for market in reversed(fixture["markets"])}
    prices = [f"{name} {_open_odds(markets.get(kind), selection) or '-'}" for kind, selection, name in PRICES]
    score = f"{fixture['score']['home']}:{fixture['score']['away']}"
    return "\t".join([f"{fixture['home']} - {fixture['away']}", score, *prices])


def _open_odds(market: dict[str, Any] | None, selection: str) -> str | None:
    """Return the odds at which a bet is taken now."""
    if market is None or market["status"] != "open":
        return None
    return next((each["odds"] for each in market["selections"] if each["selection"] == selection), None)


def _shown(fixtures: list[dict[str, Any]], seen: dict[tuple[str, str], str]) -> Group:
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, min_width=3)
    table.add_column("match", no_wrap=True, max_width=28)
    table.add_column("score", no_wrap=True, min_width=5)
    for _, _, name in PRICES:
        table.add_column(name, no_wrap=True, justify="right", min_width=5)
    for fixture in fixtures:
        markets = {market["type"]: market for market in reversed(fixture["markets"])}
        minute = fixture["clock"]["minute"]
        table.add_row(
            Text(f"{minute}'" if minute is not None else "", style="bold green"),
            Text(f"{fixture['home']} - {fixture['away']}"),
            Text(f"{fixture['score']['home']}:{fixture['score']['away']}", style="bold"),
            *[_price(markets.get(kind), selection, seen) for kind, selection, _ in PRICES],
        )
    return Group(table if fixtures else Text("Nothing is live at the moment."), Text("Ctrl-C to leave", style="dim"))


def _price(market: dict[str, Any] | None, selection: str, seen: dict[tuple[str, str], str]) -> Text:
    """Show a price: green when it rose since the last look, red when it fell, a dot while no bet is taken."""
    odds = _open_odds(market, selection)
    if market is None or odds is None:
        return Text("·", style="yellow" if market and market["status"] == "suspended" else "dim")
    key = (market["market_id"], selection)
    before = seen.get(key, odds)
    seen[key] = odds
    return Text(odds, style="" if odds == before else "bold green" if _decimal(odds) > _decimal(before) else "bold red")


def _decimal(odds: str) -> tuple[int, str]:
    """Order decimal prices as text, without floats: by digits before the point, then by what is written."""
    whole, _, places = odds.partition(".")
    return (int(whole) if whole.isdigit() else 0, places)
