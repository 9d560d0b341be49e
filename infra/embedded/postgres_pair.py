"""The embedded PostgreSQL with a synchronous standby beside it, which takes over when the primary dies.

A commit is answered once it is on the disks of both. While there is no standby that has everything (it is being copied, or died), commits
wait for one disk, and a primary that dies is started again where it stands: only a standby that has every answered commit takes over.
Who connects names both servers and asks for the one that takes writes (`target_session_attrs`), as with any PostgreSQL that fails over.
"""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import structlog

from infra.clock import Clock
from infra.embedded.postgres import DATABASE, FOLDERS, KILL, PRIMARY, USER, EmbeddedPostgres, environment, primary_folder
from infra.embedded.server import HOST, free_port, rotated
from infra.operator_errors import Failure
from infra.processes.process_control import spawn

STANDBY = "slipstream_standby"
"""The name under which the standby connects to the primary."""

LOG = "standby.log"
FOLLOWING = {"wal_keep_size": "1GB", "wal_sender_timeout": "5s", "wal_receiver_timeout": "5s"}
"""Settings of both: how much a standby may be behind, and how soon one that stands still is noticed."""

LOOK_EVERY_S = 1.0
ABSENT_S_MAX = 20.0
"""How long a standby may run without following the primary before it is copied anew."""

PAUSE_S = 5.0
"""How long after a failure the standby is started or copied again."""

PROMOTION_TIMEOUT_S = 60
CONNECTION: dict[str, Any] = {"connect_timeout": 3, "autocommit": True}
QUICK = {**CONNECTION, "options": "-c statement_timeout=3000"}

LOOK = """
SELECT sync_state = 'sync', flush_lsn >= %s::pg_lsn, pg_current_wal_flush_lsn()::text
FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'
"""
NOWHERE = "FFFFFFFF/FFFFFFFF"
"""A position of the write-ahead log that none has reached."""

logger = structlog.get_logger(__name__)


@dataclass(eq=False)
class StandbyElsewhere(Failure):
    """`--standby` keeps a standby of the embedded PostgreSQL; yours has its own: see docs/operations/standby.md."""


@dataclass(frozen=True)
class StandbyState:
    """How the standby stands: whether it has every answered commit, how often one took over, how long the last time took."""

    is_synchronous: bool
    promotions: int
    promotion_s: float


