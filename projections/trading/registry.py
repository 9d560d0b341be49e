"""The views of this package. A new one is added here."""

from projections.ports import View
from projections.trading import proposals

VIEWS: tuple[View, ...] = (proposals.VIEW,)
