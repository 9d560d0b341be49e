"""The views of this package. A new one is added here."""

from projections.accounts import alerts, statement
from projections.ports import View

VIEWS: tuple[View, ...] = (statement.VIEW, alerts.VIEW)
