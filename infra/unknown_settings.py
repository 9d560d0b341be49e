"""Variables of the environment that look like a setting and are none: most likely a slip of the pen."""

from collections.abc import Iterable
from difflib import get_close_matches

from infra.settings import NO_SETTINGS, PREFIX, Settings, variable


def unknown_variables(names: Iterable[str]) -> dict[str, str]:
    """Return the variables that look like a setting and are none, each with the setting it is most like, empty where it is like none."""
    known = list(Settings.model_fields)
    asked = {name: name.upper().removeprefix(PREFIX).lower() for name in names if name.upper().startswith(PREFIX)}
    unknown = {name: setting for name, setting in asked.items() if setting not in known and variable(setting) not in NO_SETTINGS}
    return {name: "".join(map(variable, get_close_matches(setting, known, 1))) for name, setting in sorted(unknown.items())}
