"""Values of attributes, read strictly."""

from domain.text import is_plain
from infra.sports_data.uof.xml_document import Element

EVENT_PREFIX = "sr:match:"
TEXT_CHARACTERS_MAX = 120
DIGITS_MAX = 15


class Wrong(Exception):  # noqa: N818  (it says what is wrong with a message or a part of one, and is caught by its reader)
    """What is wrong."""


def text_of(element: Element, attribute: str) -> str:
    """Return an attribute that must be there.

    Raises:
        Wrong: when it is not, or cannot be shown.

    """
    text = element.attributes.get(attribute, "")
    if not is_plain(text, TEXT_CHARACTERS_MAX):
        raise Wrong(f"has no {attribute}")
    return text


def number(element: Element, attribute: str) -> int:
    """Return a whole number, zero or more, that must be there.

    Raises:
        Wrong: when it is not.

    """
    text = element.attributes.get(attribute, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise Wrong(f"has no {attribute}" if not text else f"has {attribute} {text[:20]!r}")
    return int(text)
