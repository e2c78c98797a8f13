"""What is sent back, in the shapes of OpenAI's chat protocol."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

from affectlab.counsel.chat import ChatEvent, Done, Finish, Notice, Reasoning, Replaced, Words
from affectlab.models import Spoken

# "content_filter" makes clients hide an answer; what the gate says instead must be read.
_FINISH: Final[dict[Finish, str]] = {
    "stop": "stop",
    "length": "length",
    "gate": "stop",
    "stopped": "length",
    "failed": "stop",
}


class Completion:
    """One answer on its way to a client.

    Parameters
    ----------
    model
        What clients call the model.
    notices
        What is to be told before anything else.
    """

    def __init__(self, model: str, notices: tuple[str, ...] = ()) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self._words: list[str] = []
        self._reasoning: list[str] = []
        self._layer = ""
        self._notices = [{"kind": "ignored", "text": text} for text in notices]
        self._done: Done | None = None

    def opening(self) -> list[dict[str, Any]]:
        """Return the first chunks of a stream."""
        told = [self._chunk({}, {"notice": notice}) for notice in self._notices]
        return [self._chunk({"role": "assistant", "content": ""}), *told]

    def take(self, event: ChatEvent) -> dict[str, Any]:
        """Take what happened and return it as a chunk of a stream."""
        match event:
            case Words(text):
                self._words.append(text)
                return self._chunk({"content": text})
            case Replaced(text):
                self._words.append(text)
                return self._chunk({"content": text}, {"replaced": True})
            case Reasoning():
                text = self._reasoned(event)
                return self._chunk({"reasoning_content": text})
            case Notice(kind, text):
                notice = {"kind": kind, "text": text}
                self._notices.append(notice)
                return self._chunk({}, {"notice": notice})
            case Done(finish=finish):
                self._done = event
                return self._chunk({}, self._about(event), _FINISH[finish])

    def usage_chunk(self) -> dict[str, Any]:
        """Return the chunk that counts tokens, for clients that ask for it."""
        return {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage()}

    def whole(self) -> dict[str, Any]:
        """Return the answer as one object, once it is done.

        Raises
        ------
        ValueError
            If the answer did not come to its end.
        """
        if self._done is None:
            raise ValueError("the answer has no end yet; take all its events first")
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._words).strip()}
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        choice = {"index": 0, "message": message, "finish_reason": _FINISH[self._done.finish]}
        about = {**self._about(self._done), "notices": self._notices}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(),
            "affectlab": about,
        }

    def _reasoned(self, event: Reasoning) -> str:
        """Write a new layer on a line of its own."""
        text = event.text
        if event.layer != self._layer:
            text = f"{chr(10) if self._layer else ''}{event.layer}: {text}"
            self._layer = event.layer
        self._reasoning.append(text)
        return text

    def _about(self, done: Done) -> dict[str, Any]:
        return {"level": done.verdict.level, "language": done.verdict.language, "finish": done.finish}

    def _usage(self) -> dict[str, int]:
        spoken = self._done.spoken if self._done else Spoken()
        total = spoken.prompt_tokens + spoken.tokens
        return {
            "prompt_tokens": spoken.prompt_tokens,
            "completion_tokens": spoken.tokens,
            "total_tokens": total,
        }

    def _chunk(
        self, delta: dict[str, Any], about: dict[str, Any] | None = None, finish: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {**self._head, "object": "chat.completion.chunk", "choices": [choice]}
        return {**chunk, "affectlab": about} if about else chunk


def error_body(
    message: str, kind: str, *, code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """Return an error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def sse(content: Mapping[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: " + encoded(content) + b"\n\n"


def encoded(content: Mapping[str, Any]) -> bytes:
    """Return JSON in ASCII: clients may send back half characters, which UTF-8 cannot hold."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
