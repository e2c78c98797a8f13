"""Loading of configuration: defaults < TOML file < ``AFFECTLAB_*`` environment < flags."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from affectlab.errors import InvalidConfig

Model = TypeVar("Model", bound=BaseModel)

_PREFIX = "AFFECTLAB_"
NOT_SETTINGS = frozenset(
    {
        "AFFECTLAB_DATA",
        "AFFECTLAB_HOME",
        "AFFECTLAB_KNOWLEDGE",
        "AFFECTLAB_LICENCES",
        "AFFECTLAB_MODELS",
        "AFFECTLAB_SOUNDFONT",
        "AFFECTLAB_TOKEN",
    }
)
"""Environment variables that name places or secrets and belong to no configuration model."""


def load(
    model: type[Model],
    *,
    file: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Model:
    """Build `model` from a TOML file, the environment and flags, later ones winning.

    Nested keys are written ``AFFECTLAB_UPDATE__ALPHA`` in the environment. Flags that are None count as
    not given.

    Raises
    ------
    InvalidConfig
        If a key is unknown, a value is out of range, or the file is not TOML.
    """
    variables = os.environ if environment is None else environment
    merged: dict[str, Any] = _read_toml(file) if file else {}
    _merge(merged, _from_environment(variables))
    _merge(merged, {key: value for key, value in (flags or {}).items() if value is not None})
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        raise InvalidConfig(explain(error, variables)) from None


def explain(error: ValidationError, environment: Mapping[str, str] | None = None) -> str:
    """Say in one line which key is wrong, what it was and what was expected."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        variable = _PREFIX + key.upper().replace(".", "__")
        origin = f" of the environment variable {variable}" if variable in (environment or {}) else ""
        return f"unknown setting '{key}'{origin}; remove it or correct its spelling"
    return f"setting '{key}' is {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidConfig(f"configuration file {file} does not exist") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidConfig(f"configuration file {file} is not readable TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(_PREFIX) or name in NOT_SETTINGS:
            continue
        *path, last = name.removeprefix(_PREFIX).lower().split("__")
        target = settings
        for part in path:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise InvalidConfig(
                    f"{name} sets one part of '{part}', which is set as a whole, to {target!r}, by another "
                    "environment variable; keep one of the two"
                )
        target[last] = value
    return settings


def _merge(base: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value
