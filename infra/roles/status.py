"""`slipstream status`: reads the figures of the roles, as Prometheus does, and says what is out of bounds."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version

import httpx
from prometheus_client.parser import text_string_to_metric_families

from api.cli.reports import RoleStatus, Status
from infra.metrics.ports import METRICS_PORTS
from infra.readiness.checks import SILENCE_FORGOTTEN_S
from infra.settings import Settings, process_name

TIMEOUT_S = 3.0
ON_DEMAND = ("relay", "odds-api", "uof")
"""Roles that are there only where they are asked for: that they do not answer is nothing wrong."""
Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def status_of(settings: Settings, *, expects_up: bool) -> Status:
    """Return how things stand, as the roles at the ports of the settings tell."""
    addresses = {role: f"http://{settings.metrics_host}:{settings.metrics_port_of(role)}/metrics" for role in METRICS_PORTS}
    for role, number in _further_processes(settings) if expects_up else ():
        addresses[process_name(role, number)] = f"http://{settings.metrics_host}:{settings.metrics_port_of(role, number)}/metrics"
    pages = {role: _figures(address) for role, address in addresses.items()}
    supervisor = pages.pop("up") or {}
    roles = [_role(role, addresses[role], page, supervisor) for role, page in pages.items() if page is not None or role not in ON_DEMAND]
    if expects_up or supervisor:
        roles.append(_role("up", addresses["up"], supervisor or None, {}))
    seen = [page for page in pages.values() if page is not None]
    positions = [value for page in seen for value in _by(page, "slipstream_log_position", None).values()]
    told = Status(
        version=version("slipstream"),
        roles=roles,
        log_position=int(max(positions)) if positions else None,
        view_lag_s=_worst(seen, "slipstream_view_lag_seconds", "view"),
        manager_lag_s=_worst(seen, "slipstream_manager_lag_seconds", "manager"),
        oldest_case_s=_worst(seen, "slipstream_oldest_case_seconds", "manager"),
        producer_silence_s={
            name: silent_s
            for name, silent_s in _worst(seen, "slipstream_feed_silence_seconds", "producer").items()
            if silent_s < SILENCE_FORGOTTEN_S
        },
        commands_waiting={lane: int(count) for lane, count in _worst(seen, "slipstream_queue_commands", "lane").items()},
        wrong=[],
    )
    aside = [view for view, is_aside in _worst(seen, "slipstream_view_set_aside", "view").items() if is_aside]
    told.wrong.extend(_wrong(told, settings, aside, _worst(seen, "slipstream_cases_set_aside", "manager")))
    return told


def _further_processes(settings: Settings) -> Iterable[tuple[str, int]]:
    """Return the processes of roles that `up` runs several of, beyond the first, by the files of their numbers."""
    for file in sorted((settings.data_dir / "run").glob("*-*.pid")):
        role, _, number = file.stem.rpartition("-")
        if role in METRICS_PORTS and number.isdecimal():
            yield role, int(number)


def _wrong(told: Status, settings: Settings, aside: Iterable[str], cases_aside: Mapping[str, float]) -> Iterable[str]:
    """Return in words what is out of the bounds of /readyz."""
    for role in told.roles:
        if not role.answers:
            yield f"{role.role} does not answer at {role.address}"
        elif role.version != told.version:
            yield f"{role.role} runs version {role.version}, this command is {told.version}: `slipstream up --reload` replaces it"
    for view, lag_s in told.view_lag_s.items():
        if lag_s > settings.view_lag_s_max:
            yield f"the view {view} is {lag_s:.1f} s behind, more than {settings.view_lag_s_max:g} s"
    for view in aside:
        yield f"the view {view} breaks on a fact and stands still; /readyz says on which"
    for manager, lag_s in told.manager_lag_s.items():
        if lag_s > settings.manager_lag_s_max:
            yield f"{manager} is {lag_s:.1f} s behind, more than {settings.manager_lag_s_max:g} s"
    for manager, due_s in told.oldest_case_s.items():
        if due_s > settings.case_age_s_max:
            yield f"the oldest case of {manager} has been due for {due_s:.1f} s, more than {settings.case_age_s_max:g} s"
    for manager, count in cases_aside.items():
        if count:
            yield f"{count:g} cases of {manager} were refused and are tried again; the log of `settle` says why"
    for producer, silence_s in told.producer_silence_s.items():
        if silence_s > settings.feed_silence_s_max:
            yield f"the producer {producer} has been silent for {silence_s:.1f} s, more than {settings.feed_silence_s_max:g} s"


def _role(role: str, address: str, page: Figures | None, supervisor: Figures) -> RoleStatus:
    restarts = _by(supervisor, "slipstream_role_restarts_total", "role").get(role)
    if page is None:
        return RoleStatus(role=role, address=address, answers=False, restarts=None if restarts is None else int(restarts))
    return RoleStatus(
        role=role,
        address=address,
        answers=True,
        version=next(iter(_by(page, "slipstream_build_info", "version")), ""),
        memory_bytes=int(_by(page, "process_resident_memory_bytes", None).get("", 0)),
        restarts=None if restarts is None else int(restarts),
    )


def _figures(address: str) -> Figures | None:
    """Return the figures at an address, None where nothing answers."""
    with suppress(httpx.HTTPError, ValueError):
        page = httpx.get(address, timeout=TIMEOUT_S)
        if page.is_success:
            families = text_string_to_metric_families(page.text)
            return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}
    return None


def _by(page: Figures, name: str, label: str | None) -> dict[str, float]:
    """Return the values of a figure by a label's values; without a label under the empty text."""
    return {"" if label is None else dict(labels).get(label, ""): value for (found, labels), value in page.items() if found == name}


def _worst(pages: Iterable[Figures], name: str, label: str | None) -> dict[str, float]:
    """Return the largest value that any role tells."""
    worst: dict[str, float] = {}
    for page in pages:
        for key, value in _by(page, name, label).items():
            worst[key] = max(value, worst.get(key, value))
    return worst
