"""Models behind any provider of Inspect, as ``inspect:openai/gpt-4o`` or ``inspect:google/gemini-3-pro``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from affectlab.errors import MissingExtra, ModelError, ModelUnavailable, UnknownModel, UnreadableFile
from affectlab.models._inlined import Inliner
from affectlab.models._inspect_content import make_messages
from affectlab.models._loop import LoopThread, together
from affectlab.models._refusals import Refusal, judge
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import (
    Capabilities,
    Failure,
    Generation,
    Identity,
    MediaKind,
    Request,
    Sampling,
    Scores,
)

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput

_ATTEMPT_SECONDS = 600
# Inspect's other providers refuse or drop videos, but take their pictures.
_TAKE_VIDEO = frozenset({"google", "vertex"})
# Transformers refuses a temperature of 0 and wants to be told in other words.
_GREEDY: Mapping[str, Mapping[str, Any]] = {"hf": {"do_sample": False}}
_COMPLETE = frozenset({"stop", "unknown"})


def load(name: str, options: ModelOptions) -> InspectModel:
    """Load ``provider/name`` as Inspect does.

    Raises
    ------
    UnknownModel
        If Inspect has no such provider.
    ModelError
        If the provider cannot be used: no key, or a package of its own is missing.
    MissingExtra
        If Inspect is not installed.
    """
    return InspectModel(name, options)


class InspectModel:
    """A model behind a provider of Inspect.

    The provider's client lives in an event loop of the model's own. Pictures and sound are sent inside the
    request; video as its pictures, or whole and silent where the provider takes it.

    Parameters
    ----------
    name
        ``provider/name``, as for ``inspect eval --model``.
    options
        Lanes, patience, pictures, and the server's address.
    attempt_seconds
        Longest time for one answer.
    """

    def __init__(self, name: str, options: ModelOptions, *, attempt_seconds: int = _ATTEMPT_SECONDS) -> None:
        self._name, self._options, self._attempt_seconds = name, options, attempt_seconds
        self._provider = name.partition("/")[0]
        video = takes_video(self._provider, options)
        self._inliner = Inliner(options, video=video)
        self._loop = LoopThread(f"inspect:{name}")
        try:
            self._model = self._loop.run(_get_model(name, options))
        except BaseException:
            self._loop.close()
            raise
        self._free = asyncio.Semaphore(options.lanes)

    @property
    def identity(self) -> Identity:
        server = {"server": self._options.base_url} if self._options.base_url else {}
        return Identity(f"inspect:{self._name}", "", {**server, **self._inliner.settings})

    @property
    def can(self) -> Capabilities:
        return Capabilities(image=True, audio=True, video=True)

    @property
    def batch_size(self) -> int:
        return 1

    @property
    def lanes(self) -> int:
        return self._options.lanes

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        """Answer each request in words.

        Raises
        ------
        ModelUnavailable
            If the provider gives no answer for ``retry_minutes``.
        ModelError
            If the provider refuses the key, the model or the sampling.
        """
        config = self._config(sampling)
        asked = [(request, self._messages(request)) for request in requests]
        return self._loop.run(together(self._answer(*pair, config) for pair in asked))

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:  # noqa: ARG002
        """Raise `ModelError`: Inspect's providers tell no likelihood of answers that they did not give."""
        raise ModelError(f"inspect:{self._name} gives no log-likelihoods; ask with --mode generate")

    def close(self) -> None:
        """Close the provider's client; a second call does nothing."""
        if not self._loop.closed:
            self._loop.run(self._model.api.aclose())
            self._loop.close()

    def _messages(self, request: Request) -> list[ChatMessage] | Failure:
        try:
            return make_messages(self._inliner.pieces(request), request)
        except UnreadableFile as error:
            return Failure("media", str(error))

    def _config(self, sampling: Sampling) -> GenerateConfig:
        from inspect_ai.model import GenerateConfig

        patience = round(60 * self._options.retry_minutes)
        return GenerateConfig(
            max_tokens=sampling.max_tokens,
            temperature=self._temperature(sampling),
            seed=sampling.seed if sampling.temperature > 0 else None,
            max_connections=self._options.lanes,
            timeout=patience or None,
            max_retries=None if patience else 0,
            attempt_timeout=self._attempt_seconds,
        )

    def _temperature(self, sampling: Sampling) -> float | None:
        if self._provider not in _GREEDY:
            return sampling.temperature
        if sampling.temperature > 0:
            raise ModelError(
                f"inspect:{self._name} is greedy only; expected temperature 0, got {sampling.temperature:g}"
            )
        return None

    async def _answer(
        self, request: Request, messages: list[ChatMessage] | Failure, config: GenerateConfig
    ) -> Generation | Failure:
        if isinstance(messages, Failure):
            return messages
        async with self._free:
            try:
                return read_output(await self._model.generate(messages, config=config))
            except Exception as error:  # noqa: BLE001 - providers raise whatever their clients do
                return self._explained(error, request.kinds)

    def _explained(self, error: Exception, kinds: Set[MediaKind]) -> Failure:
        from inspect_ai.model._model import AttemptTimeoutError
        from tenacity import RetryError

        cause = _last(error) if isinstance(error, RetryError) else error
        if isinstance(cause, AttemptTimeoutError):
            why = f"no whole answer after {self._attempt_seconds} s; use fewer --lanes"
            return Failure("endless", why, transient=True)
        refusal = Refusal(_status(cause), _line(cause))
        if isinstance(error, RetryError) and not refusal.lacks(kinds):
            raise ModelUnavailable(
                f"inspect:{self._name}: no answer for {self._options.retry_minutes:g} minutes "
                f"({_line(cause)}); answers so far are kept, run again later"
            ) from error
        if not refusal.status and not refusal.lacks(kinds):
            return Failure("endpoint", f"{type(cause).__name__}: {refusal.message}", transient=True)
        verdict = judge(refusal, kinds, f"inspect:{self._name}", "the provider's variable")
        if isinstance(verdict, Failure):
            return verdict
        raise verdict from error


