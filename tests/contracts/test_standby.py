"""A PostgreSQL and its synchronous standby: whoever dies, nothing that was answered is lost, and the folder that counts is known."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import psycopg
import pytest

from infra.embedded.postgres import PRIMARY, EmbeddedPostgres, primary_folder
from infra.embedded.postgres_pair import PostgresPair, other_folder
from tests.journeys.process_tree import until
from tests.servers import server_folder

pytestmark = pytest.mark.timeout(300)


class Writer(threading.Thread):
    """Writes numbers one after the other to whichever server takes writes, and keeps those that were answered."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.answered: list[int] = []
        self.ends = threading.Event()
        self._url = url

    def run(self) -> None:
        number = 0
        while not self.ends.is_set():
            with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True, connect_timeout=3) as connection:
                while not self.ends.is_set():
                    number += 1
                    connection.execute("INSERT INTO number VALUES (%s)", (number,))
                    self.answered.append(number)
            time.sleep(0.02)

    def wait_for_more(self, pair: PostgresPair) -> None:
        """Wait until ten more are answered, while the pair is looked after."""
        at = len(self.answered)
        until(lambda: pair.revive() is None or len(self.answered) >= at + 10, "numbers are answered")

    def end(self) -> None:
        self.ends.set()
        self.join(30)


def kept(url: str) -> set[int]:
    with psycopg.connect(url) as connection:
        return {number for (number,) in connection.execute("SELECT n FROM number").fetchall()}


def kill(process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)


def synchronous(pair: PostgresPair) -> bool:
    pair.revive()
    return pair.standby.is_synchronous


@pytest.fixture(scope="module")
def kept_pair() -> Iterator[PostgresPair]:
    with server_folder() as folder, PostgresPair(folder / "postgres") as pair:
        with psycopg.connect(pair.start()) as connection:
            connection.execute("CREATE TABLE number (n int PRIMARY KEY)")
        pair.role_url()
        with psycopg.connect(pair.start()) as connection:
            connection.execute("GRANT SELECT, INSERT ON number TO slipstream_role")
        yield pair


@pytest.fixture
def pair(kept_pair: PostgresPair) -> PostgresPair:
    until(lambda: synchronous(kept_pair), "the standby has every commit")
    with psycopg.connect(kept_pair.start()) as connection:
        connection.execute("TRUNCATE number")
    return kept_pair


def test_what_was_answered_outlives_the_primary_then_its_successor_and_a_stop(pair):
    home, writer = pair._owner.path.parent, Writer(pair.role_url())
    writer.start()
    before = pair.standby.promotions
    for number in (1, 2):
        writer.wait_for_more(pair)
        folder = primary_folder(home)
        kill(pair._process)
        assert pair.revive()
        assert pair.standby.promotions == before + number
        assert primary_folder(home) != folder
        assert not pair.standby.is_synchronous
        writer.wait_for_more(pair)
        until(lambda: synchronous(pair), "there is a new standby")
    writer.end()
    assert set(writer.answered) <= kept(pair.start())

    kill(pair._process)
    assert pair.revive()
    folder = primary_folder(home)
    pair.stop()
    (home / PRIMARY).write_text("nonsense")
    assert primary_folder(home) == folder, "the folder that is no standby's counts"
    (home / PRIMARY).unlink()
    assert primary_folder(home) == folder
    with EmbeddedPostgres(pair.directory) as alone:
        assert set(writer.answered) <= kept(alone.start())
        assert primary_folder(home) == folder
    assert set(writer.answered) <= kept(pair.start())


def test_while_there_is_no_standby_commits_go_on_and_the_primary_is_started_where_it_stands(pair):
    home, writer = pair._owner.path.parent, Writer(pair.role_url())
    writer.start()
    writer.wait_for_more(pair)
    folder, before = primary_folder(home), pair.standby.promotions
    kill(pair._standby)
    until(lambda: pair.revive() is None or not pair.standby.is_synchronous, "it is noticed")
    kill(pair._process)
    assert pair.revive()
    assert (primary_folder(home), pair.standby.promotions) == (folder, before)
    writer.wait_for_more(pair)
    until(lambda: synchronous(pair), "the standby is back, as it was")
    writer.end()
    assert set(writer.answered) <= kept(pair.start())


def test_a_standby_that_stands_still_holds_commits_up_for_seconds_only(pair):
    writer = Writer(pair.role_url())
    writer.start()
    writer.wait_for_more(pair)
    followed = pair._standby
    family = [psutil.Process(followed.pid), *psutil.Process(followed.pid).children()]
    for process in family:
        process.suspend()
    try:
        until(lambda: pair.revive() is None or not pair.standby.is_synchronous, "it is noticed")
        writer.wait_for_more(pair)
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.resume()
    until(lambda: synchronous(pair), "it follows again")
    writer.end()
    assert set(writer.answered) <= kept(pair.start())


@pytest.mark.parametrize("trouble", ["damaged", "silent"])
def test_a_standby_that_cannot_follow_is_copied_anew(pair, monkeypatch, trouble):
    monkeypatch.setattr("infra.embedded.postgres_pair.ABSENT_S_MAX", 0.0 if trouble == "silent" else 600.0)
    other, before = other_folder(pair._owner.path.parent), pair._standby
    if trouble == "damaged":
        kill(before)
        (other / "global" / "pg_control").unlink()
    else:
        for process in psutil.Process(before.pid).children():
            process.suspend()
        psutil.Process(before.pid).suspend()
    until(lambda: pair.revive() is None or not pair.standby.is_synchronous, "it is noticed")
    monkeypatch.setattr("infra.embedded.postgres_pair.ABSENT_S_MAX", 600.0)
    until(lambda: synchronous(pair), "there is another standby")
    assert before.poll() is not None
