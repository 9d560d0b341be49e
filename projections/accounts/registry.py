"""The views of this package. A new one is added here."""

from projections.accounts import statement
from projections.ports import View

VIEWS: tuple[View, ...] = (statement.VIEW,)
