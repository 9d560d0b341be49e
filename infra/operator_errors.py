"""Errors of the environment, each one line that says what to do about it."""

from dataclasses import dataclass, fields


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818  (named for what happened, as refusals are)
    """The machine could not do what it was asked.

    A subclass declares its evidence as dataclass fields and writes its message as the first line of its docstring, with the fields in
    braces. The command line prints `str(failure)` and nothing else.
    """

    def __str__(self) -> str:
        message = (self.__doc__ or type(self).__name__).strip().splitlines()[0]
        return message.format_map({field.name: getattr(self, field.name) for field in fields(self)})


@dataclass(eq=False)
class NoSuchThing(Failure):
    """{message}."""

    message: str
