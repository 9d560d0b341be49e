"""The product beside a read replica: each person finds and exports what they did a moment ago, whether the replica has it or not."""

import json
from collections.abc import Iterator

import pytest

from infra.database import make_ready
from infra.embedded.valkey import EmbeddedValkey
from tests.journeys.process_tree import Person, Tree, until
from tests.replicas_under_test import ReplicaUnderTest, replica_under_test
from tests.servers import server_folder

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaUnderTest]:
    with replica_under_test() as made:
        make_ready(made.url, made.owner_url)
        yield made


@pytest.fixture(scope="module")
def tree(replica: ReplicaUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    with server_folder() as home, EmbeddedValkey(home / "valkey", snapshots=False) as valkey:
        running = Tree(replica.url, valkey.start(), tmp_path_factory.mktemp("tree"))
        running.env["SLIPSTREAM_READ_DATABASE_URL"] = replica.replica_url
        try:
            for role in ("api", "project", "settle", "search"):
                running.start(role)
            yield running
        finally:
            running.end_all()


def answered(tree: Tree, asked: str, by: str) -> float:
    return tree.figures()[f'slipstream_replica_reads_total{{answered_by="{by}",asked="{asked}"}}']


def finds(person: Person, handle: str) -> bool:
    """Whether a search has an account; while views are begun it is told that they cannot be read yet."""
    page = person.get("/v1/search", q=f"@{handle}")
    assert page.status_code in (200, 503), page.text
    return page.status_code == 200 and [each["account"]["handle"] for each in page.json()["items"]] == [handle]


def exported(person: Person) -> list[str]:
    return [json.loads(line).get("fact", "") for line in person.get("/v1/account/export").text.splitlines()]


def looked_at(auditor: Person, account_id: str) -> int:
    held = auditor.get(f"/v1/audit/accounts/{account_id}/balance")
    assert held.status_code == 200, held.text
    return int(held.json()["available_minor"])


def test_search_export_and_audit_come_from_the_replica_and_show_what_was_just_done_when_it_is_paused(tree: Tree, replica: ReplicaUnderTest):
    auditor, ada = tree.bettor("auditor", role="auditor"), tree.bettor("ada", funds_minor=10_00)

    def all_asked(handle: str) -> None:
        until(lambda: finds(ada, handle), "the account is found")
        assert "wallet.funds_deposited" in {fact.rsplit(".", 1)[0] for fact in exported(ada)}
        assert looked_at(auditor, ada.account_id) >= 10_00

    def of_replica() -> bool:
        before = [answered(tree, asked, "replica") for asked in ("log", "search")]
        all_asked("ada")
        return all(answered(tree, asked, "replica") > was for asked, was in zip(("log", "search"), before, strict=True))

    until(of_replica, "the replica answers each of them")
    replica.pause()
    left = [answered(tree, asked, "primary") for asked in ("log", "search")]
    assert ada.post("/v1/wallet/deposits", {"amount_minor": 5_00, "currency": "EUR", "reference": "second"}).status_code == 201
    assert looked_at(auditor, ada.account_id) == 15_00
    tree.bettor("newcomer")
    all_asked("newcomer")
    assert all(answered(tree, asked, "primary") > was for asked, was in zip(("log", "search"), left, strict=True))
    replica.resume()
    until(of_replica, "the replica answers again")

    told = json.loads(tree.run("audit", "verify", "--json").stdout)
    assert told["wrong"] == ""
    begun = auditor.post("/v1/audit/verifications", {})
    assert begun.status_code == 202, begun.text
    place = f"/v1/audit/verifications/{begun.json()['verification_id']}"
    ended = until(lambda: (found := auditor.get(place).json())["status"] != "running" and found, "it is verified")
    assert ended["status"] in {"clean", "log_clean"}, ended
