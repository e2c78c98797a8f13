"""Tokenizer, picture and sound processors of a model, and how it is to be shown video."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING, processor_class_from_name
from transformers.utils import cached_file

from affectlab.errors import ModelError
from affectlab.models.hf.source import Source
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import MediaKind, Modality

VideoAs = Literal["video", "frames"]

_NEED_TORCHVISION = (
    "the model's own video path needs torchvision, which is {state}; install the build that matches torch "
    "(pip install torchvision), or give --video-as frames"
)


@dataclass(frozen=True, slots=True)
class Processing:
    """What turns words and media into a model's inputs.

    Parameters
    ----------
    tokenizer
        Pads on the left.
    processor
        Joins tokenizer and media processors; None for a model of text only.
    video_as
        How video is shown: by the model's own path or as single pictures; None where it cannot be shown.
    """

    tokenizer: Any
    processor: Any
    video_as: VideoAs | None

    @property
    def template(self) -> str | None:
        """The chat template in force, None for a model that has none."""
        found = getattr(self.processor, "chat_template", None) or self.tokenizer.chat_template
        if isinstance(found, dict):
            found = found.get("default", next(iter(found.values())))
        return None if found is None else str(found)

    @property
    def can_think(self) -> bool:
        """Whether the template can switch thinking aloud off; it is then switched off."""
        return self.template is not None and "enable_thinking" in self.template

    @property
    def sound_rate(self) -> int:
        """Sampling rate of sound in hertz, as the model wants it."""
        return int(getattr(_sound(self.processor), "sampling_rate", 16000))

    @property
    def kinds(self) -> frozenset[MediaKind]:
        """Kinds of media that can be shown."""
        found: set[MediaKind] = set()
        if _pictures(self.processor) is not None:
            found.add("image")
        if _sound(self.processor) is not None:
            found.add("audio")
        if self.video_as is not None:
            found.add("video")
        return frozenset(found)

    def media_tokens(self, config: Any) -> dict[int, Modality]:
        """Return the ids of the tokens that stand for media inside a prompt, with their modality."""
        kinds: dict[str, Modality] = {"image": "V", "video": "V", "audio": "A"}
        found = {self._media_token(config, kind): modality for kind, modality in kinds.items()}
        return {token: modality for token, modality in found.items() if token is not None}

    def _media_token(self, config: Any, kind: str) -> int | None:
        # The model's word goes first: a processor's token may only open the stretch that stands for a medium.
        names = (f"{kind}_token_id", f"{kind}_token_index")
        places = [(holder, name) for holder in nested_configs(config) for name in names]
        ids = (getattr(holder, name, None) for holder, name in [*places, (self.processor, names[0])])
        return next((token for token in ids if isinstance(token, int)), None)


def nested_configs(config: Any) -> Iterator[Any]:
    """Yield a model's configuration and those of its parts: some name media tokens only there."""
    yield config
    for name in getattr(config, "sub_configs", {}):
        if (part := getattr(config, name, None)) is not None:
            yield from nested_configs(part)


def load_processing(source: Source, config: Any, options: ModelOptions) -> Processing:
    """Load what turns words and media into the inputs of the model described by `config`.

    Raises
    ------
    ModelError
        If `options.video_as` asks for what the model or the machine cannot do.
    """
    found = _load(source, config)
    multimodal = hasattr(found, "tokenizer")
    processor = found if multimodal else None
    tokenizer = found.tokenizer if multimodal else found
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Processing(tokenizer, processor, _video_as(processor, options.video_as))


def _load(source: Source, config: Any) -> Any:
    arguments = source.hub_arguments()
    if source.gguf is not None:
        return AutoTokenizer.from_pretrained(source.place, **arguments)
    if torchvision_state() == "usable":
        return AutoProcessor.from_pretrained(source.place, **arguments)
    kind = _processor_class(source, config)
    if kind is None or "video_processor" not in kind.get_attributes():
        return AutoProcessor.from_pretrained(source.place, **arguments)
    return _without_video(kind, source)


class _NoVideo(dict[str, Any]):
    """Stands where a processor expects its video processor; whatever is asked of it is not known.

    A dictionary, since processors write themselves as JSON.
    """

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def _without_video(kind: Any, source: Source) -> Any:
    """Build a processor that has no video path: without torchvision its class cannot be loaded whole."""

    def check(self: Any, name: str, argument: Any) -> Any:
        if isinstance(argument, _NoVideo):
            return _NoVideo
        return kind.check_argument_for_proper_class(self, name, argument)

    lenient = type(kind.__name__, (kind,), {"check_argument_for_proper_class": check})
    makers = {
        "tokenizer": AutoTokenizer,
        "image_processor": AutoImageProcessor,
        "feature_extractor": AutoFeatureExtractor,
        "audio_processor": AutoFeatureExtractor,
    }
    arguments = source.hub_arguments()
    parts = [
        makers[name].from_pretrained(source.place, **arguments) if name in makers else _NoVideo()
        for name in kind.get_attributes()
    ]
    settings, _ = kind.get_processor_dict(source.place, **arguments)
    return lenient.from_args_and_dict(parts, settings)  # type: ignore[attr-defined]


def _processor_class(source: Source, config: Any) -> Any:
    for name in ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json"):
        path = cached_file(
            source.place, name, **source.hub_arguments(), _raise_exceptions_for_missing_entries=False
        )
        named = json.loads(Path(path).read_text(encoding="utf-8")).get("processor_class") if path else None
        if named is not None and (kind := processor_class_from_name(named)) is not None:
            return kind
    return PROCESSOR_MAPPING.get(type(config), None)


@cache
def torchvision_state() -> Literal["usable", "not installed", "not usable beside this torch"]:
    """Say whether torchvision is there and can be imported beside this torch."""
    try:
        import_module("torchvision")
    except ModuleNotFoundError:
        return "not installed"
    except (ImportError, RuntimeError, OSError):
        return "not usable beside this torch"
    return "usable"


def _video_as(processor: Any, wanted: str) -> VideoAs | None:
    own = not isinstance(getattr(processor, "video_processor", None), _NoVideo | None)
    if wanted == "video" and not own:
        raise ModelError(_why_no_video(processor))
    if own and wanted != "frames":
        return "video"
    return "frames" if _pictures(processor) is not None else None


def _why_no_video(processor: Any) -> str:
    if processor is not None and "video_processor" in type(processor).get_attributes():
        return "--video-as video: " + _NEED_TORCHVISION.format(state=torchvision_state())
    return "--video-as video: this model has no video path of its own; give --video-as frames"


def _pictures(processor: Any) -> Any:
    return getattr(processor, "image_processor", None)


def _sound(processor: Any) -> Any:
    return getattr(processor, "audio_processor", None) or getattr(processor, "feature_extractor", None)
