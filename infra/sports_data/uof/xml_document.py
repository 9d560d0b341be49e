"""XML read safely and within bounds: no document type, so no entities of its own; each element keeps its line."""

from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 12
ELEMENTS_MAX = 60_000
SHOWN_CHARACTERS_MAX = 60


class NotXml(Exception):  # noqa: N818  (named for what happened)
    """The text is no XML document that is taken, for a reason."""


@dataclass(eq=False, slots=True)
class Element:
    """One element: its name without a prefix, the line it begins at, its attributes, and the elements in it."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """Return the elements of a name directly in this one."""
        return [child for child in self.children if child.name == name]

    def first(self, *path: str) -> "Element | None":
        """Return the first element at a path below this one, None where there is none."""
        found: Element | None = self
        for name in path:
            found = next(iter(found.all(name)), None) if found is not None else None
        return found


def read_xml(text: bytes) -> Element:
    """Return the root element.

    Raises:
        NotXml: when it is too large, too deep, no XML, or has a document type.

    """
    if len(text) > BYTES_MAX:
        raise NotXml(f"has {len(text)} bytes, {BYTES_MAX} are the limit")
    tree = _Tree()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda name, attributes: tree.begin(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = tree.end
    try:
        parser.Parse(text, True)
    except ExpatError as error:
        raise NotXml(f"line {error.lineno}: {str(error)[:SHOWN_CHARACTERS_MAX]}") from None
    assert tree.root is not None, "a document that was read has a root"
    return tree.root


def _no_doctype(name: str, *_: object) -> None:
    raise NotXml(f"has a document type {name[:SHOWN_CHARACTERS_MAX]!r}, which is not taken")


class _Tree:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._elements = 0

    def begin(self, name: str, attributes: dict[str, str], line: int) -> None:
        self._elements += 1
        if len(self._open) >= DEPTH_MAX or self._elements > ELEMENTS_MAX:
            raise NotXml(f"line {line}: is deeper than {DEPTH_MAX} or larger than {ELEMENTS_MAX} elements")
        element = Element(name.rpartition(":")[2], line, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()
