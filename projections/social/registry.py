"""The views of this package. A new one is added here."""

from projections.ports import View
from projections.social import competitions, drafts, engagement, follows, moderation, own_mutes, records, slips, trending

VIEWS: tuple[View, ...] = (
    follows.VIEW,
    slips.VIEW,
    engagement.VIEW,
    trending.VIEW,
    records.VIEW,
    drafts.VIEW,
    competitions.VIEW,
    own_mutes.VIEW,
    moderation.VIEW,
)
