"""Runs benchmarks, each in a process and on servers of its own, writes their figures and prints the table.

`python -m bench.run place_bet` runs one, `python -m bench.run all` every one, `python -m bench.run push idle odds` two rows of one.
`slipstream bench` does the same, with `--rows idle,odds`, and with `--crowd` once more under 2,000 live matches.
"""

import resource
import subprocess
import sys
from collections.abc import Callable, Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from bench import (
    append,
    crowd,
    day,
    fanout,
    feed_page,
    growth,
    hot_slip,
    inbox_live,
    limits,
    live,
    mail,
    mobile_push,
    notify,
    overload,
    place_bet,
    place_bet_http,
    place_bet_rpc,
    project,
    push,
    push_send,
    queries,
    relay,
    relay_live,
    replay,
    reprice,
    same_game,
    settle,
    shading,
    social_views,
    standby,
    step,
    suspend,
    whistle,
    writers,
)
from bench.harness import Figure, at_least, at_most, memory, read, write
from bench.own_servers import servers
from infra.interpreter import tune_interpreter
from infra.operator_errors import NoSuchThing

TABLE_COLUMNS = 160


def of_replay(dsn: str, _: str) -> list[Figure]:
    """Measure `audit verify` beside a raw read of the log."""
    found = replay.measure(dsn)
    return [
        at_least("replay", found["facts_verified_per_s"], "facts/s", 200_000, "the target", 1.0, facts=found["facts"]),
        at_least("replay.read", found["facts_verified_per_s"], "facts/s", found["facts_read_per_s"], "raw read of the log", 0.5),
        *memory("replay", found["samples_mib"]),
    ]


def of_settle(dsn: str, _: str) -> list[Figure]:
    """Measure settlement beside the placing of the same bets."""
    found = settle.measure(dsn)
    settled = found["bets_settled_per_s"]
    told = settle.measure(dsn, legs=LEGS_OF_MULTIPLES)
    return [
        at_least("settle", settled, "bets/s", 20_000, "the target", 1.0, bets=found["bets"]),
        at_least("settle.place_bet", settled, "bets/s", found["bets_placed_per_s"], "place_bet of the same bets", 0.5),
        at_least("settle.open_legs", found["facts_projected_per_s"], "facts/s", 2 * found["bets_placed_per_s"], "facts written", 1.0),
        at_least(
            "settle.legs",
            told["bets_settled_per_s"],
            "bets/s",
            told["bets_placed_per_s"],
            "place_bet of the same multiples",
            0.25,
            legs=LEGS_OF_MULTIPLES,
        ),
        *memory("settle", found["samples_mib"]),
    ]


def of_mail(_dsn: str, _: str) -> list[Figure]:
    """Measure mails handed to a local server beside a bare loop to the same one."""
    found = mail.measure()
    rate = found["mails_per_s"]
    return [
        at_least("mail", rate, "mails/s", 500, "the target", 1.0, mails=found["mails"]),
        at_least("mail.bare", rate, "mails/s", found["bare_per_s"], "a bare aiosmtplib loop", 0.7),
        *memory("mail", found["samples_mib"]),
    ]


def of_project(dsn: str, redis_url: str) -> list[Figure]:
    """Measure the projector beside the library's runner, and its lag."""
    found = project.measure(dsn, redis_url)
    rate, peer = found["facts_per_s"], found["library_facts_per_s"]
    return [
        at_least("project", rate, "facts/s", 50_000, "the target", 1.0),
        at_least("project.library", rate, "facts/s", peer, "the library's ProjectionRunner", 1.0),
        at_most("project.lag_p99", found["lag_ms_p99"], "ms", 250, "the target", load_facts_per_s=found["load_facts_per_s"]),
        at_least("project.load", found["load_facts_per_s"], "facts/s", 25_000, "half the wanted load", 0.95),
        *memory("project", found["samples_mib"]),
    ]