def takes_video(provider: str, options: ModelOptions) -> bool:
    """Say whether videos are sent whole to `provider`, without their sound, and not as pictures."""
    if options.video_as == "auto":
        return provider in _TAKE_VIDEO
    return options.video_as == "video"


def read_output(output: ModelOutput) -> Generation | Failure:
    """Read the answer out of what a provider returned."""
    if output.error:
        return Failure("endpoint", " ".join(output.error.split())[:300])
    ending = output.stop_reason if output.choices else "unknown"
    if ending == "content_filter":
        return Failure("endpoint", "the provider's content filter held the answer back")
    if ending == "model_length":
        return Failure("length", "the prompt and its answer do not fit the model's context")
    text = output.completion.strip()
    tokens = output.usage.output_tokens if output.usage else 0
    if not text:
        return Failure("empty", f"the provider sent an answer without words (it ended by {ending})")
    return Generation(text, complete=ending in _COMPLETE, tokens=tokens)


async def _get_model(name: str, options: ModelOptions) -> Model:
    try:
        from inspect_ai._util.error import PrerequisiteError
        from inspect_ai.model import get_model
    except ImportError as error:
        raise MissingExtra("inspect-ai", "bench") from error
    try:
        arguments = _GREEDY.get(name.partition("/")[0], {})
        return get_model(name, base_url=options.base_url, memoize=False, **arguments)
    except PrerequisiteError as error:
        raise ModelError(f"inspect:{name}: {_plain(error.message)}") from error
    except ValueError as error:
        raise UnknownModel(
            f"inspect:{name}: {_line(error)}; expected PROVIDER/NAME as Inspect knows it"
        ) from error
    except Exception as error:
        raise ModelError(f"inspect:{name} cannot be loaded: {_line(error)}") from error


def _last(error: Any) -> BaseException:
    found: BaseException | None = error.last_attempt.exception()
    return found or error


def _status(error: BaseException) -> int:
    """Return the HTTP status under any of the names that clients give it; 0 where there is none."""
    for name in ("status_code", "code", "status"):
        status = getattr(error, name, None)
        if isinstance(status, int):
            return status
    return 0


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _plain(message: Any) -> str:
    from rich.text import Text

    return " ".join(Text.from_markup(str(message)).plain.split())
