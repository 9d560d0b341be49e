"""Who registered a phone is known for as long as the account has it, and not longer, in whatever order things happen."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.account_gate.facts import AccountClosed
from domain.ids import account_gate_of, notifications_of
from domain.notification.facts import AddressRemoved
from domain.notification.kinds import MOBILE_PUSH
from infra.database import make_ready
from infra.delivery.device_holders import DeviceHolders
from tests.contracts.deliveries_under_test import Provider, Site, provider
from tests.servers import fresh_database
from tests.views.test_inbox_view import ANN, BEN

TOKEN = "ab" * 32


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        yield url


@pytest.fixture(scope="module")
def sink() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def holders(dsn: str) -> Iterator[DeviceHolders]:
    with closing(DeviceHolders(dsn, "a secret of the tests' own")) as opened:
        yield opened


class Phones:
    """Accounts that register phones and remove them, as the API does it, and the ledger that learns of it when it is told."""

    def __init__(self, dsn: str, sink: Provider, holders: DeviceHolders) -> None:
        self.site, self.holders, self.has = Site(dsn, sink), holders, set[tuple[str, str]]()
        self.asked: list[tuple[str, str, str, int]] = []

    def add(self, account_id: str, token: str = TOKEN) -> str:
        address_id = self.site.reach(account_id, channel=MOBILE_PUSH, address={"provider": "apns", "token": token})
        self.has.add((account_id, address_id))
        self.asked.append((token, account_id, address_id, self.site.history.log.head()))
        return address_id

    def note(self) -> None:
        """The second half of registering, for all that was added."""
        for token, *of_address in self.asked:
            asyncio.run(self.holders.register("apns", token, *of_address))
        self.asked.clear()

    def remove(self, account_id: str, address_id: str) -> None:
        fact = AddressRemoved(account_id, address_id, "person", self.site.history.at())
        self.site.history.add(notifications_of(account_id), fact)
        self.has.discard((account_id, address_id))

    def known(self) -> set[tuple[str, str]]:
        return set(self.site.rows("SELECT account_id::text, address_id::text FROM delivery_device"))


@pytest.fixture
def phones(dsn: str, sink: Provider, holders: DeviceHolders) -> Phones:
    return Phones(dsn, sink, holders)


def test_a_phone_whose_address_is_removed_is_known_no_more_and_another_ones_still_is(phones: Phones):
    address_id, other = phones.add(ANN), phones.add(BEN)
    phones.note()
    phones.site.tell()
    assert phones.known() == {(ANN, address_id), (BEN, other)}
    phones.remove(ANN, address_id)
    phones.site.tell()
    assert phones.known() == {(BEN, other)}


def test_a_phone_that_is_registered_again_before_the_ledger_learns_of_its_removal_stays_known(phones: Phones):
    address_id = phones.add(ANN)
    phones.note()
    phones.remove(ANN, address_id)
    assert phones.add(ANN) == address_id
    phones.note()
    phones.site.tell()
    assert phones.known() == {(ANN, address_id)}


def test_an_account_that_is_closed_keeps_its_phones_as_it_keeps_their_addresses(phones: Phones):
    address_id = phones.add(ANN)
    phones.note()
    phones.site.history.add(account_gate_of(ANN), AccountClosed(ANN, "", "person", phones.site.history.at()))
    phones.site.tell()
    assert phones.known() == {(ANN, address_id)}


def test_what_an_account_registered_is_forgotten_with_it(phones: Phones, holders: DeviceHolders):
    for token in ("cd" * 32, "ef" * 32):
        phones.add(ANN, token)
    other = phones.add(BEN)
    phones.note()
    holders.forget_account(ANN)
    assert phones.known() == {(BEN, other)}


STEPS = st.lists(st.tuples(st.sampled_from(["register", "remove", "tell"]), st.sampled_from([ANN, BEN]), st.integers(0, 1)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_table_knows_whoever_has_a_phone_and_nobody_else_whenever_the_ledger_is_told(
    dsn: str, sink: Provider, holders: DeviceHolders, steps: list[tuple[str, str, int]]
):
    phones, addresses = Phones(dsn, sink, holders), dict[tuple[str, int], str]()
    for step, account_id, number in steps:
        if step == "register":
            addresses[account_id, number] = phones.add(account_id, f"{number}a" * 16)
            phones.note()
        elif step == "remove" and (account_id, addresses.get((account_id, number))) in phones.has:
            phones.remove(account_id, addresses[account_id, number])
        else:
            phones.site.tell()
    phones.site.tell()
    assert phones.known() == phones.has
