"""Builds the command line from the operations that it can run."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from api.cli.accounts import account_commands
from api.cli.audit import audit_commands, replay_stream
from api.cli.bettor import add_bettor_commands
from api.cli.bonuses import bonus_commands
from api.cli.calc import NEGATIVE_ODDS_ARE_NO_OPTIONS, calc
from api.cli.compliance import compliance_commands
from api.cli.dead_letters import letter_commands
from api.cli.feeds import feed_commands
from api.cli.free_bets import free_bet_commands
from api.cli.limits import limit_commands
from api.cli.mail import add_mail_command
from api.cli.notify import notify_commands
from api.cli.operations import (
    PROCESSES_MAX,
    Backbone,
    Operations,
    ProcessCounts,
)
from api.cli.operator import add_operator_commands
from api.cli.output import progress_bar
from api.cli.price_alerts import price_alert_commands
from api.cli.trade import trade_commands
from api.cli.usage_errors import OneLine

HELP = """A real-time sportsbook on one event log.

[bold]slipstream up[/] starts everything on this machine and replays real matches.
Settings come from the environment (SLIPSTREAM_...).
"""
EXIT_CODES = (
    "Exit codes: 0 done. 1 failed, or something is wrong: one line says what. 2 called wrongly. "
    "3 audit verify found nothing wrong but could not compare every view. 130 interrupted."
)


DEMO = "demo"
"""The handle of the bettor that `slipstream up` opens."""


def build_cli(operations: Operations, run_benchmark: Callable[[str, Sequence[str], bool], None]) -> typer.Typer:
    """Return the command line. The benchmarks stand beside the product, so they are handed in by themselves."""
    app = OneLine(
        help=HELP, epilog=EXIT_CODES, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich", add_completion=True
    )

    @app.callback()
    def slipstream(
        *,
        version: Annotated[
            bool, typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True)
        ] = False,
    ) -> None:
        """Run one command."""

    _roles(app, operations)
    add_operator_commands(app, operations)
    add_bettor_commands(app, operations)
    add_mail_command(app, operations)
    app.add_typer(_project(operations), name="project")
    app.add_typer(letter_commands(operations), name="deadletters")
    app.add_typer(_search(operations), name="search")
    app.add_typer(notify_commands(operations), name="notify")
    app.add_typer(feed_commands(operations), name="feed")
    app.add_typer(audit_commands(operations), name="audit")
    app.add_typer(account_commands(operations), name="accounts")
    app.add_typer(limit_commands(operations), name="limits")
    app.add_typer(trade_commands(operations), name="trade")
    app.add_typer(compliance_commands(operations), name="compliance")
    app.add_typer(free_bet_commands(operations), name="free-bet")
    app.add_typer(bonus_commands(operations), name="bonus")
    app.add_typer(price_alert_commands(operations), name="price-alerts")

    @app.command()
    def replay(
        stream: Annotated[str, typer.Option("--stream", help="Id of the stream: an account, wallet, fixture, market or bet.")],
        *,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    ) -> None:
        """Print the facts of one stream, oldest first."""
        replay_stream(operations, stream, json=json)

    @app.command("watch")
    def watch_board(
        url: Annotated[str | None, typer.Option(help="Address of the API. Default: the one on this machine.")] = None,
        every_s: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two updates where none are pushed.")] = 0.5,
        *,
        once: Annotated[bool, typer.Option("--once", help="Print the board once and stop.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the board once, as JSON.")] = False,
    ) -> None:
        """Watch the live board: matches, clock, score, odds as they move; below it the feed of the demo account, where there is one."""
        from api.cli.session import sign_in
        from api.cli.watch import watch

        is_demo = bool(operations.demo_password(DEMO))
        signing_in = (lambda client: sign_in(client, operations, DEMO, None)) if is_demo else None
        watch(url or operations.address(), every_s, once=once, json=json, signing_in=signing_in)

    app.command(context_settings=NEGATIVE_ODDS_ARE_NO_OPTIONS)(calc)

    @app.command()
    def bench(
        name: Annotated[str, typer.Argument(help="Name of a benchmark, or `all`.")] = "all",
        rows: Annotated[str, typer.Option(help="Only these rows of the benchmark `push`, by commas, such as idle,odds.")] = "",
        *,
        crowd: Annotated[bool, typer.Option("--crowd", help="Under 2,000 live matches, played beside by a process of its own.")] = False,
    ) -> None:
        """Run benchmarks, each beside its limit or a peer measured in the same run; results are appended to bench/results.jsonl."""
        run_benchmark(name, [row for row in rows.split(",") if row], crowd)

    return app


def _print_version(asked: bool) -> None:  # typer's way to hand a flag over
    if asked:
        from importlib.metadata import version

        typer.echo(f"slipstream {version('slipstream')}")
        raise typer.Exit


def _count_or_range(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    fewest, most = first, last if dots else first
    if not (fewest.isdecimal() and most.isdecimal() and 1 <= int(fewest) <= int(most) <= PROCESSES_MAX):
        raise typer.BadParameter(f"{text} is neither a number from 1 to {PROCESSES_MAX} nor a range such as 1..4")
    return int(fewest), int(most)


def _roles(app: typer.Typer, operations: Operations) -> None:
    @app.command()
    def up(
        *,
        reload: Annotated[
            bool, typer.Option("--reload", help="Replace the processes of the running `up` one by one, without a failed request.")
        ] = False,
        backbone: Annotated[
            Backbone | None,
            typer.Option(help="How views and settlement get the log: tail, or kafka with a broker and a relay."),
        ] = None,
        api: Annotated[
            str,
            typer.Option(metavar="N|N..M", help="How many API processes, or from how many to how many: by load then."),
        ] = "1",
        stream: Annotated[int, typer.Option(min=1, max=PROCESSES_MAX, help="How many gateways.")] = 1,
        projectors: Annotated[int, typer.Option(min=1, max=PROCESSES_MAX, help="How many projectors share the partitions.")] = 1,
        standby: Annotated[
            bool, typer.Option("--standby", help="Keep a synchronous standby of the embedded PostgreSQL, which takes over when it dies.")
        ] = False,
    ) -> None:
        """Start everything on this machine: servers, roles, and a replay of real matches. Ctrl-C stops all of it."""
        if reload:
            operations.replace_roles(lambda role: typer.echo(f"{role} is replaced."))
        else:
            operations.up(backbone, ProcessCounts(_count_or_range(api), stream, projectors), standby=standby)

    @app.command()
    def api() -> None:
        """Serve the HTTP API."""
        operations.api()

    @app.command()
    def stream(
        upstream: Annotated[
            str | None,
            typer.Option(
                metavar="URL",
                help="Serve as an edge of the gateway at this address, such as wss://push.example.com/connection/websocket: "
                "one subscription a channel there, many clients here. It needs no database, but the same SLIPSTREAM_TOKEN_SECRET.",
            ),
        ] = None,
        *,
        centrifugo_config: Annotated[
            bool,
            typer.Option(
                "--centrifugo-config",
                help="Print the configuration file of a Centrifugo that holds the sockets (SLIPSTREAM_PUSH=centrifugo), with its secrets.",
            ),
        ] = False,
    ) -> None:
        """Serve the WebSocket gateway: odds, scores, bets and balances as they change."""
        if centrifugo_config:
            typer.echo(operations.centrifugo_config())
        else:
            operations.stream(upstream)

    @app.command()
    def settle() -> None:
        """Settle bets when their market has a result. Several of these processes may run at once."""
        operations.settle()

    @app.command()
    def relay() -> None:
        """Copy the log to Kafka. Of several of these processes one does so, and another when that one ends."""
        operations.relay()


def _project(operations: Operations) -> typer.Typer:
    group = typer.Typer(help="Update the read models (what people see) from the log, or rebuild one.", invoke_without_command=True)

    @group.callback()
    def project(context: typer.Context) -> None:
        """Update every read model as the log grows, until stopped."""
        if context.invoked_subcommand is None:
            operations.project()

    @group.command()
    def rebuild(view: Annotated[str, typer.Argument(help="portfolio, statement or board.")]) -> None:
        """Rebuild a read model from the whole log beside the one in use, then switch to it."""
        with progress_bar(view, "facts") as tick:
            operations.rebuild(view, tick)
        typer.echo(f"{view} is rebuilt.")

    return group


def _search(operations: Operations) -> typer.Typer:
    group = typer.Typer(help="Fill the search index from the log, or fill it anew.", invoke_without_command=True)

    @group.callback()
    def search(context: typer.Context) -> None:
        """Fill the search index as the log grows, until stopped. Of several of these processes one does so."""
        if context.invoked_subcommand is None:
            operations.search()

    @group.command("rebuild")
    def rebuild_search() -> None:
        """Empty the search index and fill it from the whole log; meanwhile searches find what is in it so far."""
        with progress_bar("search", "facts") as tick:
            operations.rebuild_search(tick)
        typer.echo("search is rebuilt.")

    return group
