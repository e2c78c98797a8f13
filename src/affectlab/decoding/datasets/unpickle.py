"""Reading pickled arrays without running anything the file asks for.

A pickle is a small program. Here it is first read as data, opcode by opcode, and refused where it uses what
arrays do not need or promises more than the file holds. Then it runs with stand-ins that note what an array
would have been made of; NumPy itself meets only checked shapes, types and bytes.
"""

from __future__ import annotations

import mmap
import pickle
import pickletools
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from affectlab.decoding.datasets._stand_ins import Refused, resolved, stand_ins
from affectlab.errors import UnreadableFile

MOST_OPCODES = 1_000_000
"""More than any file of arrays needs: DEAP's and FACED's have fewer than a hundred."""

_REFUSED = {
    "EXT1": "a registered extension",
    "EXT2": "a registered extension",
    "EXT4": "a registered extension",
    "PERSID": "an object outside the file",
    "BINPERSID": "an object outside the file",
    "NEXT_BUFFER": "a buffer outside the file",
}
_MEMO = {"PUT", "BINPUT", "LONG_BINPUT"}
_BY_CODE = {opcode.code: opcode for opcode in pickletools.opcodes}


def read_pickle(path: Path) -> Any:
    """Return the arrays, numbers, text and plain containers of a pickle.

    Pickles of Python 2 are read with text as Latin-1, as their arrays demand.

    Parameters
    ----------
    path
        A pickle of any protocol. Arrays come back read-only.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged, no pickle, or asks for anything but arrays and plain containers;
        nothing of it has been run then.
    """
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise UnreadableFile(f"{path} is empty (0 bytes); copy it again")
            # Mapped: reads past the end come back short instead of allocating what the file promises.
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _read(content)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    except Refused as error:
        raise UnreadableFile(
            f"{path} asks for {error}; expected NumPy arrays and plain containers only. Nothing of it was "
            "run: get the file from its publisher again"
        ) from error
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(
            f"{path} is no whole pickle ({path.stat().st_size} bytes); check what it really is, or copy it "
            "again"
        ) from error


def _read(content: mmap.mmap) -> Any:
    _scan(content)
    content.seek(0)
    return resolved(_Unpickler(content, len(content)).load(), len(content))


def _scan(content: mmap.mmap) -> None:
    """Read all opcodes as data and refuse what arrays have no use for."""
    for count, (name, argument) in enumerate(_opcodes(content), 1):
        if name in _REFUSED:
            raise Refused(_REFUSED[name])
        if count > MOST_OPCODES:
            raise Refused(f"more than {MOST_OPCODES:,} steps")
        # The memo is an array as long as the largest place named: a far place fills the memory.
        if name in _MEMO and isinstance(argument, int) and not 0 <= argument <= count:
            raise Refused(f"place {argument:,} of its memo after {count:,} steps")


def _opcodes(content: mmap.mmap) -> Iterator[tuple[str, Any]]:
    """Yield the name and argument of each opcode up to the end of the pickle."""
    name = ""
    while name != "STOP":
        opcode = _BY_CODE.get(content.read(1).decode("latin1"))
        if opcode is None:
            raise ValueError("it has an unknown opcode, or no end")
        name, argument = opcode.name, None
        if name == "STRING":
            # Python 2 wrote bytes of arrays so; pickletools takes them for ASCII.
            content.readline()
        elif opcode.arg is not None:
            argument = opcode.arg.reader(cast(IO[bytes], content))
        yield name, argument


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: mmap.mmap, size: int) -> None:
        super().__init__(content, encoding="latin1")
        self._known = stand_ins(size)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise Refused(f"{module}.{name}"[:160])
        return self._known[module, name]

    def persistent_load(self, pid: Any) -> Any:  # noqa: ARG002
        raise Refused("an object outside the file")
