"""Plain words: no metaphors in names or in prose, and no two public classes of one name where a reader could meet both.

The words are those that stopped readers who had nothing but the repository; each has a plain one beside it.
"""

import ast
import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "commands", "projections", "api", "infra")
PRODUCT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
READ_BY_PEOPLE = (".py", ".sql", ".lua", ".md", ".js", ".css", ".html", ".yml")
VIOLATIONS = "commands/audit/violations/"
"""A violation of the audit may be called like the refusal that prevents it: both name the same rule."""

TWICE = {"Admission", "Row", "Statements", "Step"}
"""Names that more than one module still defines."""

PLAIN_CLASSES = {
    "Door": "CommandQueue",
    "AsyncDoor": "AsyncCommandQueue",
    "Desk": "HttpDependencies",
    "Ports": "HttpDependencies",
    "Front": "RequestMiddleware",
    "Counter": "PlaceBetEndpoint (prometheus has a Counter)",
    "House": "Operations",
    "Viewing": "ViewReader",
    "Buckets": "RateLimiter",
    "Ticket": "QueuedCommand",
    "Work": "DecidedCommand",
    "Underway": "CommittingBatch",
    "Loading": "LoadingBatch",
    "Calls": "BlockingClient",
    "Entry": "CachedStream or RankedRow",
    "States": "StateCache",
    "Streams": "UnitOfWork",
    "Touch": "StreamRef",
    "NotHere": "StreamsNotCached",
    "FinishFixture": "EndFixtureWithMarkets",
    "Wire": "NonblockingConnection",
    "Overtaken": "PositionMoved",
    "OpenLegs": "OpenLegsProjector",
    "Worker": "CaseWorker",
    "Part": "Loop",
}
PLAIN_NAMES = {
    "AN_ID": "ID_REGEX or EXAMPLE_ID",
    "FLEETING_MAX": "SHORT_LIVED_MAX",
    "fleeting": "short_lived",
    "brief": "short_lived",
    "touches": "streams_of",
    "cold": "load_first",
    "patient": "raise_on_miss",
    "ASKING_BATCHES": "BATCHES_LOOKING_UP_NEW_STREAMS",
    "_distrust": "_retry_after_duplicate_key",
    "phantoms": "refused_versions",
    "_haunted": "_depends_on_refused",
    "PATIENCE": "CONNECTION_TIMEOUTS",
    "PATIENCE_S": "COMMAND_TIMEOUT_S",
    "AWAY": "UNAVAILABLE_ERRORS",
    "_strike_off": "_delete_settled",
    "keep_going": "run_with_backoff",
    "express": "asgi_routes",
    "MARKETS_OF": "MARKETS_OF_FIXTURE_KEY",
}
PLAIN_NAMES_THERE = {
    "infra/eventstore/group_commit.py": {"HELD": "ACCEPTED_WITHOUT_FACTS"},
    "infra/eventstore/version_index.py": {"learn": "advance_to", "take_in": "add_loaded"},
    "infra/eventstore/nonblocking_connection.py": {"give_up": "drain"},
    "infra/log/tail.py": {"pick": "read_kinds"},
    "api/auth/rate_limits.py": {"right": "succeeded"},
    "api/view_reader.py": {"reach": "wait_for_position", "sure": "read_existing", "begun": "log_has_facts"},
    "projections/partitions.py": {"built": "physical_key"},
    "projections/betting/board_gates.py": {"ROWS": "FIXTURES_KEY", "GATES": "GATES_KEY"},
    "projections/betting/board.py": {"ROWS": "FIXTURES_KEY", "ALL": "ALL_FIXTURES_KEY", "OF": "MARKETS_OF_FIXTURE_KEY"},
}
PLAIN_SENTENCES = {
    "what must be there, since it came into the log with whoever asks": "Poll for a row that follows from the caller's registration.",
    "Others changed the same things again and again": "Concurrent writes conflicted with every attempt. Nothing was done; retry.",
    "More is waiting than can be answered in time": "The server is overloaded. Nothing was done; retry later.",
    "the one door": "the dispatcher",
    "over the counter": "placed",
    "only the patient are told": "a cache miss is raised only while misses are collected",
    "How a thread that has time asks": "Submits commands and blocks until they are answered.",
    "as many again that are fleeting": "plus at most 20,000 short-lived ones",
    "almost surely does not exist": "is assumed to be new: it is not loaded at the first attempt",
    "names a thing of another kind": "belongs to an entity of another type",
    "The market came out, and otherwise": "The market already has a different result.",
    "the primary key knows better": "on a duplicate key the batch is judged again, after a look-up",
    "What it knows is newer": "Streams that are indexed already are skipped.",
    "A thread would do the same and lose by it": "No thread: the folding thread holds the interpreter's lock.",
    "stands at nothing": "is at position 0",
    "it takes neither bets nor prices": "Betting on this market has ended.",
    "Keep the views, or rebuild one": "Update the read models from the log, or rebuild one.",
    "Match seconds a second": "Playback speed: match seconds per real second.",
    "none begins with the first match": "Default: the first match.",
    "Let an account act in a role": "Grant a role to an account, from its next sign-in.",
    "Prove the log, or look into it": "Verify the log, or query it.",
    "past the framework": "without the framework",
    "told in one line": "reported in one line",
}
METAPHORS = re.compile(r"\b(doors?|desks?|haunt\w*|nobody's|phantoms?|fleeting|overtaken|strike off)\b", re.IGNORECASE)
METAPHORS_THAT_ARE_NONE = re.compile(r"ProposalOvertaken|proposal-overtaken")
"""Public names of problems stay what they are."""

