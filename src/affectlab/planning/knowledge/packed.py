"""The packed 4-bit text embedder inside a wheel, as arrays that ONNX Runtime can use.

The file begins with ``E5S1``; then come the sizes of the network, a SentencePiece unigram vocabulary, a table
of character replacements and a directory of tensors. Large matrices are stored in blocks of 32 weights:
a scale of 16 bits and 32 numbers of 4 bits, of which byte j holds weight j (low) and weight j + 16 (high);
a weight is (number − 8) · scale. All integers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile

BLOCK: Final = 32
_MAGIC: Final = b"E5S1"
_BLOCK_TYPE: Final = np.dtype([("scale", "<f2"), ("numbers", "u1", BLOCK // 2)])
_QUANTISED: Final = 1

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Packed:
    """What a packed file holds.

    Parameters
    ----------
    layers, heads, positions
        Transformer layers, attention heads, longest input in tokens.
    epsilon
        Of the layer normalisations.
    pieces, scores
        Of the unigram vocabulary, n_pieces each.
    unknown
        Index of the piece for unknown characters.
    replaced
        Code point to the text that stands for it.
    tensors
        Names to arrays. A quantised matrix (rows, columns) is ``NAME``, uint8 (rows, columns / 32, 16) with
        two numbers of 4 bits a byte, the first one low, and ``NAME.scale``, float16 (rows, columns / 32).
    """

    layers: int
    heads: int
    positions: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    unknown: int
    replaced: dict[int, str]
    tensors: dict[str, Array]


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self.content, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def array(self, kind: str, count: int) -> Array:
        found = np.frombuffer(self.content, kind, count, self.at)
        self.at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.content[self.at - count : self.at]


def unpack(content: bytes) -> Packed:
    """Read a packed file.

    Raises
    ------
    UnreadableFile
        If it is not such a file, or ends early.
    """
    if content[:4] != _MAGIC:
        raise UnreadableFile(f"the text embedder begins with {content[:4]!r}; expected {_MAGIC!r}")
    cursor = _Cursor(content)
    try:
        return _unpacked(cursor)
    except (struct.error, ValueError, UnicodeDecodeError, KeyError) as error:
        raise UnreadableFile(f"the text embedder cannot be read ({error}); download it again") from error


def _unpacked(cursor: _Cursor) -> Packed:
    cursor.read("4sI")
    width, layers, heads, _inner, _words, positions, _types = cursor.read("7i")
    epsilon, _block = cursor.read("fi")
    count, _begin, _end, _padding, unknown = cursor.read("5i")
    (size,) = cursor.read("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.bytes(size)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    replaced = dict(_replacements(cursor))
    return Packed(
        layers, heads, positions, epsilon, pieces, scores, unknown, replaced, dict(_tensors(cursor, width))
    )


def _replacements(cursor: _Cursor) -> Iterator[tuple[int, str]]:
    entries, _size = cursor.read("iI")
    for _ in range(entries):
        point, length = cursor.read("IB")
        yield point, "".join(map(chr, cursor.read(f"{length}I")))


def _tensors(cursor: _Cursor, width: int) -> Iterator[tuple[str, Array]]:
    (count,) = cursor.read("i")
    for _ in range(count):
        (length,) = cursor.read("H")
        name = cursor.bytes(length).decode()
        kind, size, offset, _bytes = cursor.read("BIQQ")
        if kind == _QUANTISED:
            blocks = np.frombuffer(cursor.content, _BLOCK_TYPE, size // BLOCK, offset)
            # All matrices read the network's width, except the one that reads the wider inner layer.
            rows = width if name.endswith(".fo.w") else size // width
            yield name, _paired(blocks["numbers"]).reshape(rows, -1, BLOCK // 2)
            yield f"{name}.scale", blocks["scale"].reshape(rows, -1)
        else:
            yield name, np.frombuffer(cursor.content, "<f4", size, offset)


def _paired(numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring neighbours together: byte j holds weights 2j and 2j + 1 instead of j and j + 16."""
    weights = np.concatenate([numbers & 15, numbers >> 4], axis=-1)
    paired: NDArray[np.uint8] = weights[:, 0::2] | (weights[:, 1::2] << 4)
    return paired
