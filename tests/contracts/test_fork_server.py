"""What a fork server forks is as if it had been started by its command line: its environment, descriptors, session, signals and end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.clock import Clock
from infra.processes.fork_server import LOST, ForkedProcess, ForkServer
from infra.processes.forks import AGAIN_AFTER_S, Forks
from infra.processes.process_control import lives, wait_until
from infra.processes.supervisor import ChildSpec, Supervisor

PROGRAM = """
import json, os, random, signal, sys, time
imported = os.getpid()

def main():
    words = sys.argv[1:]
    if words[0] == "exit":
        sys.exit(int(words[1]))
    if words[0] == "raise":
        raise RuntimeError("it broke")
    if words[0] == "sleep":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        open(words[1], "w").close()
        time.sleep(600)
    if words[0] == "say":
        said = {"env": dict(os.environ), "session": os.getsid(0), "pid": os.getpid(), "imported": imported, "random": random.random()}
        said |= {"descriptors": sorted(map(int, os.listdir("/proc/self/fd"))), "blocked": len(signal.pthread_sigmask(0, []))}
        said |= {"is_default": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, "name": open("/proc/self/cmdline").read().strip(chr(0))}
        if "SLIPSTREAM_INHERITED_SOCKETS" in os.environ:
            os.write(int(os.environ["SLIPSTREAM_INHERITED_SOCKETS"].partition("=")[2]), b"heard")
        print(json.dumps(said))
"""
STEP_S = 20


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "forked_program.py").write_text(PROGRAM)
    (tmp_path / "starts_a_thread.py").write_text(f"import threading, time\nthreading.Thread(target=time.sleep, args=({STEP_S},)).start()\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")
    return tmp_path


@pytest.fixture
def server(in_folder: Path) -> Iterator[ForkServer]:
    assert in_folder.is_dir(), "the program is there"
    server = ForkServer("forked_program", [])
    assert server.wait(STEP_S)
    yield server
    server.end()


def forked(server: ForkServer, *words: str, **env: str) -> ForkedProcess:
    process = server.fork(words, {**env})
    assert process is not None
    return process


def said(server: ForkServer, folder: Path, descriptors: dict[str, int] | None = None, **env: str) -> dict[str, object]:
    with (folder / "said").open("wb") as output:
        process = server.fork(["say"], env, descriptors, [output.fileno()])
    assert process is not None
    assert process.wait(STEP_S) == 0, (folder / "said").read_text()
    return dict(json.loads((folder / "said").read_text()))


def sleeping(server: ForkServer, note: Path) -> ForkedProcess:
    process = forked(server, "sleep", str(note))
    assert wait_until(note.exists, STEP_S)
    return process


def test_it_gets_the_environment_and_a_session_of_its_own_and_nothing_was_imported_again(server: ForkServer, in_folder: Path):
    one, other = said(server, in_folder, HERE="yes"), said(server, in_folder)
    assert one["env"] == {"HERE": "yes"}
    assert other["env"] == {}
    assert one["session"] == one["pid"] != other["pid"]
    assert one["imported"] == other["imported"] == server.pid
    assert one["random"] != other["random"], "each has chances of its own"
    assert one["name"] == "slipstream say", "whoever looks at processes sees which it is"
    assert (one["blocked"], one["is_default"]) == (0, True)


def test_it_inherits_what_it_is_given_and_nothing_else(server: ForkServer, in_folder: Path):
    before = said(server, in_folder)["descriptors"]
    reading, writing = os.pipe()
    given = said(server, in_folder, {"ready": writing})
    os.close(writing)
    assert os.read(reading, 10) == b"heard"
    assert os.read(reading, 10) == b"", "nobody else holds the other end"
    os.close(reading)
    assert isinstance(before, list)
    assert isinstance(given["descriptors"], list)
    assert len(given["descriptors"]) == len(before) + 1
    assert len(before) == 4, "in, out, error, and what lists them"


def test_what_it_says_and_what_went_wrong_can_be_told_apart(server: ForkServer, in_folder: Path):
    with (in_folder / "output").open("wb") as output, (in_folder / "errors").open("wb") as errors:
        for words in (["say"], ["raise"]):
            process = server.fork(words, {}, outputs=[output.fileno(), errors.fileno()])
            assert process is not None
            process.wait(STEP_S)
    assert json.loads((in_folder / "output").read_text())["env"] == {}
    assert "RuntimeError: it broke" in (in_folder / "errors").read_text()


@pytest.mark.parametrize(("words", "code"), [(("exit", "0"), 0), (("exit", "7"), 7), (("raise",), 1)])
def test_its_exit_code_is_told(server: ForkServer, words: tuple[str, ...], code: int):
    process = forked(server, *words)
    assert process.wait(STEP_S) == process.poll() == process.returncode == code
    process.terminate()  # it is gone, and nobody else is hit


def test_signals_reach_it_and_waiting_has_an_end(server: ForkServer, in_folder: Path):
    first, second = sleeping(server, in_folder / "first"), sleeping(server, in_folder / "second")
    assert first.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(0.05)
    first.terminate()
    assert first.wait(STEP_S) == 9
    second.kill()
    assert second.wait(STEP_S) == -signal.SIGKILL
    assert first.returncode == 9


def test_whoever_waits_for_the_end_of_children_is_woken(server: ForkServer):
    woken: list[int] = []
    before = signal.signal(signal.SIGCHLD, lambda number, _: woken.append(number))
    try:
        forked(server, "exit", "0").wait(STEP_S)
        assert wait_until(lambda: bool(woken), STEP_S)
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_what_it_forked_ends_with_it(server: ForkServer, in_folder: Path):
    process = sleeping(server, in_folder / "note")
    os.kill(server.pid, signal.SIGKILL)
    assert process.wait(STEP_S) == LOST
    assert server.is_gone
    assert server.fork(["exit", "0"], {}) is None
    assert not psutil.pid_exists(process.pid) or not lives(psutil.Process(process.pid))


def test_one_that_is_retired_ends_after_the_last_that_it_forked(server: ForkServer, in_folder: Path):
    process = sleeping(server, in_folder / "note")
    server.retire()
    assert server.fork(["exit", "0"], {}) is None
    assert not wait_until(lambda: not lives(psutil.Process(server.pid)), 0.3)
    process.terminate()
    assert process.wait(STEP_S) == 9
    assert wait_until(lambda: server.is_gone, STEP_S)


def test_it_ends_with_whoever_started_it_and_so_does_what_it_forked(in_folder: Path):
    program = f"""
