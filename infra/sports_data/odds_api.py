"""The answers of The Odds API, version 4, as JSON: those of `/odds` (prices of many bookmakers) and of `/scores` (results).

Whatever is wrong with an event is named with its id and holds that event back; what is no JSON list of events refuses the file. Prices are
decimal or American, as the request's `oddsFormat` said; decimals are cut to thousandths.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, Literal, NamedTuple

from commands.trading.odds_feed.messages import MARKETS_TAKEN, QUOTES_MAX, BookmakerQuote, FeedMatch, FinalResult, Held, MarketKey
from domain.fixture.schedule import KICK_OFF_BEFORE, KICK_OFF_MIN, NAME_CHARACTERS_MAX
from domain.odds import Odds, OddsMalformed, parse
from domain.settling.grading import SpecifierMalformed
from domain.settling.rules import canonical_specifiers
from domain.text import is_plain, normal
from infra.operator_errors import Failure
from infra.sports_data.csv_table import COUNT_MAX, FILE_BYTES_MAX, SHOWN_CHARACTERS_MAX, FileTooLarge, FileUnreadable

PRODUCER = "odds-api"
EVENTS_MAX = 5_000
OddsFormat = Literal["decimal", "american"]
FOOTBALL = "soccer_"
"""How the sport keys of football begin; the book grades no other sport yet."""
MAY_HAVE_EXTRA_TIME = ("_cup", "uefa", "fifa", "copa", "libertadores", "playoff")
"""What the sport key has in it where matches may go to extra time, which a result does not tell apart."""


@dataclass(eq=False)
class NotEvents(Failure):
    """{path}: is no list of events of The Odds API ({reason})."""

    path: Path
    reason: str


class OddsApiAnswer(NamedTuple):
    """What a file says: its matches, and what of it is held back."""

    matches: list[FeedMatch]
    held: list[Held]


class _Wrong(Exception):  # noqa: N818  (it says what is wrong with an event, and is caught here)
    """What is wrong with one event."""


def read_odds_api(path: Path, odds_format: OddsFormat = "decimal") -> OddsApiAnswer:
    """Read an answer that was saved as a file.

    Raises:
        FileUnreadable, FileTooLarge, NotEvents: when there are no events to read.

    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise FileTooLarge(path, path.stat().st_size, FILE_BYTES_MAX)
        events = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_no_constant)
    except OSError as error:
        raise FileUnreadable(path, error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise NotEvents(path, f"{type(error).__name__}: {error}"[:120]) from None
    if not isinstance(events, list) or len(events) > EVENTS_MAX:
        raise NotEvents(path, f"it needs a list of at most {EVENTS_MAX}")
    matches: dict[str, FeedMatch] = {}
    held: list[Held] = []
    for number, event in enumerate(events, start=1):
        key = event.get("id") if isinstance(event, dict) else None
        name = key if isinstance(key, str) and is_plain(key, NAME_CHARACTERS_MAX) else f"number {number} of {path.name}"
        if name != key or key in matches:
            held.append(Held(name, "", "", "has no id" if name != key else f"is in {path.name} a second time"))
            continue
        try:
            matches[key] = _match(key, event, odds_format, held)
        except _Wrong as wrong:
            held.append(Held(name, "", "", str(wrong)))
    return OddsApiAnswer(list(matches.values()), held)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _match(key: str, event: Mapping[str, Any], odds_format: OddsFormat, held: list[Held]) -> FeedMatch:
    sport_key = _name(event, "sport_key")
    if not sport_key.startswith(FOOTBALL):
        raise _Wrong(f"is of {sport_key}, which the book does not grade")
    home, away = _name(event, "home_team"), _name(event, "away_team")
    if home == away:
        raise _Wrong("has one team twice")
    result = _result(event, home, away) if event.get("completed") is True else None
    return FeedMatch(
        key=key,
        sport="football",
        competition=_name(event, "sport_title"),
        home=home,
        away=away,
        kick_off=_time(event, "commence_time"),
        quotes=_quotes(key, event, (home, away), odds_format, held) if "bookmakers" in event else None,
        result=result,
        may_have_extra_time=any(part in sport_key for part in MAY_HAVE_EXTRA_TIME),
    )


def _quotes(
    key: str, event: Mapping[str, Any], teams: tuple[str, str], odds_format: OddsFormat, held: list[Held]
) -> tuple[BookmakerQuote, ...]:
    quotes: dict[tuple[str, MarketKey], BookmakerQuote] = {}
    for bookmaker in _list(event, "bookmakers"):
        title = _name(bookmaker, "key")
        for market in _list(bookmaker, "markets"):
            kind = _name(market, "key")
            if kind not in ("h2h", "totals", "spreads"):
                held.append(Held(key, kind, title, "is a market that the book does not offer"))
                continue
            updated_at = _time(market if "last_update" in market else bookmaker, "last_update")
            try:
                prices = _prices(kind, _list(market, "outcomes"), *teams, odds_format)
            except _Wrong as wrong:
                held.append(Held(key, kind, title, str(wrong)))
                continue
            for at, of_line in prices.items():
                if at not in MARKETS_TAKEN:
                    held.append(Held(key, str(at), title, "is a line that the book does not offer"))
                elif (title, at) in quotes:
                    held.append(Held(key, str(at), title, "is quoted a second time"))
                else:
                    quotes[title, at] = BookmakerQuote(title, at, of_line, updated_at)
    if len(quotes) > QUOTES_MAX:
        raise _Wrong(f"has {len(quotes)} quotes, {QUOTES_MAX} are the limit")
    return tuple(quotes.values())


def _prices(kind: str, outcomes: list[Any], home: str, away: str, odds_format: OddsFormat) -> dict[MarketKey, dict[str, Odds]]:
    """Return the prices of a market line by line: `totals` and `spreads` may have several."""
    sides = {"totals": {"Over": "over", "Under": "under"}, "h2h": {home: "home", away: "away", "Draw": "draw"}}.get(
        kind, {home: "home", away: "away"}
    )
    found: dict[MarketKey, dict[str, Odds]] = {}
    for outcome in outcomes:
        name = _name(outcome, "name")
        selection = sides.get(name)
        if selection is None:
            raise _Wrong(f"has an outcome {name!r}")
        market = _market(kind, selection, outcome.get("point"))
        prices = found.setdefault(market, {})
        if selection in prices:
            raise _Wrong(f"has two prices for {name!r}")
        prices[selection] = _odds(outcome.get("price"), odds_format)
    return found


def _market(kind: str, selection: str, point: object) -> MarketKey:
    """Return the market of an outcome; a handicap is said from the home side."""
    if kind == "h2h":
        return MarketKey("match_result")
    if isinstance(point, bool) or not isinstance(point, int | Decimal):
        raise _Wrong(f"has a point {str(point)[:SHOWN_CHARACTERS_MAX]!r}")
    at = -point if kind == "spreads" and selection == "away" else point
    market_type, specifier = ("total_goals", "total") if kind == "totals" else ("asian_handicap", "hcp")
    text = format(Decimal(at).normalize(), "f")
    try:
        specifiers = canonical_specifiers(market_type, {specifier: "0" if text == "-0" else text})
    except SpecifierMalformed:
        raise _Wrong(f"has a line {text[:SHOWN_CHARACTERS_MAX]!r}") from None
    return MarketKey(market_type, tuple(sorted(specifiers.items())))


def _odds(price: object, odds_format: OddsFormat) -> Odds:
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        raise _Wrong(f"has a price {str(price)[:SHOWN_CHARACTERS_MAX]!r}")
    try:
        if odds_format == "american":
            return parse(f"{int(price):+d}" if price == int(price) else "")
        return parse(format(Decimal(price).quantize(Decimal("0.001"), ROUND_DOWN), "f"))
    except (OddsMalformed, ArithmeticError):
        raise _Wrong(f"has a price {str(price)[:SHOWN_CHARACTERS_MAX]!r}, which are no {odds_format} odds") from None


def _result(event: Mapping[str, Any], home: str, away: str) -> FinalResult:
    scores = {_name(score, "name"): score.get("score") for score in _list(event, "scores")}
    goals = [scores.get(team) for team in (home, away)]
    if not all(isinstance(one, str) and one.isascii() and one.isdigit() and len(one) <= 3 and int(one) <= COUNT_MAX for one in goals):
        raise _Wrong("is over without a score of both teams")
    return FinalResult(*(int(str(one)) for one in goals))


def _list(thing: Mapping[str, Any], field: str) -> list[Any]:
    found = thing.get(field)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _Wrong(f"has no list of {field}")
    return found


def _name(thing: Mapping[str, Any], field: str) -> str:
    found = thing.get(field)
    if not isinstance(found, str) or not is_plain(normal(found), NAME_CHARACTERS_MAX):
        raise _Wrong(f"has no {field}")
    return normal(found)


def _time(thing: Mapping[str, Any], field: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(thing.get(field)))
    except ValueError:
        raise _Wrong(f"has no {field}") from None
    if found.tzinfo is None or not KICK_OFF_MIN <= found < KICK_OFF_BEFORE:
        raise _Wrong(f"has a {field} without an offset, or in no year of ours")
    return found.astimezone(UTC)
