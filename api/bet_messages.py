"""A bet as it is asked for and answered in JSON, the same whatever it comes by: an HTTP request, or later a call on a socket."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from api.auth.tokens import Session
from api.idempotency import bet_id_of
from api.refusals import BodyMalformed, IdMalformed
from commands.betting.place_bet import PlaceBet
from domain import odds as odds_rules
from domain.bet.commands import AskedLeg, AskedSameGame
from domain.bet.facts import BetPending, BetPlaced
from domain.bet.settlement import odds_of
from domain.ids import ID_REGEX
from domain.odds import Odds
from domain.settling.each_way import WIN_TO_WIN

INT64_MAX = 9_223_372_036_854_775_807

BET_PLACED, BET_PENDING = 201, 202

NO_RULE = "none"
"""What an empty rule is refused as."""

parse_odds = lru_cache(maxsize=8_192)(odds_rules.parse)


class LegRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leg of the body; see `api.http.betting.bodies.LegBody`."""

    market_id: str
    selection: Annotated[str, msgspec.Meta(max_length=60)]
    odds: Annotated[str, msgspec.Meta(max_length=40)]
    version: Annotated[int, msgspec.Meta(ge=1, le=INT64_MAX)]


class SameGameRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Legs of one match in the body; see `api.http.betting.bodies.SameGameBody`."""

    legs: tuple[Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)], ...]
    odds: Annotated[str, msgspec.Meta(max_length=40)]


class BetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body; see `api.http.betting.bodies.BetBody`."""

    type: Annotated[str, msgspec.Meta(max_length=60)]
    stake_minor: Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]
    currency: Annotated[str, msgspec.Meta(max_length=60)]
    legs: tuple[LegRequest, ...]
    accept: Annotated[str, msgspec.Meta(max_length=60)] = "exact"
    each_way: bool = False
    each_way_rule: Annotated[str, msgspec.Meta(max_length=60)] = WIN_TO_WIN
    free_bet_id: str = ""
    same_game: tuple[SameGameRequest, ...] = ()
    refer: bool = False
    bonus_id: str = ""


class BetResponseLeg(msgspec.Struct, frozen=True, omit_defaults=True):
    """A leg as it was struck; `asked` are the odds that were on the screen, `place_terms` what a place pays in an each-way bet."""

    market_id: str
    selection: str
    odds: str
    version: int
    asked: str
    place_terms: str | None = None


class BetResponseSameGame(msgspec.Struct, frozen=True):
    """Legs of one match as they were struck together; `asked` are the odds that were on the screen."""

    legs: tuple[int, ...]
    odds: str
    asked: str


class BetResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the bettor is told; see `api.http.betting.answers.BetReceiptShape`."""

    bet_id: str
    status: str
    type: str
    odds: str
    odds_fractional: str
    odds_american: str
    stake_minor: int
    currency: str
    potential_returns_minor: int
    returns_minor: None
    legs: tuple[BetResponseLeg, ...]
    accept: str
    placed_at: datetime
    position: int
    each_way: bool = False
    each_way_rule: str | None = None
    free_bet_id: str | None = None
    same_game: tuple[BetResponseSameGame, ...] = ()
    delay_s: int = 0
    refer_s: int = 0
    bonus_id: str | None = None


decode_bet = msgspec.json.Decoder(BetRequest).decode
encode_receipt = msgspec.json.Encoder().encode


@lru_cache(maxsize=8_192)
def three_forms(odds: Odds) -> tuple[str, str, str]:
    """Return odds as the exact text, fractional and American."""
    return odds.text, odds.fractional_text, odds.american_text


def status_of(placed: BetPlaced | BetPending) -> int:
    """Return the status of the answer to a bet: 201, or 202 where it waits for the end of its delay, or for a trader."""
    return BET_PENDING if type(placed) is BetPending else BET_PLACED


def receipt_of(bet_id: str, placed: BetPlaced | BetPending, position: int) -> bytes:
    """Return what is answered to a bet that was placed or waits: the same bytes for ever, since it is made of the recorded fact alone."""
    legs = tuple(
        BetResponseLeg(
            leg.market_id,
            leg.selection,
            three_forms(leg.odds)[0],
            leg.version,
            three_forms(leg.asked or leg.odds)[0],
            None if leg.place_terms is None else "{}/{}".format(*leg.place_terms),
        )
        for leg in placed.legs
    )
    text, fractional, american = three_forms(odds_of(placed))
    return encode_receipt(
        BetResponse(
            bet_id=bet_id,
            status="open" if type(placed) is BetPlaced else "pending",
            type=placed.type,
            odds=text,
            odds_fractional=fractional,
            odds_american=american,
            stake_minor=placed.stake_minor,
            currency=placed.currency,
            potential_returns_minor=placed.potential_returns_minor,
            returns_minor=None,
            legs=legs,
            accept=placed.accept,
            placed_at=placed.at,
            position=position,
            each_way=bool(placed.each_way),
            each_way_rule=placed.each_way or None,
            free_bet_id=placed.free_bet_id or None,
            same_game=tuple([BetResponseSameGame(one.legs, one.odds.text, (one.asked or one.odds).text) for one in placed.same_game]),
            delay_s=placed.delay_s if isinstance(placed, BetPending) else 0,
            refer_s=placed.refer_s if isinstance(placed, BetPending) else 0,
            bonus_id=placed.bonus_id or None,
        )
    )


def place_bet_of(body: bytes, key: bytes | None, session: Session, now: datetime) -> PlaceBet:
    """Return the command that a body and an idempotency key stand for.

    Raises:
        KeyMissing, KeyMalformed, BodyMalformed, IdMalformed, OddsMalformed, OddsTooFine, OddsOutOfRange: for the first that is wrong.

    """
    bet_id = bet_id_of(key, session)
    try:
        asked = decode_bet(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what, _, where = str(error).partition(" - at `$")
        raise BodyMalformed(({"where": "body" + where.rstrip("`"), "what": what},)) from None
    for index, leg in enumerate(asked.legs):
        if not ID_REGEX.fullmatch(leg.market_id):
            raise IdMalformed(f"body.legs[{index}].market_id")
    if asked.free_bet_id and not ID_REGEX.fullmatch(asked.free_bet_id):
        raise IdMalformed("body.free_bet_id")
    if asked.bonus_id and not ID_REGEX.fullmatch(asked.bonus_id):
        raise IdMalformed("body.bonus_id")
    legs = tuple([AskedLeg(leg.market_id, leg.selection, parse_odds(leg.odds), leg.version) for leg in asked.legs])
    return PlaceBet(
        bet_id=bet_id,
        account_id=session.account_id,
        stake_minor=asked.stake_minor,
        currency=asked.currency,
        type=asked.type,
        legs=legs,
        accept=asked.accept,
        at=now,
        each_way=(asked.each_way_rule or NO_RULE) if asked.each_way else "",
        free_bet_id=asked.free_bet_id,
        same_game=tuple([AskedSameGame(group.legs, parse_odds(group.odds)) for group in asked.same_game]),
        refer=asked.refer,
        bonus_id=asked.bonus_id,
    )