LEGS_OF_MULTIPLES = 3
BENCHMARKS: dict[str, Callable[[str, str], list[Figure]]] = {
    "append": lambda dsn, _: append.measure(dsn),
    "place_bet": lambda dsn, _: place_bet.measure(dsn),
    "place_bet_http": place_bet_http.measure,
    "place_bet_rpc": place_bet_rpc.measure,
    "push": push.measure,
    "push_send": push_send.measure,
    "mobile_push": mobile_push.measure,
    "fanout": fanout.measure,
    "feed_page": feed_page.measure,
    "cold_feed": feed_page.measure_cold,
    "growth": growth.measure,
    "hot_slip": hot_slip.measure,
    "inbox_live": inbox_live.measure,
    "limits": limits.measure,
    "mail": of_mail,
    "notify": lambda dsn, _: notify.measure(dsn),
    "project": of_project,
    "queries": queries.measure,
    "relay": relay.measure,
    "relay_live": relay_live.measure,
    "replay": of_replay,
    "reprice": reprice.measure,
    "same_game": same_game.measure,
    "settle": of_settle,
    "shading": shading.measure,
    "social_memory": social_views.measure_memory,
    "social_rebuild": social_views.measure,
    "standby": lambda _dsn, _url: standby.measure(),
    "step": step.measure,
    "live": live.measure,
    "suspend": suspend.measure,
    "day": day.measure,
    "overload": overload.measure,
    "whistle": whistle.measure,
    "writers": lambda dsn, _: writers.measure(dsn),
}
ROWS = {"push": push.ROWS}
"""The rows of benchmarks that can run some of theirs."""


def run_one(name: str, rows: Sequence[str] = (), *, is_crowded: bool = False) -> list[Figure]:
    """Run one benchmark in this process, or some rows of `push`; add how much memory it took at most, load generation included."""
    tune_interpreter()
    with servers() as (dsn, redis_url):
        if is_crowded:
            figures = crowd.measure(BENCHMARKS[name], dsn, redis_url)
        else:
            figures = push.measure(dsn, redis_url, rows) if rows else BENCHMARKS[name](dsn, redis_url)
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [msgspec.structs.replace(figure, extra=figure.extra | {"process_mib_max": round(memory_mib)}) for figure in figures]


def main(name: str = "all", rows: Sequence[str] = (), *, is_crowded: bool = False) -> int:
    """Run a benchmark or all, each in its process with its table, then all in one table; return how many processes failed."""
    if name != "all":
        figures = run_one(name, rows, is_crowded=is_crowded)
        write(figures)
        show(figures)
        return 0
    measured_before = len(read())
    asked = [[one, crowd.OPTION] for one in crowd.NAMES] if is_crowded else [[one] for one in BENCHMARKS]
    failed = sum(subprocess.run([sys.executable, "-m", "bench.run", *words], check=False).returncode != 0 for words in asked)
    show(read()[measured_before:])
    return failed


def run_named(name: str, rows: Sequence[str] = (), *, is_crowded: bool = False) -> None:
    """Run a benchmark or all of them, or some rows of one, for the command line; under the crowd those that are taken there, too.

    Raises:
        NoSuchThing: when there is no such benchmark or row, or none under the crowd. SystemExit: with how many failed.

    """
    if name not in ("all", *BENCHMARKS):
        raise NoSuchThing(f"{name} is no benchmark: there are all, {', '.join(BENCHMARKS)}")
    if is_crowded and name not in ("all", *crowd.NAMES):
        raise NoSuchThing(f"{name} is not taken under the crowd: there are all, {', '.join(crowd.NAMES)}")
    for row in rows:
        if row not in (there := ROWS.get(name, ())):
            raise NoSuchThing(f"{row} is no row of {name}" + (f": there are {', '.join(there)}" if there else ", which is run whole"))
    if failed := main(name, rows, is_crowded=is_crowded):
        raise SystemExit(failed)


def show(figures: list[Figure]) -> None:
    """Print the table, and what was measured beside each figure."""
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    console.print(table(figures))
    for figure in figures:
        beside = ", ".join(f"{name} {value}" for name, value in figure.extra.items() if name != "process_mib_max")
        if beside:
            console.print(f"{figure.name}: {beside}", soft_wrap=True, markup=False, highlight=False)


def table(figures: list[Figure]) -> Table:
    """Lay figures out for people."""
    shown = Table("name", "value", "unit", "limit", "of what", "ratio", "target", "")
    for figure in figures:
        verdict = "reached" if figure.reached else "[red]missed[/]"
        shown.add_row(
            figure.name,
            f"{figure.value:,.1f}",
            figure.unit,
            f"{figure.limit:,.1f}",
            figure.limit_name,
            f"{figure.ratio:.2f}",
            figure.target,
            verdict,
        )
    return shown


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != crowd.OPTION]
    sys.exit(main(words[0] if words else "all", words[1:], is_crowded=crowd.OPTION in sys.argv))
