"""What an app says of its phone to be sent pushes: which provider reaches it, and by which token. Pure checks."""

import re

from domain.refused import Refused

FCM, APNS = "fcm", "apns"
PROVIDERS = (FCM, APNS)
"""Who carries pushes to phones: Firebase Cloud Messaging, and the Apple Push Notification service."""
TOKEN_LENGTH_MAX = 1_000
TOKENS = {FCM: re.compile(r"[A-Za-z0-9:_-]{20,1000}"), APNS: re.compile(r"([0-9a-f]{2}){16,100}")}
"""Names of phones: of FCM some 160 characters, of APNs bytes in hexadecimal digits, 32 of them today."""


class DeviceProviderUnknown(Refused):
    """Pushes to phones are carried by fcm and apns, and by nobody else."""

    provider: str


class DeviceProviderNotSetUp(Refused):
    """Pushes by this provider are not set up here."""

    provider: str


class DeviceTokenMalformed(Refused):
    """A device token is malformed: of fcm 20 to 1,000 letters, digits, :, - or _, of apns 16 to 100 bytes in hexadecimal digits."""

    provider: str


def checked_token(provider: str, token: str) -> str:
    """Return a token as it is kept: of APNs in small letters, so that one phone has one name.

    Raises:
        DeviceProviderUnknown, DeviceTokenMalformed: in this order.

    """
    if provider not in TOKENS:
        raise DeviceProviderUnknown(provider[:30])
    kept = token.lower() if provider == APNS else token
    if TOKENS[provider].fullmatch(kept) is None:
        raise DeviceTokenMalformed(provider)
    return kept