HOUSE = re.compile(r"\bhouses?\b(?![\s-]+rules\b)", re.IGNORECASE)
"""House rules are what bookmakers call the terms that they settle bets by."""
BOOKMAKER = (
    "domain/wallet/",
    "commands/audit/",
    "docs/decisions/0026-",
    "projections/accounts/",
    "bench/",
    "tests/decisions/test_wallet",
    "tests/contracts/test_audit",
    "tests/simulation/judge/",
)
"""Where the house is the bookmaker's own account, as in the field and in the log's postings."""

MESSAGES = ("CHANGELOG.md",)
"""The changelog names what things were called before."""


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def names(tree: ast.Module) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}


@cache
def prose() -> list[tuple[str, str]]:
    """Every text that people read, tests too: name and content, each run of white space as one space. Data and this list are none."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")  # noqa: S607
    texts = [name for name in listed if name.endswith(READ_BY_PEOPLE) or name.startswith("scripts/") or name == "Makefile"]
    this = shown(Path(__file__))
    texts = [name for name in texts if not name.startswith(("tests/data/", "data/")) and name != this and (ROOT / name).is_file()]
    return [(name, re.sub(r"\s+", " ", (ROOT / name).read_text())) for name in texts]


def around(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - 50) : found.end() + 50]


def test_no_name_is_one_that_readers_had_to_look_up():
    found = {}
    for path in (*PRODUCT, *TESTS):
        text, plain = path.read_text(), {**PLAIN_NAMES, **PLAIN_NAMES_THERE.get(shown(path), {})}
        if any(name in text for name in plain):
            found |= {f"{shown(path)}: {name}": f"call it {plain[name]}" for name in sorted(names(tree_of(path)) & set(plain))}
    assert found == {}


def test_no_class_is_called_what_says_nothing_of_it():
    classes = re.compile(rf"^ *class ({'|'.join(PLAIN_CLASSES)})\b", re.MULTILINE)
    found = {
        f"{shown(path)}: {name}": f"call it {PLAIN_CLASSES[name]}"
        for path in (*PRODUCT, *TESTS)
        for name in classes.findall(path.read_text())
    }
    assert found == {}


def test_files_with_names_of_their_own_are_there():
    assert [name for name in PLAIN_NAMES_THERE if not (ROOT / name).is_file()] == []


def test_the_event_log_alone_is_called_log():
    """A logger is a `logger`."""
    found = [shown(path) for path in (*PRODUCT, *TESTS) if re.search(r"^_?log = (structlog|logging)\.", path.read_text(), re.MULTILINE)]
    assert found == []


@pytest.mark.parametrize(
    "name",
    ["README.md", "docs/architecture.md", "api/cli/app.py", "api/refusals.py", "infra/roles/up.py", "web/js/main.js", "tests/servers.py"],
)
def test_prose_is_what_documents_help_texts_log_lines_problems_pages_and_tests_say(name: str):
    assert name in dict(prose())


def test_no_sentence_is_a_riddle():
    found = {
        f"{name}: {riddle}": plain
        for name, text in prose()
        if name not in MESSAGES
        for riddle, plain in PLAIN_SENTENCES.items()
        if riddle.lower() in text.lower()
    }
    assert found == {}


def test_no_prose_has_a_metaphor_where_there_is_a_term():
    found = [
        f"{name}: {around(text, match)}"
        for name, text in prose()
        if name not in MESSAGES
        for match in METAPHORS.finditer(METAPHORS_THAT_ARE_NONE.sub("", text))
    ]
    assert found == []


def test_the_house_is_the_bookmakers_account_and_nothing_else():
    found = [
        f"{name}: {around(text, match)}"
        for name, text in prose()
        if not name.startswith(BOOKMAKER) and name not in MESSAGES
        for match in HOUSE.finditer(text)
    ]
    assert found == []


def test_no_two_public_classes_share_a_name():
    where = defaultdict(list)
    for path in PRODUCT:
        name = shown(path)
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not name.startswith(VIOLATIONS):
                where[node.name].append(name)
    assert {kind: paths for kind, paths in where.items() if len(paths) > 1 and kind not in TWICE} == {}


def test_titles_of_decisions_say_what_was_decided_in_one_form():
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text().partition("\n")[0]
        assert re.fullmatch(rf"# {path.name[:4]} [A-Z].{{20,100}}[^.]", title), (path.name, title)
