"""Models of affectlab as a provider of Inspect, requests that wait together answered together."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import Empty, SimpleQueue
from shutil import rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Any
from weakref import finalize

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.model._model_info import MODEL_INFO_LOOKUP_API_KEY
from inspect_ai.tool import ToolChoice, ToolInfo

from affectlab.bench.asking import Asker
from affectlab.bench.question import Terms
from affectlab.bench.steering.loading import load_steered
from affectlab.bench.store import Kept
from affectlab.config import load
from affectlab.errors import BenchError, InvalidData
from affectlab.models import Failure, Generation, Model, ModelOptions, Request, Sampling, load_model
from affectlab.models._inspect_content import read_request

_LINGER = 0.02
_PLAIN = Sampling()


class AffectlabAPI(ModelAPI):
    """Any model that `affectlab.models.load_model` loads, as ``--model affectlab/PROVIDER:NAME``.

    Answers are greedy unless a temperature is set. A request that cannot be answered is an error of its
    sample.

    Parameters
    ----------
    model_name
        As for ``affectlab bench run --model``.
    steer
        As for ``affectlab bench run --steer``, as ``-M steer=chase.json``.
    base_url, api_key, config
        Of Inspect; keys come from the environment.
    model_args
        Fields of `affectlab.models.ModelOptions`, as ``-M frames=4``.

    Raises
    ------
    InvalidConfig
        If an argument is none of the options.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        steer: str | None = None,
        **model_args: Any,
    ) -> None:
        if api_key == MODEL_INFO_LOOKUP_API_KEY:
            # In the midst of a run Inspect makes every model again under this key, to look up its context
            # length, and is content with an error; loading the weights twice would end the run.
            raise BenchError(f"{model_name} tells nothing of itself before it is loaded")
        super().__init__(model_name, base_url, api_key, config=config or GenerateConfig())
        arguments = {"base_url": base_url, **model_args}
        options = load(ModelOptions, flags=arguments, environment={})
        self._model = load_steered(model_name, options, steer) if steer else load_model(model_name, options)
        self._together = Together(self._model)
        self._media = Path(mkdtemp(prefix="affectlab-media-"))
        # Inspect keeps models until the process ends and closes few of them.
        self._forget = finalize(self, rmtree, self._media, ignore_errors=True)

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 - Inspect's name
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002 - there is nothing to choose from
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer one user turn.

        Raises
        ------
        InvalidData
            If there are tools, several turns or content of an unknown kind.
        BenchError
            If the model gives no answer.
        """
        from anyio import CapacityLimiter
        from anyio.to_thread import run_sync

        if tools:
            raise InvalidData(f"models of affectlab use no tools; got {tools[0].name}")
        request = await run_sync(read_request, input, self._media)
        waiting = self._together.ask(request, _sampling(config))
        # A limiter of its own: waiting must not use up the threads that others work in.
        kept = await run_sync(waiting.result, abandon_on_cancel=True, limiter=CapacityLimiter(1))
        return self._output(kept)

    def max_connections(self) -> int:
        return 2 * self._model.lanes * self._model.batch_size

    def max_tokens(self) -> int | None:
        return _PLAIN.max_tokens

    def close(self) -> None:
        """Let the model go; a second call does nothing."""
        self._together.close()
        self._model.close()
        self._forget()

    def _output(self, kept: Kept) -> ModelOutput:
        answer = kept.answer
        if isinstance(answer, Failure):
            raise BenchError(f"{answer.kind}: {answer.message}")
        if not isinstance(answer, Generation):
            raise BenchError(f"{self.model_name} answered with {type(answer).__name__}; expected words")
        message = ChatMessageAssistant(content=answer.text, model=self.model_name, source="generate")
        choice = ChatCompletionChoice(
            message=message, stop_reason="stop" if answer.complete else "max_tokens"
        )
        return ModelOutput(
            model=self.model_name,
            choices=[choice],
            usage=ModelUsage(output_tokens=answer.tokens, total_tokens=answer.tokens),
            time=kept.seconds,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    sampling: Sampling
    answer: Future[Kept]


class Together:
    """Puts requests that come at about the same time into one batch.

    As many batches are under way at once as the model has lanes; while they are, the next ones fill up.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(model.lanes)]
        for thread in self._threads:
            thread.start()

    def ask(self, request: Request, sampling: Sampling) -> Future[Kept]:
        """Return the future answer to `request`."""
        answer: Future[Kept] = Future()
        self._queue.put(_Waiting(request, sampling, answer))
        return answer

    def close(self) -> None:
        """Answer what waits and stop."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _serve(self) -> None:
        askers: dict[Sampling, Asker] = {}
        while (first := self._queue.get()) is not None:
            batch, last = self._filled(first)
            for sampling, alike in groupby(sorted(batch, key=_order), key=lambda one: one.sampling):
                asker = askers.setdefault(sampling, Asker(self._model, self._terms(sampling)))
                _answer(asker, list(alike))
            if last:
                return

    def _filled(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        batch, end = [first], time.monotonic() + _LINGER
        while len(batch) < self._model.batch_size:
            try:
                following = self._queue.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    def _terms(self, sampling: Sampling) -> Terms:
        return Terms("generate", (), sampling, self._model.identity, ("inspect", ""))


def _order(one: _Waiting) -> tuple[int, float, int]:
    return one.sampling.max_tokens, one.sampling.temperature, one.sampling.seed


def _answer(asker: Asker, waiting: list[_Waiting]) -> None:
    try:
        answers: Iterable[Kept] = asker.ask([one.request for one in waiting])
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
        for one in waiting:
            one.answer.set_exception(error)
        return
    for one, kept in zip(waiting, answers, strict=True):
        one.answer.set_result(kept)


def _sampling(config: GenerateConfig) -> Sampling:
    return Sampling(
        config.max_tokens or _PLAIN.max_tokens, config.temperature or _PLAIN.temperature, config.seed or 0
    )
