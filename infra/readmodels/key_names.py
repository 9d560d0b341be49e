"""Names of keys that hold no rows. Everything about a partition carries its hash tag, so that no step ever needs two slots."""

from projections.partitions import TAGS

META = tuple(f"{tag}:slipstream" for tag in TAGS)
"""A hash for each partition. `live:<view>` is the build that readers see; `at:<build>` the position of a build, a space, and the log's
mark there, or `broken`; `names:<view>` how many names were given to builds."""

NEVER = tuple(f"{tag}:slipstream:never" for tag in TAGS)
"""A key that never exists. Every script names it beside META: a server of a cluster that is moving the slot key by key then refuses the
script (TRYAGAIN) until the slot has moved whole, instead of running it over half of the rows."""

TROUBLES = "slipstream:troubles"
"""Which views are set aside, and what each stands before."""

LIVE, AT, NAMES = "live:", "at:", "names:"
BROKEN = b"broken"


def view_of(build: str) -> str:
    """Return the view that a build is of: `portfolio` of `portfolio.2.7`."""
    return build.partition(".")[0]
