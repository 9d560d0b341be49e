"""The views of this package. A new one is added here."""

from projections.betting import board, portfolio
from projections.ports import View

VIEWS: tuple[View, ...] = (portfolio.VIEW, board.VIEW)
