"""Answers that are known, so that a model is not asked twice for the same."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from affectlab.errors import RecordingError
from affectlab.files import write_json
from affectlab.planning.llm.exchange import Message

_KEPT = 256


class AnswerCache:
    """Answers by all that the model was told and by whatever decides what it says.

    Parameters
    ----------
    folder
        Where answers are kept for later runs; None to forget them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    @staticmethod
    def key(identity: str, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Return the name of an answer."""
        told = [identity, [[one.role, one.text] for one in messages], schema]
        return hashlib.sha256(json.dumps(told, ensure_ascii=True, sort_keys=True).encode()).hexdigest()

    def get(self, key: str) -> Mapping[str, Any] | None:
        """Return what is known, None where nothing is; a file that cannot be read is as good as none."""
        if key in self._known:
            return self._known[key]
        if self._folder is None:
            return None
        try:
            found = json.loads((self._folder / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def put(self, key: str, content: Mapping[str, Any]) -> None:
        """Keep an answer; a full disk costs the file, not the plan."""
        self._known[key] = dict(content)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if self._folder is not None:
            with suppress(RecordingError):
                write_json(self._folder / f"{key}.json", content)
