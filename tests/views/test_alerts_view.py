"""The open alerts of monitoring, oldest first: whose, which transfer, and what it met, until they are closed up to a number."""

from typing import Any

from domain.ids import monitoring_of
from domain.monitoring.facts import AlertsClosed, RuleMet, TransferAssessed
from projections.accounts import alerts
from tests.views.history import ANN, History, named, seen

OTHER = named("account", 7)


def assess(history: History, account_id: str, alert: int, *found: RuleMet) -> None:
    fact = TransferAssessed(account_id, named("transfer", alert), "deposit", 10_000_00, "EUR", 0, 1, history.at(), alert, found)
    history.add(monitoring_of(account_id), fact)


def listed(history: History, limit: int = 50) -> list[alerts.Alert]:
    async def all_pages(reads: Any) -> list[alerts.Alert]:
        found: list[alerts.Alert] = []
        cursor = None
        while True:
            page = await alerts.alerts(reads, cursor=cursor, limit=limit)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    return seen(history, all_pages)


def test_what_meets_a_rule_is_listed_until_it_is_closed_and_nothing_else():
    history, large = History(), RuleMet("large", 10_000_00, 10_000_00)
    assess(history, ANN, 1, large)
    assess(history, ANN, 0)
    assess(history, OTHER, 1, large)
    assess(history, ANN, 2, large, RuleMet("count", 10, 10))
    for limit in (1, 2, 50):
        assert [(one.account_id, one.number) for one in listed(history, limit)] == [(ANN, 1), (OTHER, 1), (ANN, 2)]
    assert [(each.rule, each.measured, each.bound) for each in listed(history)[2].findings] == [
        ("large", 10_000_00, 10_000_00),
        ("count", 10, 10),
    ]
    history.add(monitoring_of(ANN), AlertsClosed(1, 1, "a flat was sold", "console", history.at()))
    assert [(one.account_id, one.number) for one in listed(history)] == [(OTHER, 1), (ANN, 2)]
    history.add(monitoring_of(ANN), AlertsClosed(2, 2, "the same flat", "console", history.at()))
    assert [(one.account_id, one.number) for one in listed(history)] == [(OTHER, 1)]
