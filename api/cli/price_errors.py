"""`slipstream trade correct-price` and `restore-price`: prices that were obvious errors, and how they stood, which need two traders."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.bettor import JSON, PasswordFile, Url
from api.cli.operations import Operations
from api.cli.output import as_json
from api.cli.proposed import MarketId, Reason, proposed_in_words
from api.cli.session import answer_of
from api.cli.staff import AsTrader, Code, signed_in_staff
from domain.odds import Odds

if TYPE_CHECKING:
    import httpx

Selection = Annotated[str, typer.Argument(metavar="SELECTION", help="The selection that was priced wrong.")]
OddsTaken = Annotated[str, typer.Argument(metavar="ODDS", help="The wrong odds.")]
RightOdds = Annotated[str, typer.Argument(metavar="RIGHT", help="The odds that were right then.")]
First = Annotated[int, typer.Option("--version", min=1, help="Version of the market that gave the wrong odds: see its price history.")]
Last = Annotated[int | None, typer.Option("--to", min=1, help="Last version that did. Default: the same.")]
AROUND = 2
"""How many versions before and after a wrong price are shown with it."""


def add_price_error_commands(group: typer.Typer, operations: Operations) -> None:
    """Add the commands to the group of traders' commands."""

    @group.command("correct-price")
    def correct_price(
        market: MarketId,
        selection: Selection,
        odds: OddsTaken,
        right: RightOdds,
        *,
        version: First,
        to: Last = None,
        reason: Reason,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Propose that a price was an obvious error: legs that were struck at it pay the right odds."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            body = _body(selection, odds, right, version, to, reason)
            told = answer_of(client.put(f"/v1/trading/markets/{market}/price-error", json=body))
        typer.echo(as_json(told) if json else proposed_in_words(told))

    @group.command("restore-price")
    def restore_price(
        market: MarketId,
        selection: Selection,
        odds: OddsTaken,
        right: RightOdds,
        *,
        version: First,
        to: Last = None,
        reason: Reason,
        handle: AsTrader = "trader",
        password_file: PasswordFile = None,
        code: Code = None,
        url: Url = None,
        json: JSON = False,
    ) -> None:
        """Propose that such a price was no error: legs pay what they were struck at."""
        with signed_in_staff(operations, url, handle, password_file, code) as client:
            body = _body(selection, odds, right, version, to, reason)
            told = answer_of(client.put(f"/v1/trading/markets/{market}/price-error/reversal", json=body))
        typer.echo(as_json(told) if json else proposed_in_words(told))


def price_in_words(error: Sequence[Any]) -> str:
    """Say which price a proposal is about, after what it is called: selection, versions, odds and right odds."""
    selection, _, _, odds, right = error
    return f" of {selection} at {Odds(*odds).text}, right were {Odds(*right).text}"


def evidence_lines(client: "httpx.Client", proposal_id: str) -> list[str]:
    """Return how the price that an open proposal is about stood, and those about it, as the log has them; nothing for any other."""
    listed = answer_of(client.get("/v1/trading/proposals?limit=100"))["items"]
    found = [each for each in listed if each["proposal_id"] == proposal_id and "error" in each["details"]]
    if not found:
        return []
    selection, first, last, *_ = found[0]["details"]["error"]
    history = answer_of(client.get(f"/v1/trading/markets/{found[0]['market_id']}/prices"))["items"]
    about = [each for each in history if first - AROUND <= each["version"] <= last + AROUND]
    return [_entry(each, selection, is_wrong=first <= each["version"] <= last) for each in about]


def _entry(entry: dict[str, Any], selection: str, *, is_wrong: bool) -> str:
    odds = entry["offered"].get(selection, "not offered")
    return f"Version {entry['version']}, {entry['at']}: {selection} {odds}{', said to be wrong' if is_wrong else ''}."


def _body(selection: str, odds: str, right: str, first: int, last: int | None, reason: str) -> dict[str, Any]:
    what = {"selection": selection, "odds": odds, "right_odds": right, "reason": reason}
    return {**what, "first_version": first, "last_version": last or first}
