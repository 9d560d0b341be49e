"""A CSV file read strictly: whatever is wrong with it is one line that names the file, the line and the column."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import structlog

from domain.fixture.schedule import KICK_OFF_BEFORE, KICK_OFF_MIN, NAME_CHARACTERS_MAX
from domain.text import is_plain, normal
from infra.operator_errors import Failure

FILE_BYTES_MAX = 64 * 1024 * 1024
LINE_CHARACTERS_MAX = 16_384
COUNT_MAX = 99
SHOWN_CHARACTERS_MAX = 40
NO_SCORE = ("", "NA")
"""What stands for a score in the line of a match that was not played."""

logger = structlog.get_logger()


@dataclass(eq=False)
class FileUnreadable(Failure):
    """{path}: cannot be read ({reason})."""

    path: Path
    reason: str


@dataclass(eq=False)
class FileEmpty(Failure):
    """{path}: is empty, a header line and matches are needed."""

    path: Path


@dataclass(eq=False)
class FileTooLarge(Failure):
    """{path}: holds {size_bytes} bytes, {size_bytes_max} are the limit."""

    path: Path
    size_bytes: int
    size_bytes_max: int


@dataclass(eq=False)
class NotUtf8(Failure):
    """{path}, line {line}: is not UTF-8 text, save the file as UTF-8."""

    path: Path
    line: int


@dataclass(eq=False)
class ColumnsMissing(Failure):
    """{path}, line 1: has no column {columns}."""

    path: Path
    columns: str


@dataclass(eq=False)
class LineMalformed(Failure):
    """{path}, line {line}: {reason}."""

    path: Path
    line: int
    reason: str


@dataclass(eq=False)
class FieldMalformed(Failure):
    """{path}, line {line}, column {column}: {value!r} is not {expected}."""

    path: Path
    line: int
    column: str
    value: str
    expected: str


@dataclass(eq=False)
class MatchTwice(Failure):
    """{path}, line {line}: {home} against {away} on {day} is there a second time."""

    path: Path
    line: int
    home: str
    away: str
    day: date


class Row:
    """One line of a table, its fields by the name of their column."""

    __slots__ = ("_cells", "line", "path")

    def __init__(self, path: Path, line: int, cells: dict[str, str]) -> None:
        self.path = path
        self.line = line
        self._cells = cells

    def find(self, column: str) -> str:
        """Return a field in its normal form, without its outer blanks, empty where it or its column is missing."""
        return self._cells.get(column, "")

    def name(self, column: str) -> str:
        """Return a field that names something, as the rules of a fixture take names.

        Raises:
            FieldMalformed: when it is empty, too long, or has characters that cannot be seen.

        """
        value = self.find(column)
        if not is_plain(value, NAME_CHARACTERS_MAX):
            raise self.malformed(column, f"a name of 1 to {NAME_CHARACTERS_MAX} printable characters")
        return value

    def is_played(self, home_score: str, away_score: str) -> bool:
        """Tell whether the match of this line has a score. That it has none is noted: whoever reads the file leaves it out."""
        if self.find(home_score) in NO_SCORE and self.find(away_score) in NO_SCORE:
            logger.warning("a match without a score is left out", file=self.path.name, line=self.line)
            return False
        return True

    def count(self, column: str, least: int = 0, most: int = COUNT_MAX) -> int:
        """Return a whole number within its bounds.

        Raises:
            FieldMalformed: for anything else: "-", "1.5", a negative number, one out of bounds.

        """
        value = self.find(column)
        if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
            raise self.malformed(column, f"a whole number from {least} to {most}")
        return int(value)

    def flag(self, column: str) -> bool:
        """Return TRUE or FALSE.

        Raises:
            FieldMalformed: for anything else.

        """
        value = self.find(column).upper()
        if value not in ("TRUE", "FALSE"):
            raise self.malformed(column, "TRUE or FALSE")
        return value == "TRUE"

    def day(self, column: str, *forms: str) -> date:
        """Return a date written in one of the forms, as `strptime` writes them.

        Raises:
            FieldMalformed: when it is in none of them, no day of the calendar, or in a year in which no fixture kicks off.

        """
        value = self.find(column)
        for form in forms if value.isascii() else ():
            try:
                day = datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
            if KICK_OFF_MIN.date() < day < KICK_OFF_BEFORE.date():
                return day
        raise self.malformed(column, f"a date like {date(2022, 11, 20).strftime(forms[0])}")

    def malformed(self, column: str, expected: str) -> FieldMalformed:
        """Return the failure that says what a field should have been."""
        return FieldMalformed(self.path, self.line, column, self.find(column)[:SHOWN_CHARACTERS_MAX], expected)


def read_table(path: Path, required: Sequence[str]) -> Iterator[Row]:
    """Yield the lines of a CSV file with a header, blank lines left out.

    Raises:
        FileUnreadable, FileTooLarge, FileEmpty, NotUtf8: when there is no text to read.
        ColumnsMissing: when the header lacks a required column. LineMalformed: when a line is no line of this table.

    """
    lines = csv.reader(_lines(path), strict=True)
    header: list[str] | None = None
    try:
        for cells in lines:
            fields = [normal(cell.strip()) for cell in cells]
            if not any(fields):
                continue
            if header is None:
                header = fields
                _check_header(path, header, required)
                continue
            if len(fields) > len(header) and any(fields[len(header) :]):
                raise LineMalformed(path, lines.line_num, f"has {len(fields)} fields, the header {len(header)}")
            yield Row(path, lines.line_num, dict(zip(header, fields, strict=False)))
    except csv.Error as error:
        raise LineMalformed(path, lines.line_num, str(error)) from error
    if header is None:
        raise FileEmpty(path)


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        size_bytes = path.stat().st_size
        if size_bytes > FILE_BYTES_MAX:
            raise FileTooLarge(path, size_bytes, FILE_BYTES_MAX)
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LINE_CHARACTERS_MAX + 1), b""), start=1):
                if len(line) > LINE_CHARACTERS_MAX:
                    raise LineMalformed(path, number, f"is longer than {LINE_CHARACTERS_MAX} bytes")
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(path, number) from error
    except OSError as error:
        raise FileUnreadable(path, error.strerror or type(error).__name__) from error


def _check_header(path: Path, header: Sequence[str], required: Sequence[str]) -> None:
    missing = [column for column in required if column not in header]
    if missing:
        raise ColumnsMissing(path, ", ".join(missing))
    if twice := [column for column in required if header.count(column) > 1]:
        raise LineMalformed(path, 1, f"has the column {twice[0]} twice")
