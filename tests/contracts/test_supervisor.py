import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api.cli.operations import ONE_OF_EACH
from infra.processes.process_control import wait_until
from infra.processes.supervisor import AlreadyRunning, ChildKeepsDying, ChildSpec, Supervisor, only_one
from infra.roles.up_processes import children
from infra.settings import Settings

SLEEPER = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: exit(0)); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('ready', 'w').close(); time.sleep(600)"
LAST_WORD = """
import pathlib, signal, sys, time
def end(*_):
    open('order', 'a').write(sys.argv[1])
    exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path('ready-' + sys.argv[1]).touch()
time.sleep(600)
"""


def supervise(folder: Path, children: str, **options: object) -> subprocess.Popen[str]:
    program = (
        "from pathlib import Path; from infra.processes.supervisor import *; import signal, sys\n"
        f"Supervisor([{children}], run_dir=Path('run'), **{options!r}).run()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, stdout=subprocess.PIPE, text=True
    )


def child(name: str, code: str, *words: str) -> str:
    return f"ChildSpec({name!r}, [sys.executable, '-c', {code!r}, *{words!r}])"


def pid_of(folder: Path, name: str) -> int:
    found: list[int] = []

    def read() -> bool:
        path = folder / "run" / f"{name}.pid"
        text = path.read_text().strip() if path.exists() else ""
        found[:] = [int(text)] if text else []
        return bool(found)

    assert wait_until(read, 20)
    return found[0]


def test_children_are_asked_to_stop_in_reverse_order(tmp_path):
    with supervise(tmp_path, ", ".join(child(name, LAST_WORD, name) for name in "abc")) as supervisor:
        assert wait_until(lambda: all((tmp_path / f"ready-{name}").exists() for name in "abc"), 20)
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(20) == 0
    assert (tmp_path / "order").read_text() == "cba"
    assert list((tmp_path / "run").iterdir()) == []


def test_a_child_that_was_killed_is_started_again(tmp_path):
    with supervise(tmp_path, child("role", SLEEPER)) as supervisor:
        first = pid_of(tmp_path, "role")
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: pid_of(tmp_path, "role") != first, 20)
        assert psutil.pid_exists(pid_of(tmp_path, "role"))
        supervisor.terminate()
        assert supervisor.wait(20) == 0


def test_a_child_that_ignores_the_request_is_killed_when_the_time_is_up(tmp_path):
    with supervise(tmp_path, child("role", STUBBORN), stop_deadline_s=0.3) as supervisor:
        stubborn = pid_of(tmp_path, "role")
        assert wait_until((tmp_path / "ready").exists, 20)
        supervisor.terminate()
        assert supervisor.wait(20) == 0
    assert not psutil.pid_exists(stubborn)


def test_children_die_with_a_supervisor_that_is_killed(tmp_path):
    with supervise(tmp_path, child("role", SLEEPER)) as supervisor:
        orphan = pid_of(tmp_path, "role")
        supervisor.kill()
        supervisor.wait(20)
    assert wait_until(lambda: not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE, 20)


def test_a_child_that_keeps_dying_is_tried_more_rarely_with_an_alarm_and_stops_no_other(tmp_path):
    children = f"{child('steady', SLEEPER)}, {child('broken', 'exit(7)')}"
    with supervise(tmp_path, children, restarts_max=2) as supervisor:
        assert supervisor.stdout is not None
        told = next(line for line in supervisor.stdout if "keeps crashing" in line)
        assert all(word in told for word in ("error", "broken", "exit_code=7", "deaths=3", "restart_in_s=60.0"))
        assert psutil.pid_exists(pid_of(tmp_path, "steady"))
        supervisor.send_signal(signal.SIGTERM)
        supervisor.stdout.read()
        assert supervisor.wait(20) == 0


def test_when_no_child_can_be_kept_running_that_is_said_and_the_end(tmp_path):
    children = [ChildSpec(name, [sys.executable, "-c", "exit(7)"]) for name in ("one", "two")]
    with pytest.raises(ChildKeepsDying, match=r"one died [34] times in a row, the last time with exit code 7"):
        Supervisor(children, run_dir=tmp_path, restarts_max=2).run()


def test_a_child_that_comes_to_an_end_is_started_again_in_its_own_environment(tmp_path):
    code = "import os; open(os.environ['NOTE'], 'a').write('done ')"
    spec = ChildSpec("role", [sys.executable, "-c", code], env={"NOTE": str(tmp_path / "note")})
    with pytest.raises(ChildKeepsDying, match="exit code 0"):
        Supervisor([spec], run_dir=tmp_path / "run", restarts_max=1).run()
    assert (tmp_path / "note").read_text() == "done done "


def test_signal_handlers_are_what_they_were_before(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ChildKeepsDying):
        Supervisor([ChildSpec("role", [sys.executable, "-c", ""])], run_dir=tmp_path, restarts_max=0).run()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_start_says_that_one_is_running_and_where(tmp_path):
    with only_one(tmp_path, "http://127.0.0.1:8000"), pytest.raises(AlreadyRunning) as refused, only_one(tmp_path, "http://127.0.0.1:9000"):
        pass
    assert str(refused.value) == (
        f"Slipstream is already running at http://127.0.0.1:8000 (process {os.getpid()}): use that one, or stop it first."
    )


def test_after_the_first_has_ended_another_may_start(tmp_path):
    for address in ("http://127.0.0.1:8000", "http://127.0.0.1:9000"):
        with only_one(tmp_path, address):
            assert address in (tmp_path / "up.lock").read_text()


