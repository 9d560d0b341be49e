"""A CSV file read strictly: whatever is wrong with it is one line that names the file, the line and the column."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from infra.failures import Failure

FILE_BYTES_MAX = 64 * 1024 * 1024
FIELD_CHARACTERS_MAX = 200
LINE_CHARACTERS_MAX = 16_384
COUNT_MAX = 99
SHOWN_CHARACTERS_MAX = 40


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


class Row:
    """One line of a table, its fields by the name of their column."""

    __slots__ = ("_cells", "line", "path")

    def __init__(self, path: Path, line: int, cells: dict[str, str]) -> None:
        self.path = path
        self.line = line
        self._cells = cells

    def find(self, column: str) -> str:
        """Return a field without its outer blanks, empty where it or its column is missing."""
        return self._cells.get(column, "")

    def text(self, column: str) -> str:
        """Return a field that must say something, in at most 200 characters.

        Raises:
            FieldMalformed: when it is empty or longer.

        """
        value = self.find(column)
        if not 1 <= len(value) <= FIELD_CHARACTERS_MAX:
            raise self.malformed(column, f"a text of 1 to {FIELD_CHARACTERS_MAX} characters")
        return value

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
            FieldMalformed: when it is in none of them, or no day of the calendar.

        """
        value = self.find(column)
        for form in forms:
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
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
            fields = [cell.strip() for cell in cells]
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
