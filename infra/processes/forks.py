"""The fork server that a supervisor forks its roles from: started, started again when it is gone, put in the place of an older one."""

from collections.abc import Mapping, Sequence

import structlog

from infra.clock import Clock
from infra.processes.fork_server import ForkedProcess, ForkServer

AGAIN_AFTER_S = 10.0
"""One that is gone is started again once so long has passed since it was started."""

logger = structlog.get_logger(__name__)


class Forks:
    """Forks processes of a program that was imported once; until it has been, nothing is forked, and nobody waits for it."""

    def __init__(self, program: str, modules: Sequence[str], clock: Clock | None = None) -> None:
        self._program, self._modules = program, modules
        self._clock = clock or Clock()
        self._server: ForkServer | None = None
        self._earlier: list[ForkServer] = []
        self._since_s = 0.0
        self._is_renewing = False

    def start(self) -> None:
        """Start the fork server; a second call changes nothing. Raises OSError where Python is gone."""
        if self._server is None:
            self._server = ForkServer(self._program, self._modules)
            self._since_s = self._clock.monotonic_s()

    def wait(self) -> None:
        """Wait until it can fork, or is gone."""
        if self._server is not None and not self._server.wait():
            logger.warning("no fork server: each role imports all of the program for itself")

    def fork(self, words: Sequence[str], env: Mapping[str, str], descriptors: Mapping[str, int]) -> ForkedProcess | None:
        """Fork a process, see `ForkServer.fork`; return None where there is nothing to fork it from now."""
        return self._server.fork(words, env, descriptors) if self._server else None

    def revive(self) -> None:
        """Start the fork server again where it is gone, and not just now; forget those before it that have ended."""
        self._earlier = [each for each in self._earlier if not each.has_ended]
        if self._server is not None and self._server.is_gone and self._clock.monotonic_s() - self._since_s > AGAIN_AFTER_S:
            logger.warning("the fork server is gone and started again", pid=self._server.pid)
            self._earlier.append(self._server)
            self._server = None
            self.start()

    def renewed(self) -> bool:
        """Begin to put another fork server in the place of this one, which has the program as it was, or go on; return whether it is done.

        What the old one forked goes on. A new one that does not get ready forks nothing: roles are started by their command lines then.
        """
        if self._server is None:
            return True
        if not self._is_renewing:
            self._is_renewing = True
            self._server.retire()
            self._earlier.append(self._server)
            self._server = None
            self.start()
            return False
        self._is_renewing = not (self._server.is_ready or self._server.is_gone)
        return not self._is_renewing

    def end(self) -> None:
        """End the fork server and those before it, and what they forked."""
        for each in (*self._earlier, self._server):
            if each is not None:
                each.end()
        self._server, self._earlier = None, []
