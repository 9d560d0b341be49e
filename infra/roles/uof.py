"""The role `slipstream feed uof`: takes messages of a Unified Odds Feed from files, each as often as it is written anew, and at a port."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Event
from typing import NamedTuple

from api.cli.operations import UofTaking
from commands.ports import StoreUnavailable
from commands.trading.uof_feed.messages import UofRefusal
from commands.trading.uof_feed.taker import UofFeed, UofOptions
from infra.clock import Clock
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.operator_errors import Failure
from infra.roles.shared import stopping
from infra.servers import Servers
from infra.sports_data.csv_table import FileTooLarge, FileUnreadable
from infra.sports_data.uof.port import PostedMessage, listening, problem, taken_from
from infra.sports_data.uof.reading import read_message
from infra.sports_data.uof.refused import KeptRefusals
from infra.sports_data.uof.xml_document import BYTES_MAX

LOOK_EVERY_S = 0.25
TAKEN_AT_ONCE_MAX = 500
SHOWN_MAX = 20
"""How many refusals are said at once; the others are counted."""
REFUSED_FILE = "uof_refused.jsonl"


@dataclass(eq=False)
class NoFeedToken(Failure):
    """Set SLIPSTREAM_UOF_TOKEN, at least 32 characters: whoever posts a message to the port has to know it."""


class _Text(NamedTuple):
    source: str
    text: bytes
    posted: PostedMessage | None = None


def uof(servers: Servers, taking: UofTaking, say: Callable[[str], None]) -> None:
    """Take messages until told to stop. A file that cannot be read at first ends it, later it is said."""
    settings, clock = servers.settings, Clock()
    for path in _files(taking.files):
        _read(path)
    if taking.port is not None and settings.uof_token is None:
        raise NoFeedToken
    options = UofOptions(
        silent_after_s=taking.silent_after_s,
        snapshot_first=taking.snapshot_first,
        certainty_min=taking.certainty,
        **settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"}),
    )
    with servers.dispatcher() as (dsn, store, dispatcher), stopping() as stop, ExitStack() as stack:
        refuse_skewed_clock(dsn, clock, settings.clock_skew_s_max)
        stack.enter_context(servers.telling("uof", dsn, store, dispatcher))
        posted: Queue[PostedMessage] | None = None
        if taking.port is not None and settings.uof_token is not None:
            posted = stack.enter_context(listening(settings.http_host, taking.port, settings.uof_token.get_secret_value()))

        def pause(seconds: float) -> None:
            stop.wait(seconds)

        feed = UofFeed(
            dispatcher,
            store,
            options,
            _SaidSnapshots(say),
            now=clock.now,
            monotonic_s=clock.monotonic_s,
            sleep=pause,
            stopping=stop.is_set,
        )
        kept = KeptRefusals(settings.data_dir / REFUSED_FILE)
        _Taking(feed, taking.files, posted, clock, kept, say).run(stop)


class _SaidSnapshots:
    """Says which snapshots are wanted; those who post are told with each answer, too."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def ask(self, producer: int, after_ms: int, request_id: int) -> None:
        self._say(f"producer {producer} is down: its snapshot after {after_ms} is wanted, with request id {request_id}")


class _Taking:
    """Reads what is new, takes it, and says and keeps what is refused."""

    def __init__(
        self,
        feed: UofFeed,
        files: Sequence[Path],
        posted: "Queue[PostedMessage] | None",
        clock: Clock,
        kept: KeptRefusals,
        say: Callable[[str], None],
    ) -> None:
        self._feed = feed
        self._files = files
        self._posted = posted
        self._clock = clock
        self._kept = kept
        self._say = say
        self._written: dict[Path, int] = {}

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            texts = self._new_files()
            if self._posted is not None:
                texts += [_Text(one.source, one.text, one) for one in taken_from(self._posted, LOOK_EVERY_S, TAKEN_AT_ONCE_MAX)]
            if texts:
                self._take(texts)
            self._keep_alive()
            if self._posted is None:
                stop.wait(LOOK_EVERY_S)

    def _new_files(self) -> list[_Text]:
        texts: list[_Text] = []
        try:
            for path in _files(self._files):
                at_ns = path.stat().st_mtime_ns
                if self._written.get(path) != at_ns and len(texts) < TAKEN_AT_ONCE_MAX:
                    texts.append(_Text(str(path), _read(path)))
                    self._written[path] = at_ns
        except (Failure, OSError) as failure:
            self._say(f"{failure}")
        return texts

    def _take(self, texts: Sequence[_Text]) -> None:
        """Take texts in one delivery. Where the log is away, files are read again, and who posted is told to come again."""
        read = [read_message(one.text, one.source, self._clock.now()) for one in texts]
        try:
            taken = self._feed.take([one.message for one in read if one.message is not None])
        except StoreUnavailable:
            self._say(f"{len(texts)} messages wait for the log")
            for one in texts:
                self._written.pop(Path(one.source), None)
                if one.posted is not None:
                    one.posted.answered(503, problem("log-unavailable", "The log is unavailable; send the message again."))
            return
        refused = [*(refusal for one in read for refusal in one.refused), *taken.refused]
        self._tell(refused, texts)
        said = f"{taken.messages} messages taken, {taken.repeated} of them repeated or late, {len(refused)} things refused"
        self._say(said)
        for one, each in zip(texts, read, strict=True):
            if one.posted is not None:
                mine = [str(refusal) for refusal in refused if refusal.source.startswith((f"{one.source}: ", one.source + "\0"))]
                mine = mine or [str(refusal) for refusal in each.refused]
                self._answer(one.posted, mine, is_taken=each.message is not None)

    def _answer(self, posted: PostedMessage, refused: list[str], *, is_taken: bool) -> None:
        if not is_taken:
            posted.answered(422, problem("message-refused", "The message is none that is taken.", refused=refused))
            return
        wanted = [one._asdict() for one in self._feed.snapshots_wanted]
        posted.answered(200, {"message": posted.source, "refused": refused, "snapshots_wanted": wanted})

    def _tell(self, refused: Sequence[UofRefusal], texts: Sequence[_Text]) -> None:
        unexpected = [one for one in refused if not one.is_expected]
        for one in unexpected[:SHOWN_MAX]:
            self._say(f"  {one}")
        for one in unexpected:
            text = next((each.text for each in texts if one.source == each.source or one.source.startswith(f"{each.source}: ")), b"")
            self._kept.keep(one, text, self._clock.now())

    def _keep_alive(self) -> None:
        try:
            self._tell(self._feed.keep_alive(), ())
        except StoreUnavailable:
            self._say("the feed waits for the log")


def _files(named: Sequence[Path]) -> Iterator[Path]:
    for path in named:
        if path.is_dir():
            yield from sorted(path.glob("*.xml"))
        else:
            yield path


def _read(path: Path) -> bytes:
    """Return the text of a file.

    Raises:
        FileUnreadable, FileTooLarge: when it has none that is taken.

    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise FileTooLarge(path, path.stat().st_size, BYTES_MAX)
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(path, error.strerror or type(error).__name__) from error
