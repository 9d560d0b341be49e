"""`slipstream bonus`: traders credit bonuses, bettors list their own."""

import secrets
from typing import Annotated, Any

import typer

from api.cli.bettor import JSON, TIMEOUT_S, Amount, As, PasswordFile, Url
from api.cli.calc import money
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.proposed import proposed_in_words
from api.cli.session import answer_of, sign_in
from api.cli.staff import Account, AsTrader, Code, id_of, signed_in_staff
from api.moments import MOMENT_EXAMPLE
from domain.bonus.terms import BONUS_TERMS, BONUS_TERMS_CURRENT

TERMS = BONUS_TERMS[BONUS_TERMS_CURRENT]
HELP = "Bonuses: money of the book in an account of its own, cash once enough of it was staked."


def bonus_commands(operations: Operations) -> typer.Typer:
    """Return the group `bonus`."""
    group = typer.Typer(help=HELP, no_args_is_help=True)

    @group.callback()
    def bonus() -> None:
        """Bonuses: money of the book in an account of its own, cash once enough of it was staked."""

    @group.command("credit")
    def credit(
        account: Account,
        amount_minor: Amount,
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters.")],
        until: Annotated[
            str, typer.Option(metavar="TIME", help=f"When it expires, within {TERMS.days_max} days: ISO 8601, such as {MOMENT_EXAMPLE}.")
        ],
        times: Annotated[int, typer.Option(help=f"How often the amount is to be staked: 1 to {TERMS.times_max} times.")] = 5,
        odds_min: Annotated[str, typer.Option(metavar="ODDS", help="The shortest odds of a bet whose stake counts.")] = "1.50",
        stake_max: Annotated[
            int | None, typer.Option(metavar="MINOR", help="The largest single stake, in minor units. Default: the amount.")
        ] = None,
        key: Annotated[str | None, typer.Option(help="Names the credit: the same key twice credits once. Default: a new one.")] = None,
        currency: Annotated[str, typer.Option(help="That of the account's wallet.")] = "EUR",
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Credit an account with a bonus; another trader approves more than one may give alone within a day. Needs the role trader."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            terms = {"times": times, "odds_min": odds_min, "stake_minor_max": stake_max or amount_minor}
            body = {"amount_minor": amount_minor, "currency": currency, **terms, "expires_at": until, "reason": reason}
            path = f"/v1/trading/accounts/{id_of(client, account)}/bonuses"
            told = answer_of(client.post(path, json=body, headers={"idempotency-key": key or secrets.token_hex(16)}))
        words = proposed_in_words(told) if "proposal_id" in told else f"Credited {_in_words(told)}."
        typer.echo(as_json(told) if json else words)

    @group.command("list")
    def list_bonuses(*, handle: As = "demo", password_file: PasswordFile = None, url: Url = None, json: JSON = False) -> None:
        """List an account's own bonuses, newest first."""
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            told = answer_of(client.get("/v1/bonuses"))
        lines = [_line(each) for each in told["items"]] or ["No bonuses."]
        typer.echo(as_json(told) if json else "\n".join(lines))

    return group


def _line(told: dict[str, Any]) -> str:
    held, done = (f"{money(told[name])}" for name in ("available_minor", "wagered_minor"))
    return f"{told['status']:<9}  {held} left, {done} of {money(told['wager_minor'])} staked  {_in_words(told)}"


def _in_words(told: dict[str, Any]) -> str:
    terms = f"{told['times']} times at {told['odds_min']} or longer"
    return f"{told['bonus_id']}  {money(told['amount_minor'])} {told['currency']}, {terms}, until {told['expires_at']} ({told['reason']})"
