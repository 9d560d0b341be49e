"""Compares a sample with its bounds: one check for each part that has to make progress."""

from collections.abc import Iterator
from typing import NamedTuple

from api.auth.current_sessions import ROLES_CACHED_S
from api.readiness import THE_LOG, THE_VIEWS, Check, Report
from commands.dispatch.lanes import SHED_AT, Lane
from infra.readiness.sample import GATEWAY, LogSample, ManagerSample, Sample, ViewsSample

SILENCE_FORGOTTEN_S = 86_400.0
"""A producer of prices that was not heard of for a day is none any more."""


class Bounds(NamedTuple):
    """What still counts as moving, in seconds."""

    view_lag_s: float = 5.0
    manager_lag_s: float = 5.0
    relay_lag_s: float = 5.0
    case_age_s: float = 60.0
    undecided_s: float = 2.0
    clock_skew_s: float = 5.0
    log_clock_lag_s: float = 1.0
    queue_filled: float = SHED_AT[Lane.ACCOUNTS]
    feed_silence_s: float = 10.0
    accounts_s: float = ROLES_CACHED_S


def report_of(sample: Sample, bounds: Bounds) -> Report:
    """Return every check of a sample, and the alarms."""
    checks: list[Check] = []
    alarms: list[str] = []
    if isinstance(sample.log, str):
        checks.append(Check(THE_LOG, ok=False, says=f"the log cannot be reached: {sample.log}"))
    else:
        checks.append(Check(THE_LOG, ok=True, says="the log can be reached"))
        checks += _clocks(sample.log, bounds)
        checks += _search(sample.log, bounds)
        checks += _relay(sample.log, bounds)
        checks += _notices(sample.log, bounds)
        if sample.log.search_trouble:
            alarms.append(f"the search index stops before a fact that it cannot take: {sample.log.search_trouble}")
    if isinstance(sample.views, str):
        checks.append(Check(THE_VIEWS, ok=False, says=f"the views cannot be reached: {sample.views}"))
    else:
        checks.append(Check(THE_VIEWS, ok=True, says="the views can be reached"))
        checks += _views(sample, sample.views, bounds)
        alarms += [f"the view {view} is set aside: {said}" for view, said in sample.views.troubles.items()]
    checks += _gateway(sample, bounds)
    for name, manager in sample.managers.items():
        checks += _manager(name, manager, bounds)
        if manager.set_aside:
            alarms.append(f"{manager.set_aside} cases of {name} are set aside, as their commands were refused, and tried again")
    checks += [_at_most("feed silence", f"the producer {name} was last heard of", silent_s, bounds.feed_silence_s, "ago")
               for name, silent_s in sample.silence_s.items() if silent_s < SILENCE_FORGOTTEN_S]  # fmt: skip
    if sample.accounts_s is not None:
        checks.append(_accounts(sample.accounts_s, bounds.accounts_s))
    checks.append(_at_most("undecided", "the oldest command waits to be decided for", sample.undecided_s, bounds.undecided_s))
    checks.append(_queue(sample.queue_filled, bounds.queue_filled))
    return Report(checks, alarms)


def _queue(filled: float, bound: float) -> Check:
    is_over = filled > bound
    says = f"the command queue is filled to {filled:.0%}" + (f", more than {bound:.0%}: what can wait is refused" if is_over else "")
    return Check("command queue", ok=not is_over, says=says, value=round(filled, 3), bound=bound)


