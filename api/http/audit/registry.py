"""What the HTTP API takes from this package: the status of each of its refusals, and its routes. A new route or refusal is added here."""

from fastapi import APIRouter

from api import refusals as http_refusals
from api.http.dependencies import HttpDependencies
from api.http.view_reader import HttpViewReader
from domain.refused import Refused

STATUSES: dict[type[Refused], int] = {
    http_refusals.VerificationUnknown: 404,
    http_refusals.MomentNotReached: 404,
    http_refusals.VerificationRunning: 409,
    http_refusals.MomentMalformed: 422,
    http_refusals.AnchorMalformed: 422,
}


def routers(dependencies: HttpDependencies, view_reader: HttpViewReader) -> tuple[APIRouter, ...]:
    """Return the routes of auditors."""
    from api.http.audit.routes import audits

    deps = dependencies.deps
    return (audits(deps, dependencies.auditing),)
