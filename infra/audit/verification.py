"""Verifies the log, and compares what is kept beside it: the tables of the process managers, and the views."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from api.audit_report import Verified, anchor_in
from api.cli.operations import VerifyOptions
from commands.audit import Anchor, Checkpoint, CheckpointUseless, Fold, ManagerTables, ViewDiffers, Violation, compare_tables, verify
from commands.audit.violations import ViewAheadOfLog, ViewOfAnotherHistory
from commands.log_reader import AuditLog
from infra.audit.search_compared import SearchComparison
from infra.audit.sums_compared import differing_sums
from infra.operator_errors import Failure
from infra.readmodels.compare import Compared
from infra.readmodels.log_mark import NEWER, ViewEstranged
from infra.readmodels.port import BuildGone
from infra.readmodels.projector import Projector
from infra.readmodels.tracked_partitions import CannotProject
from projections.ports import ReadModelsUnavailable

CHECKPOINT = "audit.checkpoint"
"""Where `--go-on` keeps what was proved, in the data folder."""

COMPARE_TRIES = 3
"""How often a view that was rebuilt while it was compared is compared anew."""

logger = structlog.get_logger()


@dataclass(eq=False)
class CheckpointNotKept(Failure):
    """All is well, but the checkpoint {file} cannot be written: {why}."""

    file: str
    why: str


@dataclass(frozen=True)
class Proof:
    """What history is held against, and the file of what was proved before."""

    anchor: Anchor | None = None
    checkpoint_file: Path | None = None


def proof_of(verifying: VerifyOptions, data_dir: Path) -> Proof:
    """Return what an audit was asked to hold history against.

    Raises:
        AnchorMalformed: with what was given for one.

    """
    return Proof(
        anchor_in(verifying.since) if verifying.since else None,
        verifying.checkpoint or (data_dir / CHECKPOINT if verifying.go_on else None),
    )


def verified(
    reader: AuditLog,
    projector: Projector | None,
    views: Sequence[str],
    progress: Callable[[int, int], None],
    *,
    tables: Sequence[ManagerTables] | None = None,
    search: SearchComparison | None = None,
    proof: Proof | None = None,
) -> Verified:
    """Fold the log and prove it, then hold tables of process managers and of search, and views, against it; without them the log alone.

    `tables` were read before. With an anchor, history up to it is proved to be unchanged. With a checkpoint's file, the audit goes on from
    what that proved, and leaves what it proved itself. The figures name the views that were compared and those that were not: away,
    rebuilt all the while, after the first that differs, not asked for, or behind a log that is wrong itself.

    Raises:
        StoreUnavailable: when the log is unavailable. CheckpointNotKept: when that cannot be written.

    """
    comparison, checkpoint_file = Comparison(projector), proof.checkpoint_file if proof is not None else None
    compare: list[Callable[[Fold], Iterable[Violation]]] = [partial(compare_tables, each) for each in tables or ()]
    if search is not None:
        compare.append(lambda _: search.differences(reader))
    compare += [partial(comparison.differences, view) for view in views]
    found = verify(
        reader,
        compare_views=compare,
        progress=progress,
        anchor=proof.anchor if proof is not None else None,
        checkpoint=read_checkpoint(checkpoint_file) if checkpoint_file is not None else None,
        keep_checkpoint=checkpoint_file is not None,
    )
    if checkpoint_file is not None and found.checkpoint is not None:
        write_checkpoint(checkpoint_file, found.checkpoint)
    figures = {
        "accounts": found.accounts,
        "bets": found.bets,
        "bets_open": found.bets_open,
        "bets_unsettled": found.bets_unsettled,
        "tables_compared": tables is not None and found.violation is None,
        "search_compared": search is not None and search.compared,
        "views_compared": comparison.compared,
        "views_not_compared": [view for view in views if view not in comparison.compared],
        "totals": {currency: msgspec.to_builtins(total) for currency, total in found.totals.items()},
    }
    anchor_text = found.anchor.text if found.anchor is not None else ""
    return Verified(found.facts, found.seconds, str(found.violation or ""), figures, anchor=anchor_text, since=found.since)


def anchor_of(reader: AuditLog) -> Anchor:
    """Return the anchor of the log's last batch.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    head = reader.head()
    while head:
        batches = reader.read_batches(head - 1, 1).batches
        if batches:
            return Anchor(reader.identity(), batches[0].upto, batches[0].digest)
        head = reader.head()
    return Anchor(reader.identity(), 0)


