"""Words as a search compares them: without case, accents and signs, so that "Malmo FF" finds "Malmö FF"."""

import re
import unicodedata
from typing import NamedTuple

from domain.refused import Refused
from domain.text import is_visible, normal

QUERY_CHARACTERS_MAX = 60
QUERY_WORDS_MAX = 8
WORDS_MAX = 64
"""Words of one name that are looked at."""
WORD_CHARACTERS_MAX = 100
WORD = re.compile(r"[^\W_]+")
TAG = re.compile(r"[a-z0-9_]+")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart, as people without such keys write them."""
SIGNS = {"@": ("account",), "#": ("tag", "slip")}
"""What a search is for that begins with a sign."""


class SearchMalformed(Refused):
    """A search is 1 to 60 visible characters and 1 to 8 words, each with a letter or a digit."""

    query: str
    characters_max: int
    words_max: int


class SearchWords(NamedTuple):
    """What is searched for: each word as the beginning of one, or the beginning of a tag, which has no blanks.

    `kinds` says which kinds are meant where a sign says so.
    """

    words: tuple[str, ...]
    tag: str
    kinds: tuple[str, ...] = ()

    @property
    def folded(self) -> str:
        """Return the words as one text, as `folded_name` returns that of a name."""
        return " ".join(self.words)


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared, in order."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in apart if not unicodedata.combining(each)).casefold().translate(LETTERS)
    return [word[:WORD_CHARACTERS_MAX] for word in WORD.findall(bare)[:WORDS_MAX]]


def folded_name(text: str) -> str:
    """Return a name as it is compared."""
    return " ".join(words_of(text))


def read_search(query: str) -> SearchWords:
    """Return what a query asks for.

    Raises:
        SearchMalformed: with its beginning, where it is empty, too long, invisible in part, or has no word or too many.

    """
    asked = normal(query).strip(" ")
    words = words_of(asked) if len(asked) <= QUERY_CHARACTERS_MAX and is_visible(asked) else []
    if not 1 <= len(words) <= QUERY_WORDS_MAX:
        raise SearchMalformed(_shown(query), QUERY_CHARACTERS_MAX, QUERY_WORDS_MAX)
    tag = asked.lstrip("#").lower()
    return SearchWords(tuple(words), tag if TAG.fullmatch(tag) else "_".join(words), SIGNS.get(asked[:1], ()))


def _shown(query: str) -> str:
    """Return the beginning of a query as it can be shown."""
    return "".join(each if each.isprintable() else "?" for each in query[:QUERY_CHARACTERS_MAX])
