"""EEG boards through BrainFlow, published as LSL streams."""

from __future__ import annotations

import difflib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectlab.errors import BoardError, MissingExtra, UnreadableFile
from affectlab.signals import liblsl
from affectlab.signals.montage import Picks, select
from affectlab.signals.outlet import Outlet, unique_source_id
from affectlab.signals.source import StreamAddress

_PARAMETERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "file": ("file", str),
    "ip": ("ip_address", str),
    "mac": ("mac_address", str),
    "other": ("other_info", str),
    "port": ("ip_port", int),
    "serial_number": ("serial_number", str),
    "serial_port": ("serial_port", str),
    "timeout": ("timeout", int),
}
_OWN_OPTIONS = ("channels", "loop", "master")
_SHORT_NAMES = {"PLAYBACK": "PLAYBACK_FILE_BOARD"}


class BoardSource:
    """Publishes a board's scalp EEG, stamped with the LSL clock.

    Parameters
    ----------
    board
        Name such as ``synthetic``, ``playback`` or ``cyton``, a full BoardIds name, or its number.
    options
        BrainFlow's connection parameters (``serial_port``, ``mac``, ``ip``, ``port``, ``serial_number``,
        ``timeout`` in seconds, ``file``, ``other``); ``channels``, comma-separated electrode names in the
        order of the board's inputs; for playback ``master``, the board that made the file, and ``loop=yes``.
    stream_name
        LSL stream name.

    Raises
    ------
    MissingExtra
        If BrainFlow is not installed.
    BoardError
        If the board or an option is not known.
    UnreadableFile
        If the file to play back is missing or empty.
    """

    def __init__(
        self, board: str, options: Mapping[str, str] | None = None, *, stream_name: str = "affectlab-board"
    ) -> None:
        self._shim = _brainflow()
        self._board = board
        self._name, self._options = stream_name, _checked_options(options or {})
        self._board_id = _board_id(self._shim, board)
        self._layout_id = self._master() if self._plays_back else self._board_id
        self._rows_left = _playback_rows(self._options) if self._plays_back else None
        self._picks, self._rows = self._electrodes()
        self._session: Any = None
        self._streaming = False
        self._outlet: Outlet | None = None

    @property
    def ended(self) -> bool:
        """True once a played-back file has been published whole; a device never ends."""
        return self._rows_left is not None and self._rows_left <= 0 and "loop" not in self._options

    def open(self) -> StreamAddress:
        """Connect to the board and publish its stream."""
        board = self._shim.BoardShim
        with _one_line(f"board {self._board!r} cannot be started"):
            self._session = board(self._board_id, self._connection())
            self._session.prepare_session()
            if "loop" in self._options and self._plays_back:
                self._session.config_board("loopback_true")
            sfreq = float(board.get_sampling_rate(self._layout_id))
            self._clock_row = board.get_timestamp_channel(self._layout_id)
        source_id = unique_source_id("board")
        self._outlet = Outlet(self._name, source_id, self._picks.names, sfreq)
        return StreamAddress(self._name, source_id, stamps_session_time=False)

    def advance(self, now: float) -> int:  # noqa: ARG002 - a device follows its own clock
        """Publish what the board has sent since the last call."""
        if self._session is None or self._outlet is None:
            return 0
        with _one_line(f"board {self._board!r} does not answer"):
            self._start_once()
            data = self._session.get_board_data()
        # BrainFlow stamps with the system clock; asking for the offset each time follows its corrections.
        times = data[self._clock_row] + (liblsl.clock() - time.time())
        self._outlet.push(data[self._rows].T, times)
        if self._rows_left is not None:
            self._rows_left -= len(times)
        return len(times)

    def close(self) -> None:
        """Stop and release the board."""
        session, self._session = self._session, None
        if session is not None and session.is_prepared():
            with _one_line(f"board {self._board!r} cannot be released"):
                session.release_session()
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None

    @property
    def _plays_back(self) -> bool:
        return bool(self._board_id == self._shim.BoardIds.PLAYBACK_FILE_BOARD)

    def _start_once(self) -> None:
        # Not before the first call: what the board sent while the receiver connected would be lost.
        if not self._streaming:
            self._session.start_stream()
            self._streaming = True

    def _master(self) -> int:
        if "file" not in self._options or "master" not in self._options:
            raise BoardError(
                "playback needs a file and the board that made it: "
                "--source 'brainflow:playback?file=recording.csv&master=cyton'"
            )
        return _board_id(self._shim, self._options["master"])

    def _electrodes(self) -> tuple[Picks, list[int]]:
        """Return the electrodes and the rows of the board's data that hold them."""
        board = self._shim.BoardShim
        with _one_line(f"board {self._board!r} has no EEG"):
            rows = board.get_eeg_channels(self._layout_id)
        labels = self._labels(board)
        if len(labels) != len(rows):
            raise BoardError(
                f"{len(labels)} electrode names for board {self._board!r}; expected {len(rows)}, one for "
                "each input: give them with ?channels=Fp1,Fp2,..."
            )
        picks = select((), labels)
        return picks, [int(rows[index]) for index in picks.indices]

    def _labels(self, board: Any) -> list[str]:
        if "channels" in self._options:
            return self._options["channels"].split(",")
        with _one_line(f"board {self._board!r} names no electrodes; give them with ?channels=Fp1,Fp2,..."):
            return list(board.get_eeg_names(self._layout_id))

    def _connection(self) -> Any:
        parameters = self._shim.BrainFlowInputParams()
        for option, (field, convert) in _PARAMETERS.items():
            if option in self._options:
                setattr(parameters, field, _converted(option, self._options[option], convert))
        if self._plays_back:
            parameters.master_board = self._layout_id
        if self._board_id == self._shim.BoardIds.SYNTHETIC_BOARD:
            # BrainFlow refuses a second session with equal parameters; synthetic ones may be many.
            parameters.other_info = unique_source_id("synthetic")
        return parameters


