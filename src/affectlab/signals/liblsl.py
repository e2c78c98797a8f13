"""Loading liblsl so that it stays silent: users read one clear line of ours, not its log."""

from __future__ import annotations

import configparser
import io
import os
from functools import cache
from pathlib import Path
from typing import Any

from affectlab.errors import MissingExtra

_FATAL_ONLY = "-3"


@cache
def load() -> Any:
    """Import `mne_lsl.lsl` once and set its log levels before liblsl reads its configuration.

    A user's own ``lsl_api.cfg`` (networks, ports, known peers, log level) stays in force.

    Raises
    ------
    MissingExtra
        If mne-lsl is not installed.
    """
    try:
        import mne_lsl
        from mne_lsl import lsl
    except ImportError as error:
        raise MissingExtra("mne-lsl", "live") from error
    mne_lsl.set_log_level("ERROR")
    lsl.set_config_content(quiet_configuration(_configuration_file()))
    return lsl


def clock() -> float:
    """Seconds on the LSL clock of this machine."""
    return float(load().local_clock())


def quiet_configuration(path: Path | None) -> str:
    """Return the text of a liblsl configuration file with the log silenced unless it says otherwise."""
    # liblsl's files allow repeated and bare keys, which a strict parser refuses.
    parser = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    parser.optionxform = str  # type: ignore[method-assign, assignment]  # liblsl's keys are case-sensitive
    if path is not None:
        parser.read(path, encoding="utf-8")
    if not parser.has_section("log"):
        parser.add_section("log")
    if not parser.has_option("log", "level"):
        parser.set("log", "level", _FATAL_ONLY)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _configuration_file() -> Path | None:
    """Return the file liblsl itself would read, searched in its documented order."""
    named = os.environ.get("LSLAPICFG")
    usual = (Path("lsl_api.cfg"), Path.home() / "lsl_api" / "lsl_api.cfg", Path("/etc/lsl_api/lsl_api.cfg"))
    places = (Path(named), *usual) if named else usual
    return next((place for place in places if place.is_file()), None)
