"""What the keys are called that are no rows: pointers, positions, lists of builds."""

from functools import lru_cache

from projections.partitions import TAG_CHARACTERS, TAGS

PREFIX = "slipstream"
MARK = "@position"
TROUBLES = f"{PREFIX}:troubles"
"""Which views are set aside, and what each stands before."""


def pointer_of(view: str) -> str:
    """Where a view's live build is named."""
    return f"{PREFIX}:live:{view}"


def builds_of(view: str) -> str:
    """Where the builds of a view are listed."""
    return f"{PREFIX}:builds:{view}"


def position_of_build(build: str) -> str:
    """Where the position is kept that all partitions of a build have reached, and after a space the log's mark there."""
    return f"{PREFIX}:position:{build}"


@lru_cache(maxsize=64)
def positions_of_partitions(build: str) -> tuple[str, ...]:
    """Where the position of each partition is kept, in its own slot."""
    return tuple([f"{tag}:{build}:{MARK}" for tag in TAGS])


def build_of(position_of_partition: str) -> str:
    """Return the build that a partition's position belongs to."""
    return position_of_partition[TAG_CHARACTERS + 1 : -len(MARK) - 1]
