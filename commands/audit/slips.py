"""Checks a shared slip: equal to the placement of its bet, or a pick on open or suspended markets; and its change, removal and hold."""

import re
from collections.abc import Sequence
from typing import Any

from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.moderators import check_held, check_moderated, check_released
from commands.audit.rules import is_price
from commands.audit.seen import check_may_share, is_blocked
from commands.audit.social_streams import AuditedSlip
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedFixture, AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountMissing,
    MentionOfBlocked,
    PickTooLate,
    SlipDiffers,
    SlipLegWrong,
    SlipOfAnother,
    SlipOutOfOrder,
    SlipWithoutBet,
)
from domain.bet.facts import BetPlaced
from domain.bet.lines import folds_of
from domain.fact import Recorded, micros
from domain.ids import slip_of
from domain.market.facts import MarketOpened
from domain.sealed_text import is_sealed
from domain.settling.same_game import SameGame
from domain.slip.facts import SlipChanged, SlipHeld, SlipLeg, SlipReleased, SlipRemoved, SlipShared

VISIBILITIES = frozenset({"public", "followers"})
STAKE_SHOWN = frozenset({"amount", "units", "hidden"})
LEGS_MAX = 25
MENTIONS_MAX = 10
TAGS_MAX = 10
TAG = re.compile(r"[a-z0-9_]{1,30}")
CAPTION_CHARACTERS_MAX = 500
UNIT_MINOR_MAX = 100_000_000
CLOSING_US_MAX = 366 * 24 * 3_600 * 1_000_000


def shared(state: AuditState, recorded: Recorded[Any], fact: SlipShared) -> AuditedSlip:
    """Check SlipShared: within bounds, accounts and markets exist, equal to its bet or a valid pick; begin the slip."""
    for account_id in (fact.author_id, *fact.mentions):
        if state.of(AuditedAccount, account_id) is None:
            raise ViolationFound(AccountMissing, recorded, account_id=account_id[:60])
        if is_blocked(state, fact.author_id, account_id):
            raise ViolationFound(MentionOfBlocked, recorded, account_id=account_id)
    check_may_share(state, recorded, fact.author_id)
    check_value(recorded, "visibility", fact.visibility, allowed=fact.visibility in VISIBILITIES)
    _check_stake_shown(recorded, fact)
    _check_words(recorded, fact)
    check_value(recorded, "type", fact.type, allowed=0 < len(fact.legs) <= LEGS_MAX and bool(folds_of(fact.type, len(fact.legs))))
    fixtures = {leg.fixture_id for leg in fact.legs}
    together = sum(len(group.legs) - 1 for group in fact.same_game)
    check_value(recorded, "legs", sorted(fixtures), allowed=len(fixtures) == len(fact.legs) - together)
    for leg in fact.legs:
        _check_leg(state, recorded, leg)
    if fact.bet_id:
        check_id(recorded, slip_of(fact.bet_id))
        _check_bet(state, recorded, fact)
    else:
        _check_pick(state, recorded, fact)
    legs = tuple([(leg.market_id, leg.selection) for leg in fact.legs])
    return AuditedSlip(1, author_id=fact.author_id, type=fact.type, legs=legs, visibility=fact.visibility)


def _check_stake_shown(recorded: Recorded[Any], fact: SlipShared) -> None:
    check_value(recorded, "stake_shown", fact.stake_shown, allowed=fact.stake_shown in STAKE_SHOWN)
    is_unit = 0 < fact.unit_minor <= UNIT_MINOR_MAX if fact.stake_shown == "units" else fact.unit_minor == 0
    check_value(recorded, "unit_minor", fact.unit_minor, allowed=is_unit)


def _check_words(recorded: Recorded[Any], fact: SlipShared) -> None:
    check_value(recorded, "mentions", fact.mentions, allowed=_are_few(fact.mentions, MENTIONS_MAX))
    are_tags = all(TAG.fullmatch(tag) for tag in fact.tags)
    check_value(recorded, "tags", fact.tags, allowed=are_tags and _are_few(fact.tags, TAGS_MAX))
    check_value(recorded, "caption", fact.caption, allowed=not fact.caption or is_sealed(fact.caption, CAPTION_CHARACTERS_MAX))


def _are_few(words: Sequence[str], most: int) -> bool:
    return len(set(words)) == len(words) <= most


def _check_leg(state: AuditState, recorded: Recorded[Any], leg: SlipLeg) -> None:
    """Check that a leg's market had been opened, on that fixture, with that selection."""
    opened = state.first_of(MarketOpened, leg.market_id, recorded)
    selections = set[str]() if opened is None else {selection.selection for selection in opened.body.selections}
    if opened is None or opened.body.fixture_id != leg.fixture_id or leg.selection not in selections:
        where = {"market_id": leg.market_id[:60], "selection": leg.selection[:60], "fixture_id": leg.fixture_id[:60]}
        raise ViolationFound(SlipLegWrong, recorded, **where)


