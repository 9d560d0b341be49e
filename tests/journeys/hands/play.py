"""How random hands play: everybody joins, then step by step somebody asks for something, or something is stopped or killed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.journeys.hands import (
    accounts,
    betting,
    moderating,
    notifying,
    social,
    together,
    trading,
    wrong_bets,
    wrong_cash_outs,
    wrong_people,
    wrong_talk,
    wrong_trading,
)
from tests.journeys.hands.accounts import CONSOLE
from tests.journeys.hands.processes import Processes
from tests.journeys.hands.reading import look, read
from tests.journeys.hands.registry import HANDS
from tests.journeys.hands.right import RIGHT
from tests.journeys.hands.world import TOGETHER_MAX, World
from tests.journeys.hands.wrong import WRONG, Actors
from tests.journeys.process_tree import Tree

T = TypeVar("T")

ROOMS = (
    accounts,
    betting,
    moderating,
    notifying,
    social,
    trading,
    wrong_bets,
    wrong_cash_outs,
    wrong_people,
    wrong_talk,
    wrong_trading,
    together,
)
"""Where hands and wrong stories are registered."""

STORIES = [story for stories in WRONG.values() for story in stories]

STAFF = ("trader", "trader", "trader", "moderator", "moderator", "support", "auditor", "compliance")
BETTORS = 4
AGAIN_MAX = 40
"""How often a hand is asked again that was never granted anything."""

NEVER_GRANTED = {
    "requestReturn": "an exclusion lasts six months at least, and a return is asked for after it",
    **dict.fromkeys(("resetPassword", "confirmEmail"), "needs the link of a mail: tests/journeys/test_account_mails.py"),
}
"""What is asked for and cannot be granted, each with its reason."""


class Play:
    """One game of random hands."""

    def __init__(self, sites: Sequence[Tree], seed: int, kills_max: int) -> None:
        self.world = World(sites, seed)
        self.processes = Processes(sites[0], self.world, kills_max)
        self.actors = Actors(self.world)

    def begin(self) -> None:
        """Let everybody join, and open the first markets."""
        for role in STAFF:
            self.world.join(self.world.name(role), role=role)
        for _ in range(BETTORS):
            self.world.join(self.world.name("bettor"), funds_minor=1_000_00)
        self.processes.start_feed()
        for _ in range(4):
            trading.schedule(self.world)
            trading.open_market(self.world)

    def step(self) -> None:
        """Let somebody do something."""
        self.processes.step()
        console = self._drawn(CONSOLE)
        todo: dict[Callable[[], None], int] = {
            lambda: HANDS[self._drawn({name: each.weight for name, each in HANDS.items()})].ask(self.world): 340,
            lambda: look(self.world): 30,
            lambda: read(self.world): 25,
            lambda: console(self.world): 5,
            self._together: 10,
            self.tell_a_story: 8,
            self.processes.stop_or_go_on: 6,
            self.processes.kill: 2,
        }
        self._drawn(todo)()

    def _drawn(self, weights: dict[T, int]) -> T:
        return self.world.rng.choices(list(weights), list(weights.values()))[0]

    def _together(self) -> None:
        names = self.world.rng.choices(list(HANDS), [each.weight for each in HANDS.values()], k=TOGETHER_MAX)
        if self.world.odds(0.3):
            names = [names[0]] * TOGETHER_MAX
        self.world.ask_together([HANDS[name].ask for name in names])

    def tell_a_story(self) -> None:
        """Let the actors ask for something that the audit would call wrong."""
        story = self.world.one(STORIES)
        if said := self.actors.tell(story):
            self.world.broken.append(said)

    def ask_for_the_rest(self) -> list[str]:
        """Ask again for everything that was never granted; return what is refused each time."""
        for name in self._never_granted():
            if name in RIGHT:
                RIGHT[name](self.actors)
            for _ in range(AGAIN_MAX):
                if self.world.granted[name]:
                    break
                HANDS[name].ask(self.world)
        return self._never_granted()

    def _never_granted(self) -> list[str]:
        return [name for name in HANDS if not self.world.granted[name] and name not in NEVER_GRANTED]

    def end(self) -> None:
        """Let everything go on, and the feed come to its end."""
        self.processes.end_feed()
