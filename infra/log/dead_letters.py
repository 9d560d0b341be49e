"""Facts that a view could not apply and went on without, kept beside the log with their cause until a replay has applied them."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import msgspec
import psycopg
from psycopg.rows import TupleRow

from api.cli.reports import DeadLetter
from commands.ports import StoreUnavailable
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

LETTERS_MAX = 100
"""Letters of one build of a view. One that cannot apply more facts than that is wrong as a whole, and stops before the next."""

_SQL = files("infra.log") / "sql"
_PUT, _OPEN, _HANDLED, _UNCOPIED, _COPIED = (
    (_SQL / f"{name}.sql").read_bytes() for name in ("letter_put", "letters_open", "letter_handled", "letters_uncopied", "letter_copied")
)


class DeadLetters:
    """The letters of one database. For one thread. Every method raises StoreUnavailable when it is away."""

    def __init__(self, dsn: str, *, letters_max: int = LETTERS_MAX) -> None:
        self._dsn = dsn
        self._letters_max = letters_max
        self._connection: psycopg.Connection[TupleRow] | None = None

    def put(self, letter: DeadLetter) -> bool:
        """Keep a letter; one that is there already gets the new cause. Return False where the build has too many: it is not kept then."""
        asked = msgspec.structs.asdict(letter) | {"cause": letter.cause.replace("\0", "")[:500], "letters_max": self._letters_max}
        return bool(self._rows(_PUT, asked)[0][0])

    def open(self) -> list[DeadLetter]:
        """Return the letters that were not handled, oldest facts first."""
        return [DeadLetter(*row) for row in self._rows(_OPEN, {})]

    def note_handled(self, letters: Iterable[DeadLetter]) -> None:
        """Note that the builds of these letters are not there any more."""
        for letter in letters:
            self._rows(_HANDLED, {"build": letter.build, "position": letter.position})

    def uncopied(self, limit: int) -> list[DeadLetter]:
        """Return letters that the topic of dead letters does not have, at most so many."""
        return [DeadLetter(*row) for row in self._rows(_UNCOPIED, {"limit": limit})]

    def note_copied(self, letters: Sequence[DeadLetter]) -> None:
        """Note that the topic has these."""
        for letter in letters:
            self._rows(_COPIED, {"build": letter.build, "position": letter.position})

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _rows(self, statement: bytes, parameters: dict[str, Any]) -> list[TupleRow]:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream letters", **CONNECTION_TIMEOUTS)
            cursor = self._connection.execute(statement, parameters, prepare=True)
            return cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
