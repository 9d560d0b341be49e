"""Roles that stand still for a while, or die and come back, beside everything that is asked."""

import signal

from tests.journeys.hands.world import World
from tests.journeys.process_tree import Tree

STOPPABLE = ("project", "settle", "feed")
STOPPED_STEPS_MAX = 25
FEED = ("feed", "replay", "--speed", "240", "--matches", "2")


class Processes:
    """Stops, continues, kills and starts roles; none stands still for more than a bounded number of steps."""

    def __init__(self, tree: Tree, world: World, kills_max: int) -> None:
        self.tree = tree
        self.world = world
        self.stopped: dict[str, int] = {}
        self.kills_left = dict.fromkeys(STOPPABLE, kills_max)

    def start_feed(self) -> None:
        """Let real matches be played beside the hands."""
        self.tree.start(*FEED)

    def step(self) -> None:
        """Count a step: whatever stood still for long goes on."""
        for role, steps in list(self.stopped.items()):
            self.stopped[role] = steps + 1
            if steps >= STOPPED_STEPS_MAX:
                self.go_on(role)
        self.check()

    def check(self) -> None:
        """No role ends by itself, whatever is asked."""
        for role, process in self.tree.running.items():
            assert process.poll() is None, (role, (self.tree.folder / f"{role}.log").read_text()[-5_000:])

    def stop_or_go_on(self) -> None:
        """Let a role stand still, or go on."""
        role = self.world.one(STOPPABLE)
        if role in self.stopped:
            self.go_on(role)
        else:
            self.tree.running[role].send_signal(signal.SIGSTOP)
            self.stopped[role] = 0
            self.world.came[f"{role} stopped"] += 1

    def kill(self) -> None:
        """Kill a role and start it again, so often and no more."""
        role = self.world.one(STOPPABLE)
        if self.kills_left[role]:
            self.kills_left[role] -= 1
            self.world.came[f"{role} killed"] += 1
            self.stopped.pop(role, None)
            self.tree.end(role, signal.SIGKILL)
            self.tree.start(*(FEED if role == "feed" else (role,)))

    def go_on(self, role: str) -> None:
        """Let a role go on."""
        self.stopped.pop(role, None)
        self.tree.running[role].send_signal(signal.SIGCONT)

    def all_go_on(self) -> None:
        """Let everything go on."""
        for role in list(self.stopped):
            self.go_on(role)

    def end_feed(self) -> None:
        """End the feed, which ends well."""
        self.all_go_on()
        assert self.tree.end("feed") == 0, (self.tree.folder / "feed.log").read_text()[-5_000:]
