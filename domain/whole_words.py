"""Whole words in a text of any script: how words that are muted are compared with what people wrote.

Both are folded: what differs in case, width or composition alone is the same. A word is found where it does not go on at either end. In
scripts that are written without blanks between words (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan) every character is an end.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
BLANKS = re.compile(r"\s+")


def folded(text: str) -> str:
    """Return a text as it is compared: without case, in compatible composed form (NFKC), blanks made one each."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return BLANKS.sub(" ", text.casefold()).strip()


def finder(words: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether one of some words, or a tag of that name, stands in a text."""
    sought = [word for each in words if (word := folded(each).lstrip("#"))]
    return lambda text: bool(sought) and _has_any(folded(text), sought)


def _has_any(text: str, sought: Iterable[str]) -> bool:
    return any(_stands_in(text, word) for word in sought)


def _stands_in(text: str, word: str) -> bool:
    begin = text.find(word)
    while begin >= 0:
        end = begin + len(word)
        if not _goes_on(text[begin - 1 : begin], word[0]) and not _goes_on(word[-1], text[end : end + 1]):
            return True
        begin = text.find(word, begin + 1)
    return False


def _goes_on(before: str, after: str) -> bool:
    """Tell whether two neighbours belong to one word; no character is an end. A mark belongs to whatever it is on."""
    if not before or not after:
        return False
    if unicodedata.category(after)[0] == "M":
        return True
    are_letters = unicodedata.category(before)[0] in "LNM" and unicodedata.category(after)[0] in "LN"
    are_joined = "_" in (before, after) and all(each == "_" or unicodedata.category(each)[0] in "LNM" for each in (before, after))
    return (are_letters or are_joined) and not (WITHOUT_BLANKS.match(before) or WITHOUT_BLANKS.match(after))
