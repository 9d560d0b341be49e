"""The guide's backup and restore, tried: dumped while it runs, restored into an empty database, verified against an anchor."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from infra.clock import Clock
from infra.database import make_ready, recorder_of
from infra.embedded.binaries import postgres_bin
from infra.roles.shared import dispatching
from infra.settings import Settings
from tests.contracts.test_command_line import ran
from tests.servers import fresh_database

GUIDE = Path(__file__).parents[2] / "docs/operations/README.md"
FORGE = (
    "UPDATE stored_events SET state = convert_to(replace(convert_from(state, 'UTF8'), '\"amount_minor\":7', '\"amount_minor\":9'), 'UTF8')"
)


def write_history(dsn: str, deposits: int) -> None:
    """An account with deposits."""
    clock = Clock()
    make_ready(dsn)
    with recorder_of(dsn) as store, dispatching(store, Settings(database_url=dsn)) as dispatcher:
        account_id = clock.new_id()
        handle = f"p{account_id[-12:].replace('-', '')}"
        dispatcher.call(OpenAccount(account_id, handle, f"{handle}@example.com", "hash", "EUR", clock.now()))
        for number in range(deposits):
            dispatcher.call(MoveMoney("deposit", account_id, 7, "EUR", f"{handle} {number}", clock.now()))


def tool(name: str, *words: str) -> None:
    """Run a tool of PostgreSQL's, that of the server's own version."""
    ours = postgres_bin(None) / name
    done = subprocess.run([ours if ours.exists() else str(shutil.which(name)), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def restored(postgres_server: str, tmp_path: Path):
    """A database restored from a dump, with the anchor of before the dump."""
    with fresh_database(postgres_server) as live, fresh_database(postgres_server) as empty:
        write_history(live, 20)
        anchor = ran("audit", "anchor", env=environment(live)).stdout.strip()
        write_history(live, 5)
        tool("pg_dump", "--format=custom", f"--file={tmp_path / 'slipstream.dump'}", live)
        write_history(live, 5)
        tool("pg_restore", "--no-owner", f"--dbname={empty}", str(tmp_path / "slipstream.dump"))
        yield empty, anchor


def environment(dsn: str) -> dict[str, str]:
    return {"SLIPSTREAM_DATABASE_URL": dsn, "SLIPSTREAM_TOKEN_SECRET": "a secret that is only used in tests and guards nothing"}


def test_a_restored_log_is_proved_to_be_the_one_that_was_dumped_and_can_be_written_on(restored: tuple[str, str]):
    dsn, anchor = restored
    proved = ran("audit", "verify", "--log-only", "--since", anchor, env=environment(dsn))
    assert proved.returncode == 0, proved.stdout + proved.stderr
    write_history(dsn, 5)
    proved = ran("audit", "verify", "--log-only", "--since", anchor, env=environment(dsn))
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_a_restored_log_that_was_changed_is_told_from_the_one_that_was_dumped(restored: tuple[str, str]):
    dsn, anchor = restored
    with psycopg.connect(dsn) as owner:
        owner.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
        owner.execute(FORGE)
    proved = ran("audit", "verify", "--log-only", "--since", anchor, env=environment(dsn))
    assert proved.returncode == 1
    assert "WRONG" in proved.stdout


def test_the_guide_says_what_was_tried_here():
    guide = GUIDE.read_text()
    for line in (
        "slipstream audit anchor > anchor.txt",
        'pg_dump --format=custom --file=slipstream.dump "$SLIPSTREAM_OWNER_DATABASE_URL"',
        'pg_restore --no-owner --dbname="$SLIPSTREAM_OWNER_DATABASE_URL" slipstream.dump',
        'slipstream audit verify --log-only --since "$(cat anchor.txt)"',
    ):
        assert f"$ {line}\n" in guide
