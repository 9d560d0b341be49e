"""The views of this package. A new one is added here."""

from projections.notifications import inbox, kick_offs
from projections.ports import View

VIEWS: tuple[View, ...] = (inbox.VIEW, kick_offs.VIEW)
