"""Every fact there is, under its stored name, and the upcasters that lift old ones."""

from collections.abc import Callable
from typing import Any, get_args

from domain.account.facts import AccountFact, ClaimFact
from domain.bet.facts import BetFact
from domain.fact import Fact, stored_name
from domain.fixture.facts import FixtureFact
from domain.market.facts import MarketFact
from domain.wallet.facts import TransferRecorded, WalletFact

AnyFact = AccountFact | ClaimFact | BetFact | FixtureFact | MarketFact | WalletFact | TransferRecorded
"""The union that a log decodes to."""

FACTS: dict[str, type[Fact]] = {stored_name(fact): fact for fact in get_args(AnyFact)}
"""Stored name -> class."""

UPCASTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Old stored name -> the function that lifts its plain data one version; the result's `fact` field names what it is now."""
