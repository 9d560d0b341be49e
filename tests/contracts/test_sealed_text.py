"""Sealed text: one contract for keys in a real database and in memory. Once a key is destroyed, what it sealed stays closed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusals import AccountErased
from api.sealed_text import SealedText, TextSealer
from commands.ports import StoreUnavailable
from domain.ids import derived
from domain.prose import CODE_POINTS_PER_CHARACTER_MAX
from domain.sealed_text import is_sealed, sealed_length_max
from infra.database import make_ready
from infra.sealed_text.memory import KeysInMemory
from infra.sealed_text.scheme import AccountKey
from infra.sealed_text.sealer import KEY_KEPT_S, KeyedSealer, KeyStore
from infra.sealed_text.table import KeyTable

ANN, BOB, EVE = derived("account", "ann"), derived("account", "bob"), derived("account", "eve")
SLIP, OTHER = derived("slip", "one"), derived("slip", "other")
OPERATOR_KEY = "a key of this test's own, which guards nothing at all"
HELLO = "Bayern für die Ecken ⚽"


class Watch:
    """A clock that moves when it is told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(params=["table", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield KeysInMemory()
        return
    database_url = request.getfixturevalue("database_url")
    make_ready(database_url)
    with closing(KeyTable(database_url, OPERATOR_KEY)) as table:
        yield table


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def another(store: KeyStore, watch: Watch) -> Callable[[], TextSealer]:
    """Make the sealer of another process."""
    return lambda: KeyedSealer(store, watch)


@pytest.fixture
def sealer(another: Callable[[], TextSealer]) -> TextSealer:
    return another()


def test_what_was_sealed_is_opened_by_every_process_and_tells_nothing_meanwhile(sealer: TextSealer, another: Callable[[], TextSealer]):
    sealed = sealer.seal(ANN, SLIP, HELLO)
    assert is_sealed(sealed, 30)
    assert "Bayern" not in sealed
    assert sealer.open(ANN, sealed) == another().open(ANN, sealed) == HELLO


def test_a_text_is_sealed_alike_on_its_stream_alone(sealer: TextSealer, another: Callable[[], TextSealer]):
    sealed = sealer.seal(ANN, SLIP, HELLO)
    assert another().seal(ANN, SLIP, HELLO) == sealed
    assert len({sealed, sealer.seal(ANN, OTHER, HELLO), sealer.seal(BOB, SLIP, HELLO), sealer.seal(ANN, SLIP, HELLO + "!")}) == 4


def test_the_empty_text_stands_for_itself(sealer: TextSealer):
    assert sealer.seal(ANN, SLIP, "") == ""
    assert sealer.open(ANN, "") == ""
    assert sealer.open_many([]) == []


def test_what_another_account_sealed_and_what_was_changed_stays_closed(sealer: TextSealer):
    sealed = sealer.seal(ANN, SLIP, HELLO)
    sealer.seal(BOB, SLIP, HELLO)
    changed = sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB")
    asked = [(BOB, sealed), (EVE, sealed), (ANN, changed), (ANN, HELLO), (ANN, "s1." + "A" * 80)]
    assert [sealer.open(account_id, text) for account_id, text in asked] == [None] * 5


def test_an_erased_account_is_closed_for_good_and_the_others_are_not(sealer: TextSealer, another: Callable[[], TextSealer]):
    of_ann, of_bob = sealer.seal(ANN, SLIP, HELLO), sealer.seal(BOB, SLIP, HELLO)
    sealer.erase(ANN)
    sealer.erase(ANN)
    for each in (sealer, another()):
        assert each.open_many([SealedText(ANN, of_ann), SealedText(BOB, of_bob), SealedText(ANN, "")]) == [None, HELLO, ""]
        with pytest.raises(AccountErased):
            each.seal(ANN, SLIP, HELLO)


def test_an_account_that_never_wrote_can_be_erased_too(sealer: TextSealer, another: Callable[[], TextSealer]):
    sealer.erase(EVE)
    with pytest.raises(AccountErased):
        another().seal(EVE, SLIP, HELLO)


def test_another_process_seals_no_more_with_a_destroyed_key_and_forgets_it_within_its_time(
    sealer: TextSealer, another: Callable[[], TextSealer], watch: Watch
):
    other = another()
    sealed = other.seal(ANN, SLIP, HELLO)
    sealer.erase(ANN)
    assert other.open(ANN, sealed) == HELLO
    with pytest.raises(AccountErased):
        other.seal(ANN, SLIP, HELLO)
    watch.now_s += KEY_KEPT_S + 1
    assert not other.has_keys([ANN])
    assert other.open(ANN, sealed) is None


def test_keys_in_memory_are_bounded_and_every_text_opens_nevertheless(store: KeyStore, watch: Watch):
    sealer = KeyedSealer(store, watch, keys_max=2)
    accounts = [derived("account", str(number)) for number in range(5)]
    sealed = [SealedText(account, sealer.seal(account, SLIP, HELLO)) for account in accounts]
    assert sum(sealer.has_keys([account]) for account in accounts) == 2
    assert sealer.open_many(sealed) == [HELLO] * 5


@pytest.fixture
def tables(database_url: str) -> Iterator[tuple[KeyTable, KeyTable]]:
    make_ready(database_url)
    with closing(KeyTable(database_url, OPERATOR_KEY)) as one, closing(KeyTable(database_url, OPERATOR_KEY)) as other:
        yield one, other


def test_processes_that_race_for_a_first_key_get_the_same_and_none_survives_a_race_with_erasure(tables: tuple[KeyTable, KeyTable]):
    accounts = [derived("account", f"raced {number}") for number in range(20)]
    with ThreadPoolExecutor(2) as threads:
        one, other = ([*threads.map(table.find_or_make, accounts)] for table in tables)
        assert one == other
        fresh = [derived("account", f"erased {number}") for number in range(20)]
        made, gone = (threads.submit(lambda do=do: [do(each) for each in fresh]) for do in (tables[0].find_or_make, tables[1].destroy))
        made.result()
        gone.result()
    assert set(tables[0].find(fresh).values()) == {b""}


def test_a_copy_of_the_database_alone_opens_nothing(tables: tuple[KeyTable, KeyTable], database_url: str, watch: Watch):
    key = tables[0].find_or_make(ANN)
    sealed = AccountKey(ANN, key).seal(SLIP, HELLO)
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT wrapped_key FROM text_key").fetchall()
        assert all(key not in bytes(wrapped) for (wrapped,) in kept)
    with closing(KeyTable(database_url, OPERATOR_KEY[::-1])) as stolen:
        assert KeyedSealer(stolen, watch).open(ANN, sealed) is None
        with pytest.raises(StoreUnavailable):
            stolen.find_or_make(ANN)


def test_a_database_that_is_away_is_said_to_be():
    with closing(KeyTable("postgresql://127.0.0.1:1/none", OPERATOR_KEY)) as table, pytest.raises(StoreUnavailable):
        table.find([ANN])


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_every_text_comes_back_and_takes_no_more_room_than_is_allowed(text: str):
    key = AccountKey(ANN, b"k" * 32)
    sealed = key.seal(SLIP, text)
    assert key.open(sealed) == text
    assert len(sealed) <= sealed_length_max(-(-len(text) // CODE_POINTS_PER_CHARACTER_MAX))
