"""Out of memory, told apart from other failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from affectlab.errors import OutOfMemory

_SIGNS = ("can't allocate memory", "not enough memory", "out of memory")


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn every way of running out of memory into `OutOfMemory`.

    Raises
    ------
    OutOfMemory
        In place of torch's and Python's own errors.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_memory_error(error):
            raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no memory left"
        free_memory()
        raise OutOfMemory(f"the batch does not fit into memory: {reason}; a smaller one may") from error


def is_memory_error(error: Exception) -> bool:
    """Say whether `error` means that memory ran out."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


def free_memory() -> None:
    """Give cached blocks of an accelerator back, so that a smaller batch finds room in one piece."""
    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()
