"""What stands in for NumPy's constructors while a pickle is read.

Nothing here calls what the pickle names. A stand-in notes its arguments; `resolved` turns the notes into
arrays once their type, shape and bytes agree.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

DEEPEST = 16
"""Containers inside containers; DEAP's and FACED's have one."""

_PLAIN_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SU]\d{1,4})")


class Refused(Exception):
    """The pickle asks for what no file of arrays needs; the message names it."""


class Budget:
    """How many bytes of arrays a file may still become: no more than it has itself.

    Without it a short pickle could ask for the same text a million times, each time as new bytes.
    """

    __slots__ = ("_left",)

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Refused("more bytes of arrays than it holds")


class _Note(ABC):
    """What one object would have been made of."""

    __slots__ = ("_arguments", "_state")

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self._arguments: tuple[Any, ...] = arguments
        self._state: Any = None

    def __setstate__(self, state: Any) -> None:
        self._state = state

    @abstractmethod
    def value(self, budget: Budget) -> Any:
        """Make the object itself, within the budget."""


class _Dtype(_Note):
    """``numpy.dtype(name, align, copy)`` and its state (version, byte order, …)."""

    __slots__ = ()

    def value(self, budget: Budget) -> np.dtype[Any]:  # noqa: ARG002
        name = _text(self._arguments[0]) if self._arguments else ""
        if not _PLAIN_DTYPE.fullmatch(name):
            raise Refused(f"an array of type {name[:40]!r}")
        plain = np.dtype(name)
        return plain if self._state is None else plain.newbyteorder(self._order())  # type: ignore[arg-type]

    def _order(self) -> str:
        order = _text(self._state[1]) if isinstance(self._state, tuple) and len(self._state) > 1 else ""
        if order not in {"<", ">", "|", "="}:
            raise Refused(f"an array of byte order {order[:8]!r}")
        # Types of one byte have no order, which NumPy calls by the name of "leave as is".
        return order


class _Array(_Note):
    """``_reconstruct(ndarray, (0,), b"b")`` and its state (version, shape, type, Fortran order, bytes)."""

    __slots__ = ()

    def value(self, budget: Budget) -> np.ndarray[Any, Any]:
        state = self._state
        if not (isinstance(state, tuple) and len(state) == 5):
            raise Refused("an array without its content")
        _, shape, dtype, fortran, raw = state
        return _array(raw, dtype, shape, "F" if fortran else "C", budget)


class _Buffer(_Note):
    """``_frombuffer(bytes, type, shape, order)``, which protocol 5 uses."""

    __slots__ = ()

    def value(self, budget: Budget) -> np.ndarray[Any, Any]:
        if len(self._arguments) != 4:
            raise Refused("an array without its content")
        raw, dtype, shape, order = self._arguments
        return _array(raw, dtype, shape, order, budget)


class _Scalar(_Note):
    """``scalar(type, bytes)``."""

    __slots__ = ()

    def value(self, budget: Budget) -> Any:
        if len(self._arguments) != 2:
            raise Refused("a number without its content")
        dtype, raw = self._arguments
        return _array(raw, dtype, (1,), "C", budget)[0]


class _Maker:
    """A callable without attributes, so that a pickle can call it and change nothing."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def __call__(self, *arguments: Any) -> Any:
        return self._make(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise Refused("a change of a function")


def _noting(kind: type[_Note]) -> _Maker:
    return _Maker(lambda *arguments: kind(arguments))


def _encoder(budget: Budget) -> _Maker:
    """``_codecs.encode``, by which protocol 2 writes bytes."""

    def encode(text: Any, encoding: Any = "") -> bytes:
        if not isinstance(text, str) or encoding != "latin1":
            raise Refused(f"text encoded as {str(encoding)[:40]!r}")
        budget.spend(len(text))
        return text.encode("latin1")

    return _Maker(encode)


def _no_bytes(*arguments: Any) -> bytes:
    """``bytes()``, by which protocol 2 writes no bytes at all."""
    if arguments:
        raise Refused("builtins.bytes of something")
    return b""


_ARRAY_TYPE = _Maker(lambda *_: _refuse("numpy.ndarray"))


def _refuse(what: str) -> Any:
    raise Refused(what)


def _reconstruct(*arguments: Any) -> _Array:
    if not arguments or arguments[0] is not _ARRAY_TYPE:
        raise Refused("an array of a type of its own")
    return _Array(arguments)


_FIXED: dict[tuple[str, str], _Maker] = {
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Maker(_reconstruct) for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _noting(_Scalar) for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _noting(_Buffer) for core in ("core", "_core")},
    ("numpy", "ndarray"): _ARRAY_TYPE,
    ("numpy", "dtype"): _noting(_Dtype),
    ("builtins", "bytes"): _Maker(_no_bytes),
    ("__builtin__", "bytes"): _Maker(_no_bytes),
}


