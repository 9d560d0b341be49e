"""`slipstream feed ...`: where matches, prices and results come from."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from api.cli.operations import (
    EVERY_SPORT,
    MarginMethod,
    OddsApiOptions,
    OddsFormat,
    Operations,
    PlayOptions,
    SimulatedSport,
    SimulateOptions,
    UofTaking,
)
from api.cli.output import progress_bar


def feed_commands(operations: Operations) -> typer.Typer:
    """Return the commands that feed the sportsbook."""
    group = typer.Typer(help="Play matches: fixtures, prices, goals and results for the sportsbook.", no_args_is_help=True)

    @group.callback()
    def feed() -> None:
        """Play matches: fixtures, prices, goals and results for the sportsbook."""

    @group.command()
    def replay(
        speed: Annotated[float, typer.Option(min=0.1, max=100_000, help="Playback speed: match seconds per real second.")] = 60.0,
        since: Annotated[
            datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to play. Default: the day of the first match.")
        ] = None,
        matches: Annotated[int, typer.Option(min=1, max=5_000, help="Matches live at once.")] = 4,
        *,
        loop: Annotated[bool, typer.Option("--loop/--once", help="Start over after the last match, or stop.")] = True,
        season: Annotated[
            Path | None,
            typer.Option(help="Season file in the football-data.co.uk layout. Default: the bundled internationals.", dir_okay=False),
        ] = None,
        markets: Annotated[
            Literal["main", "all"] | None,
            typer.Option(help="Markets of a match: all, or main, the three on the board. Default: the setting."),
        ] = None,
        races: Annotated[int, typer.Option(min=0, max=500, help="Made-up races on offer beside the matches.")] = 0,
        others: Annotated[int, typer.Option(min=0, max=500, help="Made-up matches of each other sport, live beside the matches.")] = 0,
    ) -> None:
        """Replay real matches: kick-offs, goals at their minutes, moving odds, results."""
        with progress_bar("season", "matches", quiet=loop or not sys.stderr.isatty()) as tick:
            operations.play(PlayOptions(speed, since.date() if since else date.min, matches, loop, season, markets, races, others), tick)

    @group.command()
    def simulate(
        fixtures: Annotated[int, typer.Option(min=1, max=5_000, help="Matches live and races on offer at once.")] = 200,
        speed: Annotated[float, typer.Option(min=0.1, max=100_000, help="Match seconds per real second.")] = 1.0,
        seed: Annotated[int, typer.Option(min=0, max=10**9, help="Of all that is drawn; each seed is a feed of its own.")] = 1,
        markets: Annotated[Literal["main", "all"] | None, typer.Option(help="Markets of a match, as of the replay.")] = None,
        sports: Annotated[str, typer.Option(help="Which, in equal shares, with commas between.")] = ",".join(EVERY_SPORT),
    ) -> None:
        """Play leagues of made-up teams and players and run made-up races, all drawn from the models of their prices, until stopped."""
        with progress_bar("season", "matches", quiet=not sys.stderr.isatty()) as tick:
            operations.simulate(SimulateOptions(fixtures, speed, seed, markets, simulated_sports(sports)), tick)

    @group.command("odds-api")
    def odds_api(
        files: Annotated[list[Path], typer.Argument(help="Saved answers of /odds and /scores, read again when written anew.")],
        odds_format: Annotated[OddsFormat, typer.Option(help="The oddsFormat that the answers were asked in.")] = "decimal",
        method: Annotated[MarginMethod, typer.Option(help="How margins come off and go on.")] = "power",
        overround: Annotated[float, typer.Option(min=100.5, max=120, help="What our prices of a market add up to, in percent.")] = 105.0,
        silent_after_s: Annotated[
            float, typer.Option("--silent-after", min=1, max=3_600, help="Seconds without a new file until betting on these prices stops.")
        ] = 120.0,
    ) -> None:
        """Take prices of many bookmakers and results from files of The Odds API, until stopped."""
        operations.take_odds_api(OddsApiOptions(tuple(files), odds_format, method, overround, silent_after_s), typer.echo)

    @group.command()
    def uof(
        files: Annotated[
            list[Path] | None, typer.Argument(help="Messages as XML, one a file, or folders of them; read again when written anew.")
        ] = None,
        port: Annotated[
            int | None, typer.Option("--listen", min=1, max=65_535, help="Port that takes messages, with the token SLIPSTREAM_UOF_TOKEN.")
        ] = None,
        silent_after_s: Annotated[
            float, typer.Option("--silent-after", min=1, max=3_600, help="Seconds without a message until a producer is down.")
        ] = 20.0,
        certainty: Annotated[int, typer.Option(min=1, max=2, help="From which certainty on a settlement counts.")] = 1,
        *,
        snapshot_first: Annotated[
            bool | None,
            typer.Option(
                "--snapshot-first/--no-snapshot-first",
                help="Whether a producer's first snapshot is awaited before its markets open. Default: with --listen.",
            ),
        ] = None,
    ) -> None:
        """Take messages of a Unified Odds Feed from files and at a port, until stopped."""
        if not files and port is None:
            raise typer.BadParameter("name files or folders of messages, or a port with --listen")
        waits = port is not None if snapshot_first is None else snapshot_first
        operations.take_uof(UofTaking(tuple(files or ()), port, silent_after_s, certainty, waits), typer.echo)

    @group.command()
    def crowd(
        people: Annotated[int, typer.Option(min=1, max=16, help="How many there are.")] = 12,
        every_s: Annotated[float, typer.Option("--every", min=0.01, max=3_600, help="Seconds between two things that they do.")] = 1.5,
    ) -> None:
        """Let people of the demo bet with play money, share their slips, follow, like, comment and tail, until stopped."""
        operations.crowd(people, every_s)

    return group


def simulated_sports(text: str) -> tuple[SimulatedSport, ...]:
    """Read sports with commas between them, each named once or more often.

    Raises:
        BadParameter: with the first that is none of those that can be made up.

    """
    named = list(dict.fromkeys(each.strip() for each in text.split(",")))
    for each in named:
        if each not in get_args(SimulatedSport):
            raise typer.BadParameter(f"{each[:60]!r} is none of {', '.join(get_args(SimulatedSport))}.", param_hint="--sports")
    return tuple(named)  # type: ignore[arg-type]
