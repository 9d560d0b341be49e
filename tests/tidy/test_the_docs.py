"""The documents are true to the tree: every package has its line on the map, every link and every path that is named resolves."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MAP = ROOT / "docs" / "architecture.md"
MECHANISMS = ROOT / "docs" / "mechanisms"
MADE_LATER = (".slipstream", ".venv")
"""What is there once it was set up."""

FOLDERS = ("api", "bench", "commands", "data", "docs", "domain", "infra", "projections", "scripts", "tests", "web")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def packages() -> set[str]:
    """Every top-level folder, and every folder with modules of Python in it."""
    names = tracked()
    modules = {str(Path(name).parent) for name in names if name.endswith(".py")} - {"."}
    return {name.split("/")[0] for name in names if "/" in name and not name.startswith(".")} | {
        name for name in modules if not name.startswith("data/")
    }


def mapped() -> dict[str, list[str]]:
    """The lines of the map: package, what it is for, what it may import."""
    rows = re.findall(r"^\| `([a-z_/]+)` \| (.*?) \| (.*?) ?\|$", MAP.read_text(), re.MULTILINE)
    return {name: [use, imports] for name, use, imports in rows}


def test_every_package_has_its_line_on_the_map_and_no_line_is_of_what_is_not_there():
    assert packages() - set(mapped()) == set()
    assert set(mapped()) - packages() == set()


def test_every_line_of_the_map_says_what_the_package_is_for():
    assert [name for name, (use, _) in mapped().items() if not re.fullmatch(r"[A-Z`].{10,}\.", use)] == []


def test_every_link_in_the_documents_resolves():
    links = [(page, link) for page in DOCUMENTS for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    assert len(links) > 50
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page, link in links
        if not link.startswith(("http://", "https://", "#")) and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert broken == []


def test_every_path_that_the_documents_name_is_there():
    names = [(path, page) for page in DOCUMENTS for path in re.findall(r"`([\w.-]+/[\w./-]*)`", page.read_text())]
    assert len(names) > 100
    gone = [f"{page.relative_to(ROOT)}: {path}" for path, page in names if is_ours(path) and not (ROOT / path).exists()]
    assert gone == []


def is_ours(path: str) -> bool:
    return path.split("/", maxsplit=1)[0] in FOLDERS and not path.startswith(MADE_LATER)


def test_every_mechanism_says_problem_working_test_and_cost_on_one_screen_and_is_listed():
    pages = sorted(path for path in MECHANISMS.glob("*.md") if path.name != "README.md")
    listed = (MECHANISMS / "README.md").read_text()
    assert len(pages) >= 10
    for page in pages:
        text = page.read_text()
        heads = re.findall(r"^\*\*([^*]+)\.\*\*", text, re.MULTILINE)
        assert [head for head in ("Problem", "How it works", "How it is tested", "What it costs") if head not in heads] == [], page.name
        assert len(text.splitlines()) <= 45, page.name
        assert f"]({page.name})" in listed, page.name
        assert re.findall(r"test_\w+\.py", text), page.name


def test_every_file_that_a_mechanism_names_is_there():
    files = {Path(name).name for name in tracked()}
    named = {(page.name, name) for page in MECHANISMS.glob("*.md") for name in re.findall(r"\w+\.(?:py|lua|sql)", page.read_text())}
    assert {(page, name) for page, name in named if name not in files} == set()


def test_the_readme_leads_to_the_map_and_the_mechanisms():
    readme = (ROOT / "README.md").read_text()
    assert "(docs/architecture.md)" in readme
    assert "(docs/mechanisms/README.md)" in readme
