"""The code of a draft: ten characters, short enough to be read out, and too many to be guessed.

Ten characters of 32 are 50 bits. Among a million codes that are handed on, one guess in a thousand million opens one, and what an account
asks for is limited. The letters I, L, O and U are not in the alphabet (Crockford's base 32); who types the first three means digits.
"""

from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_CHARACTERS = 10
BITS = 5
MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def code_of(secret: str) -> str:
    """Return the code that follows from a secret: the same for the same one, and of no use to learn anything of it."""
    digest = blake2b(secret.encode(), digest_size=CODE_CHARACTERS * BITS // 8 + 1).digest()
    number = int.from_bytes(digest)
    return "".join([ALPHABET[number >> BITS * place & 31] for place in range(CODE_CHARACTERS)])


def is_code(text: str) -> bool:
    """Tell whether a text is a code as it is kept."""
    return len(text) == CODE_CHARACTERS and all(each in ALPHABET for each in text)


def code_as_kept(typed: str) -> str:
    """Return the code that somebody typed, in whatever case and with dashes or blanks; empty where it is none."""
    code = typed[: 4 * CODE_CHARACTERS].upper().translate(MEANT)
    return code if is_code(code) else ""
