"""Puts messages into the words of a language: plural forms, numbers, money and times by the rules of the CLDR, which Babel has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal

from domain.fact import moment
from domain.notification.kinds import SLIP_SHARED
from domain.notification.wording.catalog import Catalog
from domain.notification.wording.english import ENGLISH
from domain.notification.wording.german import GERMAN
from domain.notification.wording.spanish import SPANISH

CATALOGS: Mapping[str, Catalog] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH}
"""By language, as accounts choose it (`domain.notification.schedule.LANGUAGES`)."""

MINOR_DIGITS = {"JPY": 0}


class Words:
    """The words of a language; one that has no catalog is English, and so is each message that a catalog lacks."""

    def __init__(self, language: str, catalogs: Mapping[str, Catalog] = CATALOGS) -> None:
        self.language = language if language in catalogs else "en"
        self._catalog, self._locale = {**ENGLISH, **catalogs[self.language]}, Locale.parse(self.language)

    def say(self, name: str, count: int = 1, /, **fields: Any) -> str:
        """Return a message with its fields put in; of one with plural forms, the form that goes with `count`, which is a field, too.

        Raises:
            KeyError: for a message that is in no catalog.

        """
        message = self._catalog[name]
        if not isinstance(message, str):
            message = message.get(self._locale.plural_form(count), message["other"])
        return message.format(count=self.number(count), **fields)

    def who(self, handles: Sequence[str], people: int) -> str:
        """Name people: "ann", "ann and ben", "ann and 41 others"."""
        first, others = handles[0] if handles else self.say("who.somebody"), people - 1
        if others <= 0:
            return first
        if others == 1 and len(handles) > 1:
            return self.say("who.and_one", first=first, second=handles[1])
        return self.say("who.and_others", others, first=first)

    def number(self, count: int) -> str:
        """Return a whole number."""
        return str(format_decimal(count, locale=self._locale))

    def odds(self, text: str) -> str:
        """Return a price, which is given as decimal text: `2.35`. Any other text is left as it is."""
        whole, point, minor = text.partition(".")
        if not (whole.isdecimal() and point and minor.isdecimal()):
            return text
        return str(format_decimal(Decimal(text), format=f"0.{'0' * len(minor)}", locale=self._locale))

    def money(self, amount_minor: int, currency: str) -> str:
        """Return an amount of money with its currency's code: `36.00 EUR`."""
        digits = MINOR_DIGITS.get(currency, 2)
        pattern = f"#,##0.{'0' * digits}".rstrip(".")
        written = format_decimal(Decimal(amount_minor).scaleb(-digits), format=pattern, locale=self._locale)
        return f"{written} {currency}".strip()

    def time(self, at_us: int) -> str:
        """Return a moment, given in microseconds since 1970, as day and time in UTC."""
        return str(format_datetime(moment(at_us), str(self._catalog["time"]), locale=self._locale))

    def folded(self, kinds: Sequence[str], people: int) -> str:
        """Say what a message is that stands for several notices: "12 slips from people whose bell is on"."""
        if set(kinds) != {SLIP_SHARED}:
            return self.say("digest.notices", len(kinds))
        return self.say("digest.slips_of_one" if people == 1 else "digest.slips_of_several", len(kinds))


@lru_cache(maxsize=64)
def words_of(language: str) -> Words:
    """Return the words of a language."""
    return Words(language)
