"""Prose: what people write for others to read, such as a caption, a comment, a bio. Normalised and checked here, before it is sealed.

It is counted as people count: a family of four, a flag and an accented letter are one character each (extended grapheme clusters, Unicode
Standard Annex 29). Characters that nobody sees are refused, except where a script or an emoji needs them. Markup is text like any other.
"""

import re
import unicodedata

from domain.refused import Refused
from domain.text import INVISIBLE, normal

CODE_POINTS_PER_CHARACTER_MAX = 16
"""So many code points for each character allowed are looked at; the longest emoji in use take ten."""

MARKS_PER_CHARACTER_MAX = 6
"""How many marks one letter may carry. Living scripts use four at most; more of them cover the lines above and below."""

MENTIONS_MAX = 10

ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER = "\u200d", "\u200c"
LINE_ENDS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
BLANKS = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
BLANKS_AT_LINE_END = re.compile(" +\n")
EMPTY_LINES = re.compile("\n{3,}")
REGION_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country, such as England: a black flag and the part's name in tag characters."""
TEXT_OR_EMOJI = frozenset("\ufe0e\ufe0f")
"""The variation selectors that choose between a sign and its emoji."""
BLACK_FLAG = "\U0001f3f4"
SHOWN_AS_EMOJI = frozenset("0123456789#*\u203c\u2049\u2139\u3030")
"""What a variation selector makes an emoji of, beside symbols."""
UNSEEN = INVISIBLE | {"\ufffc"} | {chr(code) for code in range(0xE0100, 0xE01F0)}
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
    characters, region_letters, before = 0, 0, ""
    for character in REGION_FLAG.sub(BLACK_FLAG, text):
        region_letters = region_letters + 1 if _is_region_letter(character) else 0
        is_joined = before == ZERO_WIDTH_JOINER and _is_symbol(character)
        is_second_letter = region_letters > 0 and region_letters % 2 == 0
        if not (is_joined or is_second_letter or _extends(character)):
            characters += 1
        before = character
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
    shown = REGION_FLAG.sub(BLACK_FLAG, text)
    marks = MARKS_PER_CHARACTER_MAX
    for place, character in enumerate(shown):
        before = shown[place - 1] if place else ""
        if character == "\n":
            is_right, marks = lines, MARKS_PER_CHARACTER_MAX
        elif character in TEXT_OR_EMOJI:
            is_right = before in SHOWN_AS_EMOJI or _is_symbol(before)
        elif character == ZERO_WIDTH_JOINER:
            is_right = _joins(before, shown[place + 1 : place + 2])
        elif character == ZERO_WIDTH_NON_JOINER:
            is_right = _parts(shown, place)
        elif unicodedata.category(character).startswith("M"):
            marks += 1
            is_right = marks <= MARKS_PER_CHARACTER_MAX and character not in UNSEEN
        else:
            is_right = (character.isprintable() and character not in UNSEEN) or _is_pictograph(character)
            marks = MARKS_PER_CHARACTER_MAX if character == " " else 0
        if not is_right:
            return character
    return ""


def _joins(before: str, after: str) -> bool:
    """Tell whether a joiner has a meaning there: between the parts of an emoji, or behind the virama of an Indic script (RFC 5892, A.2)."""
    is_between_symbols = (before in TEXT_OR_EMOJI or _is_symbol(before)) and _is_symbol(after)
    return bool(before) and (is_between_symbols or _is_virama(before))


def _parts(text: str, place: int) -> bool:
    """Tell whether a non-joiner has a meaning there: between letters that would be joined, or behind a virama (RFC 5892, A.1)."""
    if place and _is_virama(text[place - 1]):
        return True
    before = next((each for each in reversed(text[:place]) if not _extends(each)), "")
    after = next((each for each in text[place + 1 :] if not _extends(each)), "")
    return _is_arabic(before) and _is_arabic(after) and text[place + 1] != ZERO_WIDTH_NON_JOINER


def _extends(character: str) -> bool:
    """Tell whether a character belongs to the one before: marks, joiners, the shades of an emoji's skin, vowels of old Korean."""
    code = ord(character)
    if code < 0x300:
        return False
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me"}
    return is_mark or character in {ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER} or 0x1F3FB <= code <= 0x1F3FF or 0x1160 <= code <= 0x11FF


def _is_symbol(character: str) -> bool:
    return bool(character) and (unicodedata.category(character).startswith("S") or _is_pictograph(character))


def _is_pictograph(character: str) -> bool:
    """Tell whether a character is an emoji, or is kept for one that is newer than the tables here."""
    return 0x1F000 <= ord(character) <= 0x1FAFF


def _is_region_letter(character: str) -> bool:
    """Tell whether it is one of the letters of which two make the flag of a country."""
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _is_virama(character: str) -> bool:
    return unicodedata.combining(character) == unicodedata.combining("\u094d")


def _is_arabic(character: str) -> bool:
    return bool(character) and unicodedata.bidirectional(character) == "AL"
