"""Prose: what people write for others to read, such as a caption, a comment, a bio. Normalised and checked here, before it is sealed.

It is counted as people count: a family of four, a flag and an accented letter are one character each (extended grapheme clusters, Unicode
Standard Annex 29). Characters that nobody sees are refused, except where a script or an emoji needs them. Markup is text like any other.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from domain.refused import Refused
from domain.text import INVISIBLE, normal

CODE_POINTS_PER_CHARACTER_MAX = 16
"""So many code points for each character allowed are looked at; the longest emoji in use take ten."""

MARKS_PER_CHARACTER_MAX = 6
"""How many marks one letter may carry. Living scripts use four at most; more of them cover the lines above and below."""

MENTIONS_MAX = 10

LINE_ENDS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
BLANKS = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
BLANKS_AT_LINE_END = re.compile(" +\n")
EMPTY_LINES = re.compile("\n{3,}")
REGION_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country, such as England: a black flag and the part's name in tag characters."""
BLACK_FLAG = "\U0001f3f4"
SHOWN_AS_EMOJI = frozenset("0123456789#*\u203c\u2049\u2139\u3030")
"""What a variation selector makes an emoji of, beside symbols."""
UNSEEN = INVISIBLE | {"\ufffc"}
KINDS_BY_NAME = {"\n": "line", " ": "blank", "\u200d": "joiner", "\u200c": "non-joiner", "\ufe0e": "selector", "\ufe0f": "selector"}
ALWAYS_RIGHT = frozenset({"plain", "symbol", "blank", "shade", "region", "vowel"})
SYMBOLS = frozenset({"symbol", "shade", "region"})
EXTENDING = frozenset({"mark", "selector", "joiner", "non-joiner", "shade", "vowel"})
"""Kinds that belong to the character before: marks, joiners, the shades of an emoji's skin, vowels of old Korean."""
COUNTED_EACH = frozenset({"plain", "symbol", "blank", "line"})
MENTION = re.compile(r"(?<![\w@./-])@([A-Za-z0-9_]{3,30})(?!\w)")


class TextEmpty(Refused):
    """A text is needed, and there is none."""

    field: str


class TextTooLong(Refused):
    """The text is longer than it may be."""

    field: str
    characters_max: int


class TextMalformed(Refused):
    """The text holds a character that cannot be shown here: a control, direction or invisible one, or too many marks on one letter."""

    field: str
    character: str


def checked_prose(text: str, *, field: str, characters_max: int, lines: bool = True, may_be_empty: bool = False) -> str:
    """Return a text as it is kept, in Unicode's composed form (NFC); `field` is what it is, for the evidence.

    Ends of lines are line feeds, at most two in a row, and blanks are spaces, none at the ends. Without `lines` it is one line.

    Raises:
        TextTooLong, TextMalformed, TextEmpty: in this order.

    """
    if len(text) > characters_max * CODE_POINTS_PER_CHARACTER_MAX:
        raise TextTooLong(field, characters_max)
    kept = _tidied(text)
    wrong = _first_wrong(kept, lines=lines)
    if wrong:
        raise TextMalformed(field, f"U+{ord(wrong):04X}")
    if count_characters(kept) > characters_max:
        raise TextTooLong(field, characters_max)
    if not kept and not may_be_empty:
        raise TextEmpty(field)
    return kept


def count_characters(text: str) -> int:
    """Return how many characters people see in a text that was checked."""
    if text.isascii():
        return len(text)
    kinds = _kinds_in(text)
    if COUNTED_EACH.issuperset(kinds):
        return len(kinds)
    characters, region_letters, before = 0, 0, ""
    for kind in kinds:
        region_letters = region_letters + 1 if kind == "region" else 0
        is_joined = before == "joiner" and kind in SYMBOLS
        is_second_letter = region_letters > 0 and region_letters % 2 == 0
        if not (is_joined or is_second_letter or kind in EXTENDING):
            characters += 1
        before = kind
    return characters


