"""The word filter by glin-profanity: its words of some languages, whole ones, also where letters are replaced, parted or repeated."""

from collections.abc import Sequence

from glin_profanity import Filter  # type: ignore[import-untyped]

ORDINARY_IN_SPORT = (
    "bs",
    "domination",
    "escort",
    "girl on",
    "hooker",
    "how to kill",
    "mf",
    "pegging",
    "skeet",
    "snatch",
    "snowballing",
    "suck",
    "sucks",
    "swinger",
    "tied up",
    "xx",
)
"""Words of the library's list that people who talk about matches mean no harm by: a hooker plays rugby, MF is a midfielder."""


class OffensiveWords:
    """Marks offensive words of some languages (`infra.word_filter.languages`), in some 10 microseconds a character.

    It keeps nothing of what it was asked.
    """

    def __init__(self, languages: Sequence[str] = ("english",)) -> None:
        self._filter = Filter({"languages": list(languages), "ignore_words": list(ORDINARY_IN_SPORT)})
        self.marks("ready")  # the library prepares its patterns when it is asked first

    def marks(self, text: str) -> bool:
        """Tell whether a text has such a word; see `WordFilter.marks`."""
        return bool(self._filter.is_profane(text))


class NoWords:
    """Marks nothing: where the operator switched the word filter off."""

    def marks(self, _text: str) -> bool:
        """Tell that nothing is wrong with a text."""
        return False