def _brainflow() -> Any:
    try:
        from brainflow import board_shim
    except ImportError as error:
        raise MissingExtra("brainflow", "devices") from error
    with warnings.catch_warnings():
        # BrainFlow finds its library, at the first call, by a way that setuptools has deprecated.
        warnings.filterwarnings("ignore", "pkg_resources is deprecated")
        board_shim.BoardShim.disable_board_logger()
    return board_shim


@contextmanager
def _one_line(what: str) -> Iterator[None]:
    from brainflow.exit_codes import BrainFlowError

    try:
        yield
    except BrainFlowError as error:
        raise BoardError(f"{what} ({error}); check that it is on, in reach and not in use") from error


def _checked_options(options: Mapping[str, str]) -> dict[str, str]:
    known = sorted((*_PARAMETERS, *_OWN_OPTIONS))
    for option in options:
        if option not in known:
            raise BoardError(f"board option {option!r} is not known; expected some of {', '.join(known)}")
    return {option: value for option, value in options.items() if value not in {"", "no"}}


def _converted(option: str, value: str, convert: Callable[[str], Any]) -> Any:
    try:
        return convert(value)
    except ValueError as error:
        raise BoardError(f"board option {option}={value!r} is no number") from error


def _board_id(shim: Any, board: str) -> int:
    known = {member.name: int(member) for member in shim.BoardIds if member.name != "NO_BOARD"}
    wanted = board.strip().upper().replace("-", "_")
    for name in (_SHORT_NAMES.get(wanted, wanted), f"{wanted}_BOARD"):
        if name in known:
            return known[name]
    if wanted.lstrip("-_").isdigit() and (number := int(board)) in known.values():
        return number
    short = [name.removesuffix("_BOARD").lower() for name in known]
    close = difflib.get_close_matches(board.lower(), short, n=3, cutoff=0.4)
    hint = f"did you mean {', '.join(close)}?" if close else "names are those of BrainFlow's BoardIds"
    raise BoardError(f"board {board!r} is not known to BrainFlow; {hint}")


def _playback_rows(options: Mapping[str, str]) -> int:
    path = Path(options["file"])
    if not path.is_file() or path.stat().st_size == 0:
        raise UnreadableFile(f"{path} is missing or empty; expected a file that BrainFlow recorded")
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())
