"""Every setting as a person reads it: its value, its default, where it comes from, what it means."""

import os

from api.cli.reports import SettingTold
from infra.settings import Settings, variable


def settings_told(settings: Settings) -> list[SettingTold]:
    """Return every setting as a person reads it."""
    set_here = {name.upper() for name, value in os.environ.items() if value}
    told = []
    for name, field in Settings.model_fields.items():
        value, source = getattr(settings, name), "environment" if variable(name) in set_here else "default"
        is_secret = "Secret" in str(field.annotation) or name.endswith("_url")
        shown = ("(set)" if value is not None else "") if is_secret else _shown(value)
        told.append(SettingTold(variable(name), shown, _shown(field.default), source, field.description or ""))
    return told


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
