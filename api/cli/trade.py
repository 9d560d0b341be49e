"""`slipstream trade`: what traders do, over the HTTP API like any other client."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.bet_delay import add_delay_command
from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.calc import money, stake_of
from api.cli.exposure_words import FIXTURE_HEADS, MARKET_HEADS, PRICE_HEADS, fixture_rows, market_rows, price_rows
from api.cli.match_limit import add_match_limit_command
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.proposals import add_proposal_commands
from api.cli.referrals import add_referral_commands
from api.cli.session import answer_of
from api.cli.shading import add_shade_command
from api.cli.staff import Account, AsTrader, Code, id_of, signed_in_staff
from domain.quote import REFERRAL_S

if TYPE_CHECKING:
    import httpx

HELP = "Limit and delay bets, answer referred ones, limit shading, propose and approve what needs two traders, show risks. For traders."
MOST_HELP = "The most that is paid on a bet, in minor units or with two places: 2500.00. Default: no limit of its own."

REFER_HELP = "Bets over the limit that pay at most so much may be put to a trader. Default: none may."


def trade_commands(operations: Operations) -> typer.Typer:
    """Return the group `trade`."""
    group = typer.Typer(help=HELP, no_args_is_help=True)

    @group.callback()
    def trade() -> None:
        pass

    @group.command("factor")
    def set_factor(
        account: Account,
        factor: Annotated[str, typer.Argument(help="A decimal above nothing, at most 10, such as 0.25; 1 is as for anybody.")],
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters.")],
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Multiply the most that is paid on a bet of an account by a factor, from its next bet on."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            path = f"/v1/trading/accounts/{id_of(client, account)}/stake-factor"
            told = answer_of(client.put(path, json={"factor": factor, "reason": reason}))
        typer.echo(as_json(told) if json else f"Factor {told['factor']}: at most {money(told['payout_minor_max'])} is paid on a bet.")

    @group.command("limit")
    def limit(
        market: Annotated[str, typer.Argument(metavar="MARKET", help="Id of the market, or with --match of a match.")],
        most: Annotated[int | None, typer.Argument(parser=stake_of, metavar="[MOST]", help=MOST_HELP)] = None,
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters.")],
        match: Annotated[bool, typer.Option("--match", help="Limit each market of a match that can be bet on now.")] = False,
        refer_up_to: Annotated[int | None, typer.Option(parser=stake_of, metavar="AMOUNT", help=REFER_HELP)] = None,
        refer_s: Annotated[int, typer.Option(metavar="SECONDS", help="How long a trader is waited for.")] = REFERRAL_S,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Limit the most that is paid on a bet with a leg on a market, from the next bet on; account factors multiply it."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            asks = {} if refer_up_to is None else {"referral_minor_max": refer_up_to, "referral_s": refer_s}
            body = {"payout_minor_max": most, "reason": reason, **asks}
            limited = _markets_of(client, market) if match else [market]
            told = [answer_of(client.put(f"/v1/trading/markets/{each}/payout-limit", json=body)) for each in limited]
        said = "No limit of its own." if most is None else f"At most {money(most)} is paid on a bet with a leg on it."
        said += "" if refer_up_to is None else f" Up to {money(refer_up_to)} a trader may be asked, for {refer_s} s."
        typer.echo(as_json(told if match else told[0]) if json else f"{said} Markets: {len(told)}." if match else said)

    _reading(group, operations)
    add_delay_command(group, operations)
    add_shade_command(group, operations)
    add_match_limit_command(group, operations)
    add_referral_commands(group, operations)
    add_proposal_commands(group, operations)
    return group


def _reading(group: typer.Typer, operations: Operations) -> None:
    """Add the commands that change nothing."""

    @group.command("restrictions")
    def restrictions(
        account: Account,
        *,
        odds: Annotated[str | None, typer.Option(help="Tell the largest stake of a single at these odds.")] = None,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Tell how an account is restricted, and since when."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            path = f"/v1/trading/accounts/{id_of(client, account)}/restrictions"
            told = answer_of(client.get(path, params={} if odds is None else {"odds": odds}))
        typer.echo(as_json(told) if json else "\n".join(_in_words(told)))

    @group.command("exposure")
    def exposure(
        fixture: Annotated[str | None, typer.Argument(metavar="[FIXTURE]", help="Id of a match: tell it market by market.")] = None,
        *,
        sport: Annotated[str | None, typer.Option(help="Only matches of this sport.")] = None,
        competition: Annotated[str | None, typer.Option(help="Only matches of this competition.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=100, help="Matches at most.")] = 50,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Tell what open bets put at risk, the deepest loss first; bets of several legs as if every other leg won."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            asked = {name: value for name, value in (("sport", sport), ("competition", competition), ("limit", limit)) if value is not None}
            path = "/v1/trading/exposure" if fixture is None else f"/v1/trading/exposure/{fixture}"
            told = answer_of(client.get(path, params=asked if fixture is None else {}))
        heads, rows = (FIXTURE_HEADS, fixture_rows(told)) if fixture is None else (MARKET_HEADS, market_rows(told))
        if json:
            typer.echo(as_json(told))
        elif rows:
            print_table(heads, rows)
        else:
            typer.echo("No open bets.")

    @group.command("prices")
    def prices(
        market: Annotated[str, typer.Argument(metavar="MARKET", help="Id of the market.")],
        *,
        limit: Annotated[int, typer.Option(min=1, max=500, help="Versions at most, the newest.")] = 50,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Tell how the prices of a market went, and when it took no bets, oldest first."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.get(f"/v1/trading/markets/{market}/prices", params={"limit": limit}))
        if json:
            typer.echo(as_json(told))
        else:
            print_table(PRICE_HEADS, price_rows(told))


def _markets_of(client: "httpx.Client", fixture_id: str) -> list[str]:
    """Return the markets of a match that can be bet on, or could but for a suspension."""
    markets = answer_of(client.get(f"/v1/fixtures/{fixture_id}"))["markets"]
    return [market["market_id"] for market in markets if market["status"] in ("open", "suspended")]


def _in_words(told: dict[str, Any]) -> list[str]:
    restricted = [_restriction(each) for each in told["restrictions"]] or ["No restrictions."]
    payout, stake = money(told["payout_minor_max"]), money(told["stake_minor_max"])
    return [*restricted, f"At most {payout} {told['currency']} is paid on a bet; the largest stake is {stake} {told['currency']}."]


def _restriction(told: dict[str, Any]) -> str:
    if told["kind"] == "withdrawal_hold":
        return f"Withdrawals are held since {told['since']}: {told['reason']}"
    return f"Factor {told['factor']} since {told['since']}."
