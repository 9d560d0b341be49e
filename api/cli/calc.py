"""`slipstream calc`: what a bet returns, exactly. With odds as words it is a calculation by hand; else it answers lines of JSON."""

import re
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from api.cli.output import as_json
from api.cli.usage_errors import UsageError
from domain.bet.lines import LEGS_MAX, MULTIPLE
from domain.money import AMOUNT_MINOR_MAX
from domain.odds import Odds, parse
from domain.settling import WON, returns_minor

STAKE = re.compile(r"[0-9]{1,30}|[0-9]{1,28}\.[0-9]{2}")
STAKE_CHARACTERS_SHOWN_MAX = 40
QUESTION_CHARACTERS_MAX = 65_536
"""The longest line of JSON that is read; a longer one is refused."""

NEGATIVE_ODDS_ARE_NO_OPTIONS = {"ignore_unknown_options": True}
"""Typer's settings for this command: `-110` is a price."""


def stake_of(given: str | int) -> int:
    """Return a stake in minor units: `500` as it stands, `5.00` as money with its two places. `5.0` could be anything and is refused.

    Raises:
        BadParameter: with what to write instead.

    """
    text = str(given)
    if not STAKE.fullmatch(text):
        raise typer.BadParameter(f"{text[:STAKE_CHARACTERS_SHOWN_MAX]!r} is no stake: write 500 minor units, or 5.00 with two places.")
    stake_minor = int(text.replace(".", ""))
    if not 1 <= stake_minor <= AMOUNT_MINOR_MAX:
        raise typer.BadParameter(f"{stake_minor} minor units are not between 1 and {AMOUNT_MINOR_MAX}.")
    return stake_minor


def calc(
    context: typer.Context,
    odds: Annotated[
        list[str] | None,
        typer.Argument(help="One for each leg: 2.35, 10/11, -110, +150, evens. None: answer lines of JSON."),
    ] = None,
    stake_minor: Annotated[
        int, typer.Option("--stake", parser=stake_of, metavar="AMOUNT", help="Minor units, or money with two places: 1000 is 10.00.")
    ] = 1000,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show odds in all three forms, and what a single or a multiple returns if every leg wins.

    Without odds, read lines of JSON on standard input and write one for each: what a bet returns ({"type", "unit_stake", "legs"}), or how a
    selection came out ({"market", "selection", "line", "score"}), as POST /v1/calculator and POST /v1/calculator/grading take them. A line
    that is refused is answered with its problem, and the exit code is 1.
    """
    if not odds:
        _answer_lines(context)
        return
    if len(odds) > LEGS_MAX:
        raise typer.BadParameter(f"at most {LEGS_MAX} legs")
    legs = [parse(text) for text in odds]
    whole = legs[0]
    for leg in legs[1:]:
        whole = whole.times(leg)
    returned_minor = returns_minor(stake_minor, [(leg, WON) for leg in legs])
    if json:
        told = {"legs": [_forms(leg) for leg in legs], "odds": _forms(whole), "stake_minor": stake_minor, "returns_minor": returned_minor}
        typer.echo(as_json(told))
        return
    typer.echo(f"{'':10}{'decimal':>12}{'fractional':>14}{'american':>12}")
    for number, leg in enumerate(legs, 1):
        typer.echo(_row(f"leg {number}", leg))
    if len(legs) > 1:
        typer.echo(_row(MULTIPLE, whole))
    typer.echo(f"A stake of {money(stake_minor)} returns {money(returned_minor)}, a profit of {money(returned_minor - stake_minor)}.")


def _answer_lines(context: typer.Context) -> None:
    """Answer every line of standard input that is not blank; none at all is a wrong call."""
    answered, refused = 0, 0
    if not sys.stdin.isatty():
        for line in _lines(sys.stdin.buffer):
            answer = _answer(line)
            answered, refused = answered + 1, refused + ("problem" in answer)
            typer.echo(as_json(answer))
    if not answered:
        raise UsageError("Give odds, or lines of JSON on standard input", ctx=context)
    if refused:
        raise typer.Exit(1)


def _lines(source: Any) -> Iterable[bytes]:
    """Return the lines that are not blank. Of a line that is too long the beginning is returned, which is no JSON."""
    while line := source.readline(QUESTION_CHARACTERS_MAX):
        rest = line
        while len(rest) == QUESTION_CHARACTERS_MAX and not rest.endswith(b"\n"):
            rest = source.readline(QUESTION_CHARACTERS_MAX)
        if line.strip():
            yield line


def _answer(line: bytes) -> dict[str, Any]:
    """Return the answer to one question, or its problem."""
    from pydantic import ValidationError
    from pydantic_core import from_json

    from api import calculator
    from domain.refused import Refused

    try:
        question = from_json(line)
        if isinstance(question, dict) and "market" in question:
            return calculator.grading_of(calculator.GradingQuestion.model_validate_json(line))
        return calculator.answer_of(calculator.CalculatorQuestion.model_validate_json(line))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        return {"problem": "question-malformed", "detail": f"{'.'.join(map(str, first['loc']))}: {first['msg']}".lstrip(": ")}
    except ValueError as wrong:
        return {"problem": "question-malformed", "detail": f"The line is no JSON: {wrong}"}
    except Refused as refusal:
        return {"problem": refusal.slug, "detail": str(refusal)}


def _forms(odds: Odds) -> dict[str, str]:
    return {"exact": odds.text, "decimal": odds.decimal_text, "fractional": odds.fractional_text, "american": odds.american_text}


def _row(name: str, odds: Odds) -> str:
    return f"{name:10}{odds.decimal_text:>12}{odds.fractional_text:>14}{odds.american_text:>12}"


def money(amount_minor: int) -> str:
    """Return an amount with its two places."""
    whole, cents = divmod(amount_minor, 100)
    return f"{whole:,}.{cents:02d}"
