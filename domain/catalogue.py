"""Every fact there is, under its stored name, and the upcasters that lift old ones."""

from collections.abc import Callable
from typing import Any, get_args

from domain.account.facts import AccountFact, ClaimFact, SignInFact
from domain.account_gate.facts import AccountGateFact
from domain.bet.facts import BetFact
from domain.bonus.facts import BonusFact
from domain.comment.facts import CommentFact
from domain.draft.facts import DraftFact
from domain.fact import Fact, stored_name
from domain.fixture.facts import FixtureFact
from domain.fixture_limit.facts import FixtureLimitFact
from domain.follow.facts import FollowFact
from domain.free_bet.facts import FreeBetFact
from domain.gate.facts import GateFact
from domain.gifts.facts import GiftsFact
from domain.ids import email_claim_of, gate_of
from domain.market.facts import MarketFact
from domain.moderation.facts import ModerationFact
from domain.monitoring.facts import MonitoringFact
from domain.mutes.facts import MutesFact
from domain.notification.facts import NotificationFact
from domain.producer.facts import ProducerFact
from domain.profile.facts import ProfileFact
from domain.proposal.facts import ProposalFact
from domain.reaction.facts import ReactionFact
from domain.slip.facts import SlipFact
from domain.tail.facts import TailDayFact, TailFact
from domain.wallet.facts import TransferRecorded, WalletFact

AnyFact = (
    AccountFact
    | ClaimFact
    | SignInFact
    | AccountGateFact
    | BetFact
    | BonusFact
    | FixtureFact
    | FixtureLimitFact
    | FreeBetFact
    | GateFact
    | GiftsFact
    | MarketFact
    | ProducerFact
    | ProposalFact
    | ProfileFact
    | FollowFact
    | SlipFact
    | TailFact
    | TailDayFact
    | ReactionFact
    | CommentFact
    | DraftFact
    | MutesFact
    | ModerationFact
    | MonitoringFact
    | NotificationFact
    | WalletFact
    | TransferRecorded
)
"""The union that a log decodes to."""

FACTS: dict[str, type[Fact]] = {stored_name(fact): fact for fact in (*get_args(AnyFact),)}
"""Stored name -> class."""

FOLLOWED = tuple(stored_name(fact) for fact in (*get_args(MarketFact), *get_args(GateFact), *get_args(ProducerFact)))
"""The names of what decisions in every process wait for: prices and states of markets, gates, heartbeats of producers."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _renamed(name: str) -> Upcaster:
    """Return an upcaster for a fact that only got fields with defaults."""
    return lambda plain: {**plain, "fact": name}


def _market_opened(plain: dict[str, Any]) -> dict[str, Any]:
    """Put a market below its fixture's gate; its prices carry no marks, so that it takes no bets until it is priced again."""
    fixture_id = plain["fixture_id"]
    return {**plain, "fact": "market.opened.v2", "in_play_grace_ms": plain["grace_ms"], "gates": [gate_of("fixture", fixture_id)]}


def _account_registered(plain: dict[str, Any]) -> dict[str, Any]:
    """Name the stream in which the address was claimed, which followed from the address while it stood in the clear."""
    return {**plain, "fact": "account.registered.v2", "email_claim_id": email_claim_of(plain["email"])}


NAMING_NO_ACTOR = (
    "fixture.scheduled",
    "fixture.kicked_off",
    "fixture.clock_advanced",
    "fixture.score_changed",
    "fixture.ended",
    "fixture.abandoned",
    "market.suspended",
    "market.closed",
)
"""What version 1 did not say who asked for."""

UPCASTERS: dict[str, Upcaster] = {
    "account.registered.v1": _account_registered,
    "bet.placed.v1": _renamed("bet.placed.v2"),
    "bet.placed.v2": _renamed("bet.placed.v3"),
    "bet.placed.v3": _renamed("bet.placed.v4"),
    "bet.placed.v4": _renamed("bet.placed.v5"),
    "bet.placed.v5": _renamed("bet.placed.v6"),
    "bet.placed.v6": _renamed("bet.placed.v7"),
    "bet.placed.v7": _renamed("bet.placed.v8"),
    "bet.placed.v8": _renamed("bet.placed.v9"),
    "bet.pending.v1": _renamed("bet.pending.v2"),
    "bet.leg_resulted.v1": _renamed("bet.leg_resulted.v2"),
    "bet.leg_resulted.v2": _renamed("bet.leg_resulted.v3"),
    "bet.leg_resulted.v3": _renamed("bet.leg_resulted.v4"),
    "bet.settled.v1": _renamed("bet.settled.v2"),
    "comment.posted.v1": _renamed("comment.posted.v2"),
    "bet.settled.v2": _renamed("bet.settled.v3"),
    "bet.settled.v3": _renamed("bet.settled.v4"),
    "bet.settled.v4": _renamed("bet.settled.v5"),
    "market.opened.v1": _market_opened,
    "market.opened.v2": _renamed("market.opened.v3"),
    "market.opened.v3": _renamed("market.opened.v4"),
    "market.payout_limited.v1": _renamed("market.payout_limited.v2"),
    "market.priced.v1": _renamed("market.priced.v2"),
    "market.priced.v2": _renamed("market.priced.v3"),
    "market.priced.v3": _renamed("market.priced.v4"),
    "market.resumed.v1": _renamed("market.resumed.v2"),
    "market.resumed.v2": _renamed("market.resumed.v3"),
    "market.resumed.v3": _renamed("market.resumed.v4"),
    "market.resulted.v1": _renamed("market.resulted.v2"),
    "market.resulted.v2": _renamed("market.resulted.v3"),
    "market.resulted.v3": _renamed("market.resulted.v4"),
    "market.resulted.v4": _renamed("market.resulted.v5"),
    "fixture.score_changed.v2": _renamed("fixture.score_changed.v3"),
    "market.suspended.v2": _renamed("market.suspended.v3"),
    "slip.shared.v1": _renamed("slip.shared.v2"),
    "slip.changed.v1": _renamed("slip.changed.v2"),
    "tail.slip_tailed.v1": _renamed("tail.slip_tailed.v2"),
    "market.resulted.v5": _renamed("market.resulted.v6"),
    "proposal.approved.v1": _renamed("proposal.approved.v2"),
    "proposal.approved.v2": _renamed("proposal.approved.v3"),
    "proposal.action_proposed.v1": _renamed("proposal.action_proposed.v2"),
    "proposal.action_proposed.v2": _renamed("proposal.action_proposed.v3"),
    **{f"wallet.{name}.v1": _renamed(f"wallet.{name}.v2") for name in ("funds_deposited", "returns_paid", "stake_refunded", "stake_lost")},
    **{f"{name}.v1": _renamed(f"{name}.v2") for name in NAMING_NO_ACTOR},
}
"""Old stored name -> the function that lifts its plain data one version; the result's `fact` field names what it is now."""
