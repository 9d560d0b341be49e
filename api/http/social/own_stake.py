"""Units as text, as a stake of one's own is asked for in them."""

HUNDREDTHS_DIGITS = 2


def hundredths_of(units: str | None) -> int | None:
    """Return hundredths of decimal text with at most two places, such as 1.5."""
    if units is None:
        return None
    whole, _, rest = units.partition(".")
    return int(whole + rest.ljust(HUNDREDTHS_DIGITS, "0"))