from infra.processes.fork_server import ForkServer
server = ForkServer("forked_program", [])
server.wait()
process = server.fork(["sleep", {str(in_folder / "note")!r}], {{}})
print(server.pid, process.pid, flush=True)
process.wait()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pids = [int(each) for each in starter.stdout.readline().split()]
        assert wait_until((in_folder / "note").exists, STEP_S)
        starter.kill()
    assert wait_until(lambda: not any(psutil.pid_exists(pid) and lives(psutil.Process(pid)) for pid in pids), STEP_S)


@pytest.mark.usefixtures("in_folder")
@pytest.mark.parametrize("module", ["no_such_module", "starts_a_thread"])
def test_one_that_cannot_import_everything_or_has_threads_forks_nothing(module: str):
    server = ForkServer("forked_program", [module])
    assert not server.wait(STEP_S)
    assert server.is_gone
    assert server.fork(["exit", "0"], {}) is None
    server.end()


class SetClock(Clock):
    """A clock that moves when it is told to."""

    now_s = 1_000.0

    def monotonic_s(self) -> float:
        return self.now_s


def test_forks_are_renewed_while_the_old_ones_go_on_and_revived_when_they_are_gone(in_folder: Path):
    clock = SetClock()
    forks = Forks("forked_program", [], clock)
    assert forks.fork(["exit", "0"], {}, {}) is None, "nothing was started"
    forks.start()
    forks.wait()
    old = forks.fork(["sleep", str(in_folder / "old")], {}, {})
    assert old is not None
    assert wait_until((in_folder / "old").exists, STEP_S)
    assert not forks.renewed()
    assert wait_until(forks.renewed, STEP_S)
    new = forks.fork(["sleep", str(in_folder / "new")], {}, {})
    assert new is not None
    assert wait_until((in_folder / "new").exists, STEP_S)
    assert psutil.Process(new.pid).ppid() != psutil.Process(old.pid).ppid()
    os.kill(psutil.Process(new.pid).ppid(), signal.SIGKILL)
    assert new.wait(STEP_S) == LOST
    forks.revive()
    assert forks.fork(["exit", "0"], {}, {}) is None, "not at once again"
    clock.now_s += AGAIN_AFTER_S + 1
    forks.revive()
    forks.wait()
    again = forks.fork(["exit", "5"], {}, {})
    assert again is not None
    assert again.wait(STEP_S) == 5
    old.terminate()
    assert old.wait(STEP_S) == 9
    forks.end()


def test_a_supervisor_forks_its_children_and_starts_them_by_their_command_line_where_it_cannot(in_folder: Path):
    ways, before = [], psutil.Process().children()
    for program in ("forked_program", "no_such_program"):
        note = in_folder / program
        argv = [sys.executable, "-c", "import sys, forked_program; sys.argv[1:] = sys.argv[1:]; forked_program.main()"]
        spec = ChildSpec("role", [*argv, "sleep", str(note)], words=("sleep", str(note)))
        supervisor = Supervisor([spec], run_dir=in_folder / "run", forks=Forks(program, []))

        def stop(note: Path = note) -> None:
            assert wait_until(note.exists, STEP_S)
            role = psutil.Process(int((in_folder / "run" / "role.pid").read_text()))
            ways.append(role.ppid() == os.getpid())
            os.kill(os.getpid(), signal.SIGTERM)

        supervisor.run(on_started=stop)
    assert ways == [False, True]
    assert [each for each in psutil.Process().children() if lives(each) and each not in before] == []
