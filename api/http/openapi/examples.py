"""Examples of successful answers in the OpenAPI document, put together from the names of members."""

from typing import Any

from api.http.field_types import EXAMPLE_ID
from domain.bet.lines import SINGLE

MOMENT = "2026-06-11T19:00:00Z"
MEMBERS: dict[str, Any] = {
    "accept": "exact",
    "action": "price_market",
    "age_s": 42,
    "american": "+135",
    "amount_minor": 1250,
    "anchor": "slipstream:01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11:48213:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "at": MOMENT,
    "at_risk_minor": 500,
    "available_minor": 4500,
    "away": "South Africa",
    "balance_minor": 5000,
    "betting": "timed_out",
    "cause": "A result that is given by hand needs a second trader.",
    "competition": "FIFA World Cup",
    "currency": "EUR",
    "details": {"market_id": EXAMPLE_ID, "prices": {"over": [2350, 1000]}},
    "direction": "deposit",
    "excluded": False,
    "excluded_until": None,
    "expires_at": "2026-06-12T19:00:00Z",
    "fact": "wallet.funds_deposited.v1",
    "facts": 48_213,
    "figures": {"accounts": 3, "bets": 120},
    "fractional": "27/20",
    "handle": "ada",
    "home": "Mexico",
    "kick_off": MOMENT,
    "moved_from": None,
    "kind": "deposit",
    "market_status": "open",
    "market_version": 8,
    "marker": "k3J9x_Qa.1f4",
    "mentions": [EXAMPLE_ID],
    "minute": 37,
    "name": "Mexico",
    "neutral": False,
    "next_cursor": None,
    "odds": "2.35",
    "odds_american": "+135",
    "odds_fractional": "27/20",
    "period": "first_half",
    "placed_at": MOMENT,
    "position": 4217,
    "potential_returns_minor": 1175,
    "proposed_at": MOMENT,
    "proposed_by": EXAMPLE_ID,
    "reason": None,
    "reference": "card-2026-0001",
    "result": None,
    "returns_minor": None,
    "returns_from": None,
    "roles": ["trader"],
    "scope": "fixture",
    "seconds": 1.9,
    "since": 0,
    "selection": "home",
    "settled_at": None,
    "specifiers": {},
    "sport": "football",
    "stake_minor": 500,
    "status": "open",
    "timed_out_until": MOMENT,
    "subject": [EXAMPLE_ID],
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk0NmYyYSJ9.c2lnbmVk",
    "type": SINGLE,
    "version": 7,
    "wrong": "",
}
OF_A_SHAPE: dict[str, dict[str, Any]] = {
    "OpenedDraftShape": {"verified": False},
    "BetLegShape": {"result": "open"},
    "FixtureInList": {"status": "live", "markets": None},
    "FixtureReceiptShape": {"status": "live"},
    "FixtureShape": {"status": "live"},
    "ProposalReceiptShape": {"fixture_id": None, "fixture_status": None, "account_id": None},
    "PreferenceShape": {"subject": "like"},
    "ProposalShape": {"fixture_id": None, "account_id": None},
    **{shape: {"since": MOMENT} for shape in ("RestrictionShape", "StakeFactorShape", "WithdrawalHoldShape")},
    "CashOutOfferShape": {"version": "1-7-1781291700000"},
    "LimitShape": {"period": "week", "amount_minor": 5000},
    "MarketShape": {"type": "match_result"},
    "SearchResultShape": {"kind": "account"},
    "ShownScoreShape": {"home": 1, "away": 0},
    "SlipLegShape": {"result": "open"},
    "VerificationShape": {"status": "clean"},
}
"""Where a shape means something else by a name."""


def sample(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return an example of an object of the document, its parts looked up in `schemas`.

    Raises:
        KeyError: for a member without an example: a new shape gives its own, `Field(examples=[...])`.

    """
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        return [sample(schema["items"], schemas)]
    own = OF_A_SHAPE.get(schema["title"], {})
    return {name: own[name] if name in own else _member(name, member, schemas) for name, member in schema["properties"].items()}


def _member(name: str, member: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "$ref" in member or "$ref" in member.get("items", {}):
        return sample(member, schemas)
    shape = next((each for each in member.get("anyOf", ()) if "$ref" in each), None)
    if shape is not None:
        return sample(shape, schemas)
    if name.endswith("_id"):
        return EXAMPLE_ID
    told = MEMBERS.get(name)
    if told is None and "examples" in member:
        return member["examples"][0]
    if name not in MEMBERS:
        raise LookupError(f"no example of a member {name}: {member}")
    return told
