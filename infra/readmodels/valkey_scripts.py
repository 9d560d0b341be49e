"""How batches and states of partitions are written for the scripts, and how their answers are read."""

from collections.abc import Mapping, Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Any

from infra.readmodels.key_names import AT, BROKEN, LIVE
from infra.readmodels.port import BuildGone, PartitionState, PositionsMoved, Section, Standing
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS

GONE, ELSEWHERE = -1, -2


def script(name: str) -> tuple[str, str]:
    """Return a script of this folder: its text and its SHA-1, under which a server that knows it runs it."""
    text = files("infra.readmodels").joinpath(f"{name}.lua").read_text()
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


APPLY, APPLY_SHA = script("apply")
KEEP, KEEP_SHA = script("keep")
READ, READ_SHA = script("read")
STRETCH, STRETCH_SHA = script("stretch")
SWITCH, SWITCH_SHA = script("switch")


def words_of(tag: str, sections: Sequence[Section]) -> list[Any]:
    """Return the words that apply sections to a partition; see apply.lua."""
    words: list[Any] = [tag]
    for section in sections:
        words += (section.view, section.build, section.expected, section.upto, section.mark)
        words.append(len(section.operations) + sum(map(len, section.operations)))
        for operation in section.operations:
            words.append(len(operation))
            words += operation
    return words


def refuse_elsewhere(answers: Sequence[tuple[str, int]]) -> None:
    """Raise BuildGone or PositionsMoved where a build answers so."""
    for code, error in ((GONE, BuildGone), (ELSEWHERE, PositionsMoved)):
        for build, answer in answers:
            if answer == code:
                raise error(build)


def raise_first(answers: list[Any]) -> list[Any]:
    """Return answers; raises the first that is an error."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def state_of(fields: Mapping[bytes, bytes]) -> PartitionState:
    """Return what there is in a partition."""
    live: dict[str, str] = {}
    builds: dict[str, Standing | None] = {}
    for name, value in fields.items():
        field = name.decode()
        if field.startswith(LIVE):
            live[field.removeprefix(LIVE)] = value.decode()
        elif field.startswith(AT):
            builds[field.removeprefix(AT)] = standing_of(value)
    return PartitionState(live, builds)


def standing_of(found: bytes | None) -> Standing | None:
    """Return where a build stands; None where it is not there or broken."""
    if found is None or found == BROKEN:
        return None
    position, _, mark = found.decode().partition(" ")
    return Standing(int(position), mark)


def head_of(name: bytes) -> str:
    """Return a row's hash tag and build, as they stand in its name."""
    end = name.find(b":", TAG_CHARACTERS + 1)
    return name[: end if end >= 0 else len(name)].decode(errors="replace")


def logical_of(name: str) -> str:
    """Return a row's key without its build."""
    tag, _, rest = name.partition(":")
    return f"{tag}{rest[rest.index(':') :]}" if tag in PARTITION_OF_TAG else name


def pairs_of(flat: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return every two as a pair."""
    return list(zip(flat[::2], flat[1::2], strict=True))
