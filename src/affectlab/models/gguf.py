"""GGUF models through llama.cpp in this process: text only, every answer independent of those before.

llama.cpp's results depend in the second decimal on how many tokens are evaluated together. So every prompt is
cut at places that it alone decides, before and after the words to be judged: what comes before is evaluated
once for all requests that begin so, the words once for all requests about them, what comes after is evaluated
anew each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from affectlab.errors import ModelError, UnknownModel
from affectlab.manifest import sha256
from affectlab.models._conversation import opening
from affectlab.models._label_paths import log_likelihoods
from affectlab.models._llama_server import LlamaServer, PromptTooLong
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import (
    Capabilities,
    Failure,
    Generation,
    Identity,
    Part,
    Quote,
    Request,
    Sampling,
    Scores,
)

_MAGIC = b"GGUF"
_CONTEXT = 4096
_BATCH = 8
# Next tokens shown at each step: enough for the labels of most prompts, and cheap to pass on.
_SHOWN = 1000

_Answer = TypeVar("_Answer")


def load(name: str, options: ModelOptions) -> GgufModel:
    """Load a GGUF file.

    Parameters
    ----------
    name
        Path of the file, or the name of one in ``~/.cache/affectlab/models`` (``AFFECTLAB_MODELS``).

    Raises
    ------
    UnknownModel
        If there is no such file, or it is no GGUF.
    ModelError
        If llama.cpp cannot load it.
    MissingExtra
        If xllamacpp is not installed.
    """
    path = find_weights(name)
    context = options.context or _CONTEXT
    server = LlamaServer(path, context, options.threads or spare_threads())
    settings = {
        "context": context,
        "xllamacpp": version("xllamacpp"),
        "template": "the model's own",
        "evaluated": "up to the first quotation, the quotation, the rest",
    }
    return GgufModel(server, Identity(f"gguf:{name}", sha256(path), settings), options.batch_size or _BATCH)


class GgufModel:
    """A model that llama.cpp runs; see `affectlab.models.Model`."""

    can = Capabilities(logits=True)
    lanes = 1

    def __init__(self, server: LlamaServer, identity: Identity, batch_size: int) -> None:
        self._server = server
        self._identity = identity
        self._batch_size = batch_size
        # Tokens up to each cut of the last prompt, evaluated.
        self._kept: list[list[int]] = []

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        """Answer each request in words."""
        return [_answered(request, partial(self._generate, sampling=sampling)) for request in requests]

    def constrained(
        self, requests: Sequence[Request], sampling: Sampling, grammar: str
    ) -> list[Generation | Failure]:
        """Answer each request in words that `grammar` (GBNF) admits."""
        answer = partial(self._generate, sampling=sampling, grammar=grammar)
        return [_answered(request, answer) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        """Return the log-likelihood of each of `labels`, over the whole vocabulary, without sampling."""
        paths = [tuple(self._server.tokenize(label)) for label in labels]
        if not all(paths):
            raise ModelError(f"a label without words cannot be scored: {list(labels)}")
        return [_answered(request, partial(self._score, paths=paths)) for request in requests]

    def close(self) -> None:
        """Give back the memory."""
        self._server.close()

    def _generate(self, request: Request, *, sampling: Sampling, grammar: str = "") -> Generation | Failure:
        answer = self._server.complete(
            self._begun(request),
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            seed=sampling.seed,
            # What the model says, not what llama.cpp's habitual cuts leave of it.
            top_k=0,
            top_p=1.0,
            min_p=0.0,
            cache_prompt=True,
            **({"grammar": grammar} if grammar else {}),
        )
        choice = answer["choices"][0]
        if not choice["text"].strip():
            return Failure("empty", "the model answered nothing; allow more tokens or ask otherwise")
        complete = choice["finish_reason"] != "length"
        return Generation(choice["text"], complete, answer["usage"]["completion_tokens"])

    def _score(self, request: Request, *, paths: Sequence[tuple[int, ...]]) -> Scores:
        found = log_likelihoods(paths, partial(self._walk, self._begun(request)))
        return Scores(found, np.array([len(path) for path in paths], dtype=np.int64))

    def _walk(
        self, prompt: Sequence[int], before: Sequence[int], path: Sequence[int]
    ) -> list[dict[int, float]]:
        """Look at what is likely at each step of `path` after `before`."""
        places = range(len(before), len(before) + len(path))
        label = [*before, *path]
        return [self._likely([*prompt, *label[:place]], label[place]) for place in places]

    def _likely(self, tokens: Sequence[int], wanted: int) -> dict[int, float]:
        """Return log-probabilities of the likeliest tokens after `tokens`, and of `wanted`."""
        shown = self._shown(tokens)
        if wanted not in shown:
            # The grammar decides what is said; the log-probabilities are those without it.
            shown |= self._shown(tokens, grammar=f"root ::= <[{wanted}]>")
        return shown

    def _shown(self, tokens: Sequence[int], **parameters: Any) -> dict[int, float]:
        answer = self._server.complete(
            tokens, max_tokens=1, n_probs=_SHOWN, temperature=0.0, cache_prompt=True, **parameters
        )
        step: dict[str, Any] = answer["choices"][0]["logprobs"]["content"][0]
        return {one["id"]: one["logprob"] for one in (*step["top_logprobs"], step)}

    def _begun(self, request: Request) -> list[int]:
        """Return the tokens of the prompt, with all before its last cut evaluated and kept."""
        prompt = self._server.prompt([*opening(request), {"role": "user", "content": request.text}])
        tokens = self._server.prompt_tokens(prompt)
        heads = (_common(tokens, self._server.prompt_tokens(prompt[:cut])) for cut in _cuts(prompt, request))
        self._keep([head for head, _ in groupby(head or tokens[:1] for head in heads)])
        return tokens

    def _keep(self, heads: list[list[int]]) -> None:
        """Evaluate `heads`, each of which begins the next, from the first that is not kept."""
        same = [kept for kept, head in zip(self._kept, heads, strict=False) if kept == head]
        self._kept = same
        for head in heads[len(same) :]:
            if self._kept:
                self._end_at(self._kept[-1])
            self._evaluate(head, afresh=not self._kept)
            self._kept = [*self._kept, head]
        self._end_at(heads[-1])

    def _end_at(self, head: Sequence[int]) -> None:
        """Let the cache end where `head` does, whatever was asked before; its last token is read again."""
        self._evaluate(head, afresh=False)

    def _evaluate(self, tokens: Sequence[int], *, afresh: bool) -> None:
        self._server.complete(tokens, max_tokens=1, temperature=0.0, cache_prompt=not afresh)


def _answered(request: Request, answer: Callable[[Request], _Answer | Failure]) -> _Answer | Failure:
    if request.kinds:
        kinds = ", ".join(sorted(request.kinds))
        return Failure("modality", f"llama.cpp is given words only here, and the request holds {kinds}")
    try:
        return answer(request)
    except PromptTooLong as error:
        return Failure("length", f"{error}; give the model a longer context")


def _common(tokens: Sequence[int], others: Sequence[int]) -> list[int]:
    pairs = zip(tokens, others, strict=False)
    return [token for token, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]


def _cuts(prompt: str, request: Request) -> list[int]:
    """Find where the words to be judged begin in `prompt` and where they end.

    The first quotation counts. Where there is none the prompt is cut once, at the end of the request.
    """
    # Earlier turns may hold the same words.
    begin = (prompt.rfind if request.earlier else prompt.find)(request.text.strip())
    first = next((place for place, part in enumerate(request.parts) if isinstance(part, Quote)), None)
    if begin < 0 or first is None:
        return [_end(prompt, begin, request.parts)]
    return [_end(prompt, begin, request.parts[:first]), _end(prompt, begin, request.parts[: first + 1])]


def _end(prompt: str, begin: int, parts: tuple[Part, ...]) -> int:
    return begin + len(Request(parts).text.strip()) if begin >= 0 else len(prompt)


def weights_folder() -> Path:
    """Return where weights are kept: ``~/.cache/affectlab/models``, or what ``AFFECTLAB_MODELS`` says."""
    return Path(os.environ.get("AFFECTLAB_MODELS", Path.home() / ".cache" / "affectlab" / "models"))


def find_weights(name: str) -> Path:
    """Return the GGUF file of that path, or of that name in the folder of weights.

    Raises
    ------
    UnknownModel
        If there is no such file, or it is no GGUF.
    """
    folder = weights_folder()
    path = next((one for one in (Path(name).expanduser(), folder / name) if one.is_file()), None)
    if path is None:
        there = ", ".join(sorted(one.name for one in folder.glob("*.gguf"))) or "none"
        raise UnknownModel(f"no file {name!r}; expected the path of a .gguf, or one in {folder} ({there})")
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise UnknownModel(f"{path} is no GGUF file (it does not begin with 'GGUF'); convert it first")
    return path


def spare_threads() -> int:
    """Return how many threads leave one core to others."""
    # llama.cpp's threads wait for each other after every step: one without a core holds up all of them.
    return max(1, (os.cpu_count() or 1) - 1)
