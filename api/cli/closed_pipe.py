"""Output into a pipe whose reader leaves, as in `slipstream audit verify | head`: what is printed after that is dropped.

The command goes on and ends with its own exit code, which says what was found. What would print for ever asks `reader_is_gone` and stops.
"""

import io
import os
import sys


class PipeThatMayClose(io.FileIO):
    """A file descriptor that swallows what has no reader any more."""

    is_closed_by_reader = False

    def write(self, data: object, /) -> int:
        """Write as `io.FileIO` does; after the reader has left, to nowhere."""
        try:
            return super().write(data)  # type: ignore[arg-type]  # FileIO knows what it takes
        except BrokenPipeError:
            self.is_closed_by_reader = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)  # type: ignore[arg-type]


def survive_a_closed_pipe() -> None:
    """Let standard output be such a pipe."""
    sys.stdout.flush()
    raw = PipeThatMayClose(sys.stdout.fileno(), "w", closefd=False)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), sys.stdout.encoding, sys.stdout.errors, line_buffering=raw.isatty())


def reader_is_gone() -> bool:
    """Whether what is printed goes nowhere."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, PipeThatMayClose) and raw.is_closed_by_reader
