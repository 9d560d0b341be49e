"""`slipstream limits`: one's own limits on deposits, stakes and losses, and reality checks, over the HTTP API like any other client."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.bettor import JSON, TIMEOUT_S, Amount, As, PasswordFile, Url
from api.cli.calc import money
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.session import answer_of, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

Kind = Annotated[str, typer.Argument(help="deposit, stake or loss.")]
Period = Annotated[str, typer.Argument(help="day, week or month (UTC).")]
HEADS = ("limit", "by", "amount", "used", "left", "resets", "becomes")


def limit_commands(operations: Operations) -> typer.Typer:
    """Return the group `limits`."""
    group = typer.Typer(help="Limit what you deposit, stake and lose in a day, a week, a month.", no_args_is_help=True)

    @group.callback()
    def limits() -> None:
        """Limit what you deposit, stake and lose in a day, a week, a month."""

    def asked(
        ask: "Callable[[httpx.Client], httpx.Response]", handle: str, password_file: "Path | None", url: str | None, *, json: bool
    ) -> None:
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            found = answer_of(ask(client))
        if json:
            typer.echo(as_json(found))
        elif found["limits"]:
            print_table(HEADS, [_row(each) for each in found["limits"]])
        else:
            typer.echo("No limits.")

    @group.command("list")
    def list_limits(*, handle: As = "demo", password_file: PasswordFile = None, url: Url = None, json: JSON = False) -> None:
        """List your limits, what is used and left of them, when they reset, and what becomes of them."""
        asked(lambda client: client.get("/v1/account/limits"), handle, password_file, url, json=json)

    @group.command("set")
    def set_limit(
        kind: Kind,
        period: Period,
        amount_minor: Amount,
        *,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Set a limit: the first one and a lower one count at once, a higher one a day later."""
        body = {"amount_minor": amount_minor}
        asked(lambda client: client.put(f"/v1/account/limits/{kind}/{period}", json=body), handle, password_file, url, json=json)

    @group.command("remove")
    def remove_limit(
        kind: Kind, period: Period, *, handle: As = "demo", password_file: PasswordFile = None, url: Url = None, json: JSON = False
    ) -> None:
        """Remove a limit; it counts for another day."""
        asked(lambda client: client.delete(f"/v1/account/limits/{kind}/{period}"), handle, password_file, url, json=json)

    @group.command("decline")
    def decline(
        *,
        yes: Annotated[bool, typer.Option("--yes", help="Confirm, without being asked.")] = False,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Want no limit on deposits, which is asked before the first one; a limit can be set at any time."""
        confirmed = yes or typer.confirm("Deposit without a limit?")
        asked(
            lambda client: client.post("/v1/account/limits/deposit/decline", json={"confirmed": confirmed}),
            handle,
            password_file,
            url,
            json=json,
        )

    _reality_check(group, operations)
    return group


def _reality_check(group: typer.Typer, operations: Operations) -> None:
    @group.command("reality-check")
    def reality_check(
        *,
        every: Annotated[int | None, typer.Option(help="Minutes between checks: 15, 30, 60, 120 or 240; 0 for never.")] = None,
        handle: As = "demo",
        password_file: PasswordFile = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Tell how often the page shows you how long a session lasts and what it cost; `--every` chooses how often."""
        from api.cli.watch import reached

        with reached(url or operations.address(), TIMEOUT_S) as client:
            sign_in(client, operations, handle, password_file)
            if every is not None:
                answer_of(client.put("/v1/account/reality-check", json={"interval_minutes": every}))
            found = answer_of(client.get("/v1/account/reality-check"))
        if json:
            typer.echo(as_json(found))
        else:
            minutes = found["interval_minutes"]
            typer.echo(f"Reality checks: {f'every {minutes} minutes' if minutes else 'off'}.")


def _row(limit: dict[str, Any]) -> tuple[str, ...]:
    pending = limit["pending"]
    becomes = "" if pending is None else f"{'no limit' if pending['amount_minor'] is None else money(pending['amount_minor'])} from "
    used_minor = limit["used_minor"]
    used = f"-{money(-used_minor)}" if used_minor < 0 else money(used_minor)
    amounts = (money(limit["amount_minor"]), used, money(limit["left_minor"]))
    return limit["kind"], limit["period"], *amounts, limit["resets_at"], becomes + (pending["effective_from"] if pending else "")
