"""What may be asked of an account's notifications."""

from datetime import datetime

import msgspec


class SetPreference(msgspec.Struct, frozen=True, gc=False):
    """Say whether to be told something; fields as of `PreferenceSet`."""

    account_id: str
    level: str
    channel: str
    subject: str
    setting: str
    at: datetime


class MarkNotices(msgspec.Struct, frozen=True, gc=False):
    """Mark notices as seen, read or archived; fields as of `NoticesMarked`."""

    account_id: str
    mark: str
    upto: int
    at: datetime
    notice_id: str = ""


NotificationCommand = SetPreference | MarkNotices
