"""The encoding of facts: JSON under a stable name in the log, rows of binary COPY on the way to Postgres."""

from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Any
from uuid import UUID

import msgspec

from commands.ports import NewFact
from domain.catalogue import FACTS, UPCASTERS, AnyFact
from domain.fact import Fact, Recorded, UnknownFact, stored_name


class FactUnknown(Exception):  # noqa: N818  (named for what happened)
    """The log holds a fact under a name that this version of Slipstream does not know."""


encode_fact = msgspec.json.Encoder().encode
_decode_recorded: Callable[[str | bytes], Sequence[Recorded]] = msgspec.json.Decoder(list[Recorded[AnyFact]]).decode  # type: ignore[assignment]


_decode_fact: Callable[[bytes | msgspec.Raw], Fact] = msgspec.json.Decoder(AnyFact).decode


class RawRow(msgspec.Struct, array_like=True, gc=False):
    """A stored fact whose body is not decoded yet."""

    position: int
    stream_id: str
    version: int
    body: msgspec.Raw
    committed_us: int = 0


decode_raw = msgspec.json.Decoder(list[RawRow]).decode
_decode_plain = msgspec.json.Decoder(dict[str, Any]).decode


def decode_recorded(recorded: str | bytes) -> Sequence[Recorded]:
    """Return many stored facts at once from one JSON array of `[position, stream, version, fact, committed_us]`.

    Facts under old names do not fit the catalogue; then the facts are decoded one by one, and those under old names are upcast.

    Raises:
        FactUnknown: when neither the catalogue nor an upcaster has a name.
        msgspec.ValidationError: when stored bytes are not that fact.

    """
    return _decode(recorded, _fact)


def decode_followed(recorded: bytes) -> Sequence[Recorded]:
    """Return the same, and nothing where one of them cannot be decoded: whoever needs its stream loads it, and is told what is wrong."""
    try:
        return decode_recorded(recorded) if recorded else ()
    except (FactUnknown, *DAMAGE):
        return ()


def decode_log(recorded: str | bytes) -> Sequence[Recorded]:
    """Decode many stored facts for readers of the whole log: a fact that this process cannot decode is an `UnknownFact` in its place.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: when it is not even JSON.

    """
    return _decode(recorded, _fact_or_unknown)


def decode_stretch(recorded: str | bytes) -> Sequence[Recorded]:
    """Return the same for readers that skip kinds by their names.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: when it is not even JSON, or one has no name: ask for each by itself.

    """
    return _decode(recorded, _fact_or_named)


DAMAGE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What is raised where bytes are no JSON, no text, or nested deeper than anything here is."""


def decode_one(position: int, stream_id: str, version: int, topic: str, state: bytes, committed_us: int) -> Recorded:
    """Return one stored fact; bytes that are no fact at all are an `UnknownFact` of the kind that the topic beside them names."""
    try:
        body = _fact_or_named(msgspec.Raw(state))
    except DAMAGE as error:
        body = UnknownFact(topic, f"{type(error).__name__}: {error}"[:200])
    return Recorded(position, stream_id, version, body, committed_us)


def decode_picked(recorded: str | bytes) -> tuple[Sequence[Recorded], bool]:
    """Return what `decode_stretch` does, and whether all facts have current names: none was upcast, none is unknown."""
    try:
        return _decode_recorded(recorded), True
    except msgspec.ValidationError:
        return decode_stretch(recorded), False


def _decode(recorded: str | bytes, one: Callable[[msgspec.Raw], Fact]) -> Sequence[Recorded]:
    try:
        return _decode_recorded(recorded)
    except msgspec.ValidationError:
        rows = decode_raw(recorded)
        return [Recorded(row.position, row.stream_id, row.version, one(row.body), row.committed_us) for row in rows]


def _fact(stored: msgspec.Raw) -> Fact:
    try:
        return _decode_fact(stored)
    except msgspec.ValidationError:
        plain = _decode_plain(stored)
        return _upcast(_name(plain), plain)


def _fact_or_unknown(stored: msgspec.Raw) -> Fact:
    try:
        return _fact(stored)
    except FactUnknown as unknown:
        return UnknownFact(str(unknown), "no such kind is known")
    except Exception as error:  # noqa: BLE001  (an upcaster may break in any way on what is no such fact)
        plain = msgspec.json.decode(stored)
        return UnknownFact(_name(plain) if isinstance(plain, dict) else "", f"{type(error).__name__}: {error}"[:200])


def _fact_or_named(stored: msgspec.Raw) -> Fact:
    body = _fact_or_unknown(stored)
    if isinstance(body, UnknownFact) and body.name in NAMELESS:
        raise msgspec.ValidationError(body.name)
    return body


NAMELESS = ("", "without a name")


def _name(plain: dict[str, Any]) -> str:
    return str(plain.get("fact", "without a name"))


def _upcast(name: str, plain: dict[str, Any]) -> Fact:
    while name in UPCASTERS:
        plain = UPCASTERS[name](plain)
        name = plain["fact"]
    if name not in FACTS:
        raise FactUnknown(name)
    return msgspec.convert(plain, FACTS[name])


COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
_position = Struct(">iq").pack
_columns: dict[type[Fact], tuple[Callable[..., bytes], int, bytes]] = {
    fact: (Struct(f">hi16siqi{len(name)}si").pack, len(name), name) for fact in FACTS.values() for name in [stored_name(fact).encode()]
}
"""How each kind of fact begins its row: the number of columns, length and value of id, version and name, the length of the body."""
_any_columns = Struct(">hi16siqi").pack
_length = Struct(">i").pack


def uuid_bytes(stream_id: str) -> bytes:
    """Return the 16 bytes of an id in text form.

    Raises:
        ValueError: when it is not one.

    """
    return bytes.fromhex(stream_id.replace("-", ""))


def copy_heads(facts: Iterable[NewFact]) -> list[bytes]:
    """Return the rows of facts without their positions, which come last and are given under the lock on the head.

    Raises:
        ValueError: when a stream's id is none.

    """
    from_hex, rows = bytes.fromhex, []
    for fact in facts:
        body = fact.body
        columns, size, name = _columns[type(body)]
        state = encode_fact(body)
        rows.append(columns(5, 16, from_hex(fact.stream_id.replace("-", "")), 8, fact.version, size, name, len(state)) + state)
    return rows


def stored_head(stream_id: UUID, version: int, topic: str, state: bytes) -> bytes:
    """Return such a row, without its position, for an event of the library: any topic, any bytes."""
    name = topic.encode()
    return _any_columns(5, 16, stream_id.bytes, 8, version, len(name)) + name + _length(len(state)) + state


def copy_row(stream_id: str, version: int, body: Fact, position: int) -> bytes:
    """Return the whole row of a fact, as binary COPY has it and as the digest of its batch is made of."""
    return numbered_rows(copy_heads([NewFact(stream_id, version, body)]), position - 1)


def numbered_rows(heads: Iterable[bytes], position: int) -> bytes:
    """Return whole rows, one after another; the first gets the position after `position`."""
    return b"".join([head + _position(8, number) for number, head in enumerate(heads, position + 1)])


def copy_rows(facts: Sequence[NewFact], position: int) -> bytes:
    """Return facts as one binary COPY stream; the first gets the position after `position`."""
    return b"".join((COPY_HEADER, numbered_rows(copy_heads(facts), position), COPY_TRAILER))
