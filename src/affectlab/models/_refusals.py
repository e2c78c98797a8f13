"""What a server's refusal means: for one request, for every request, or for a while."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affectlab.errors import ModelError, ModelUnavailable, UnknownModel
from affectlab.models.protocol import Failure, MediaKind

if TYPE_CHECKING:
    from openai import APIStatusError

_TRY_LATER = frozenset({408, 409, 425, 429, *range(500, 600)})
_TOO_LONG = ("context_length", "context length", "context size", "exceed_context_size", "too long")
_NAMES: dict[MediaKind, tuple[str, ...]] = {
    "audio": ("audio",),
    "image": ("image", "vision", "mmproj"),
    # Video is sent as pictures, so that is what a server speaks of.
    "video": ("video", "image", "vision", "mmproj"),
}
_MULTIMODAL = ("multimodal", "content type", "content must be a string")
# Shorter keys are fillers for servers that want none, such as "none", and would mangle messages.
_SHORTEST_KEY = 8
_NEVER_KIND = frozenset({401, 403, 429})


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 200.

    Parameters
    ----------
    status
        HTTP status.
    message
        The server's words, one line, without the key.
    code, parameter
        Machine-readable reason and the field of the request that was refused; empty where not given.
    """

    status: int
    message: str
    code: str = ""
    parameter: str = ""

    @property
    def passing(self) -> bool:
        """Whether asking again may help."""
        return self.status in _TRY_LATER and self.code != "insufficient_quota"

    def lacks(self, kinds: Set[MediaKind]) -> MediaKind | None:
        """Return the kind of media that the server does not take, if that is what it says."""
        words = self.message.lower()
        if self.status in _NEVER_KIND:
            return None
        # Others than 400, 415 and 422 are mostly about something else that happens to be called so, such as
        # a model; but llama-server says 500 and routers 404 when nothing supports the kind.
        if (self.status == 404 or self.status >= 500) and "support" not in words:
            return None
        for kind in sorted(kinds):
            if any(name in words for name in _NAMES[kind]):
                return kind
        return min(kinds) if kinds and any(name in words for name in _MULTIMODAL) else None

    @property
    def too_long(self) -> bool:
        """Whether the request does not fit the model's context."""
        told = f"{self.code} {self.message}".lower()
        return self.status < 500 and any(words in told for words in _TOO_LONG)


def cleaned(text: str, key: str) -> str:
    """Return a server's words as one line of at most 300 characters, without `key`."""
    line = " ".join(text.split())
    return (line.replace(key, "***") if len(key) >= _SHORTEST_KEY else line)[:300]


def read_refusal(error: APIStatusError, key: str) -> Refusal:
    """Read what the SDK raises for an answer other than 200."""
    body = error.body if isinstance(error.body, dict) else {}
    message = body.get("message") or body.get("detail") or error.message
    return Refusal(
        error.status_code,
        cleaned(str(message), key),
        str(body.get("code") or body.get("type") or ""),
        str(body.get("param") or ""),
    )


def judge(refusal: Refusal, kinds: Set[MediaKind], model: str, key_variable: str) -> Failure | ModelError:
    """Say what a refusal that does not pass means.

    Returns
    -------
    Failure
        If another request may be answered.
    ModelError
        If none will be.
    """
    lacking = refusal.lacks(kinds)
    if lacking is not None:
        return Failure("modality", f"the server takes no {lacking}: {refusal.message}")
    if refusal.too_long:
        return Failure("length", f"{refusal.message}; take fewer or smaller pictures")
    whole = _whole(refusal, model, key_variable)
    return whole or Failure("endpoint", f"refused with {refusal.status}: {refusal.message}")


def _whole(refusal: Refusal, model: str, key_variable: str) -> ModelError | None:
    if refusal.status in {401, 403}:
        # Not the server's words: they may hold part of the key.
        return ModelError(f"{model}: the server refuses the key ({refusal.status}); set {key_variable}")
    if refusal.status == 404:
        return UnknownModel(f"{model}: {refusal.message} (404); check the name and --base-url")
    if refusal.code == "insufficient_quota":
        return ModelUnavailable(f"{model}: {refusal.message}; answers so far are kept, run again later")
    if refusal.parameter in {"model", "temperature", "seed"}:
        return ModelError(f"{model}: the server refuses {refusal.parameter!r}: {refusal.message}")
    return None
