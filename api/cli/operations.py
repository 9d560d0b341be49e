"""The operations of the command line: one method for each command."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:  # the command line answers `--help` without them
    from api.audit_report import Balance, Verified
    from api.cli.reports import DeadLetter, DeadNotice, Finding, Replayed, RoleGrant, SettingTold, Status
    from api.mailbox import KeptMail
    from domain.fact import Recorded
    from projections.notifications.explanations import Explanation


@dataclass(frozen=True)
class PlayOptions:
    """Which matches to replay, and how: `speed` in match seconds per real second, from a day on, `matches` of them live at once.

    `markets` are those of each match: all, or main; None is what the setting says. `races` are on offer beside the matches, and `others`
    are live of each other sport.
    """

    speed: float
    since: date
    matches: int
    loop: bool
    season: Path | None
    markets: Literal["main", "all"] | None = None
    races: int = 0
    others: int = 0


SimulatedSport = Literal["football", "tennis", "basketball", "american_football", "racing"]
"""What can be made up."""

EVERY_SPORT: tuple[SimulatedSport, ...] = get_args(SimulatedSport)


@dataclass(frozen=True)
class SimulateOptions:
    """Which made-up matches and races to play: `fixtures` at once, the seed of all that is drawn; the rest as in `PlayOptions`.

    Each of the `sports` has an equal share of the fixtures.
    """

    fixtures: int
    speed: float
    seed: int
    markets: Literal["main", "all"] | None = None
    sports: "tuple[SimulatedSport, ...]" = EVERY_SPORT


@dataclass(frozen=True)
class OddsApiOptions:
    """Which files of The Odds API to take, and how: their odds format, the method of margins, what own prices add up to in percent."""

    files: tuple[Path, ...]
    odds_format: "OddsFormat"
    method: "MarginMethod"
    overround_percent: float
    silent_after_s: float


@dataclass(frozen=True)
class UofTaking:
    """Where messages of a Unified Odds Feed come from: files, folders of them, and a port; and how they are taken.

    `silent_after_s` is after how long without a message a producer is down, `certainty` from which certainty on a settlement counts; with
    `snapshot_first`, nothing opens before a producer's first snapshot is complete.
    """

    files: tuple[Path, ...]
    port: int | None
    silent_after_s: float
    certainty: int
    snapshot_first: bool


@dataclass(frozen=True)
class VerifyOptions:
    """How to verify: the log alone, against an anchor, from a checkpoint on; `go_on` takes the one that is kept in the data folder."""

    log_only: bool = False
    since: str = ""
    checkpoint: Path | None = None
    go_on: bool = False


@dataclass(frozen=True)
class LettersAsked:
    """Which dead letters are meant, the oldest facts first, at most `limit`; what is None leaves all. `of` is an account or stream."""

    view: str | None = None
    fact: str | None = None
    of: str | None = None
    limit: int | None = None


Tick = Callable[[int, int], None]
"""Called now and then with how many facts are done, and how many there are."""


OddsFormat = Literal["decimal", "american"]
MarginMethod = Literal["proportional", "additive", "power", "shin", "odds_ratio", "logarithmic"]
"""How a bookmaker's margin comes off and the book's own goes on; see `domain.pricing.overround`."""

Backbone = Literal["tail", "kafka"]
"""How readers get the log: from PostgreSQL, or from a topic of Kafka."""


PROCESSES_MAX = 16
"""So many processes of one role may `slipstream up` run."""


@dataclass(frozen=True)
class ProcessCounts:
    """How many processes of each role `slipstream up` runs: of the API from the first number to the second, by load."""

    api: tuple[int, int] = (1, 1)
    stream: int = 1
    projectors: int = 1

    def at_most(self, role: str) -> int:
        """Return how many processes of a role there may be."""
        return {"api": self.api[1], "stream": self.stream, "project": self.projectors}.get(role, 1)


ONE_OF_EACH = ProcessCounts()


class Operations(Protocol):
    """Does what the command line asks. Every method raises an error whose text is one line that says what to do."""

    def up(self, backbone: Backbone | None = None, counts: ProcessCounts = ONE_OF_EACH, *, standby: bool = False) -> None:
        """Run everything on one machine until told to stop; views and settlement get the log as the settings say, or as is said here.

        With a `standby` the embedded PostgreSQL has one, which takes over when it dies.
        """
        ...

    def replace_roles(self, tell: Callable[[str], None]) -> None:
        """Have the running `up` replace its processes one by one; `tell` gets the name of each role that was replaced."""
        ...

    def api(self) -> None:
        """Serve HTTP until told to stop."""
        ...

    def stream(self, upstream: str | None) -> None:
        """Serve sockets until told to stop; with an address, as an edge of the gateway there."""
        ...

    def centrifugo_config(self) -> str:
        """Return the configuration file of a Centrifugo that stands before `stream`; it holds secrets."""
        ...

    def project(self) -> None:
        """Update the read models until told to stop."""
        ...

    def rebuild(self, view: str, tick: Tick) -> None:
        """Build a view anew from the log, then switch to it."""
        ...

    def dead_letters(self, asked: LettersAsked) -> "list[DeadLetter]":
        """Return facts that views could not apply and went on without."""
        ...

    def replay_letters(self, letters: "Sequence[DeadLetter]", tick: Tick) -> "Replayed":
        """Have views take these in: each is built anew, without what was not meant, then switched to. What is handled is skipped."""
        ...

    def settle(self) -> None:
        """Settle resulted markets until told to stop."""
        ...

    def relay(self) -> None:
        """Copy the log to Kafka until told to stop."""
        ...

    def search(self) -> None:
        """Fill the search index until told to stop."""
        ...

    def rebuild_search(self, tick: Tick) -> None:
        """Fill the search index anew."""
        ...

    def notify(self) -> None:
        """Send notifications outside the page until told to stop."""
        ...

    def dead_notices(self, channel: str, limit: int) -> "list[DeadNotice]":
        """Return notifications that failed for good, of a channel or of all, the oldest first."""
        ...

    def replay_notices(self, delivery_ids: Sequence[str]) -> int:
        """Have these sent once more; return how many there were."""
        ...

    def play(self, playing: PlayOptions, tick: Tick) -> None:
        """Play matches into the log, until they are over or told to stop; tell how many are over."""
        ...

    def simulate(self, simulating: SimulateOptions, tick: Tick) -> None:
        """Play made-up leagues into the log, until told to stop; tell how many matches of the season are over."""
        ...

    def take_odds_api(self, taking: OddsApiOptions, say: Callable[[str], None]) -> None:
        """Take prices and results from files as they are written anew, until told to stop; say what came of each."""
        ...

    def take_uof(self, taking: UofTaking, say: Callable[[str], None]) -> None:
        """Take messages of a Unified Odds Feed from files and at a port, until told to stop; say what is refused."""
        ...

    def crowd(self, people: int, pause_s: float) -> None:
        """Let so many people of the demo bet and talk about it, one of them every `pause_s` seconds, until told to stop."""
        ...

    def verify(self, tick: Tick, verifying: VerifyOptions) -> "Verified":
        """Fold the log and prove it, then hold tables and views against it, unless only the log is asked for."""
        ...

    def anchor(self) -> str:
        """Return the anchor of the log's head, a line of text for keeping outside."""
        ...

    def balance(self, account: str, moment: str | None) -> "Balance":
        """Tell what a wallet held: now, at a position, or at a time (ISO with offset). `account` is an id or a handle."""
        ...

    def facts_of(self, stream_id: str) -> "Iterable[Recorded]":
        """Return the facts of a stream, oldest first."""
        ...

    def set_role(self, handle: str, role: str, *, held: bool) -> None:
        """Grant a role to an account, or revoke it."""
        ...

    def sign_out(self, handle: str) -> None:
        """End every session of an account."""
        ...

    def remove_second_factor(self, handle: str) -> None:
        """Remove the second factor of an account, and end its sessions."""
        ...

    def erase_account(self, handle: str) -> None:
        """Forget what an account wrote, for good."""
        ...

    def explain_notice(self, handle: str, cause: str) -> "Explanation":
        """Explain why an account is told of something, or not."""
        ...

    def code(self, handle: str) -> str:
        """Return the one-time code of a demo account at this moment."""
        ...

    def open_account(self, handle: str, email: str, password: str, currency: str | None) -> str:
        """Open an account with its wallet; return its id."""
        ...

    def grants(self) -> "list[RoleGrant]":
        """Return who has which role."""
        ...

    def demo_password(self, handle: str) -> str:
        """Return the password of an account that `up` opened in the data folder of this machine; empty where it is none."""
        ...

    def status(self) -> "Status":
        """Return how the roles of this machine stand, by the figures they serve."""
        ...

    def doctor(self) -> "list[Finding]":
        """Return what is missing or wrong on this machine, and what to do."""
        ...

    def mails(self, limit: int, recipient: str) -> "Sequence[KeptMail]":
        """Return what the embedded mail server of this machine took, the newest first; all, or what went to one address."""
        ...

    def mail(self, mail_id: str) -> "KeptMail | None":
        """Return one of these mails; None where there is none of that id, or not any more."""
        ...

    def settings(self) -> "list[SettingTold]":
        """Return every setting with its value, default, source and meaning."""
        ...

    def address(self) -> str:
        """Return where the HTTP API listens."""
        ...
