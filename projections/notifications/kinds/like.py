"""People like a slip: its author is told once of all of them, and of no one who took it back."""

from collections.abc import Sequence

from domain.fact import Recorded
from domain.reaction.facts import Reacted, ReactionWithdrawn
from projections.notifications.told import NoticeTold, Shown, TakenBack, Telling, at


def _given(recorded: Recorded[Reacted], fact: Reacted) -> Sequence[NoticeTold]:
    if fact.kind != "like" or fact.account_id == fact.slip_author_id:
        return ()
    row = at(recorded, actor_id=fact.account_id, slip_id=fact.slip_id, slip_author_id=fact.slip_author_id)
    return (NoticeTold(fact.slip_author_id, fact.slip_id, row),)


def _withdrawn(_recorded: Recorded[ReactionWithdrawn], fact: ReactionWithdrawn) -> Sequence[TakenBack]:
    return (TakenBack(fact.slip_author_id, fact.slip_id, fact.account_id),) if fact.kind == "like" else ()


def says(shown: Shown) -> str:
    """Say who did, and how many with them."""
    return shown.say("like", who=shown.who)


TELLING = Telling("like", {Reacted: _given, ReactionWithdrawn: _withdrawn}, says, grouped=True)
