"""`slipstream deadletters`: what views went on without, and how they take it in once they can."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from api.cli.operations import LettersAsked, Tick
from api.cli.reports import DeadLetter, Replayed
from domain.partitions import PARTITIONS
from infra.log.dead_letters import DeadLetters
from infra.log.tail import Tail
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.port import Models
from infra.readmodels.projector import Projector
from infra.readmodels.tracked_partitions import CannotProject
from infra.readmodels.valkey import ValkeyModels
from infra.servers import Servers
from projections.registry import views_of


def dead_letters(servers: Servers, asked: LettersAsked) -> list[DeadLetter]:
    """Return the letters that are meant, the oldest facts first."""
    with _open(servers) as (letters, models, _):
        return chosen_of(open_letters(letters, models), asked)


def replay(servers: Servers, chosen: Sequence[DeadLetter], tick: Tick) -> Replayed:
    """Build each view anew, beside what readers see, with these facts and without the others that it went on without; then switch.

    A view that breaks on one of them again stays as it was. Where this is ended half way, views that were switched to are done; the others
    stay as they were, and a second replay has only those left.
    """
    with _open(servers) as (letters, models, projector):
        return replay_with(letters, models, projector, chosen, tick)


def replay_with(letters: DeadLetters, models: Models, projector: Projector, chosen: Sequence[DeadLetter], tick: Tick) -> Replayed:
    """Do the same with what is open already; the projector keeps all partitions and holds back what letters say."""
    still = open_letters(letters, models)
    meant = {(letter.build, letter.position) for letter in chosen}
    applied, failed = 0, []
    for view in sorted({letter.view for letter in still if (letter.build, letter.position) in meant}):
        of_view = [letter for letter in still if letter.view == view]
        left = [letter for letter in of_view if (letter.build, letter.position) not in meant]
        try:
            projector.rebuild(view, tick, left)
        except CannotProject as error:
            failed.append(str(error))
            continue
        letters.note_handled(of_view)
        applied += len(of_view) - len(left)
    return Replayed(applied, failed)


def open_letters(letters: DeadLetters, models: Models) -> list[DeadLetter]:
    """Return letters of builds that are there; those of others are handled by what took their place, which is noted."""
    there = {build for state in models.state(range(PARTITIONS)).values() for build in state.builds}
    found = letters.open()
    letters.note_handled([letter for letter in found if letter.build not in there])
    return [letter for letter in found if letter.build in there]


def chosen_of(letters: Sequence[DeadLetter], asked: LettersAsked) -> list[DeadLetter]:
    """Return the letters that are meant, the oldest facts first."""
    wanted = [
        letter
        for letter in letters
        if asked.view in (None, letter.view) and asked.fact in (None, letter.fact) and asked.of in (None, letter.stream_id, letter.home)
    ]
    return sorted(wanted, key=lambda letter: (letter.position, letter.build))[: asked.limit]


@contextmanager
def _open(servers: Servers) -> Iterator[tuple[DeadLetters, Models, Projector]]:
    with (
        servers.database() as dsn,
        servers.read_models() as redis_url,
        closing(Tail(dsn)) as tail,
        closing(DeadLetters(dsn)) as letters,
    ):
        models = ValkeyModels(redis_url)
        views = views_of(pushed_followers_max=servers.settings.pushed_followers_max)
        yield letters, models, Projector(tail, models, views, held=HeldBack(letters))
