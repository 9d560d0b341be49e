"""What an export of a person's data reads: all that is theirs, nothing of others, in log order, never more than a page at once."""

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.export import PAGE_FACTS, STRETCH_POSITIONS, actor_of, export_of
from domain.catalogue import FACTS
from domain.fact import Fact, Recorded, micros
from domain.ids import case_of, derived, follow_of, payment_of, transfer_of
from domain.moderation.facts import (
    AccountShadowed,
    AppealDecided,
    DecisionAppealed,
    ItemHeld,
    ItemReleased,
    ItemRemoved,
    ItemReported,
    ModeratedItem,
    ReportsDismissed,
)
from domain.wallet.facts import TransferRecorded
from tests.audit_story import ANN, BEN, TESS, clean
from tests.decisions.given import NOON
from tests.decisions.stored import example_of

ADA, BOB = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c12"


class PersonalLog:
    """A log that notes the longest page it gave, and the longest stretch it looked through."""

    def __init__(self, facts: Sequence[Recorded]) -> None:
        self.facts = facts
        self.longest_page = self.longest_stretch = 0

    def personal(self, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        named = account_id.encode()
        found = [
            fact
            for fact in self.facts
            if after < fact.position <= upto and (fact.stream_id == account_id or named in msgspec.json.encode(fact.body))
        ][:limit]
        self.longest_page = max(self.longest_page, len(found))
        self.longest_stretch = max(self.longest_stretch, upto - after)
        return found


def recorded(*facts: tuple[int, str, Fact]) -> list[Recorded]:
    return [Recorded(position, stream_id, 1, fact, micros(NOON)) for position, stream_id, fact in facts]


def exported(log: PersonalLog, account_id: str, head: int) -> list[Recorded]:
    return [fact for page in export_of(account_id, log, head) for fact in page]


@settings(max_examples=20, deadline=None)
@given(gaps=st.lists(st.sampled_from((1, 1, 1, 2, STRETCH_POSITIONS)), max_size=20), run=st.integers(0, 2 * PAGE_FACTS + 3))
def test_every_fact_of_a_person_is_exported_once_in_order_and_no_page_is_longer_than_it_may_be(gaps: list[int], run: int):
    position, facts = 0, []
    for number, gap in enumerate([*[1] * run, *gaps]):
        position += gap
        account_id = (ADA, BOB)[number % 3 == 0]
        facts.append((position, derived("t", str(number)), TransferRecorded(account_id, "deposit", 5, "EUR", str(number), NOON)))
    log = PersonalLog(recorded(*facts))
    assert [fact.position for fact in exported(log, ADA, position)] == [each[0] for each in facts if each[2].account_id == ADA]
    assert log.longest_page <= PAGE_FACTS
    assert log.longest_stretch <= STRETCH_POSITIONS


def test_a_payment_that_another_account_was_paid_by_is_left_out():
    paid = TransferRecorded(BOB, "deposit", 5, "EUR", ADA, NOON)
    log = PersonalLog(recorded((1, transfer_of(BOB, ADA), paid), (2, payment_of(ADA), paid)))
    assert exported(log, ADA, 2) == []


def test_all_that_people_do_among_each_other_is_in_the_export_of_whoever_did_it_alone():
    log = PersonalLog(clean().log)
    head = len(log.facts)
    kinds = {name.rsplit(".", 1)[0] for name in FACTS}
    social = {
        kind for kind in kinds if kind.split(".")[0] in ("slip", "tail", "draft", "mutes", "comment", "reaction", "follow", "profile")
    }
    found = {
        account_id: exported(log, account_id, head)
        for account_id in {fact.body.account_id for fact in log.facts if hasattr(fact.body, "account_id")}
    }
    told = {fact.body.__struct_config__.tag.rsplit(".", 1)[0] for facts in found.values() for fact in facts}
    assert social <= told
    for account_id, facts in found.items():
        assert [fact.position for fact in facts] == sorted({fact.position for fact in facts})
        others = {actor_of(fact.body) for fact in facts} - {account_id, ""}
        assert not others
    blocked = [fact for fact in found[ANN] if fact.stream_id == follow_of(ANN, BEN) and "blocked" in fact.body.__struct_config__.tag]
    assert not blocked, "who was blocked is not told"
    assert TESS in found


ITEM = ModeratedItem("slip", derived("slip"), ADA, derived("slip"))


def test_an_author_gets_the_decisions_on_what_is_theirs_and_a_reporter_the_reports_and_nobody_the_rest():
    case = case_of("slip", ITEM.item_id)
    said = (
        ItemReported(ITEM, BOB, "spam", NOON),
        ReportsDismissed(ITEM, "Nothing wrong.", "mod", NOON),
        ItemHeld(ITEM, "spam", "Why.", "mod", 0, NOON),
        DecisionAppealed(ITEM, "s1.text", NOON),
        AppealDecided(ITEM, granted=True, reason="Right.", actor="other", at=NOON),
        ItemReleased(ITEM, "Right.", "other", NOON),
        ItemRemoved(ITEM, "spam", "Again.", "mod", NOON),
        AccountShadowed(ModeratedItem("account", ADA, ADA), "spam", "Why.", "mod", NOON),
    )
    log = PersonalLog(recorded(*((number, case, fact) for number, fact in enumerate(said, 1))))
    assert [type(fact.body) for fact in exported(log, BOB, 8)] == [ItemReported]
    assert [type(fact.body) for fact in exported(log, ADA, 8)] == [ItemHeld, DecisionAppealed, AppealDecided, ItemReleased, ItemRemoved]


def test_the_actor_of_every_fact_is_who_did_it():
    for kind in FACTS.values():
        fact = example_of(kind)
        assert isinstance(actor_of(fact), str)


def test_nobody_has_nothing():
    assert exported(PersonalLog([]), ADA, 0) == []
