"""The size of batches, limited by a maximum and by how long a batch may hold the lock on the head of the log."""

COMMANDS_MIN = 32
HELD_US_MAX, HELD_US_EASY = 10_000, 7_000
"""How long a process may hold the lock on the head of the log for one batch: the commits of all other processes wait meanwhile. Batches
that hold it for less than the second of these grow."""

HURRIED_US_MAX, HURRIED_US_EASY = 2_000, 1_400
"""The same while safety commands come: each of them waits for the batch that is committing, and is committed with what was decided before
it. Batches of this size cost a quarter of the rate of bets."""

HURRIED_BATCHES = 500
"""For how many batches after one with a safety command the next is expected: some seconds under load."""


class BatchSize:
    """Shrinks at once when a batch held the head for too long, and grows again slowly."""

    def __init__(self, commands_max: int) -> None:
        self._most = commands_max
        self._hurried = 0
        self.commands_max = commands_max

    def learn(self, held_us: int, *, urgent: bool = False) -> None:
        """Adjust the size to how long a batch held the lock on the head, and to whether a safety command was in it."""
        self._hurried = HURRIED_BATCHES if urgent else max(0, self._hurried - 1)
        most_us, easy_us = (HURRIED_US_MAX, HURRIED_US_EASY) if self._hurried else (HELD_US_MAX, HELD_US_EASY)
        if held_us > most_us:
            self.commands_max = max(min(COMMANDS_MIN, self._most), self.commands_max * 4 // 5)
        elif held_us < easy_us and self.commands_max < self._most:
            self.commands_max = min(self._most, self.commands_max + max(1, self._most // 64))