def stand_ins(size: int) -> dict[tuple[str, str], _Maker]:
    """Return (module, name) as pickles write it, to what is called instead, for a file of `size` bytes."""
    return {**_FIXED, ("_codecs", "encode"): _encoder(Budget(size))}


def resolved(content: Any, size: int) -> Any:
    """Return `content` with every note turned into what it stands for.

    Parameters
    ----------
    content
        What a pickle made of stand-ins.
    size
        Bytes of the file: the arrays may have no more.

    Raises
    ------
    Refused
        If a note does not describe an array, or containers lie deeper in each other than `DEEPEST`.
    """
    return _resolve(content, 0, {}, Budget(size))


def _resolve(content: Any, depth: int, done: dict[int, Any], budget: Budget) -> Any:
    if depth > DEEPEST:
        raise Refused(f"containers more than {DEEPEST} deep in each other")
    # Once each: a few lists that name each other twice would otherwise be walked a million times.
    if id(content) not in done:
        done[id(content)] = _made(content, depth, done, budget)
    return done[id(content)]


def _made(content: Any, depth: int, done: dict[int, Any], budget: Budget) -> Any:
    if isinstance(content, _Note):
        return content.value(budget)
    if isinstance(content, dict):
        return {_key(key): _resolve(value, depth + 1, done, budget) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(_resolve(value, depth + 1, done, budget) for value in content)
    if isinstance(content, str | bytes | int | float | complex | None):
        return content
    raise Refused(f"a value of type {type(content).__name__}")


def _key(key: Any) -> Any:
    if isinstance(key, str | bytes | int | float | None):
        return key
    raise Refused(f"a key of type {type(key).__name__}")


def _array(raw: Any, dtype: Any, shape: Any, order: Any, budget: Budget) -> np.ndarray[Any, Any]:
    if not isinstance(dtype, _Dtype):
        raise Refused("an array without a type")
    kind = dtype.value(budget)
    budget.spend(len(raw) if isinstance(raw, str | bytes | bytearray) else 0)
    content = raw.encode("latin1") if isinstance(raw, str) else raw
    sizes = _sizes(shape)
    if not isinstance(content, bytes | bytearray) or len(content) != math.prod(sizes) * kind.itemsize:
        there = f"{len(content):,} bytes" if isinstance(content, bytes | bytearray) else "no bytes"
        raise Refused(f"an array of shape {sizes} and type {kind} from {there}"[:160])
    if order not in {"C", "F"}:
        raise Refused("an array in no known order")
    made = np.frombuffer(bytes(content) if isinstance(content, bytearray) else content, dtype=kind)
    return made.reshape(sizes, order=order)


def _sizes(shape: Any) -> tuple[int, ...]:
    if (
        not isinstance(shape, tuple)
        or len(shape) > 32
        or not all(isinstance(size, int) and size >= 0 for size in shape)
    ):
        raise Refused(f"an array of shape {shape!r}"[:160])
    return shape


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin1")
    return value if isinstance(value, str) else ""