def _check_bet(state: AuditState, recorded: Recorded[Any], fact: SlipShared) -> None:
    """Check that a slip is the placement of its bet, in all that it says."""
    bet = state.first_of(BetPlaced, fact.bet_id, recorded)
    if bet is None:
        raise ViolationFound(SlipWithoutBet, recorded, bet_id=fact.bet_id[:60])
    placed = bet.body
    same: dict[str, tuple[object, object]] = {
        "author_id": (placed.account_id, fact.author_id),
        "type": (placed.type, fact.type),
        "stake_minor": (placed.stake_minor, fact.stake_minor),
        "currency": (placed.currency, fact.currency),
        "free_bet_id": (placed.free_bet_id, ""),
        "bonus_id": (placed.bonus_id, ""),
        "legs": (
            [(leg.market_id, leg.selection, leg.odds, leg.version) for leg in placed.legs],
            [(leg.market_id, leg.selection, leg.odds, leg.version) for leg in fact.legs],
        ),
    }
    same["same_game"] = (tuple([SameGame(group.legs, group.odds) for group in placed.same_game]), fact.same_game)
    for field, (there, here) in same.items():
        if there != here:
            raise ViolationFound(SlipDiffers, recorded, field=field, placed=repr(there)[:300], shown=repr(here)[:300])


def _check_pick(state: AuditState, recorded: Recorded[Any], fact: SlipShared) -> None:
    """Check that a pick has no stake, odds that somebody could name, and markets on which betting had not ended."""
    check_value(recorded, "stake_minor", fact.stake_minor, allowed=fact.stake_minor == 0)
    check_value(recorded, "currency", fact.currency, allowed=not fact.currency)
    check_value(recorded, "stake_shown", fact.stake_shown, allowed=fact.stake_shown == "hidden")
    check_value(recorded, "same_game", fact.same_game, allowed=not fact.same_game)
    for leg in fact.legs:
        check_value(recorded, "legs.odds", leg.odds, allowed=is_price(leg.odds))
        check_value(recorded, "legs.version", leg.version, allowed=leg.version == 0)
        market = state.of(AuditedMarket, leg.market_id)
        if market is None or market.status not in ("open", "suspended"):
            raise ViolationFound(PickTooLate, recorded, market_id=leg.market_id)
        fixture = state.of(AuditedFixture, market.fixture_id)
        if fixture is not None and fixture.over_us and not state.earlier:
            raise ViolationFound(PickTooLate, recorded, market_id=leg.market_id)


def _check_author(recorded: Recorded[Any], slip: AuditedSlip, named: str) -> None:
    if named != slip.author_id:
        raise ViolationFound(SlipOfAnother, recorded, author_id=slip.author_id, named=named[:60])


def changed(state: AuditState, recorded: Recorded[Any], slip: AuditedSlip, fact: SlipChanged) -> None:
    """Check SlipChanged: by its author, a closing time still to come, and something changes; update the audit state."""
    _check_author(recorded, slip, fact.author_id)
    check_value(recorded, "visibility", fact.visibility, allowed=fact.visibility in VISIBILITIES)
    close_us = 0 if fact.replies_close_at is None else micros(fact.replies_close_at)
    if close_us not in (0, slip.replies_close_us):
        is_ahead = state.committed_us <= close_us <= state.committed_us + CLOSING_US_MAX
        check_value(recorded, "replies_close_at", fact.replies_close_at, allowed=is_ahead)
    check_value(recorded, "replies_closed", fact.replies_closed, allowed=not (fact.replies_closed and close_us))
    if (fact.visibility, fact.replies_closed, close_us) == (slip.visibility, slip.replies_closed, slip.replies_close_us):
        raise ViolationFound(SlipOutOfOrder, recorded, standing=f"{slip.visibility}, replies closed: {slip.replies_closed}")
    slip.visibility, slip.replies_closed, slip.replies_close_us = fact.visibility, fact.replies_closed, close_us


def removed(state: AuditState, recorded: Recorded[Any], slip: AuditedSlip, fact: SlipRemoved) -> None:
    """Check SlipRemoved: by its author; end the slip."""
    _check_author(recorded, slip, fact.author_id)
    state.end(recorded.stream_id)


def held(state: AuditState, recorded: Recorded[Any], slip: AuditedSlip, fact: SlipHeld) -> None:
    """Check SlipHeld: by a moderator, not held yet; update the audit state."""
    _check_author(recorded, slip, fact.author_id)
    check_held(state, recorded, "slip", fact)
    if slip.held:
        raise ViolationFound(SlipOutOfOrder, recorded, standing="held")
    slip.held = True


def released(state: AuditState, recorded: Recorded[Any], slip: AuditedSlip, fact: SlipReleased) -> None:
    """Check SlipReleased: by a moderator, held; update the audit state."""
    _check_author(recorded, slip, fact.author_id)
    check_moderated(state, recorded, "slip", fact)
    check_released(state, recorded, "slip")
    if not slip.held:
        raise ViolationFound(SlipOutOfOrder, recorded, standing="not held")
    slip.held = False


def named_by(fact: SlipShared) -> Sequence[str]:
    """Return the streams whose first facts are needed to check a slip: its bet and its markets."""
    return (fact.bet_id, *[leg.market_id for leg in fact.legs])


AUDITOR = Auditor(
    aggregate="slip",
    holds=AuditedSlip,
    begins={SlipShared: shared},
    follows={SlipChanged: changed, SlipRemoved: removed, SlipHeld: held, SlipReleased: released},
    names={SlipShared: named_by},
)
