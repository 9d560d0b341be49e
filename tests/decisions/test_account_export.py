"""What an export of a person's data reads: all that is theirs, nothing of others, never more than a page at once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.accounts.export import PAGE_FACTS, export_of
from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed
from domain.bet.facts import BetSettled
from domain.fact import Fact, Recorded, micros
from domain.ids import account_gate_of, email_claim_of, handle_claim_of, payment_of, profile_of, slip_of, tail_of, transfer_of, wallet_of
from domain.profile.facts import ProfileChanged
from domain.slip.facts import SlipShared
from domain.tail.facts import SlipTailed
from domain.wallet.facts import FundsDeposited, StakeReserved, TransferRecorded

NOON = datetime(2026, 6, 11, 12, tzinfo=UTC)
ADA, BOB = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c12"


class PagedLog:
    """A log of streams that notes the longest page it gave."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Recorded]] = {}
        self.longest_page = self.most_asked = 0
        self._position = 0

    def append(self, stream_id: str, *facts: Fact) -> None:
        stream = self.streams.setdefault(stream_id, [])
        for fact in facts:
            self._position += 1
            stream.append(Recorded(self._position, stream_id, len(stream) + 1, fact, micros(NOON)))

    def page(self, stream_id: str, after: int, limit: int) -> Sequence[Recorded]:
        found = [fact for fact in self.streams.get(stream_id, ()) if fact.version > after][:limit]
        self.longest_page = max(self.longest_page, len(found))
        return found

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        self.most_asked = max(self.most_asked, len(streams))
        return {stream_id: self.streams[stream_id] for stream_id in streams if stream_id in self.streams}


def person(log: PagedLog, account_id: str, handle: str) -> None:
    log.append(account_id, AccountRegistered(handle, "", "hash", "EUR", NOON, email_claim_of(f"{handle}@example.com")))
    log.append(profile_of(account_id), ProfileChanged(account_id, "", "", True, NOON))
    log.append(handle_claim_of(handle), HandleClaimed(handle, account_id, NOON))
    log.append(email_claim_of(f"{handle}@example.com"), EmailClaimed(account_id, NOON))


@settings(max_examples=10)
@given(deposits=st.integers(0, 2 * PAGE_FACTS + 3), bets=st.integers(0, PAGE_FACTS + 2))
def test_every_fact_of_a_person_is_exported_once_and_no_page_is_longer_than_it_may_be(deposits: int, bets: int):
    log = PagedLog()
    for account_id, handle in ((ADA, "ada"), (BOB, "bob")):
        person(log, account_id, handle)
        for number in range(deposits):
            log.append(wallet_of(account_id), FundsDeposited(account_id, 5, f"{handle} {number}", 5, NOON))
            log.append(
                transfer_of(account_id, f"{handle} {number}"), TransferRecorded(account_id, "deposit", 5, "EUR", f"{handle} {number}", NOON)
            )
        for number in range(bets):
            log.append(wallet_of(account_id), StakeReserved(account_id, f"{handle} bet {number}", 5, 5, NOON))
            log.append(f"{handle} bet {number}", BetSettled(account_id, "lost", 5, 0, (), 1, NOON))
    exported = [fact for page in export_of(ADA, log, NOON + timedelta(days=3)) for fact in page]
    own = {ADA, wallet_of(ADA), account_gate_of(ADA), profile_of(ADA), handle_claim_of("ada"), email_claim_of("ada@example.com")}
    own |= {transfer_of(ADA, f"ada {number}") for number in range(deposits)} | {f"ada bet {number}" for number in range(bets)}
    expected = sorted(fact.position for stream_id in own for fact in log.streams.get(stream_id, ()))
    assert sorted(fact.position for fact in exported) == expected
    assert log.longest_page <= PAGE_FACTS
    assert log.most_asked <= PAGE_FACTS


def test_a_payment_that_another_account_was_paid_by_is_left_out():
    log = PagedLog()
    person(log, ADA, "ada")
    log.append(wallet_of(ADA), FundsDeposited(ADA, 5, "shared", 5, NOON))
    log.append(payment_of("shared"), TransferRecorded(BOB, "deposit", 5, "EUR", "shared", NOON))
    assert payment_of("shared") not in {fact.stream_id for page in export_of(ADA, log, NOON) for fact in page}


def test_the_slip_that_shows_a_bet_and_the_tail_that_it_came_from_are_exported_with_it():
    log = PagedLog()
    person(log, ADA, "ada")
    log.append(wallet_of(ADA), StakeReserved(ADA, "bet", 5, 5, NOON))
    log.append(slip_of("bet"), SlipShared(ADA, "single", (), "public", "hidden", NOON, "bet"))
    log.append(tail_of("bet"), SlipTailed(ADA, "slip of bob", BOB, "bet", "tail", NOON))
    log.append(slip_of("another"), SlipShared(BOB, "single", (), "public", "hidden", NOON, "another"))
    found = [fact for page in export_of(ADA, log, NOON) for fact in page]
    assert [fact.stream_id for fact in found if isinstance(fact.body, SlipShared | SlipTailed)] == [slip_of("bet"), tail_of("bet")]


def test_nobody_has_nothing():
    assert [fact for page in export_of(ADA, PagedLog(), NOON) for fact in page] == []