def handles_in(text: str) -> tuple[str, ...]:
    """Return the handles that a text mentions (`@handle`), in lower case, each once, in their order; at most one more than may be."""
    return tuple(dict.fromkeys(handle.casefold() for handle in MENTION.findall(text)))[: MENTIONS_MAX + 1]


def _tidied(text: str) -> str:
    text = LINE_ENDS.sub("\n", normal(text))
    text = BLANKS_AT_LINE_END.sub("\n", BLANKS.sub(" ", text))
    return EMPTY_LINES.sub("\n\n", text).strip(" \n")


def _first_wrong(text: str, *, lines: bool) -> str:
    """Return the first character that may not stand where it does, empty where all may."""
    if text.isascii():
        return next((each for each in text if not (each.isprintable() or (lines and each == "\n"))), "")
    shown, kinds = REGION_FLAG.sub(BLACK_FLAG, text), _kinds_in(text)
    if ALWAYS_RIGHT.issuperset(kinds):
        return ""
    marks, before = MARKS_PER_CHARACTER_MAX, ""
    for place, kind in enumerate(kinds):
        match kind:
            case "line":
                is_right, marks = lines, MARKS_PER_CHARACTER_MAX
            case "selector":
                is_right = before in SYMBOLS or shown[place - 1 : place] in SHOWN_AS_EMOJI
            case "joiner":
                is_right = _joins(shown, kinds, place)
            case "non-joiner":
                is_right = _parts(shown, kinds, place)
            case "mark":
                marks += 1
                is_right = marks <= MARKS_PER_CHARACTER_MAX
            case _:
                is_right, marks = kind != "wrong", MARKS_PER_CHARACTER_MAX if kind == "blank" else 0
        if not is_right:
            return shown[place]
        before = kind
    return ""


def _joins(text: str, kinds: Sequence[str], place: int) -> bool:
    """Tell whether a joiner has a meaning there: between the parts of an emoji, or behind the virama of an Indic script (RFC 5892, A.2)."""
    if not place or _is_virama(text[place - 1]):
        return place > 0
    is_behind_symbol = kinds[place - 1] == "selector" or kinds[place - 1] in SYMBOLS
    return is_behind_symbol and place + 1 < len(kinds) and kinds[place + 1] in SYMBOLS


def _parts(text: str, kinds: Sequence[str], place: int) -> bool:
    """Tell whether a non-joiner has a meaning there: between letters that would be joined, or behind a virama (RFC 5892, A.1)."""
    if place and _is_virama(text[place - 1]):
        return True
    before = next((text[at] for at in range(place - 1, -1, -1) if kinds[at] not in EXTENDING), "")
    after = next((text[at] for at in range(place + 1, len(text)) if kinds[at] not in EXTENDING), "")
    return _is_arabic(before) and _is_arabic(after) and kinds[place + 1] != "non-joiner"


def _kinds_in(text: str) -> list[str]:
    """Return the kind of each character of a text, the flags of parts of countries each taken as one."""
    return list(map(_kind_of, REGION_FLAG.sub(BLACK_FLAG, text)))


@lru_cache(maxsize=16_384)
def _kind_of(character: str) -> str:
    """Return what a character is to the rules here: one that may stand anywhere (plain, symbol, blank), or one that depends on others."""
    if character in KINDS_BY_NAME:
        return KINDS_BY_NAME[character]
    code = ord(character)
    category = unicodedata.category(character)
    if character in UNSEEN or not (character.isprintable() or _is_pictograph(character)):
        return "wrong"
    if category.startswith("M"):
        return "mark"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "region"
    if 0x1F3FB <= code <= 0x1F3FF:
        return "shade"
    if 0x1160 <= code <= 0x11FF:
        return "vowel"
    return "symbol" if category.startswith("S") or _is_pictograph(character) else "plain"


def _is_pictograph(character: str) -> bool:
    """Tell whether a character is an emoji, or is kept for one that is newer than the tables here."""
    return 0x1F000 <= ord(character) <= 0x1FAFF


def _is_virama(character: str) -> bool:
    return unicodedata.combining(character) == unicodedata.combining("\u094d")


def _is_arabic(character: str) -> bool:
    return bool(character) and unicodedata.bidirectional(character) == "AL"
