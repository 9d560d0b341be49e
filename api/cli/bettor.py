"""`slipstream bet`, `cash-out` and `deposit`: what a bettor does, over the HTTP API like any other client."""

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.calc import money, stake_of
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.session import ApiRefused, answer_of, sign_in
from domain.bet.lines import line_count, plain_type, types_in_words
from domain.bet.ways import lines_with
from domain.settling.each_way import EACH_WAY_RULES, WIN_TO_WIN

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
DECIDED_WITHIN_S, ASK_AGAIN_S = 60.0, 0.3
"""For how long after its delay a pending bet is asked for, and how often."""
HTTP_OK = 200
FIXTURES_MAX = 100
DEFAULT_MARKET = "match_result"

Url = Annotated[str | None, typer.Option(help="Address of the API. Default: the one on this machine.")]
As = Annotated[str, typer.Option("--as", metavar="HANDLE", help="Handle of the bettor. `demo` is opened by `slipstream up`.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="File with the password. Default: the password of the demo account in the data folder; otherwise you are asked."),
]
Amount = Annotated[int, typer.Argument(parser=stake_of, metavar="AMOUNT", help="Minor units, or money with two places: 500 is 5.00.")]
MoreLegs = Annotated[
    list[str] | None,
    typer.Option("--leg", metavar="MATCH:SELECTION", help="One more leg, and again for each; MATCH:SELECTION:MARKET names another market."),
]
BetTypeOption = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help=f"Default: all legs in one line. {types_in_words()}.".replace("[", "\\["))
]
FreeBetOption = Annotated[
    str | None, typer.Option("--free-bet", metavar="ID", help="Use a free bet as the whole stake; it is not returned.")
]
BonusOption = Annotated[str | None, typer.Option("--bonus", metavar="ID", help="Stake from a bonus in place of cash.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def add_bettor_commands(app: typer.Typer, operations: Operations) -> None:
    """Add the commands."""

    @app.command()
    def bet(
        match: Annotated[str, typer.Argument(help="Part of the name of a live match, such as a team.")],
        selection: Annotated[str, typer.Argument(help="What to bet on: home, draw, away, over, under, yes, no, 2-1.")],
        stake_minor: Amount,
        *,
        market: Annotated[
            str, typer.Option(help="A market by its type, and its line if it has several: match_result, total_goals=3.5.")
        ] = DEFAULT_MARKET,
        more_legs: MoreLegs = None,
        bet_type: BetTypeOption = None,
        accept: Annotated[
            str, typer.Option(help="Odds to accept if the price moves before the bet is placed: exact, better, any.")
        ] = "exact",
        each_way: Annotated[
            bool, typer.Option("--each-way", help="Half of the stake on the win, half on the place: races that pay places.")
        ] = False,
        each_way_rule: Annotated[str, typer.Option(help=f"{' or '.join(EACH_WAY_RULES)}.")] = WIN_TO_WIN,
        free_bet: FreeBetOption = None,
        bonus: BonusOption = None,
        handle: As = "demo",
        password_file: PasswordFile = None,
        refer: Annotated[bool, typer.Option("--refer", help="Put it to a trader if it is over its limit; a part may be taken.")] = False,
        wait: Annotated[bool, typer.Option(help="Wait for a bet that is pending, until it is placed or refused.")] = True,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Place a bet on matches, at the odds on the board now: on one, or with --leg on several, of any --type.

        Live matches are looked through first, then those to come. The stake is the whole bet's, spread evenly over its lines; each way
        every line counts twice. Legs of one match have one price together, asked for first; selections of one market are lines each.
        """
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            wallet_currency = sign_in(client, operations, handle, password_file)
            asked = [(match, selection, market), *[_leg_of(leg) for leg in more_legs or ()]]
            priced = [_priced(client, name, wanted, chosen) for name, chosen, wanted in asked]
            legs = [
                {"market_id": found["market_id"], "selection": chosen, "odds": odds, "version": found["version"]}
                for (_, found, odds), (_, chosen, _) in zip(priced, asked, strict=True)
            ]
            body = {
                "type": bet_type or plain_type(len({leg["market_id"] for leg in legs})),
                "stake_minor": stake_minor,
                "currency": wallet_currency,
                "legs": legs,
                "accept": accept,
                **_same_game(client, priced, legs),
                **({"each_way": True, "each_way_rule": each_way_rule} if each_way else {}),
                **{name: value for name, value in {"free_bet_id": free_bet, "bonus_id": bonus, "refer": refer}.items() if value},
            }
            placed = answer_of(client.post("/v1/bets", json=body, headers={"idempotency-key": secrets.token_hex(16)}))
            if placed["status"] == "pending" and wait:
                placed = decided(client, placed)
        if json:
            typer.echo(as_json(placed))
            return
        typer.echo(
            _in_words(placed, [(fixture, chosen, wanted) for (fixture, _, _), (_, chosen, wanted) in zip(priced, asked, strict=True)])
        )

    @app.command("cash-out")
    def cash_out(
        bet_id: Annotated[str, typer.Argument(metavar="BET", help="The bet's number.")],
        *,
        share: Annotated[int, typer.Option(help="Percent of the open stake, 1 to 100.")] = 100,
        quote: Annotated[bool, typer.Option("--quote", help="Only show the offer, accept nothing.")] = False,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Cash a bet out at the offer of this moment, whole or in part. Should the offer fall meanwhile, nothing is done."""
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            told = answer_of(client.get(f"/v1/bets/{bet_id}/cash-out", params={"share": share}))
            if not quote:
                body = {"offer_minor": told["offer_minor"], "version": told["version"], "share": share}
                key = {"idempotency-key": secrets.token_hex(16)}
                told = answer_of(client.post(f"/v1/bets/{bet_id}/cash-out", json=body, headers=key))
        if json:
            typer.echo(as_json(told))
            return
        amount_minor, what = (told["offer_minor"], "Offered") if quote else (told["amount_minor"], "Cashed out")
        left = f" {money(told['stake_left_minor'])} stays open." if told["stake_left_minor"] else ""
        typer.echo(f"{what}: {money(amount_minor)} {told['currency']} for a stake of {money(told['stake_minor'])}.{left}")

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


def _same_game(
    client: "httpx.Client", priced: list[tuple[dict[str, Any], dict[str, Any], str]], legs: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the member of a bet that names its legs of one match, with their odds together as quoted now; none where there are none."""
    matches = [fixture["fixture_id"] for fixture, _, _ in priced]
    groups = []
    for fixture_id in dict.fromkeys(matches):
        numbers = [number for number, each in enumerate(matches) if each == fixture_id]
        if len({legs[number]["market_id"] for number in numbers}) > 1:
            wanted = [{name: legs[number][name] for name in ("market_id", "selection")} for number in numbers]
            quoted = answer_of(client.post("/v1/quotes/same-game", json={"legs": wanted}))
            groups.append({"legs": numbers, "odds": quoted["odds"]})
    return {"same_game": groups} if groups else {}


def _together_in_words(placed: dict[str, Any]) -> list[str]:
    """Tell the legs of one match in a bet, as people count them: "Legs 1 and 2 are of one match: together at 4.40."."""
    told = []
    for group in placed.get("same_game", ()):
        *first, last = [str(number + 1) for number in group["legs"]]
        told.append(f"Legs {', '.join(first)} and {last} are of one match: together at {group['odds']}.")
    return told


def decided(client: "httpx.Client", pending: dict[str, Any]) -> dict[str, Any]:
    """Return what became of a pending bet, once its delay is over.

    Raises:
        ApiRefused: where it was refused, or where nothing is known of it a good while after its delay.

    """
    waits_s = pending.get("refer_s", 0) or pending["delay_s"]
    until_s = time.monotonic() + waits_s + DECIDED_WITHIN_S
    while time.monotonic() < until_s:
        answer = client.get(f"/v1/bets/{pending['bet_id']}")
        bet: dict[str, Any] = dict(answer.json()) if answer.status_code == HTTP_OK else pending
        if bet["status"] == "refused":
            after = "by a trader" if pending.get("refer_s") else f"after {waits_s} s"
            raise ApiRefused(f"Not placed {after}: {bet['reason_title']} The stake is back. Bet {pending['bet_id']}")
        if bet["status"] != "pending":
            return bet
        time.sleep(ASK_AGAIN_S)
    raise ApiRefused(f"Bet {pending['bet_id']} is pending still: its stake is reserved, and it will be decided")


def _in_words(placed: dict[str, Any], asked: list[tuple[dict[str, Any], str, str]]) -> str:
    """Say what was placed, or is pending, on which match, selection and market."""
    if placed["status"] == "pending" and placed.get("refer_s"):
        return f"With a trader for {placed['refer_s']} s: who takes it, a part of it, or nothing.\nBet {placed['bet_id']}"
    if placed["status"] == "pending":
        return f"Pending for {placed['delay_s']} s: it is placed then, at the price that stands, or refused.\nBet {placed['bet_id']}"
    told = [
        f"Placed: {fixture['home']} - {fixture['away']}, {wanted.replace('_', ' ').replace('=', ' ')}: {chosen} at {leg['odds']}."
        for (fixture, chosen, wanted), leg in zip(asked, placed["legs"], strict=True)
    ] + _together_in_words(placed)
    returns = _returns_in_words(placed, placed["currency"])
    return "\n".join([*told, returns] if len(told) > 1 else [f"{told[0]} {returns}"]) + f"\nBet {placed['bet_id']}"


def _returns_in_words(placed: dict[str, Any], currency: str) -> str:
    stake_minor, legs = placed["stake_minor"], len(placed["legs"])
    markets = [leg["market_id"] for leg in placed["legs"]]
    ways = [markets.count(market_id) for market_id in dict.fromkeys(markets)]
    lines = lines_with(placed["type"], ways) if len(ways) < legs else line_count(placed["type"], legs)
    lines *= 2 if placed.get("each_way") else 1
    spread = f", {lines} lines of {money(stake_minor // lines)}," if lines > 1 else ""
    when = "all legs win" if len(ways) == legs > 1 else "it wins" if legs == 1 else "the best of each market win"
    stake = "A free bet" if placed.get("free_bet_id") else "A stake"
    return f"{stake} of {money(stake_minor)} {currency}{spread} returns {money(placed['potential_returns_minor'])} if {when}."


def _leg_of(text: str) -> tuple[str, str, str]:
    """Return the match, the selection and the market that `MATCH:SELECTION[:MARKET]` names.

    Raises:
        BadParameter: where it names none.

    """
    match, _, rest = text.partition(":")
    selection, _, market = rest.partition(":")
    if not match or not selection:
        raise typer.BadParameter(f"{text[:60]!r} is no leg: write MATCH:SELECTION, such as Arsenal:home.")
    return match, selection, market or DEFAULT_MARKET


def _is_named(fixture: dict[str, Any], match: str) -> bool:
    return match.casefold() in f"{fixture['home']} - {fixture['away']}".casefold()


def fixture_named(client: "httpx.Client", match: str) -> dict[str, Any]:
    """Return the one match that is meant, live or to come, with its markets.

    Raises:
        ApiRefused: where none is meant, or several.

    """
    query: dict[str, str | int] = {"status": "live", "include": "markets", "limit": FIXTURES_MAX}
    live = answer_of(client.get("/v1/fixtures", params=query))["items"]
    named = [fixture for fixture in live if _is_named(fixture, match)]
    if not named:
        scheduled = answer_of(client.get("/v1/fixtures", params={**query, "status": "scheduled"}))["items"]
        named = [fixture for fixture in scheduled if _is_named(fixture, match)]
    if len(named) != 1:
        names = ", ".join(f"{fixture['home']} - {fixture['away']}" for fixture in named or live) or "none"
        raise ApiRefused(f"{'Several matches are' if named else 'No live match is'} called like {match!r}: {names}")
    fixture: dict[str, Any] = named[0]
    return fixture


def _priced(client: "httpx.Client", match: str, market: str, selection: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return the one match that is meant, live or to come, its market, and the odds of a selection.

    Raises:
        ApiRefused: where none is meant, or several, or no bet is taken on it now.

    """
    fixture = fixture_named(client, match)
    kind, _, line = market.partition("=")
    markets = [each for each in fixture["markets"] if each["type"] == kind and line in ("", *each["specifiers"].values())]
    if not markets:
        names = ", ".join(sorted({"=".join([each["type"], *each["specifiers"].values()]) for each in fixture["markets"]}))
        raise ApiRefused(f"There is no market {market}: there are {names}")
    for each in markets:
        odds = {found["selection"]: found["odds"] for found in each["selections"]}
        if each["status"] == "open" and odds.get(selection):
            return fixture, each, odds[selection]
    if all(selection not in {found["selection"] for found in each["selections"]} for each in markets):
        names = ", ".join(found["selection"] for found in markets[0]["selections"])
        raise ApiRefused(f"There is no selection {selection}: there are {names}")
    raise ApiRefused(f"No bets are taken on {selection} at this moment: the market is {markets[0]['status']}. Try again")
