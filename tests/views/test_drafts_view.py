"""Drafts as their author lists them and as codes open them, against a plain model; and what is shown of legs that have started."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.draft.facts import DraftDeleted, DraftLeg, DraftMade, DraftPublished, DraftReplaced
from domain.fact import micros
from domain.ids import draft_of
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import drafts
from tests.views.history import NOON, VIEWS, History, named

ANN, BOB = named("account", 1), named("account", 2)
F1, M1 = named("fixture", 1), named("market", 1)
NOW_US = micros(NOON) + 60_000_000
CODES = ("7GKQ2M9XTA", "7GKQ2M9XTB", "7GKQ2M9XTC", "7GKQ2M9XTD")
SELECTIONS = ("home", "draw", "away")


def told(history: History, ask: Any, chunk_facts: int = 1_000) -> Any:
    models = MemoryModels()
    Projector(history.log, models, VIEWS, chunk_facts=chunk_facts).catch_up()
    return asyncio.run(ask(MemoryReads(models)))


def happen(history: History, kept: dict[str, dict[str, Any]], code: str, verb: str, selection: str) -> None:
    """Let something happen to a draft, where it may, and note it in the model."""
    owner, legs, at = (ANN, BOB)[CODES.index(code) % 2], (DraftLeg(F1, M1, selection),), history.at()
    stands = code in kept
    if verb == "make" and not stands and draft_of(code) not in history._versions:
        history.add(draft_of(code), DraftMade(owner, code, "single", legs, at))
        kept[code] = {"owner": owner, "selection": selection, "published": False}
    elif verb == "replace" and stands:
        history.add(draft_of(code), DraftReplaced(owner, code, "single", legs, at))
        kept[code]["selection"] = selection
    elif verb == "publish" and stands and not kept[code]["published"]:
        history.add(draft_of(code), DraftPublished(owner, code, at))
        kept[code]["published"] = True
    elif verb == "delete" and stands:
        history.add(draft_of(code), DraftDeleted(owner, code, at))
        del kept[code]


STEPS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(("make", "make", "replace", "publish", "delete")), st.sampled_from(SELECTIONS)),
    max_size=25,
)


@settings(max_examples=30)
@given(steps=STEPS, chunk_facts=st.integers(1, 9), page=st.integers(1, 3))
def test_after_any_history_a_draft_is_shown_to_whom_it_opens_for_as_it_is_now(steps: Any, chunk_facts: int, page: int):
    history, kept = History(), dict[str, dict[str, Any]]()
    for code, verb, selection in steps:
        happen(history, kept, code, verb, selection)

    async def ask(reads: Any) -> None:
        for viewer_id in (ANN, BOB):
            own, cursor = [], None
            while True:
                found = await drafts.own(reads, viewer_id, cursor, page, NOW_US)
                own += [each.code for each in found.items]
                cursor = found.next_cursor
                if cursor is None:
                    break
            assert own == [code for code in reversed(kept) if kept[code]["owner"] == viewer_id]
            for code in CODES:
                shown, of_it = await drafts.opened(reads, viewer_id, code, NOW_US), kept.get(code)
                if of_it is None or not (of_it["published"] or of_it["owner"] == viewer_id):
                    assert shown is None
                else:
                    assert shown is not None
                    assert (shown.legs[0].selection, shown.published) == (of_it["selection"], of_it["published"])
                    assert (shown.own, shown.verified) == (of_it["owner"] == viewer_id, False)

    told(history, ask, chunk_facts)


def test_a_leg_is_shown_at_the_price_of_the_moment_until_its_match_begins():
    history = History()
    history.fixture(F1)
    history.market(M1, F1, "2.35", "3.2", "2.9")
    history.add(draft_of(CODES[0]), DraftMade(ANN, CODES[0], "single", (DraftLeg(F1, M1, "home"),), history.at()))

    def leg() -> Any:
        return told(history, lambda reads: drafts.opened(reads, ANN, CODES[0], NOW_US)).legs[0]

    before = leg()
    assert (before.started, before.selection_name, before.market_type) == (False, "Norway", "match_result")
    assert before.odds is not None
    assert before.version == 1
    history.kick_off(F1)
    assert (leg().started, leg().odds, leg().version) == (True, None, 0)
