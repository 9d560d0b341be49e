"""What whoever approved was shown: that market or gate as it stood, taking no bets, and every bet that was struck there."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from commands.audit.auditor import check_value
from commands.audit.price_errors import error_of, is_at
from commands.audit.state import AuditState
from commands.audit.streams import AuditedGate, AuditedMarket, AuditedProposal
from commands.audit.violation import ViolationFound
from commands.audit.violations import PreviewWrong
from domain.bet.facts import BetPlaced
from domain.fact import Recorded, micros
from domain.ids import gate_of
from domain.market.facts import VoidWindow
from domain.proposal.facts import ProposalApproved
from domain.proposal.preview import Preview

WINDOWED = ("void_bets", "restore_bets")
PRICED = ("correct_price", "restore_price")
SETTLING = frozenset({"result_market", "void_market", "correct_result", "take_back_result", "abandon_fixture", *WINDOWED, *PRICED})
BETS_PER_QUESTION = 4_096


def check_preview(state: AuditState, recorded: Recorded[Any], proposal: AuditedProposal, fact: ProposalApproved) -> None:
    """Check what an approval was bound to; older logs have none, or no amounts at most. Wallets move with other markets."""
    shown = fact.preview
    if shown is None:
        return
    check_value(recorded, "preview", repr(shown)[:60], allowed=proposal.action in SETTLING)
    check_value(recorded, "preview.upto", shown.upto, allowed=0 < shown.upto < recorded.position)
    _check_version(state, recorded, proposal, shown)
    for money in shown.money:
        in_bounds = 0 <= money.below_zero <= money.settled <= money.bets and (money.owed_minor > 0) == (money.below_zero > 0)
        check_value(recorded, "preview.money", repr(money)[:60], allowed=in_bounds and money.owed_minor >= 0)
        paid_minor, taken_minor = money.paid_minor_max, money.taken_minor_max
        at_most = min(paid_minor, taken_minor) >= 0 and (not paid_minor + taken_minor or -taken_minor <= money.change_minor <= paid_minor)
        check_value(recorded, "preview.money", repr((paid_minor, taken_minor)), allowed=at_most)
    expected = _struck(state, proposal, recorded.position - 1)
    if expected is None:
        return
    found = [(money.currency, money.bets, money.stake_minor) for money in shown.money]
    if found != expected:
        raise ViolationFound(PreviewWrong, recorded, shown=repr(found), expected=repr(expected))


def _check_version(state: AuditState, recorded: Recorded[Any], proposal: AuditedProposal, shown: Preview) -> None:
    """Check that no bet could be struck since it was counted: there is no newer version, and at this one no bets are taken.

    In a window of time that is over none is, nor at a price that is gone, so there the last result, window or price error is the one that
    was counted with.
    """
    about: AuditedMarket | AuditedGate | None = state.known(proposal.market_id or gate_of("fixture", proposal.fixture_id))
    if proposal.action in (*WINDOWED, *PRICED) and isinstance(about, AuditedMarket):
        check_value(recorded, "preview.version", shown.version, allowed=shown.version == about.number)
        return
    expected = "none" if about is None else f"{about.version} {about.status}"
    if about is None or about.version != shown.version or about.status == "open":
        raise ViolationFound(PreviewWrong, recorded, shown=f"version {shown.version}, no bets", expected=f"version {expected}")


def _struck(state: AuditState, proposal: AuditedProposal, upto: int) -> list[tuple[str, int, int]] | None:
    """Return the bets with a leg there by currency: how many, and their stakes; None where no log can be asked."""
    if state.naming is None:
        return None
    bets: Counter[str] = Counter()
    stakes: Counter[str] = Counter()
    window = _window(proposal)
    error = error_of(msgspec.json.decode(proposal.details)) if proposal.action in PRICED else None
    for fact in _each_struck(state, _markets(state, proposal), upto, window):
        at_error = error is not None and any(leg.market_id == proposal.market_id and is_at(error, leg) for leg in fact.legs)
        if error is not None and (fact.same_game or not at_error):
            continue
        bets[fact.currency] += 1
        stakes[fact.currency] += fact.stake_minor
    return [(currency, bets[currency], stakes[currency]) for currency in sorted(bets)]


def _markets(state: AuditState, proposal: AuditedProposal) -> list[str]:
    if proposal.market_id:
        return [proposal.market_id]
    unresulted = state.all_of(AuditedMarket)
    return [market_id for market_id, market in unresulted if market.fixture_id == proposal.fixture_id and market.results is None]


def _window(proposal: AuditedProposal) -> VoidWindow | None:
    """Return the window of time that a proposal is about, None where it is about all bets."""
    return msgspec.convert(msgspec.json.decode(proposal.details)["window"], VoidWindow) if proposal.action in WINDOWED else None


def _each_struck(state: AuditState, market_ids: list[str], upto: int, window: VoidWindow | None) -> Iterator[BetPlaced]:
    assert state.naming is not None, "the log can be asked"
    seen: set[str] = set()
    for market_id in market_ids:
        after = 0
        while struck := state.naming([BetPlaced], market_id, after, upto, BETS_PER_QUESTION):
            after = struck[-1].position
            at_us = _committed(state, [recorded.stream_id for recorded in struck], upto) if window is not None else {}
            for recorded in struck:
                fact: Any = recorded.body
                if recorded.stream_id not in seen and any(leg.market_id == market_id for leg in fact.legs):
                    if window is not None and not micros(window.start) <= at_us[recorded.stream_id] < micros(window.end):
                        continue
                    seen.add(recorded.stream_id)
                    yield fact


def _committed(state: AuditState, bet_ids: list[str], upto: int) -> dict[str, int]:
    """Return when bets were struck, which whoever names them does not tell."""
    assert state.ends_of is not None, "the log can be asked"
    return {bet_id: first.committed_us for bet_id, (first, _) in state.ends_of(bet_ids, upto).items()}
