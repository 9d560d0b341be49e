"""The views of this package. A new one is added here."""

from projections.ports import View
from projections.trading import liability, proposals

VIEWS: tuple[View, ...] = (liability.VIEW, proposals.VIEW)
