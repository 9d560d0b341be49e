"""When a provider may be asked again, as its header `Retry-After` says."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

RETRY_AFTER_S_MAX = 86_400.0


def retry_after_s(fields: Mapping[str, str], now_s: float) -> float:
    """Return after how many seconds to try again, as a header says: a number, or a date; 0 where it says nothing that can be read."""
    said = fields.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(float(said), RETRY_AFTER_S_MAX)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    return min(max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now_s), RETRY_AFTER_S_MAX)