def read_checkpoint(file: Path) -> Checkpoint | None:
    """Return a checkpoint that is of use, None where there is none."""
    try:
        return Checkpoint.decoded(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except CheckpointUseless as useless:
        logger.warning("the checkpoint cannot be used: the whole log is verified", file=str(file), why=str(useless.__doc__))
        return None


def write_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in place of the one before, whole or not at all, for nobody else to read or write.

    Raises:
        CheckpointNotKept: when it cannot be written.

    """
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as kept:
            kept.write(checkpoint.encoded())
            kept.flush()
            os.fsync(kept.fileno())
        beside.replace(file)
    except OSError as error:
        raise CheckpointNotKept(str(file), error.strerror or str(error)) from error


class Comparison:
    """Holds views against the log; `compared` are those that could be."""

    def __init__(self, projector: Projector | None) -> None:
        self._projector = projector
        self.compared: list[str] = []

    def differences(self, view: str, _fold: Fold | None = None) -> Iterator[Violation]:
        """Yield how a view differs from the log: its first row that does. A view that is unavailable is no difference, and not `compared`.

        Raises:
            StoreUnavailable: when the log is unavailable.

        """
        try:
            found = self._compare(self._projector, view) if self._projector is not None else None
        except ViewEstranged as error:
            self.compared.append(view)
            yield _estranged(error)
            return
        if found is None:
            return
        self.compared.append(view)
        if found.difference is not None:
            row = found.difference
            yield ViewDiffers(
                position=found.position,
                stream_id="",
                fact="",
                view=view,
                key=f"{row.key} {row.row.decode(errors='replace')}".strip(),
                in_view=repr(row.live),
                in_log=repr(row.expected),
            )
        elif self._projector is not None:
            yield from self._differing_sums(self._projector, view)

    @staticmethod
    def _differing_sums(projector: Projector, view: str) -> Sequence[Violation]:
        """Return what a view sums up otherwise than the audit does by rules of its own; nothing where it is rebuilt, or away."""
        for _ in range(COMPARE_TRIES):
            try:
                return list(differing_sums(*projector.parts_of(view)))
            except BuildGone:
                logger.info("a view was rebuilt while its sums were compared", view=view)
            except ReadModelsUnavailable as error:
                logger.warning("the sums of a view could not be compared", view=view, error=str(error)[:200])
                return ()
        return ()

    @staticmethod
    def _compare(projector: Projector, view: str) -> Compared | None:
        for _ in range(COMPARE_TRIES):
            try:
                return projector.compare(view)
            except BuildGone:
                logger.info("a view was rebuilt while it was compared", view=view)
            except CannotProject as error:
                logger.warning("a view cannot apply a fact, so it could not be compared", view=view, error=str(error)[:200])
                return None
            except ReadModelsUnavailable as error:
                logger.warning("a view could not be compared", view=view, error=str(error)[:200])
                return None
        logger.warning("a view was rebuilt each time it was compared", view=view, tries=COMPARE_TRIES)
        return None


def _estranged(error: ViewEstranged) -> Violation:
    """Return what it means that a view is not of this log as it is now."""
    place: dict[str, Any] = {"position": error.position, "stream_id": "", "fact": "", "view": error.view}
    if error.why == NEWER:
        return ViewAheadOfLog(**place, made_of=error.mark)
    return ViewOfAnotherHistory(**place, made_of=error.mark, why=f"the view {error.why}")