def _clocks(log: LogSample, bounds: Bounds) -> Iterator[Check]:
    skew_s = abs(log.skew_s)
    way = "ahead of" if log.skew_s > 0 else "behind"
    yield Check(
        "clock skew",
        ok=skew_s <= bounds.clock_skew_s,
        says=f"this process' clock is {skew_s:.3f} s {way} the database's"
        + ("" if skew_s <= bounds.clock_skew_s else f", more than {bounds.clock_skew_s:g} s: nothing is served until they agree"),
        value=skew_s,
        bound=bounds.clock_skew_s,
        unit="s",
    )
    yield Check(
        "log clock",
        ok=log.lag_s <= bounds.log_clock_lag_s,
        says="the database's clock is not behind the log's time"
        if log.lag_s <= bounds.log_clock_lag_s
        else f"the database's clock is {log.lag_s:.3f} s behind the log's time: what holds for a limited time is refused until it is not",
        value=log.lag_s,
        bound=bounds.log_clock_lag_s,
        unit="s",
    )
    yield Check("encoding", ok=log.encoding == "UTF8", says=f"the database's encoding is {log.encoding}; the log needs UTF8")


def _views(sample: Sample, views: ViewsSample, bounds: Bounds) -> Iterator[Check]:
    yield Check(
        "eviction policy",
        ok=views.policy == "noeviction",
        says=f"the views' server has the maxmemory-policy {views.policy}"
        + ("" if views.policy == "noeviction" else ": it forgets rows when it is full; set it to noeviction"),
    )
    yield Check(
        "views' primary", ok=views.role != "slave", says=f"the views' server is a {'replica' if views.role == 'slave' else 'primary'}"
    )
    for view in views.positions:
        behind = sample.behind.get(view)
        if behind is not None:
            said = f"the view {view} is {behind.positions} positions behind the log, the oldest fact it has not seen committed"
            yield _at_most(f"view {view}", said, behind.age_s, bounds.view_lag_s, "ago")


def _search(log: LogSample, bounds: Bounds) -> Iterator[Check]:
    if log.searched is not None:
        said = f"the search index is {log.searched.positions} positions behind the log, the oldest fact it has not seen committed"
        yield _at_most("search index", said, log.searched.age_s, bounds.view_lag_s, "ago")


def _relay(log: LogSample, bounds: Bounds) -> Iterator[Check]:
    for topic, behind in log.relayed.items():
        said = f"the topic {topic} is {behind.positions} positions behind the log, the oldest fact that no relay copied committed"
        yield _at_most("relay", said, behind.age_s, bounds.relay_lag_s, "ago")


def _notices(log: LogSample, bounds: Bounds) -> Iterator[Check]:
    if log.told is not None:
        said = f"notifications outside the page are {log.told.positions} positions behind the log, the oldest fact not seen committed"
        yield _at_most("notifications", said, log.told.age_s, bounds.view_lag_s, "ago")


def _gateway(sample: Sample, bounds: Bounds) -> Iterator[Check]:
    behind = sample.behind.get(GATEWAY)
    if behind is not None:
        said = f"what sockets were told is {behind.positions} positions behind the log, the oldest fact they have not seen committed"
        yield _at_most("gateway", said, behind.age_s, bounds.view_lag_s, "ago")


def _manager(name: str, manager: ManagerSample, bounds: Bounds) -> Iterator[Check]:
    behind = manager.behind
    said = f"the process manager {name} is {behind.positions} positions behind the log, the oldest fact it has not seen committed"
    yield _at_most(f"manager {name}", said, behind.age_s, bounds.manager_lag_s, "ago")
    yield _at_most(f"cases of {name}", f"the oldest case of {name} has been due for", manager.oldest_due_s, bounds.case_age_s)


def _accounts(age_s: float, bound_s: float) -> Check:
    late = age_s > bound_s
    says = f"which sessions ended and which roles were revoked elsewhere is known as it was {age_s:.1f} s ago"
    says += f", more than {bound_s:g} s: each signed-in request asks the log, and is refused where that is away" if late else ""
    return Check("account changes", ok=not late, says=says, value=round(age_s, 3), bound=bound_s, unit="s")


def _at_most(name: str, said: str, value_s: float, bound_s: float, after: str = "") -> Check:
    too_much = value_s > bound_s
    says = f"{said} {value_s:.1f} s {after}".rstrip() + (f", more than {bound_s:g} s" if too_much else "")
    return Check(name, ok=not too_much, says=says, value=round(value_s, 3), bound=bound_s, unit="s")
