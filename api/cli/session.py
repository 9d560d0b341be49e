"""Signing in from the command line, over the HTTP API like any other client."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli.accounts import password_asked
from api.cli.operations import Operations

if TYPE_CHECKING:
    import httpx


class ApiRefused(Exception):  # noqa: N818  (named for what happened)
    """The API said no; the text is its own."""


def sign_in(client: "httpx.Client", operations: Operations, handle: str, password_file: Path | None, code: str = "") -> str:
    """Sign a client in, with the `code` of its second factor where one is given; return the currency of the account's wallet.

    Raises:
        ApiRefused: when the API says no. typer.BadParameter: when the file cannot be read.

    """
    if password_file is not None:
        try:
            password = password_file.read_text().strip()
        except OSError as error:
            raise typer.BadParameter(f"{password_file} cannot be read: {error.strerror}") from error
    else:
        password = operations.demo_password(handle) or password_asked()
    session = answer_of(client.post("/v1/sessions", json={"handle": handle, "password": password, "code": code or None}))
    client.headers["authorization"] = f"Bearer {session['token']}"
    return str(answer_of(client.get("/v1/account"))["currency"])


def answer_of(response: "httpx.Response") -> Any:
    """Return what the API answered, None where that is nothing.

    Raises:
        ApiRefused: with its words where it says no.

    """
    if response.is_success:
        return response.json() if response.content else None
    try:
        problem = response.json()
        raise ApiRefused(f"{problem['title']} {problem.get('detail', '')}".strip())
    except (ValueError, KeyError, TypeError):
        raise ApiRefused(f"The API answered {response.status_code}") from None
