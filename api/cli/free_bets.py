"""`slipstream free-bet`: traders grant free bets, bettors list their own."""

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
from domain.free_bet.decider import DAYS_MAX


def free_bet_commands(operations: Operations) -> typer.Typer:
    """Return the group `free-bet`."""
    group = typer.Typer(help="Free bets: a stake that the book gives, not returned with what it wins.", no_args_is_help=True)

    @group.callback()
    def free_bet() -> None:
        """Free bets: a stake that the book gives, not returned with what it wins."""

    @group.command("grant")
    def grant(
        account: Account,
        amount_minor: Amount,
        *,
        reason: Annotated[str, typer.Option(help="Why, in up to 120 characters.")],
        until: Annotated[
            str, typer.Option(metavar="TIME", help=f"When it expires, within {DAYS_MAX} days: ISO 8601, such as {MOMENT_EXAMPLE}.")
        ],
        key: Annotated[str | None, typer.Option(help="Names the grant: the same key twice grants once. Default: a new one.")] = None,
        currency: Annotated[str, typer.Option(help="That of the account's wallet.")] = "EUR",
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Give an account a free bet; another trader approves more than one may give alone within a day. Needs the role trader."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            body = {"amount_minor": amount_minor, "currency": currency, "expires_at": until, "reason": reason}
            path = f"/v1/trading/accounts/{id_of(client, account)}/free-bets"
            told = answer_of(client.post(path, json=body, headers={"idempotency-key": key or secrets.token_hex(16)}))
        words = proposed_in_words(told) if "proposal_id" in told else f"Granted {_in_words(told)}."
        typer.echo(as_json(told) if json else words)

    @group.command("list")
    def list_free_bets(*, handle: As = "demo", password_file: PasswordFile = None, url: Url = None, json: JSON = False) -> None:
        """List an account's own free bets, newest first."""
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            told = answer_of(client.get("/v1/free-bets"))
        lines = [f"{each['status']:<9}  {_in_words(each)}" for each in told["items"]] or ["No free bets."]
        typer.echo(as_json(told) if json else "\n".join(lines))

    return group


def _in_words(told: dict[str, Any]) -> str:
    return f"{told['free_bet_id']}  {money(told['amount_minor'])} {told['currency']} until {told['expires_at']} ({told['reason']})"
