"""A running Slipstream: for a file of journeys, all roles but the feed; each file has its own log."""

from collections.abc import Iterator

import pytest

from infra.embedded.valkey import EmbeddedValkey
from tests.journeys.process_tree import Person, Tree
from tests.servers import fresh_database, server_folder


@pytest.fixture(scope="module")
def further_settings() -> dict[str, str]:
    """Further settings of the roles; a file of journeys may have its own."""
    return {}


@pytest.fixture(scope="module")
def tree(postgres_server: str, further_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    folder = tmp_path_factory.mktemp("tree")
    with fresh_database(postgres_server) as dsn, server_folder() as home, EmbeddedValkey(home / "valkey", snapshots=False) as valkey:
        running = Tree(dsn, valkey.start(), folder)
        running.env.update(further_settings)
        try:
            running.start("api")
            running.start("project")
            running.start("settle")
            yield running
        finally:
            running.end_all()


@pytest.fixture(scope="module")
def trader(tree: Tree) -> Person:
    return tree.bettor("trader", role="trader")


@pytest.fixture(scope="module")
def second_trader(tree: Tree) -> Person:
    return tree.bettor("second_trader", role="trader")


@pytest.fixture(scope="module")
def ada(tree: Tree) -> Person:
    return tree.bettor("ada", funds_minor=100_00)