def test_a_program_that_is_not_there_is_an_error_that_stops_the_rest(tmp_path):
    children = [ChildSpec("steady", [sys.executable, "-c", SLEEPER]), ChildSpec("missing", [str(tmp_path / "no-such-program")])]
    with pytest.raises(FileNotFoundError):
        Supervisor(children, run_dir=tmp_path).run()
    assert not (tmp_path / "steady.pid").exists()


READY_SLEEPER = """
import signal, time
from infra.processes.inherited_sockets import say_ready
signal.signal(signal.SIGTERM, lambda *_: exit(0))
say_ready()
time.sleep(600)
"""
READY_ONCE = """
import pathlib, signal, sys, time
from infra.processes.inherited_sockets import say_ready
if pathlib.Path('came').exists():
    exit(3)
pathlib.Path('came').touch()
signal.signal(signal.SIGTERM, lambda *_: exit(0))
say_ready()
time.sleep(600)
"""


def ready_child(name: str, code: str) -> str:
    return f"ChildSpec({name!r}, [sys.executable, '-c', {code!r}], says_ready=True)"


def outcome_in(folder: Path) -> str:
    path = folder / "run" / "replaced"
    assert wait_until(path.exists, 30)
    assert wait_until(lambda: path.read_text() != "", 5)
    return path.read_text()


def test_children_are_replaced_one_by_one_when_asked(tmp_path):
    with supervise(tmp_path, f"{ready_child('first', READY_SLEEPER)}, {child('second', SLEEPER)}") as supervisor:
        before = {name: pid_of(tmp_path, name) for name in ("first", "second")}
        supervisor.send_signal(signal.SIGUSR1)
        assert outcome_in(tmp_path) == "done"
        after = {name: pid_of(tmp_path, name) for name in before}
        assert all(after[name] != before[name] for name in before)
        assert wait_until(lambda: not any(psutil.pid_exists(pid) for pid in before.values()), 20)
        assert all(psutil.pid_exists(pid) for pid in after.values())
        supervisor.terminate()
        assert supervisor.wait(20) == 0


def test_a_new_process_that_does_not_get_ready_leaves_the_old_one_at_work(tmp_path):
    with supervise(tmp_path, f"{ready_child('role', READY_ONCE)}, {child('later', SLEEPER)}") as supervisor:
        before = {name: pid_of(tmp_path, name) for name in ("role", "later")}
        assert wait_until((tmp_path / "came").exists, 20)
        supervisor.send_signal(signal.SIGUSR1)
        assert outcome_in(tmp_path) == "role"
        assert {name: pid_of(tmp_path, name) for name in before} == before
        assert all(psutil.pid_exists(pid) for pid in before.values())
        supervisor.terminate()
        assert supervisor.wait(20) == 0


SHARER = """
import pathlib, signal, sys, time
from infra.processes.inherited_sockets import say_ready
def note(number, _frame):
    pathlib.Path(f"{sys.argv[1]}-{signal.Signals(number).name}").touch()
    if number != signal.SIGUSR2:
        exit(0)
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, note)
say_ready()
pathlib.Path(f"{sys.argv[1]}-ready").touch()
time.sleep(600)
"""


def sharer(name: str) -> str:
    told = "says_ready=True, retire_signal=signal.SIGUSR1, share_signal=signal.SIGUSR2, group='kind'"
    wanted = f"wanted=lambda: not {name.endswith('2')} or Path('two').exists()"
    return f"ChildSpec({name!r}, [sys.executable, '-c', {SHARER!r}, {name!r}], {told}, {wanted})"


def test_a_child_runs_while_it_is_wanted_and_gets_its_share_of_the_others_when_it_is_ready(tmp_path):
    there = lambda name: wait_until((tmp_path / name).exists, 20)  # noqa: E731
    with supervise(tmp_path, f"{sharer('kind')}, {sharer('kind-2')}") as supervisor:
        assert there("kind-ready")
        assert not (tmp_path / "run/kind-2.pid").exists()
        assert not (tmp_path / "kind-SIGUSR2").exists(), "nobody is there to share with"
        (tmp_path / "two").touch()
        assert there("kind-SIGUSR2")
        assert there("run/kind-2.pid")
        (tmp_path / "two").unlink()
        assert there("kind-2-SIGUSR1")
        assert wait_until(lambda: not (tmp_path / "run/kind-2.pid").exists(), 20)
        (tmp_path / "kind-SIGUSR2").unlink()
        (tmp_path / "two").touch()
        assert there("kind-SIGUSR2"), "once more"
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(20) == 0
        assert (tmp_path / "kind-SIGTERM").exists()
        assert (tmp_path / "kind-2-SIGTERM").exists()
    assert list((tmp_path / "run").iterdir()) == []


def test_an_api_and_members_of_groups_are_told_that_another_takes_over_and_others_to_stop():
    settings = Settings()
    for backbone, told in (("kafka", {"api", "project", "settle"}), ("tail", {"api"})):
        specs = children(settings, ONE_OF_EACH, {"SLIPSTREAM_BACKBONE": backbone}, {}, {}, ["0-63"], lambda: 1)
        assert {spec.group for spec in specs if spec.retire_signal == signal.SIGUSR1} == told
        assert {spec.retire_signal for spec in specs if spec.group not in told} == {signal.SIGTERM}
