"""Samples of an Inspect log as plain dictionaries.

They are what Inspect's ``EvalSample`` and ``EvalSampleSummary`` would serialise to, made without building
either: that would cost several times the rest of the log.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from affectlab.bench._eval_header import SCORER, fingerprint, identifier, logged_model
from affectlab.bench._logged_run import LoggedSample, RunHeader
from affectlab.models import Media, Quote, Request

_LONGEST_SUMMARY = 1024
_LONGEST_SCAN = 8 * _LONGEST_SUMMARY
_LONGEST_INPUT = 5120


class SampleEncoder:
    """Turns samples of one run into the dictionaries of its log."""

    def __init__(self, header: RunHeader) -> None:
        self._model = logged_model(header.model)
        self._root = fingerprint(header)
        self._labels = header.labels

    def sample(self, logged: LoggedSample) -> dict[str, Any]:
        """Return the whole record of a sample."""
        uuid = identifier(self._root, logged.id)
        asked = _asked(logged.request, uuid)
        record: dict[str, Any] = {
            "id": logged.id,
            "epoch": 1,
            "input": asked if len(asked) > 1 else asked[0]["content"],
            "target": logged.target,
            "messages": asked,
            "output": {"model": self._model, "choices": [], "completion": ""},
            "metadata": self._metadata(logged),
            "store": {},
            "events": [],
            "model_usage": {self._model: _usage(logged)} if logged.tokens else {},
            "role_usage": {},
            "total_time": logged.seconds,
            "working_time": logged.seconds,
            "uuid": uuid,
            "attachments": {},
        }
        if logged.failure is not None:
            message = f"{logged.failure.kind}: {logged.failure.message}"
            return record | {"error": {"message": message, "traceback": "", "traceback_ansi": ""}}
        answer = self._answer(logged, uuid)
        record["messages"] = [*asked, answer]
        record["output"] = self._output(logged, answer)
        if logged.target:
            record["scores"] = {SCORER: self._score(logged)}
        return record

    def _of(self, logged: LoggedSample) -> Mapping[str, str]:
        return self._labels if logged.labels is None else logged.labels

    def _metadata(self, logged: LoggedSample) -> dict[str, Any]:
        media = [
            {"kind": part.kind, "path": str(part.path), "sha256": part.sha256}
            for part in logged.request.parts
            if isinstance(part, Media)
        ]
        return {"source": logged.id, **logged.metadata, "media": media}

    def _answer(self, logged: LoggedSample, uuid: str) -> dict[str, Any]:
        words = logged.text
        if words is None:
            words = self._of(logged).get(logged.prediction or "", "")
        return {
            "id": f"{uuid}-answer",
            "content": words,
            "source": "generate",
            "role": "assistant",
            "model": self._model,
        }

    def _output(self, logged: LoggedSample, answer: Mapping[str, Any]) -> dict[str, Any]:
        stop = "stop" if logged.complete else "max_tokens"
        output = {
            "model": self._model,
            "choices": [{"message": answer, "stop_reason": stop}],
            "completion": answer["content"],
            "time": logged.seconds,
        }
        return output | {"usage": _usage(logged)} if logged.tokens else output

    def _score(self, logged: LoggedSample) -> dict[str, Any]:
        score: dict[str, Any] = {
            "value": "C" if logged.prediction == logged.target else "I",
            "explanation": self._explanation(logged),
            "metadata": self._numbers(logged),
            "history": [],
        }
        if logged.prediction is None:
            return score | {"reason": "invalid_response_format"}
        return score | {"answer": logged.prediction}

    def _explanation(self, logged: LoggedSample) -> str:
        if logged.log_likelihoods is None or logged.probabilities is None:
            return logged.text or ""
        rows = zip(self._of(logged).values(), logged.log_likelihoods, logged.probabilities, strict=True)
        lines = [f"| {words} | {number:.4f} | {share:.4f} |" for words, number, share in rows]
        return "\n".join(("| answer | log-likelihood | probability |", "|---|---|---|", *lines))

    def _numbers(self, logged: LoggedSample) -> dict[str, Any]:
        found = {"log_likelihoods": logged.log_likelihoods, "probabilities": logged.probabilities}
        by_label = {
            name: dict(zip(self._of(logged), map(float, numbers), strict=True))
            for name, numbers in found.items()
            if numbers is not None
        }
        return {"target": logged.target, **by_label}


def summary(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the list of samples shows of `record`, long texts cut as Inspect cuts them."""
    kept = ("id", "epoch", "target", "model_usage", "role_usage", "total_time", "working_time", "uuid")
    short: dict[str, Any] = {name: record[name] for name in kept}
    short["input"] = _thin_input(record["input"])
    short["metadata"] = _thin(record["metadata"])
    if "scores" in record:
        short["scores"] = {name: _thin_score(score) for name, score in record["scores"].items()}
    if "error" in record:
        short["error"] = record["error"]["message"]
    return short | {"completed": True, "message_count": len(record["messages"])}


def encoded(content: Any) -> bytes:
    """Write `content` as JSON that every reader takes.

    Browsers know neither NaN nor lone surrogates; the first become words, the second question marks.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(content), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")


def _asked(request: Request, uuid: str) -> list[dict[str, Any]]:
    words = "".join(_words(part) for part in request.parts)
    system = [_message(f"{uuid}-system", "system", request.system)] if request.system else []
    earlier = (
        _message(f"{uuid}-{place}", turn.role, turn.text) for place, turn in enumerate(request.earlier)
    )
    return [*system, *earlier, _message(f"{uuid}-user", "user", words)]


def _message(name: str, role: str, words: str) -> dict[str, Any]:
    return {"id": name, "content": words, "source": "input", "role": role}


def _words(part: str | Quote | Media) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Quote):
        return part.text
    return f"[{part.kind} {part.path.name} sha256 {part.sha256[:12]}]"


def _usage(logged: LoggedSample) -> dict[str, int]:
    return {"input_tokens": 0, "output_tokens": logged.tokens, "total_tokens": logged.tokens}


def _thin_input(asked: str | Sequence[Mapping[str, Any]]) -> Any:
    if isinstance(asked, str):
        return _cut(asked)
    return [{**message, "content": _cut(message["content"])} for message in asked]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_INPUT else text[:_LONGEST_INPUT] + "...\n(content truncated)"


def _thin_score(score: Mapping[str, Any]) -> dict[str, Any]:
    thin = {**score, "metadata": _thin(score["metadata"])}
    for name in ("answer", "explanation", "reason"):
        if name in score:
            thin[name] = _shorten(score[name])
    return thin


def _thin(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _thin_value(value) for name, value in metadata.items()}


def _thin_value(value: Any) -> Any:
    if isinstance(value, str):
        return _shorten(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value if size <= _LONGEST_SUMMARY else "Key removed from summary (> 1k)"


def _shorten(text: str) -> str:
    words = " ".join(text[:_LONGEST_SCAN].split())
    if len(words) <= _LONGEST_SUMMARY:
        return words
    # No more can matter than what is kept and one word too long for it.
    return textwrap.shorten(words[: 3 * _LONGEST_SUMMARY], width=_LONGEST_SUMMARY, placeholder="...")


def _finite(content: Any) -> Any:
    if isinstance(content, float) and not math.isfinite(content):
        return str(content)
    if isinstance(content, Mapping):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return content
