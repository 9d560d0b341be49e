"""The fork server's own side: it imports a program, then forks it again and again; see `fork_server`.

`python -m infra.processes.forking DESCRIPTOR PROGRAM MODULE...` serves a connection of packets on that descriptor. One thread does it all.
Nothing that is imported may start a thread: only the one that forks goes on in a child.
"""

import gc
import importlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence

import msgspec
import setproctitle

from infra.processes.fork_server import PACKET_BYTES_MAX, AllImported, Ended, Forked, ForkWanted, Retired, encode
from infra.processes.inherited_sockets import variable_of
from infra.processes.process_control import tie_to_parent

DESCRIPTORS_MAX = 16

_asked = msgspec.json.Decoder(ForkWanted | Retired).decode


class Forking:
    """Forks what is asked for on a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pid = os.getpid()
        self._living: set[int] = set()
        self._retired = False
        self._ended, self._ending = os.pipe()
        os.set_blocking(self._ended, False)
        os.set_blocking(self._ending, False)

    def serve(self) -> list[str] | None:
        """Fork what is asked for; return the words of a child in the child, None in the fork server at its end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ending, warn_on_full_buffer=False)
        self._connection.send(encode(AllImported()))
        while not self._retired or self._living:
            readable, _, _ = select.select([self._connection.fileno(), self._ended], [], [])
            if self._ended in readable:
                os.read(self._ended, 4096)
                self._collect()
            if self._connection.fileno() in readable:
                packet, descriptors, _, _ = socket.recv_fds(self._connection, PACKET_BYTES_MAX, DESCRIPTORS_MAX)
                if not packet:
                    return None
                asked: ForkWanted | Retired = _asked(packet)
                if isinstance(asked, Retired):
                    self._retired = True
                elif self._fork(descriptors):
                    self._become(asked, descriptors)
                    return asked.words
        return None

    def _fork(self, descriptors: Sequence[int]) -> bool:
        """Fork; return whether this is the child."""
        pid = os.fork()
        if not pid:
            return True
        for each in descriptors:
            os.close(each)
        self._living.add(pid)
        self._connection.send(encode(Forked(pid)))
        return False

    def _collect(self) -> None:
        """Collect those that ended, tell how, and wake whoever waits for the end of a child."""
        for pid in list(self._living):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self._living.discard(pid)
                self._connection.send(encode(Ended(pid, os.waitstatus_to_exitcode(status))))
                os.kill(os.getppid(), signal.SIGCHLD)

    def _become(self, wanted: ForkWanted, descriptors: Sequence[int]) -> None:
        """Make of this child the process that is wanted."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._connection.close()
        os.close(self._ended)
        os.close(self._ending)
        os.setsid()
        if tie := tie_to_parent(self._pid, signal.SIGTERM):
            tie()
        _replace(0, os.open(os.devnull, os.O_RDONLY))
        named, outputs = descriptors[: len(wanted.descriptors)], descriptors[len(wanted.descriptors) :]
        if outputs:
            os.dup2(outputs[0], 1)
            os.dup2(outputs[-1], 2)
        for each in outputs:
            os.close(each)
        setproctitle.setproctitle(" ".join(["slipstream", *wanted.words]))  # before the environment moves, beside which the title is kept
        os.environ.clear()
        os.environ.update(wanted.env | variable_of(dict(zip(wanted.descriptors, named, strict=True))))
        time.tzset()


def _replace(number: int, descriptor: int) -> None:
    os.dup2(descriptor, number)
    os.close(descriptor)


def main() -> None:
    """Import, serve, and be what is asked for in a child."""
    connection, program, modules = socket.socket(fileno=int(sys.argv[1])), sys.argv[2], sys.argv[3:]
    for name in (program, *modules):
        importlib.import_module(name)
    if threading.active_count() > 1:
        sys.stderr.write(f"no fork server: a thread would not survive a fork: {threading.enumerate()}\n")
        os._exit(1)  # it waits for no thread either
    gc.collect()
    gc.freeze()
    words = Forking(connection).serve()
    if words is not None:
        running = importlib.import_module(program)
        sys.argv = [str(running.__file__), *words]
        running.main()


if __name__ == "__main__":
    main()
