"""What is stored loads for ever: stable names, golden files, upcasters."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.ports import NewFact
from domain import catalogue
from domain.catalogue import FACTS
from domain.fact import Fact, Recorded, UnknownFact, stored_name
from domain.wallet.facts import WalletOpened
from infra.eventstore.fact_encoding import FactUnknown, copy_rows, decode_log, decode_recorded, encode_fact
from tests.decisions.given import NOON
from tests.decisions.stored import EXAMPLE_ID, GOLDEN, example_of, golden_file


def loaded(state: bytes) -> Fact:
    """Load one stored fact the way the log is read."""
    (recorded,) = decode_recorded(b'[[1,"%s",1,%s]]' % (EXAMPLE_ID.encode(), state))
    return recorded.body


EVERY_FACT = pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())


@EVERY_FACT
def test_a_golden_file_loads_and_is_written_the_same_way_today(fact: type[Fact]):
    """A missing file is added by `python -m tests.decisions.stored`; one that is there is never changed: the log is full of it."""
    golden = golden_file(fact).read_bytes().removesuffix(b"\n")
    assert type(loaded(golden)) is fact
    assert encode_fact(loaded(golden)) == golden


def test_no_golden_file_is_left_without_a_fact_or_an_upcaster():
    assert {path.stem for path in GOLDEN.iterdir()} <= FACTS.keys() | catalogue.UPCASTERS.keys()


@EVERY_FACT
def test_a_stored_name_is_a_place_a_past_event_and_a_version(fact: type[Fact]):
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+\.v[1-9][0-9]*", stored_name(fact))


@EVERY_FACT
def test_a_fact_is_frozen(fact: type[Fact]):
    made = example_of(fact)
    with pytest.raises(AttributeError):
        setattr(made, msgspec.structs.fields(fact)[0].name, None)


def test_stored_names_are_unique():
    assert len({stored_name(fact) for fact in FACTS.values()}) == len(FACTS) == len(msgspec.inspect.type_info(catalogue.AnyFact).types)


OLD = b'{"fact":"wallet.opened.v0","owner":"ann","money":"EUR","at":"2026-06-14T12:00:00Z"}'
OLDER = b'{"fact":"wallet.born.v1","owner":"ann","at":"2026-06-14T12:00:00Z"}'
OPENED = WalletOpened("ann", "EUR", NOON)


def from_v0(plain: dict[str, Any]) -> dict[str, Any]:
    return {"fact": "wallet.opened.v1", "account_id": plain["owner"], "currency": plain["money"], "at": plain["at"]}


def from_birth(plain: dict[str, Any]) -> dict[str, Any]:
    return {**plain, "fact": "wallet.opened.v0", "money": "EUR"}


@pytest.fixture
def made_up_past() -> Iterator[None]:
    catalogue.UPCASTERS.update({"wallet.opened.v0": from_v0, "wallet.born.v1": from_birth})
    yield
    del catalogue.UPCASTERS["wallet.opened.v0"], catalogue.UPCASTERS["wallet.born.v1"]


@pytest.mark.usefixtures("made_up_past")
def test_an_old_fact_is_lifted_version_by_version_to_what_it_is_called_today():
    assert loaded(OLD) == OPENED
    assert loaded(OLDER) == OPENED


@pytest.mark.usefixtures("made_up_past")
def test_a_stretch_of_the_log_may_mix_old_facts_with_new_ones():
    rows = b",".join(
        b'[%d,"%s",%d,%s]' % (n, EXAMPLE_ID.encode(), n, state) for n, state in enumerate([OLDER, encode_fact(OPENED), OLD], 1)
    )
    assert list(decode_recorded(b"[%s]" % rows)) == [Recorded(n, EXAMPLE_ID, n, OPENED) for n in (1, 2, 3)]


def test_a_fact_nobody_knows_is_named():
    with pytest.raises(FactUnknown, match=r"wallet\.vanished\.v1"):
        loaded(b'{"fact":"wallet.vanished.v1"}')
    with pytest.raises(FactUnknown, match="without a name"):
        loaded(b"{}")


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"fact":"wallet.opened.v1"}', b'{"fact":"wallet.opened.v1","account_id":7}'])
def test_broken_bytes_are_an_error_and_never_half_a_fact(broken: bytes):
    with pytest.raises(msgspec.DecodeError):
        loaded(broken)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-(1 << 63), (1 << 63) - 1)
VALUES = {str: TEXT, int: INTEGERS, bool: st.booleans(), datetime: st.datetimes(timezones=st.just(UTC))}


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    info = msgspec.inspect.type_info(kind)
    match info:
        case msgspec.inspect.StructType():
            return st.builds(kind, **{field.name: of_type(field.type) for field in msgspec.structs.fields(kind)})
        case msgspec.inspect.VarTupleType():
            return st.lists(of_type(kind.__args__[0]), max_size=3).map(tuple)
        case msgspec.inspect.TupleType():
            return st.tuples(*map(of_type, kind.__args__))
        case msgspec.inspect.DictType():
            return st.dictionaries(TEXT, of_type(kind.__args__[1]), max_size=3)
        case msgspec.inspect.UnionType():
            return st.one_of(*[st.none() if part is type(None) else of_type(part) for part in kind.__args__])
        case _:
            return VALUES[kind]


@given(st.sampled_from(list(FACTS.values())).flatmap(of_type))
def test_every_fact_comes_back_as_it_was_stored(fact: Fact):
    state = encode_fact(fact)
    assert decode_recorded(b'[[1,"%s",1,%s]]' % (EXAMPLE_ID.encode(), state)) == [Recorded(1, EXAMPLE_ID, 1, fact)]
    assert state in copy_rows([NewFact(EXAMPLE_ID, 1, fact)], 0)


NEWER = b'{"fact":"wallet.frozen.v1","account_id":"ann"}'
OTHER_SHAPE = b'{"fact":"wallet.opened.v1","account_id":7}'


@pytest.mark.parametrize(
    ("state", "name", "why"),
    [
        (NEWER, "wallet.frozen.v1", "no such kind is known"),
        (OTHER_SHAPE, "wallet.opened.v1", "ValidationError"),
        (b'{"fact":"market.opened.v1"}', "market.opened.v1", "KeyError"),
        (encode_fact(OPENED)[:-1] + b',"more":1}', "wallet.opened.v1", "ValidationError: Object contains unknown field `more`"),
        (b"[]", "", "ValidationError"),
        (b"{}", "without a name", "no such kind is known"),
    ],
)
def test_a_reader_of_the_log_is_told_which_fact_it_cannot_decode_and_gets_those_around_it(state: bytes, name: str, why: str):
    rows = b",".join(b'[%d,"%s",%d,%s,5]' % (n, EXAMPLE_ID.encode(), n, each) for n, each in enumerate([encode_fact(OPENED), state], 1))
    known, unknown = decode_log(b"[%s]" % rows)
    assert known == Recorded(1, EXAMPLE_ID, 1, OPENED, 5)
    assert (unknown.position, unknown.version, unknown.committed_us) == (2, 2, 5)
    assert isinstance(unknown.body, UnknownFact)
    assert unknown.body.name == name
    assert unknown.body.why.startswith(why)
    assert unknown.body.aggregate == name.partition(".")[0]