class PostgresPair(EmbeddedPostgres):
    """A primary and its standby in two data folders of one home. `revive` watches both, and has the standby take over."""

    title: ClassVar[str] = "PostgreSQL"

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        super().__init__(directory, port=port)
        self._clock = Clock()
        self._ports: dict[str, int] = {}
        self._standby: subprocess.Popen[bytes] | None = None
        self._copy: subprocess.Popen[bytes] | None = None
        self._watching: psycopg.Connection[Any] | None = None
        self._commits_wait = self._is_synchronous = self._is_kept = self._has_followed = False
        self._target = NOWHERE
        self._due_s = self._seen_s = 0.0
        self._promotions, self._promotion_s = 0, 0.0

    @property
    def standby(self) -> StandbyState:
        """How the standby stands."""
        return StandbyState(self._is_synchronous, self._promotions, self._promotion_s)

    def role_url(self) -> str:
        """Return the URL of the pair for roles: whichever of the two takes writes."""
        url = super().role_url()
        if not self.owned:
            return url
        place = ",".join(f"{HOST}:{port}" for port in self._ports.values())
        return f"{url.rpartition('@')[0]}@{place}/{DATABASE}?target_session_attrs=read-write"

    def revive(self) -> bool:
        """Have the standby take over where the primary died, else start what died again; return whether the primary had died.

        Raises an EmbeddedServerError.
        """
        if self._owner is None or self._process is None:
            return False
        home = self._owner.path.parent
        if self._process.poll() is None:
            if self._clock.monotonic_s() >= self._due_s:
                self._due_s = self._clock.monotonic_s() + LOOK_EVERY_S
                self._tend_standby(home, other_folder(home))
            return False
        if self._is_synchronous and self._standby is not None and self._standby.poll() is None:
            self._take_over(home, self._standby)
        else:
            self._start_again(home)
        return True

    def _run(self, home: Path, port: int) -> None:
        other = other_folder(home)
        self._write(home / PRIMARY, primary_folder(home).name)  # while another folder is copied, nothing else tells them apart
        self._ports = {primary_folder(home).name: port, other.name: self._ports.get(other.name) or free_port()}
        self._forget_standby()
        self._is_kept = (other / "standby.signal").exists()
        super()._run(home, port)

    def _more_settings(self) -> Mapping[str, object]:
        return {**FOLLOWING, "synchronous_standby_names": f"FIRST 1 ({STANDBY})" if self._commits_wait else ""}

    def _clear(self, home: Path) -> None:
        self._stop_watching()
        if self._copy is not None:
            self._copy.kill()
            self._copy.wait()
        super()._clear(home)
        if self._standby is not None:
            self._standby.wait()
        self._copy = self._standby = None

    # The standby: copied, started, followed until it has everything.

    def _tend_standby(self, home: Path, other: Path) -> None:
        """Bring the standby on by a step."""
        if self._copy is not None:
            if self._copy.poll() is not None:
                self._end_copy(other, self._copy.returncode)
        elif self._standby is None:
            self._start_standby(home, other) if self._is_kept else self._begin_copy(home, other)
        elif self._standby.poll() is not None:
            logger.warning("the standby died; until it is there again commits are on one disk", exit_code=self._standby.returncode)
            self._lose_standby(home, other, is_kept=self._has_followed)
        else:
            self._look(home, other)

    def _begin_copy(self, home: Path, other: Path) -> None:
        self._clear_folder(other)
        shutil.rmtree(other, ignore_errors=True)
        source = f"host={HOST} port={self._running_port} user={USER}"
        command: list[str | Path] = [self._bin / "pg_basebackup", "-D", other, "-X", "stream", "--checkpoint=fast", "-d", source]
        env = {**environment(), "PGPASSWORD": (home / "password").read_text().strip()}
        with rotated(home / LOG).open("ab") as output:
            self._copy = spawn(command, output=output, cwd=home, env=env, account=self._account)

    def _end_copy(self, other: Path, exit_code: int) -> None:
        self._copy = None
        if exit_code == 0:
            self._write(other / "standby.signal", "")
            self._is_kept = True
        else:
            logger.error("the standby could not be copied; trying again", log=str(other.parent / LOG), pause_s=PAUSE_S)
            self._due_s = self._clock.monotonic_s() + PAUSE_S

    def _start_standby(self, home: Path, other: Path) -> None:
        password = (home / "password").read_text().strip()
        source = f"host={HOST} port={self._running_port} user={USER} password={password} application_name={STANDBY}"
        self._standby = self._spawn(other, rotated(home / LOG), self._ports[other.name], {**FOLLOWING, "primary_conninfo": source})
        self._seen_s, self._has_followed = self._clock.monotonic_s(), False

    def _look(self, home: Path, other: Path) -> None:
        """Ask the primary how far the standby is, and have commits wait for it, or not, by that."""
        try:
            if self._watching is None:
                self._watching = psycopg.connect(self._url_at(home, self._running_port), **QUICK)
            found = self._watching.execute(LOOK, (self._target, STANDBY)).fetchone()
        except psycopg.Error as error:
            logger.warning("the primary did not tell how the standby stands", error=str(error).strip()[:200])
            self._stop_watching()
            return
        if found is not None:
            self._seen_s, self._has_followed = self._clock.monotonic_s(), True
            self._note_follows(home, other, *found)
        elif self._clock.monotonic_s() - self._seen_s > ABSENT_S_MAX:
            logger.warning("the standby cannot follow and is copied anew; until then commits are on one disk")
            self._lose_standby(home, other, is_kept=False)
        elif self._commits_wait:
            logger.warning("the standby does not follow; until it does commits are on one disk")
            self._commit_alone(home)

    def _note_follows(self, home: Path, other: Path, is_waited_for: bool, has_target: bool, written: str) -> None:
        """Have commits wait for it; a look after they do, it must have all that was committed until that look."""
        if not self._commits_wait:
            self._commits_wait = True
            self._reload(home)
        elif is_waited_for and self._target == NOWHERE:
            self._target = written
        elif is_waited_for and has_target and not self._is_synchronous:
            self._is_synchronous = True
            logger.info("the standby has every commit", port=self._ports[other.name])

    def _lose_standby(self, home: Path, other: Path, *, is_kept: bool) -> None:
        self._commit_alone(home)
        self._clear_folder(other, [KILL])
        if self._standby is not None:
            self._standby.wait()
        self._standby, self._is_kept = None, is_kept
        self._due_s = self._clock.monotonic_s() + PAUSE_S

    def _commit_alone(self, home: Path) -> None:
        """Let commits wait for the primary alone; first of all nobody may take over from now on."""
        self._forget_standby()
        self._reload(home)

    def _forget_standby(self) -> None:
        self._commits_wait = self._is_synchronous = False
        self._target = NOWHERE

    def _reload(self, home: Path) -> None:
        assert self._process is not None, "it was started"
        self._configure(primary_folder(home), self._running_port, self._more_settings())
        self._process.send_signal(signal.SIGHUP)

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.close()
        self._watching = None

    # Taking over.

    def _take_over(self, home: Path, standby: "subprocess.Popen[bytes]") -> None:
        """Have the standby be the primary.

        What is left of the old one is ended first, so that nobody is answered there any more. Then it is written down which folder counts,
        so that after a crash in between the new one is started, whether it was promoted or not.
        """
        began_s = self._clock.monotonic_s()
        old, new = primary_folder(home), other_folder(home)
        assert self._process is not None, "it was started"
        logger.warning("the primary died; its standby takes over", exit_code=self._process.returncode, port=self._ports[new.name])
        self._forget_standby()
        self._stop_watching()
        self._clear_folder(old)
        self._write(home / PRIMARY, new.name)
        self._write(old / "standby.signal", "")
        self._running_port, self._is_kept = self._ports[new.name], False
        self._url = self._url_at(home, self._running_port)
        try:
            with psycopg.connect(self._url, **CONNECTION) as connection:
                connection.execute("SELECT pg_promote(true, %s)", (PROMOTION_TIMEOUT_S,))
        except psycopg.Error as error:
            logger.warning("the standby could not be promoted and is started as the primary", error=str(error).strip()[:200])
            self._start_again(home)
        else:
            self._process, self._standby = standby, None
        self._promotions += 1
        self._promotion_s = self._clock.monotonic_s() - began_s
        logger.warning("the standby has taken over", port=self._running_port, took_s=round(self._promotion_s, 2))


def other_folder(home: Path) -> Path:
    """Return the data folder that does not count: that of the standby."""
    data = primary_folder(home)
    return data.with_name(FOLDERS[1 - FOLDERS.index(data.name)])
