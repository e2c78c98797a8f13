"""Answers in words while they are made."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch
from transformers import LogitsProcessorList, PreTrainedModel, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import TextStreamer

from affectlab.models.hf.forward import last_token_only, to_model
from affectlab.models.hf.generation import GumbelNoise, ends_of
from affectlab.models.hf.memory import memory_errors
from affectlab.models.protocol import Sampling
from affectlab.models.speaker import Spoken
from affectlab.models.stop import Stop


def stream_answer(
    model: PreTrainedModel, tokenizer: Any, inputs: dict[str, Any], sampling: Sampling, seed: int, stop: Stop
) -> Generator[str, None, Spoken]:
    """Generate one answer to a prompt of one row in a thread of its own, and pass its words on.

    The thread has ended when the generator has, however it ends.
    """
    work = _Work(model, tokenizer, inputs, sampling, seed, stop)
    thread = Thread(target=work.run, name="speaking", daemon=True)
    thread.start()
    try:
        yield from work.pieces()
    finally:
        # Whoever closes the generator waits for one token at most.
        work.ended = True
        thread.join()
    return work.spoken()


class _Work(StoppingCriteria):  # type: ignore[misc]
    """One generation, and the way its words take out of its thread."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        inputs: dict[str, Any],
        sampling: Sampling,
        seed: int,
        stop: Stop,
    ) -> None:
        self._model, self._tokenizer, self._inputs = model, tokenizer, inputs
        self._sampling, self._seed, self._stop = sampling, seed, stop
        self._queue: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._tokens: list[int] = []
        self.ended = False

    def __call__(self, tokens: Any, _scores: Any, **_more: Any) -> Any:
        return torch.full((tokens.shape[0],), self.ended or self._stop.is_set, device=tokens.device)

    def run(self) -> None:
        """Generate; what goes wrong is passed on as words are."""
        try:
            with memory_errors(), torch.inference_mode():
                self._generate()
        except Exception as error:  # noqa: BLE001 - raised again by the thread that reads
            self._queue.put(error)
        self._queue.put(None)

    def pieces(self) -> Iterator[str]:
        """Pass words on until there are no more."""
        while (piece := self._queue.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def spoken(self) -> Spoken:
        """Say how it ended."""
        length = self._inputs["input_ids"].shape[1]
        complete = bool(self._tokens) and self._tokens[-1] in ends_of(self._model)
        return Spoken(complete, len(self._tokens), length)

    def _generate(self) -> None:
        hot = self._sampling.temperature > 0
        noise = [GumbelNoise([self._seed], self._sampling.temperature)] if hot else []
        inputs = to_model(self._model, self._inputs)
        with last_token_only(self._model):
            output = self._model.generate(
                **inputs,
                max_new_tokens=self._sampling.max_tokens,
                do_sample=False,
                logits_processor=LogitsProcessorList(noise),
                stopping_criteria=StoppingCriteriaList([self]),
                streamer=_Queued(self._tokenizer, self._queue),
            )
        self._tokens = output[0, self._inputs["input_ids"].shape[1] :].tolist()


class _Queued(TextStreamer):  # type: ignore[misc]
    """Puts words into a queue once they are certain."""

    def __init__(self, tokenizer: Any, queue: SimpleQueue[str | Exception | None]) -> None:
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._queue = queue

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: ARG002
        if text:
            self._queue.put(text)
