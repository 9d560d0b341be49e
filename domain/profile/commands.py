"""What may be asked of a profile."""

from datetime import datetime

import msgspec


class ChangeProfile(msgspec.Struct, frozen=True, gc=False):
    """Show something else of the account. Texts are sealed, empty for none; what is None stays as it is."""

    account_id: str
    display_name: str | None
    bio: str | None
    private: bool | None
    at: datetime


ProfileCommand = ChangeProfile
