"""Signing in from the command line as staff, and the options of commands that staff give."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.bettor import TIMEOUT_S
from api.cli.operations import Operations
from api.cli.session import answer_of, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

AsTrader = Annotated[str, typer.Option("--as", metavar="HANDLE", help="Handle of the trader. `trader` is opened by `slipstream up`.")]
Code = Annotated[str | None, typer.Option(help="One-time code. Default: that of the demo account at this moment, which counts once.")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Handle or id of the account.")]


@contextmanager
def signed_in_staff(
    operations: Operations, url: str | None, handle: str, password_file: "Path | None", code: str | None
) -> "Iterator[httpx.Client]":
    """Give a client that is signed in, a trader of the demo with the one-time code of this moment."""
    from api.cli.watch import reached

    with reached(url or operations.address(), TIMEOUT_S) as client:
        is_demo = password_file is None and bool(operations.demo_password(handle))
        sign_in(client, operations, handle, password_file, code or (operations.code(handle) if is_demo else ""))
        yield client


def id_of(client: "httpx.Client", account: str) -> str:
    """Return the id of an account by its handle or id."""
    return str(answer_of(client.get(f"/v1/accounts/{account}"))["account_id"])
