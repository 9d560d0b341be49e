"""Ids that follow from other things are the same for ever."""

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from domain.ids import SLIPSTREAM, derived, wallet_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(texts, st.lists(texts, max_size=4))
def test_a_derived_id_is_the_uuid5_of_its_kind_and_parts(kind: str, parts: list[str]):
    assert derived(kind, *parts) == str(uuid5(SLIPSTREAM, "\x1f".join((kind, *parts))))


def test_a_wallet_has_the_id_it_always_had():
    assert wallet_of("0190a0b0-0000-7000-8000-000000000001") == "a7144e1e-1ed6-5908-b04b-9b8b476861a8"
