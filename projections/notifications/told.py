"""What a kind of notification is to the inbox: whom a fact tells, what it takes back, and what is said."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from domain.fact import Fact, Recorded
from domain.notification.wording.words import Words


class NoticeRow(msgspec.Struct, frozen=True, array_like=True):
    """What an inbox keeps of the newest that happened of a notice; ids are empty where there are none.

    `at_us` is in microseconds since 1970 by the log's clock. `what` says which of several things happened, `until_us` until when it holds,
    `chosen_us` since when the person asked to be told just this. `odds` are those of the selection of the market, which `what` names then.
    """

    at_us: int
    actor_id: str = ""
    slip_id: str = ""
    slip_author_id: str = ""
    comment_id: str = ""
    bet_id: str = ""
    what: str = ""
    amount_minor: int = 0
    until_us: int = 0
    fixture_id: str = ""
    market_id: str = ""
    odds: str = ""
    chosen_us: int = 0


class NoticeTold(NamedTuple):
    """An account is told something; what is told of one `subject` is one notice, of as many people as did it."""

    account_id: str
    subject: str
    row: NoticeRow


class TakenBack(NamedTuple):
    """What an account was told of a subject is true no more; of a grouped kind, of the actor."""

    account_id: str
    subject: str
    actor_id: str


class Shown(NamedTuple):
    """What is known when a notice is put into `words`: who did it, by handle, and how many; amounts are in the account's `currency`."""

    row: NoticeRow
    handles: Sequence[str]
    people: int
    text: str
    words: Words
    currency: str = ""

    @property
    def who(self) -> str:
        """Name the people: "ann", "ann and ben", "ann and 41 others"."""
        return self.words.who(self.handles, self.people)

    @property
    def amount(self) -> str:
        """Write the amount of money."""
        return self.words.money(self.row.amount_minor, self.currency)

    def say(self, name: str, /, **fields: str) -> str:
        """Return a message, in the form that goes with the people."""
        return self.words.say(name, max(1, self.people), **fields)


Tell = Callable[[Recorded[Any], Any], Sequence[NoticeTold | TakenBack]]


class Telling(NamedTuple):
    """A kind of notification: by kind of fact, whom it tells; and the sentence that says it. A `grouped` one is of many people."""

    kind: str
    tells: Mapping[type[Fact], Tell]
    says: Callable[[Shown], str]
    grouped: bool = False


def at(recorded: Recorded[Any], **more: Any) -> NoticeRow:
    """Return the row of a notice about a fact."""
    return NoticeRow(recorded.committed_us, **more)
