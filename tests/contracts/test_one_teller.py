"""Of several processes behind a Centrifugo one tells it, and another takes over when that one is gone."""

import psycopg
import pytest

from commands.ports import StoreUnavailable
from infra.stream.one_teller import TELLING, OneTeller
from tests.journeys.process_tree import until


def test_one_tells_until_it_ends_or_its_connection_does(database_url: str):
    first, second = OneTeller(database_url), OneTeller(database_url)
    try:
        assert first.is_this()
        assert not second.is_this()
        assert first.is_this(), "it may ask as often as it likes"
        first.close()
        until(second.is_this, "the second one tells")
        assert not first.is_this()
        with psycopg.connect(database_url, autocommit=True) as operator:
            held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s"
            (holder,) = operator.execute(held, (TELLING,)).fetchone() or (0,)
            operator.execute("SELECT pg_terminate_backend(%s)", (holder,))
        until(first.is_this, "the first one tells, since the second has lost its connection")
        until(lambda: not second.is_this(), "the second one knows")
    finally:
        first.close()
        second.close()


def test_without_the_database_it_is_not_known_who_tells():
    with pytest.raises(StoreUnavailable):
        OneTeller("postgresql://nobody@127.0.0.1:1/none").is_this()
