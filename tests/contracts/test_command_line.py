"""The program itself, without a server: what it imports, what it answers at once, how its output may be cut off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("infra.compose", "infra.settings", "fastapi", "psycopg", "redis", "httpx", "structlog", "uvicorn", "prometheus_client", "numpy")
"""What takes long to import and is not needed to answer at once."""

LOADED = """
import sys
from infra.__main__ import main
try:
    main()
finally:
    print("loaded:", *sorted(sys.modules), file=sys.stderr)
"""


def ran(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("words", ["--help", "--version", "calc 2.35 10/11", "calc 2.35 --json", "audit verify --help", "calc", "nonsense"])
def test_what_needs_no_server_is_answered_without_importing_what_builds_the_product(words: str):
    command = [sys.executable, "-c", LOADED, *words.split()]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    loaded = asked.stderr.rpartition("loaded: ")[2].split()
    assert "api.cli.calc" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_version_is_that_of_the_package():
    told = ran("--version")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"slipstream {declared('version')}\n"


def declared(name: str) -> str:
    line = next(line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith(f"{name} = "))
    return line.split('"')[1]


def test_a_shell_completes_commands():
    told = ran(env={"_SLIPSTREAM_COMPLETE": "complete_bash", "COMP_WORDS": "slipstream cal", "COMP_CWORD": "1"})
    assert told.stdout.split() == ["calc"]


@pytest.mark.parametrize(("words", "code"), [("calc 2.35", 0), ("calc 2.3555", 1), ("calc 2.35 --stake 0", 2), ("watch --nonsense", 2)])
def test_the_exit_code_says_whether_it_was_done_or_failed_or_was_called_wrongly(words: str, code: int):
    assert ran(*words.split()).returncode == code


def test_the_help_tells_the_exit_codes():
    shown = " ".join(ran("--help").stdout.split())
    for told in ("0 done.", "1 failed,", "2 called wrongly.", "3 audit verify", "130 interrupted."):
        assert told in shown


def test_output_that_nobody_reads_any_more_does_not_change_the_exit_code():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "infra", "calc", "2.35"]
    try:
        told = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(writing)
    assert (told.returncode, told.stderr) == (0, "")
