"""How a rule says no: one class per refusal, its docstring the message, its fields the evidence."""

import inspect
import re
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(kw_only_default=False)
class Refused(Exception):  # noqa: N818  (a refusal is named for what happened, not for being an error)
    """The command was refused by a rule.

    A subclass declares its evidence as annotated fields, given by position or by name; its docstring's first line is the title that
    people read, and its name in kebab case is the stable `type` of the API problem.
    """

    fields: ClassVar[tuple[str, ...]] = ()
    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "The command was refused by a rule."
    log_position = 0
    """The position in the log that all it rests on is not beyond, for a command or a view; 0 where nothing was looked at."""

    def __init_subclass__(cls) -> None:
        """Collect the evidence fields, the slug and the title once, when the class is made."""
        inherited = tuple(name for base in cls.__mro__[1:] for name in getattr(base, "fields", ()))
        own = tuple(name for name, kind in inspect.get_annotations(cls).items() if "ClassVar" not in str(kind))
        cls.fields = tuple(dict.fromkeys(inherited + own))
        cls.slug = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()
        cls.title = (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    def __init__(self, *evidence: Any, **named: Any) -> None:
        values = dict(zip(self.fields, evidence, strict=False)) | named
        if len(evidence) > len(self.fields) or set(values) != set(self.fields):
            raise TypeError(f"{type(self).__name__} takes {self.fields}, got {evidence} {named}")
        super().__init__(*(values[name] for name in self.fields))
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def evidence(self) -> dict[str, Any]:
        """Return the fields by name, as the problem body carries them."""
        return {name: getattr(self, name) for name in self.fields}

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.evidence().items())
        return f"{self.title} ({shown})" if shown else self.title
