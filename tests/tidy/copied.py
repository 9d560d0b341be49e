"""A copy of the product, to be changed and used as it is then: what a change needs is counted there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "commands", "projections", "api", "infra")


class Copy:
    """A copy of the product that counts which of its files are added or changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.touched: list[str] = []
        for room in ROOMS:
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))

    def add(self, name: str, text: str) -> None:
        assert not (self.folder / name).exists()
        (self.folder / name).write_text(text)
        self.touched.append(name)

    def change(self, name: str, *replacements: tuple[str, str]) -> None:
        text = (self.folder / name).read_text()
        for old, new in replacements:
            assert text.count(old) == 1, f"{name} has {old!r} once"
            text = text.replace(old, new)
        (self.folder / name).write_text(text)
        self.touched.append(name)

    def run(self, script: str) -> None:
        env = {**os.environ, "PYTHONPATH": str(self.folder)}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def keeps_its_contracts(self) -> None:
        """Check that what was added imports nothing that it may not."""
        contracts = (ROOT / "pyproject.toml").read_text().replace(', "bench"]', "]").replace('["bench", ', "[")
        lines = [line for line in contracts.splitlines() if "bench.run" not in line]
        (self.folder / "pyproject.toml").write_text("\n".join(lines))
        env = {**os.environ, "PYTHONPATH": str(self.folder)}
        command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
