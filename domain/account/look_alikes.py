"""Handles that only letters which look alike tell apart: two of them are one, so that nobody passes for another.

A handle has ASCII letters, digits and underscores only, so that letters of another script never get here. Among these, Unicode's table
of confusable characters (UTS 39, the skeleton of a string) makes one of 0 and O, of 1, l and I, and of m and rn; a line of underscores is
one underscore. The table stands here, and not in a library, since the id of a stream follows from it and has to stay as it is.
"""

import re

SAME_LETTERS = str.maketrans({"0": "o", "1": "l", "I": "l"})
"""What is written for a character, before the case is folded: a capital I looks like an l, a small one does not."""

UNDERSCORES = re.compile("_+")


def skeleton(handle: str) -> str:
    """Return what all handles that look like this one have in common: a handle in plain small letters that looks like it."""
    plain = handle.translate(SAME_LETTERS).casefold().replace("rn", "m")
    return UNDERSCORES.sub("_", plain)
