"""The views of this package. A new one is added here."""

from projections.ports import View
from projections.trading import exposure, liability, proposals, referrals

VIEWS: tuple[View, ...] = (exposure.VIEW, liability.VIEW, proposals.VIEW, referrals.VIEW)
