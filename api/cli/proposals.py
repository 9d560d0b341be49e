"""`slipstream trade proposals`, `preview`, `approve`, `reject`, `void` and `take-back`: what needs two traders."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.calc import money
from api.cli.operations import Operations
from api.cli.output import as_json, print_table
from api.cli.price_errors import add_price_error_commands, evidence_lines, price_in_words
from api.cli.proposed import MarketId, Reason, proposed_in_words
from api.cli.session import answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff

if TYPE_CHECKING:
    import httpx

HEADS = ("proposal", "action", "on", "cause", "until")
ProposalId = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Its id, as `slipstream trade proposals` lists it.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Bets struck from this time on, ISO 8601 with its offset.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="And before this time, which has been.")]
NO_MONEY = "No money moves by it."


def add_proposal_commands(group: typer.Typer, operations: Operations) -> None:
    """Add the commands to the group of traders' commands."""
    _proposing(group, operations)
    add_price_error_commands(group, operations)

    @group.command("proposals")
    def proposals(
        *, handle: AsTrader = "trader", password_file: PasswordFile = None, code: Code = None, url: Url = None, json: JSON = False
    ) -> None:
        """List what waits for a second trader, oldest first."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.get("/v1/trading/proposals"))
        if json:
            typer.echo(as_json(told))
        elif told["items"]:
            print_table(HEADS, [_row(each) for each in told["items"]])
        else:
            typer.echo("Nothing waits for a second trader.")

    @group.command("preview")
    def preview(
        proposal: ProposalId,
        *,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Count what a proposal would do to bets and wallets."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = _previewed(client, proposal)
            lines = [] if json else evidence_lines(client, proposal)
        typer.echo(as_json(told) if json else "\n".join((*lines, _in_words(told))))

    @group.command("approve")
    def approve(
        proposal: ProposalId,
        *,
        yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: approve what is counted now.")] = False,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Show what another trader's proposal would do, and approve just that."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            shown = _previewed(client, proposal)
            typer.echo("\n".join((*evidence_lines(client, proposal), _in_words(shown))), err=json)
            if not yes:
                typer.confirm("Approve?", abort=True, err=json)
            told = answer_of(client.put(f"/v1/trading/proposals/{proposal}/approval", json={"preview": shown}))
        typer.echo(as_json(told) if json else "Approved.")

    @group.command("reject")
    def reject(
        proposal: ProposalId,
        *,
        reason: Reason,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Say no to a proposal, or take one's own back."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.put(f"/v1/trading/proposals/{proposal}/rejection", json={"reason": reason}))
        typer.echo(as_json(told) if json else "Rejected.")


def _proposing(group: typer.Typer, operations: Operations) -> None:
    """Add the commands that propose."""

    @group.command("void")
    def void(
        market: MarketId,
        *,
        reason: Reason,
        start: From = None,
        end: To = None,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Propose that nothing on a market without a result counts, or only bets that were struck from a time to another do not."""
        path, body = "result", {"void_reason": reason}
        if start is not None or end is not None:
            path, body = "void-window", _window(start, end, reason)
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            told = answer_of(client.put(f"/v1/trading/markets/{market}/{path}", json=body))
        typer.echo(as_json(told) if json else proposed_in_words(told))

    @group.command("restore")
    def restore(
        market: MarketId,
        *,
        reason: Reason,
        start: From = None,
        end: To = None,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Propose that bets that are void from a time to another are so no more."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            path = f"/v1/trading/markets/{market}/void-window/reversal"
            told = answer_of(client.put(path, json=_window(start, end, reason)))
        typer.echo(as_json(told) if json else proposed_in_words(told))

    @group.command("take-back")
    def take_back(
        market: MarketId,
        *,
        reason: Reason,
        number: Annotated[int, typer.Option(min=0, help="Number of the result; 0 is the one that stands.")] = 0,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Propose that the result of a market was a mistake: the one before it holds again, and bets are settled anew."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            body = {"reason": reason, "number": number}
            told = answer_of(client.put(f"/v1/trading/markets/{market}/taking-back", json=body))
        typer.echo(as_json(told) if json else proposed_in_words(told))


def _window(start: str | None, end: str | None, reason: str) -> dict[str, str]:
    if start is None or end is None:
        raise typer.BadParameter("a window of time has --from and --to")
    return {"start": start, "end": end, "reason": reason}


def _previewed(client: "httpx.Client", proposal_id: str) -> Any:
    return answer_of(client.get(f"/v1/trading/proposals/{proposal_id}/preview"))["preview"]


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    about, details = each["market_id"] or each["fixture_id"] or each["account_id"], each["details"]
    action = each["action"].replace("_", " ")
    if window := details.get("window"):
        action += f" struck from {window[0]} to {window[1]}"
    if error := details.get("error"):
        action += price_in_words(error)
    return (each["proposal_id"], action, about, each["cause"], each["expires_at"][11:19])


def _in_words(preview: dict[str, Any] | None) -> str:
    if preview is None:
        return NO_MONEY
    return "\n".join(_money_in_words(each) for each in preview["money"]) or "No bets are concerned."


def _money_in_words(each: dict[str, Any]) -> str:
    currency, change = each["currency"], each["change_minor"]
    bets = f"{each['bets']} bets of {money(each['stake_minor'])} {currency} in all, {each['settled']} are settled by it."
    wallets = f"Wallets hold {money(abs(change))} {currency} {'less' if change < 0 else 'more'}."
    below = f" {each['below_zero']} of them do not have that and owe {money(each['owed_minor'])} {currency}." if each["below_zero"] else ""
    paid, taken = money(each["paid_minor_max"]), money(each["taken_minor_max"])
    return f"{bets} {wallets}{below} At most {paid} {currency} are paid and {taken} {currency} taken back, whatever other legs do."
