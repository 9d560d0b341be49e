"""The size of batches, limited by a maximum and by how long a batch may hold the lock on the head of the log."""

COMMANDS_MIN = 32
HELD_US_MAX = 10_000
"""How long a process may hold the lock on the head of the log for one batch: the commits of all other processes wait meanwhile."""

HELD_US_EASY = 7_000


class BatchSize:
    """Shrinks at once when a batch held the head for too long, and grows again slowly."""

    def __init__(self, commands_max: int) -> None:
        self._most = commands_max
        self.commands_max = commands_max

    def learn(self, held_us: int) -> None:
        """Adjust the size to how long a batch held the lock on the head."""
        if held_us > HELD_US_MAX:
            self.commands_max = max(min(COMMANDS_MIN, self._most), self.commands_max * 4 // 5)
        elif held_us < HELD_US_EASY and self.commands_max < self._most:
            self.commands_max = min(self._most, self.commands_max + max(1, self._most // 64))
