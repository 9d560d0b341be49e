"""Where a view's keys live: each carries the hash tag of one of the 64 partitions of `domain.partitions`."""

from functools import lru_cache

from domain.partitions import PARTITIONS, partition_of

TAGS = tuple(f"{{p{partition:02d}}}" for partition in range(PARTITIONS))
"""The Redis hash tag of each partition, `{p00}` to `{p63}`: what carries the same tag lives in the same slot of a cluster."""

TAG_CHARACTERS = 5

PARTITION_OF_TAG = {tag: partition for partition, tag in enumerate(TAGS)}

HOMES_KEPT_MAX = 65_536
"""How many homes' tags are cached: a batch names the same accounts and markets again and again. A home is the id that places a row."""


@lru_cache(maxsize=HOMES_KEPT_MAX)
def tag_of(home_id: str) -> str:
    """Return the hash tag of a home's partition, e.g. `{p17}`."""
    return TAGS[partition_of(home_id)]


def physical_key(key: str, build: str) -> str:
    """Return where a build of a view keeps a logical key: `{p17}:open:x` of `portfolio.1` is `{p17}:portfolio.1:open:x`."""
    return f"{key[:TAG_CHARACTERS]}:{build}{key[TAG_CHARACTERS:]}"


def partition_of_key(key: str) -> int:
    """Return the partition that a logical key lives in."""
    return PARTITION_OF_TAG[key[:TAG_CHARACTERS]]


ALL_PARTITIONS = f"0-{PARTITIONS - 1}"


def partitions_in(text: str) -> range:
    """Return the partitions of a range such as `0-31`.

    Raises:
        ValueError: when the text is no range.

    """
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last) < PARTITIONS):
        raise ValueError(f"is no range of the partitions {ALL_PARTITIONS}, such as 0-31")
    return range(int(first), int(last) + 1)


def checked_range(text: str) -> str:
    """Return a range of partitions as it is; raises ValueError as `partitions_in` does."""
    partitions_in(text)
    return text
