"""What a speaker takes, and how the failure of a request becomes an error."""

from __future__ import annotations

from affectlab.errors import ContextExceeded, ModelError
from affectlab.models.protocol import Failure, Request


def words_only(request: Request) -> None:
    """Refuse media.

    Raises
    ------
    ModelError
    """
    if request.kinds:
        kinds = ", ".join(sorted(request.kinds))
        raise ModelError(f"conversations are of words only, and the request holds {kinds}; leave it out")


def error_of(failure: Failure) -> ModelError:
    """Return the error that says what `failure` does."""
    kind = ContextExceeded if failure.kind == "length" else ModelError
    return kind(failure.message)
