"""The unprivileged account PostgreSQL runs as when we are root, and the places that account can reach."""

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from infra.embedded.errors import FolderOfAnother, FolderUnreachable, ServerAccountMissing
from infra.processes.process_control import SystemAccount

ACCOUNT_NAME = "slipstream-pg"
REACHABLE_ROOT = Path("/var/lib/slipstream")


def server_account(directory: Path) -> SystemAccount | None:
    """Return the account to run PostgreSQL as: none (ourselves) unless we are root.

    For root it is the ordinary user who made the data in `directory`, else `slipstream-pg`, made at first need. Raises AccountMissing.
    """
    if os.geteuid() != 0:
        return None
    for data in (directory / "data", directory / "data.second"):
        if data.exists() and (made_by := data.stat()).st_uid != 0:
            return SystemAccount(f"number {made_by.st_uid}", made_by.st_uid, made_by.st_gid)
    return _lookup() or _create()


def _lookup() -> SystemAccount | None:
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        return None
    return SystemAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create() -> SystemAccount:
    """Make the account, one process at a time: of two useradd at once, the second may undo what the first wrote."""
    REACHABLE_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (REACHABLE_ROOT / "account.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _lookup() or _add()


def _add() -> SystemAccount:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise ServerAccountMissing(ACCOUNT_NAME, "there is no useradd here")
    made = subprocess.run(  # noqa: S603  (a fixed command)
        [
            useradd,
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNT_NAME,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    account = _lookup()  # whatever useradd said: an operator may have made it at the same moment
    if account is None:
        raise ServerAccountMissing(ACCOUNT_NAME, made.stderr.strip() or f"useradd ended with {made.returncode}")
    return account


def can(account: SystemAccount | None, permission: str, path: Path) -> bool:
    """Whether the account may read (`-r`), write (`-w`) or enter and execute (`-x`) the path, its parents counted in."""
    if account is None:
        return os.access(path, {"-r": os.R_OK, "-w": os.W_OK, "-x": os.X_OK}[permission])
    asked = subprocess.run(  # noqa: S603  (a fixed command)
        ["/usr/bin/test", permission, str(path)], user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False
    )
    return asked.returncode == 0


def reachable_home(directory: Path, account: SystemAccount | None) -> Path:
    """Return the folder that really holds the server's files for `directory`, owned by the account.

    It is `directory` itself where the account can get there. Where it cannot (under /root, say), `directory` becomes a symbolic link
    to a folder under /var/lib/slipstream, so that no home folder's permissions are changed and the link says where the data is. Raises
    FolderUnreachable.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    if not directory.exists():
        directory.unlink(missing_ok=True)  # a link whose target was deleted
        directory.mkdir(mode=0o700)
    home = directory.resolve()
    if account is None:
        if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            raise FolderOfAnother(home)
        return home
    os.chown(home, account.uid, account.gid)
    if can(account, "-x", home):
        return home
    if any(home.iterdir()):  # it holds data of some other set-up: moving that is a person's decision
        raise FolderUnreachable(account.name, home)
    return _link_elsewhere(directory, account)


def _link_elsewhere(directory: Path, account: SystemAccount) -> Path:
    elsewhere = REACHABLE_ROOT / f"{directory.name}-{secrets.token_hex(8)}"
    try:
        REACHABLE_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        elsewhere.mkdir(mode=0o700)
        os.chown(elsewhere, account.uid, account.gid)
    except OSError as error:
        raise FolderUnreachable(account.name, directory) from error
    if not can(account, "-x", elsewhere):
        elsewhere.rmdir()
        raise FolderUnreachable(account.name, directory)
    directory.rmdir()
    directory.symlink_to(elsewhere)
    return elsewhere
