"""What `pip install .` brings: the rooms with their SQL and scripts, the page, the matches with their licence, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKED = ("domain/", "commands/", "projections/", "api/", "infra/", "bench/", "web/", "data/internationals/")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
LOOK = """
import json, infra
from infra.sports_data.files import read_matches
from infra.roles.api import WEB
from infra.process_managers.tables import creation
from commands.registry import process_managers

creation(process_managers())
print(json.dumps([infra.__file__, str(WEB / "index.html"), len(read_matches())]))
"""


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is tracked, unpacked as pip does."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    built = subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("slipstream-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


def test_the_wheel_has_every_file_of_its_rooms_and_no_other(installed: Path):
    brought = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    own = {name for name in brought if ".dist-info/" not in name}
    assert own == {name for name in tracked() if name.startswith(PACKED)}
    assert {"web/index.html", "data/internationals/results.csv", "data/internationals/README.md", "infra/readmodels/apply.lua"} <= own
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in brought)


def test_what_the_wheel_brings_is_found_where_it_was_installed(installed: Path, tmp_path: Path):
    env = {**os.environ, "PYTHONPATH": str(installed)}
    looked = subprocess.run([sys.executable, "-c", LOOK], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    infra, page, matches = json.loads(looked.stdout)
    assert Path(infra).is_relative_to(installed)
    assert Path(page).is_relative_to(installed)
    assert Path(page).is_file()
    assert matches > 100
