"""Legs of one match in a bet: named as a group with odds of its own, and struck at these or at what the bettor agreed to."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from domain.bet.commands import AskedLeg, AskedSameGame, OfferedTogether, StrikeBet
from domain.bet.facts import Leg
from domain.bet.lines import MULTIPLE
from domain.bet.ways import ways_of
from domain.odds import Odds, check_odds
from domain.quote import Quote
from domain.refused import Refused
from domain.settling.same_game import SameGame


class SameGameMalformed(Refused):
    """A same-game group names two or more legs of one match by their numbers, from 0 and ascending, and no leg is in two groups."""

    legs: tuple[int, ...]


class SameGameInSeveralLines(Refused):
    """Legs of one match are struck together in a multiple of one line: in no system, not each way, one selection of a market."""

    type: str


class SameGamePriceMoved(Refused):
    """The price of the legs of one match together moved, and the bettor did not agree to the present one."""

    fixture_id: str
    legs: tuple[int, ...]
    asked: str
    current: str
    current_versions: tuple[int, ...]


def check_groups(groups: Sequence[AskedSameGame], bet_type: str, asked: Sequence[AskedLeg], each_way: str = "") -> None:
    """Refuse groups that no price could save.

    Raises:
        SameGameInSeveralLines, SameGameMalformed, OddsOutOfRange: in this order.

    """
    if bet_type != MULTIPLE or each_way:
        raise SameGameInSeveralLines(f"{bet_type}, each way"[:60] if each_way else bet_type[:60])
    if ways_of(asked):
        raise SameGameInSeveralLines(f"{bet_type}, several selections of one market"[:60])
    legs, taken = len(asked), set[int]()
    for group in groups:
        numbers = group.legs
        is_in_order = len(numbers) > 1 and all(one < other for one, other in pairwise(numbers))
        if not is_in_order or numbers[0] < 0 or numbers[-1] >= legs or not taken.isdisjoint(numbers):
            raise SameGameMalformed(numbers[:legs])
        taken.update(numbers)
        check_odds(group.odds)


def fixtures_apart(groups: Sequence[AskedSameGame], fixtures: Sequence[str]) -> list[str]:
    """Return the matches of a bet's legs, that of a group once.

    Raises:
        SameGameMalformed: when the legs of a group are on several matches.

    """
    again = set[int]()
    for group in groups:
        first, *others = group.legs
        if any(fixtures[number] != fixtures[first] for number in others):
            raise SameGameMalformed(group.legs)
        again.update(others)
    return [fixture_id for number, fixture_id in enumerate(fixtures) if number not in again]


def struck_together(command: StrikeBet, alone: Callable[[AskedLeg, Quote, str], Leg]) -> tuple[tuple[Leg, ...], tuple[SameGame, ...]]:
    """Return the legs of a bet with groups, and the groups as they are struck; `alone` strikes a leg that is in none.

    Raises:
        SameGamePriceMoved: for a group. What `alone` raises.

    """
    legs, groups = dict[int, Leg](), list[SameGame]()
    for asked, offer in zip(command.same_game, command.together, strict=True):
        group, is_shown = _group(asked, offer, command)
        groups.append(group)
        legs |= {number: _leg(command.asked[number], command.offered[number], is_shown=is_shown) for number in group.legs}
    every = enumerate(zip(command.asked, command.offered, strict=True))
    return tuple([legs.get(number) or alone(*leg, command.accept) for number, leg in every]), tuple(groups)


def _group(group: AskedSameGame, offer: OfferedTogether, command: StrikeBet) -> tuple[SameGame, bool]:
    """Strike a group, and say whether at what was shown: as a leg is (see `domain.bet.striking`), at the odds of all its legs together."""
    numbers, asked, accept = group.legs, group.odds, command.accept
    current, shown = offer.current, offer.shown
    if shown is not None and shown.odds == asked and not (accept != "exact" and current.odds > asked):
        return SameGame(numbers, asked, shown.chance_millionths), True
    if current.odds == asked or accept == "any" or (accept == "better" and current.odds > asked):
        return SameGame(numbers, current.odds, current.chance_millionths, None if current.odds == asked else asked), False
    legs = [command.offered[number] for number in numbers]
    raise SameGamePriceMoved(legs[0].fixture_id, numbers, asked.text, current.odds.text, tuple([leg.current_version for leg in legs]))


def _leg(asked: AskedLeg, offered: Quote, *, is_shown: bool) -> Leg:
    """Return a leg of a group with the odds that it alone had; what was on the screen is told where that differs."""
    odds: Odds | None = offered.shown if is_shown else offered.current
    version = offered.shown_version if is_shown else offered.current_version
    assert odds is not None, "what is struck at what was shown had a price there"
    return Leg(
        asked.market_id,
        asked.selection,
        odds,
        version,
        None if asked.odds == odds else asked.odds,
        None if asked.version == version else asked.version,
        fixture_id=offered.fixture_id,
    )
