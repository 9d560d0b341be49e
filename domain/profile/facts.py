"""What happens to a profile. Its stream's id follows from the account's (`domain.ids.profile_of`)."""

from datetime import datetime

from domain.fact import Fact


class ProfileChanged(Fact, frozen=True, tag="profile.changed.v1"):
    """What the account shows of itself from now on: `display_name` and `bio` are sealed text, empty where there is none.

    Only followers see the slips of a `private` account, and who wants to follow it has to ask.
    """

    account_id: str
    display_name: str
    bio: str
    private: bool
    at: datetime


ProfileFact = ProfileChanged
