"""What the first layout of the views left on a server: pointers and positions without hash tags, one position for all partitions.

Readers go on seeing its builds, which nobody feeds any more, until those of this version are there; then they are retired like any other.
"""

from typing import Any

from infra.readmodels.key_names import AT, LIVE, META
from projections.partitions import TAGS

VIEWS = ("portfolio", "statement", "board", "proposals")
"""All that there were then."""


def adopt_old_layout(client: Any) -> None:
    """Name the builds of the first layout in each partition, where nothing is named yet, and forget their old names."""
    for view, pointer in zip(VIEWS, client.mget([f"slipstream:live:{view}" for view in VIEWS]), strict=True):
        if pointer is not None:
            _adopt(client, view, pointer.decode())


def _adopt(client: Any, view: str, build: str) -> None:
    standing = client.get(f"slipstream:position:{build}")
    with client.pipeline(transaction=True) as pipe:
        if standing is not None:
            for tag, meta in zip(TAGS, META, strict=True):
                pipe.hsetnx(meta, f"{AT}{build}", standing)
                pipe.hsetnx(meta, f"{LIVE}{view}", build)
                pipe.unlink(f"{tag}:{build}:@position")
        pipe.unlink(f"slipstream:live:{view}", f"slipstream:builds:{view}", f"slipstream:position:{build}", f"slipstream:names:{view}")
        pipe.execute()
