"""The languages that the word filter has words of, and how a setting names some of them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

LANGUAGES = (
    "arabic", "chinese", "czech", "danish", "dutch", "english", "esperanto", "finnish", "french", "german", "hindi", "hungarian",
    "italian", "japanese", "korean", "norwegian", "persian", "polish", "portuguese", "russian", "spanish", "swedish", "thai", "turkish",
)  # fmt: skip
"""The library's lists: it takes any other name for a list without words."""


def checked_languages(named: object) -> tuple[str, ...]:
    """Return languages that were named one by one, or in a text with commas between.

    Raises:
        ValueError: when there are none, or one is not among `LANGUAGES`.

    """
    names = named.split(",") if isinstance(named, str) else named
    assert isinstance(names, Iterable), "languages come as text or one by one"
    languages = tuple(dict.fromkeys(str(name).strip().lower() for name in names))
    if not languages or not set(languages) <= set(LANGUAGES):
        raise ValueError(f"is no list of these, with commas between: {', '.join(LANGUAGES)}")
    return languages


Languages = Annotated[tuple[str, ...], NoDecode, BeforeValidator(checked_languages)]
