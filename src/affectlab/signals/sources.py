"""The text of `--source` to a source of EEG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl

from affectlab.errors import InvalidConfig, UnknownSource
from affectlab.signals.listener import Heard
from affectlab.signals.montage import TEN_TWENTY
from affectlab.signals.source import Source, StreamAddress

_EXPECTED = "expected sim, replay:FILE, lsl:NAME or brainflow:BOARD"


def silence(_time: float) -> None:
    """Nothing is heard, at any time."""


def open_source(
    spec: str,
    *,
    seed: int = 0,
    speed: float = 1.0,
    heard: Heard = silence,
    stream_name: str | None = None,
    channels: Sequence[str] = (),
) -> Source:
    """Make the source that `spec` names; its `open` starts it.

    Parameters
    ----------
    spec
        ``sim``, ``replay:FILE``, ``lsl:NAME`` or ``brainflow:BOARD``. Options follow a question mark:
        ``sim?channels=TP9,AF7,AF8,TP10&sfreq=256``, ``lsl:NAME?id=SOURCE_ID``,
        ``brainflow:cyton?serial_port=/dev/ttyUSB0``.
    seed
        Who the simulated listener is.
    speed
        Session seconds per second; devices know only 1.
    heard
        What the simulated listener hears: session seconds to the music's (valence, arousal), or None.
    stream_name
        Name of the published LSL stream.
    channels
        Channels a simulated or replayed source shall have; empty means its usual ones.

    Raises
    ------
    UnknownSource
        If `spec` names no source.
    InvalidConfig
        If a device is asked for another speed than 1, or an option is not known.
    InvalidData
        If a recording cannot be read or used.
    BoardError, MissingExtra
        If the board is not known, or BrainFlow not installed.
    """
    kind, _, rest = spec.partition(":")
    if spec == "sim" or spec.startswith("sim?"):
        return _simulated(_options(spec.partition("?")[2], spec), seed, heard, stream_name, channels)
    if kind not in {"replay", "lsl", "brainflow"} or not rest:
        raise UnknownSource(f"--source {spec!r} names no source; {_EXPECTED}")
    if kind == "replay":
        return _replayed(Path(rest), stream_name, channels)
    if speed != 1:
        raise InvalidConfig(
            f"--speed {speed:g} is not possible with --source {spec!r}: a device runs in real time; "
            "use --speed 1"
        )
    name, _, options = rest.partition("?")
    return _device(kind, name, _options(options, spec), stream_name)


class LslSource:
    """A stream that some other program publishes; there is nothing to pump.

    Parameters
    ----------
    name
        LSL stream name.
    source_id
        LSL source id, needed only where several streams share the name.
    """

    ended = False

    def __init__(self, name: str, source_id: str | None = None) -> None:
        self._address = StreamAddress(name, source_id, stamps_session_time=False)

    def open(self) -> StreamAddress:
        """Return the stream's address; the receiver finds out whether it is there."""
        return self._address

    def advance(self, now: float) -> int:  # noqa: ARG002 - the device follows its own clock
        """Publish nothing: the device does."""
        return 0

    def close(self) -> None:
        """Leave the stream to its publisher."""


def _simulated(
    options: Mapping[str, str], seed: int, heard: Heard, stream_name: str | None, channels: Sequence[str]
) -> Source:
    from affectlab.signals.simulate import SimulatedListener, SimulatedSource

    _refuse_unknown(options, ("channels", "sfreq"))
    named = options["channels"].split(",") if "channels" in options else channels or TEN_TWENTY
    listener = SimulatedListener(heard, seed=seed, channels=named, sfreq=_number(options, "sfreq", 250.0))
    return SimulatedSource(listener, stream_name=stream_name or "affectlab-sim")


def _replayed(path: Path, stream_name: str | None, channels: Sequence[str]) -> Source:
    from affectlab.signals.recordings import open_recording
    from affectlab.signals.replay import ReplaySource

    return ReplaySource(open_recording(path, channels), stream_name=stream_name or "affectlab-replay")


def _device(kind: str, name: str, options: Mapping[str, str], stream_name: str | None) -> Source:
    if kind == "lsl":
        _refuse_unknown(options, ("id",))
        return LslSource(name, options.get("id"))
    from affectlab.signals.board import BoardSource

    return BoardSource(name, options, stream_name=stream_name or "affectlab-board")


def _options(text: str, spec: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, strict_parsing=True, keep_blank_values=True)) if text else {}
    except ValueError as error:
        raise InvalidConfig(f"--source {spec!r} has options not written as ?name=value&name=value") from error


def _refuse_unknown(options: Mapping[str, str], known: tuple[str, ...]) -> None:
    for option in options:
        if option not in known:
            raise InvalidConfig(f"source option {option!r} is not known; expected {' or '.join(known)}")


def _number(options: Mapping[str, str], name: str, default: float) -> float:
    try:
        return float(options.get(name, default))
    except ValueError as error:
        raise InvalidConfig(f"source option {name}={options[name]!r} is no number") from error
