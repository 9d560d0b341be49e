"""The OpenAPI document: every refusal of every route, with an example made from the refusal itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args, get_origin

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from api import refusals as http_refusals
from api.http.openapi.examples import MOMENT, sample
from api.http.openapi.problem import Problem
from api.http.problems import PROBLEM_JSON, STATUSES, extra_headers
from api.http.request_parameters import JSON, POSITION_HEADER
from api.idempotency import KEY_CHARACTERS_MAX
from api.positions import EXAMPLE, TEXT
from api.problems import RENAMED, URN
from commands.dispatch import batch, stream
from domain.account.sessions import SessionOver
from domain.refused import Refused

UNREAD = (
    http_refusals.RequestMalformed,
    http_refusals.HostMissing,
    http_refusals.FieldRepeated,
    http_refusals.HeadTooLarge,
    http_refusals.RequestTooSlow,
    http_refusals.ConnectionsFull,
    http_refusals.ServerBusy,
)
REFUSED = (http_refusals.ClockSkewed, http_refusals.TooManyRequests, http_refusals.SomethingBroke)
ALWAYS = (*UNREAD, *REFUSED, http_refusals.BodyMalformed, http_refusals.BodyTooLarge, http_refusals.MethodNotAllowed)
ASKING = (batch.Overloaded, batch.Contended, batch.LogClockBehind, batch.Stopping, http_refusals.StoreAway)
SIGNED_IN = (
    http_refusals.TokenMissing,
    http_refusals.TokenInvalid,
    http_refusals.TokenExpired,
    SessionOver,
    http_refusals.SecondFactorRequired,
    http_refusals.TooManyRequests,
    *ASKING,
)
COMMANDED = (stream.NotOfThatKind, *ASKING)
VIEWED = (http_refusals.ViewUnavailable, http_refusals.ReadsWaiting, http_refusals.PositionMalformed)
POSITION_SCHEMA = {
    "schema": {"type": "string", "pattern": f"^{TEXT.pattern}$", "examples": [EXAMPLE]},
    "description": "The log position that this answer is true at, or later: opaque text, to be sent as `Slipstream-After`.",
}
DESCRIBED: dict[type[Refused], tuple[dict[str, Any], dict[str, Any]]] = {}
EXAMPLES: dict[Any, Any] = {int: 1250, str: "home", bool: True, float: 1.5, datetime: MOMENT, datetime | None: MOMENT}


def problems(*refusals: type[Refused]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route: its refusals and those that any route may give, by status, one example each."""
    responses: dict[int | str, dict[str, Any]] = {}
    every: set[type[Refused]] = {*refusals, *ALWAYS}
    for refusal in sorted(every, key=lambda refusal: (STATUSES[refusal], refusal.slug)):
        status = STATUSES[refusal]
        response = responses.setdefault(status, {"description": "", "content": {PROBLEM_JSON: {"schema": REFERENCE, "examples": {}}}})
        response["description"] = f"{response['description']} {refusal.title}".strip()
        value, headers = _described(refusal)
        response["content"][PROBLEM_JSON]["examples"][refusal.slug] = {"value": value}
        if headers:
            response["headers"] = headers
    return responses


def _described(refusal: type[Refused]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a refusal's example and headers, made once: routes by the hundred have the same ones."""
    found = DESCRIBED.get(refusal)
    if found is None:
        found = DESCRIBED[refusal] = (example(refusal), _headers(refusal))
    return found


def example(refusal: type[Refused]) -> dict[str, Any]:
    """Return what a refusal's problem looks like."""
    evidence = {RENAMED.get(name, name): _sample(refusal, name) for name in refusal.fields}
    return {
        "type": URN + refusal.slug,
        "title": refusal.title,
        "status": STATUSES[refusal],
        "detail": refusal.title,
        "instance": "/v1/...",
        **evidence,
    }


REFERENCE = {"$ref": "#/components/schemas/Problem"}


def _headers(refusal: type[Refused]) -> dict[str, Any]:
    names = extra_headers(refusal(**{name: _sample(refusal, name) for name in refusal.fields}))
    return {name: {"schema": {"type": "string"}, "description": "Seconds." if name == "Retry-After" else ""} for name in names}


def _sample(refusal: type[Refused], name: str) -> Any:
    kind = next((base.__annotations__[name] for base in refusal.__mro__ if name in getattr(base, "__annotations__", {})), str)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return [EXAMPLES.get(inner, {"where": "body.stake_minor", "what": "Input should be a valid integer"})]
    return EXAMPLES.get(kind, "...")


def install(app: FastAPI, extra_routes: Sequence[BaseRoute] = ()) -> None:
    """Make the app describe itself: the Problem schema, and no trace of the framework's own error shape.

    The document has the routes `extra_routes` the app too, whose requests never come to it.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=[*extra_routes, *app.routes],
                tags=app.openapi_tags,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for path, operations in document["paths"].items():
                for operation in operations.values():
                    _complete(path, operation, schemas)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add what follows from the refusals and from the shape: who must sign in, which key is a must, what an answer looks like."""
    responses = operation["responses"]
    if http_refusals.TokenMissing.slug in _examples(responses, http_refusals.TokenMissing):
        operation["security"] = [{"HTTPBearer": []}]
    if http_refusals.KeyMissing.slug in _examples(responses, http_refusals.KeyMissing):
        for parameter in operation["parameters"]:
            if parameter["name"] == "Idempotency-Key":
                parameter |= {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARACTERS_MAX}}
    for status, response in responses.items():
        if status.startswith("2") and path.startswith("/v1/"):
            response.setdefault("headers", {})[POSITION_HEADER] = POSITION_SCHEMA
        if status.startswith("2") and "$ref" in response.get("content", {}).get(JSON, {}).get("schema", {}):
            response["content"][JSON]["example"] = sample(response["content"][JSON]["schema"], schemas)


def _examples(responses: dict[str, Any], refusal: type[Refused]) -> dict[str, Any]:
    """Return the examples under a refusal's status."""
    found: dict[str, Any] = responses.get(str(STATUSES[refusal]), {}).get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
    return found
