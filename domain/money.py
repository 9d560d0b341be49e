"""Money: integer minor units and an ISO 4217 code. No floats come near it."""

from domain.refused import Refused

AMOUNT_MINOR_MAX = 1_000_000_000_000_000
"""The largest amount anywhere: 10^15 minor units. It fits int64 and is exact in every JSON reader's double."""

CURRENCIES = frozenset({"AUD", "BRL", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "NZD", "PLN", "SEK", "USD"})
"""The currencies a wallet may be held in."""


class AmountOutOfRange(Refused):
    """The amount is not a whole number of minor units between one and the largest allowed."""

    amount_minor: int
    amount_minor_max: int


class CurrencyUnknown(Refused):
    """Wallets are not held in this currency."""

    currency: str


def check_amount(amount_minor: int) -> None:
    """Refuse an amount that is not positive or larger than anything we hold.

    Raises:
        AmountOutOfRange: with the amount and the limit.

    """
    if type(amount_minor) is not int or not 1 <= amount_minor <= AMOUNT_MINOR_MAX:
        raise AmountOutOfRange(amount_minor, AMOUNT_MINOR_MAX)


def check_currency(currency: str) -> None:
    """Refuse a currency that we hold no wallets in.

    Raises:
        CurrencyUnknown: with the code as given.

    """
    if currency not in CURRENCIES:
        raise CurrencyUnknown(currency)
