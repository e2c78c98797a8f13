"""Inspect runs our benchmark on its models and on ours, and reads our logs as its own."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import wave
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai import eval as inspect_eval
from inspect_ai import score as inspect_score
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentAudio,
    ContentImage,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    get_model,
    modelapi,
)
from inspect_ai.tool import ToolInfo

from affectlab.bench.dataset import DatasetInfo, read_dataset, write_dataset
from affectlab.bench.eval_log import LoggedSample, RunHeader, write_eval_log
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError, InvalidConfig, InvalidData, OutOfMemory, UnreadableFile
from affectlab.inspect_plugin import label
from affectlab.models import (
    Capabilities,
    Failure,
    Generation,
    Identity,
    Media,
    ModelOptions,
    Quote,
    Request,
    Sampling,
    Turn,
)
from affectlab.models import registry as models
from affectlab.models._inspect_content import read_request, refer
from affectlab.models.media import media_of

# Inspect calls a library of its own in a way that the library now calls old, and leaves streams open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <Memory:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LABELS = {"N": "negative", "Neu": "neutral", "P": "positive"}
PUBLISHED = {"TAV": "conflict", "TA": "missing_aligned"}


class Judge(ModelAPI):
    """A provider of somebody else's: answers by the transcript, and keeps what it was asked."""

    seen: list[list[Any]] = []  # noqa: RUF012
    answers: dict[str, str] = {}  # noqa: RUF012

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:  # noqa: A002
        self.seen.append(input)
        words = next(part for part in self.answers if part in input[-1].text)
        return ModelOutput.from_content("judge", self.answers[words])


@modelapi(name="judge")
def judge() -> type[ModelAPI]:
    return Judge


class Local:
    """A model of ours that keeps the batches it was asked."""

    batch_size, lanes = 4, 1
    can = Capabilities(image=True, audio=True, video=True)
    identity = Identity("local:m", "")

    def __init__(self, options: ModelOptions) -> None:
        self.options = options
        self.batches: list[tuple[list[Request], Sampling]] = []
        self.open, self.fits = threading.Event(), 99
        self.open.set()

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self.open.wait(10)
        if len(requests) > self.fits:
            raise OutOfMemory("no room")
        self.batches.append((list(requests), sampling))
        return [self.answer(request) for request in requests]

    @staticmethod
    def answer(request: Request) -> Generation | Failure:
        return Generation("positive", tokens=3)

    def close(self) -> None:
        self.open.clear()


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> list[Local]:
    """Models loaded as ``local:NAME``, in order."""
    monkeypatch.setattr("inspect_ai.model._model._models", {})
    loaded: list[Local] = []
    module = ModuleType("a_model_for_tests")

    def load(name: str, options: ModelOptions) -> Local:
        loaded.append(Local(options))
        return loaded[-1]

    module.load = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(models.PROVIDERS, "local", (module.__name__, "for tests"))
    return loaded


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> tuple[Media, Media]:
    """A second of sound, and ten pictures that grow brighter."""
    folder = tmp_path_factory.mktemp("media")
    with wave.open(str(folder / "voice.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.arange(16000, dtype="<i2").tobytes())
    with av.open(folder / "face.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for number in range(10):
            picture = np.full((32, 64, 3), 25 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return media_of(folder / "voice.wav", "audio"), media_of(folder / "face.mp4", "video")


@pytest.fixture
def data(tmp_path: Path, media: tuple[Media, Media]) -> Path:
    """Six clips of three sources: with everything, without the face, and the words alone."""
    samples = [
        Sample(
            f"clip{number}__{modalities}",
            PUBLISHED.get(modalities, "single"),
            "test" if number < 4 else "train",
            {"source": f"source{number // 2}", "clip": f"clip{number}"},
            {list(LABELS)[number % 3]: 1.0},
            f"words{number}",
            tuple(one for one in media if one.kind[0].upper() in modalities),
            {"modalities": modalities},
        )
        for number in range(6)
        for modalities in ("TAV", "TA", "T")
    ]
    write_dataset(tmp_path / "data", DatasetInfo("emomm", LABELS, {"N": -1, "Neu": 0, "P": 1}), samples)
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, tmp_path: Path) -> Iterator[Callable[..., EvalLog]]:
    """Evaluate as ``inspect eval affectlab/emomm`` does."""
    Judge.seen, Judge.answers = [], {"words": "neutral"}

    def run(model: str = "judge/m", arguments: dict[str, Any] | None = None, **task: Any) -> EvalLog:
        (log,) = inspect_eval(
            "affectlab/emomm",
            model=model,
            model_args=arguments or {},
            task_args={"data": str(data), **task},
            log_dir=str(tmp_path / "logs"),
            log_images=False,
            display="none",
        )
        # Inspect leaves streams open, and their end must not fall into another test.
        gc.collect()
        assert log.status == "success", log.error
        return read_eval_log(log.location)

    yield run
    Judge.seen, Judge.answers = [], {}


# Other people's models on our benchmark


def test_inspect_finds_the_plugin() -> None:
    (found,) = entry_points(group="inspect_ai", name="affectlab")
    assert found.load().emomm.__name__ == "emomm"


def test_published_subsets_are_asked_and_judged(run: Callable[..., EvalLog]) -> None:
    right = {"words0": "Negative.", "words1": "It is neutral", "words2": "positive"}
    Judge.answers = {**right, "words3": "neutral", "words4": "neutral or positive", "words5": "who knows"}
    log = run()
    assert sorted(one.id for one in log.samples or ()) == sorted(
        f"clip{number}__{kind}" for number in range(6) for kind in PUBLISHED
    )
    assert log.results is not None
    (score,) = log.results.scores
    values = {name: metric.value for name, metric in score.metrics.items()}
    assert values["accuracy"] == values["accuracy_conflict"] == values["accuracy_missing_aligned"] == 0.5
    # N and P: one of two found, none too many. Neu: one of two found, one too many.
    assert values["macro_f1"] == pytest.approx((2 / 3 + 2 / 4 + 2 / 3) / 3)
    # Sources are all right, half right and all wrong; fewer independent ones than samples.
    assert values["stderr"] > 0.2
    assert score.metrics["stderr"].params == {"cluster": "source"}


def test_unreadable_answers_say_so(run: Callable[..., EvalLog]) -> None:
    Judge.answers = {"words": "neutral or positive"}
    found = sample(run(limit=1), "clip").scores
    assert found is not None
    assert (found["label"].answer, found["label"].value) == (None, "I")
    assert found["label"].reason == "invalid_response_format"


def test_media_are_inside_what_is_asked_and_not_in_the_log(run: Callable[..., EvalLog]) -> None:
    log = run(subset="conflict", limit=1, frames=3)
    (asked,) = Judge.seen
    content = asked[-1].content
    assert [part.type for part in content] == ["text", "audio", "text", "image", "image", "image", "text"]
    assert content[1].audio.startswith("data:audio/wav;base64,UklGR")
    assert all(part.image.startswith("data:image/jpeg;base64,") for part in content[3:6])
    assert "base64,UklGR" not in log.model_dump_json()
    assert "base64,/9j/" not in log.model_dump_json()
    assert sample(log, "clip").metadata["modalities"] == "TAV"


def test_whole_videos_are_sent_where_that_is_wanted(run: Callable[..., EvalLog]) -> None:
    run(subset="conflict", limit=1, video_as="video")
    assert [part.type for part in Judge.seen[0][-1].content] == ["text", "audio", "text", "video", "text"]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({"subset": "single"}, 6),
        ({"subset": ["conflict", "missing"]}, 12),
        ({"subset": "conflict,single", "split": "train"}, 4),
        ({"limit": 3}, 3),
    ],
    ids=str,
)
def test_parts_can_be_asked(run: Callable[..., EvalLog], choice: dict[str, Any], count: int) -> None:
    log = run(**choice)
    assert len(log.samples or ()) == len(Judge.seen) == count


def test_limits_draw_the_same_samples_again(run: Callable[..., EvalLog]) -> None:
    def drawn(seed: int) -> set[str]:
        return {str(one.id) for one in run(limit=4, seed=seed).samples or ()}

    assert drawn(1) == drawn(1)
    assert len({frozenset(drawn(seed)) for seed in range(4)}) > 1


def test_a_broken_file_costs_its_samples_only(
    run: Callable[..., EvalLog], data: Path, media: tuple[Media, Media]
) -> None:
    whole = read_dataset(data)
    gone = replace(media[1], path=media[1].path.with_name("gone.mp4"), sha256="00" * 32)
    first = replace(whole.samples[0], media=(media[0], gone))
    write_dataset(data, whole.info, (first, *whole.samples[1:]))
    log = run()
    broken = sample(log, "clip0__TAV")
    assert broken.error is not None
    assert "gone.mp4" in broken.error.message
    assert not broken.scores
    assert log.results is not None
    assert log.results.scores[0].scored_samples == 11


def test_mistakes_are_one_line(data: Path) -> None:
    from affectlab.inspect_plugin import emomm

    with pytest.raises(BenchError, match=r"no subset 'aligned' in .*; it has conflict"):
        emomm(str(data), subset="aligned")
    with pytest.raises(InvalidConfig, match="setting 'split' is 'dev'"):
        emomm(str(data), split="dev")  # type: ignore[arg-type]
    with pytest.raises(InvalidConfig, match="setting 'frames' is 0"):
        emomm(str(data), frames=0)
    with pytest.raises(UnreadableFile, match="holds no data set"):
        emomm(str(data / "nothing"))


def test_the_plugin_loads_no_heavy_package() -> None:
    code = (
        "import inspect_ai, sys; before = set(sys.modules); import affectlab.inspect_plugin\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new & {'torch', 'transformers', 'av', 'polars', 'sklearn', 'matplotlib', 'openai'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Our models in Inspect


def test_our_models_get_the_files_themselves(
    run: Callable[..., EvalLog], local: list[Local], media: tuple[Media, Media]
) -> None:
    log = run("affectlab/local:m", {"frames": 2, "device": "cpu"}, subset="conflict", limit=1)
    (model,) = local
    assert (model.options.frames, model.options.device) == (2, "cpu")
    (((asked,), sampling),) = model.batches
    assert asked.parts[1] == Quote("words" + str(log.samples[0].id)[4])  # type: ignore[index]
    assert tuple(part for part in asked.parts if isinstance(part, Media)) == media
    assert sampling == Sampling()
    assert sample(log, "clip").output.usage.output_tokens == 3  # type: ignore[union-attr]


def test_requests_in_flight_share_batches(run: Callable[..., EvalLog], local: list[Local]) -> None:
    log = run("affectlab/local:m")
    sizes = [len(requests) for requests, _ in local[0].batches]
    assert sum(sizes) == 12
    assert max(sizes) == 4
    assert len(sizes) <= 6
    assert log.results is not None
    assert log.results.scores[0].metrics["accuracy"].value == pytest.approx(1 / 3)


def test_what_our_model_cannot_answer_is_an_error_of_its_sample(
    run: Callable[..., EvalLog], local: list[Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Request) -> Generation | Failure:
        return Failure("length", "too long") if "words1" in request.text else Generation("neutral", False)

    monkeypatch.setattr(Local, "answer", staticmethod(answer))
    log = run("affectlab/local:m", subset="conflict")
    broken = sample(log, "clip1__TAV")
    assert broken.error is not None
    assert "length: too long" in broken.error.message
    assert sample(log, "clip2__TAV").output.stop_reason == "max_tokens"
    assert log.results is not None
    assert log.results.scores[0].scored_samples == 5


@pytest.fixture
def provider(local: list[Local]) -> Iterator[Any]:
    model = get_model("affectlab/local:m", memoize=False)
    yield model
    model.api.close()


def test_batches_that_do_not_fit_are_cut(provider: Any, local: list[Local]) -> None:
    local[0].fits = 1

    async def ask() -> None:
        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(provider.generate, f"words{number}")

    anyio.run(ask)
    assert [len(requests) for requests, _ in local[0].batches] == [1] * 5


def test_unlike_sampling_shares_no_batch(provider: Any, local: list[Local]) -> None:
    local[0].open.clear()

    async def ask() -> None:
        async with anyio.create_task_group() as group:
            for number in range(4):
                config = GenerateConfig(max_tokens=10 + number % 2, temperature=0.5, seed=7)
                group.start_soon(lambda config=config: provider.generate("words", config=config))
            await anyio.sleep(0.2)
            local[0].open.set()

    anyio.run(ask)
    assert {sampling for _, sampling in local[0].batches} == {Sampling(10, 0.5, 7), Sampling(11, 0.5, 7)}
    assert sum(len(requests) for requests, _ in local[0].batches) == 4


def test_media_inside_messages_become_files_by_content(
    provider: Any, local: list[Local], media: tuple[Media, Media]
) -> None:
    sound = media[0].path.read_bytes()
    uri = "data:audio/wav;base64," + b64encode(sound).decode()
    content = [ContentText(text="Hear: "), ContentAudio(audio=uri, format="wav"), ContentText(text="?")]
    messages = [ChatMessageSystem(content="Be brief."), ChatMessageUser(content=content)]
    for _ in range(2):
        output = anyio.run(provider.generate, messages)
    assert output.completion == "positive"
    (first, _), (second, _) = local[0].batches
    assert first == second
    assert (first[0].system, first[0].parts[0], first[0].parts[2]) == ("Be brief.", "Hear: ", "?")
    kept = first[0].parts[1]
    assert (kept.kind, kept.sha256, kept.path.read_bytes()) == ("audio", media[0].sha256, sound)
    assert kept.path.name == f"{media[0].sha256}.wav"


def test_earlier_turns_reach_our_models(provider: Any, local: list[Local]) -> None:
    turns = [ChatMessageUser(content="a"), ChatMessageAssistant(content="b"), ChatMessageUser(content="c")]
    anyio.run(provider.generate, turns)
    ((asked, _),) = local[0].batches
    assert asked == [Request(("c",), "", (Turn("user", "a"), Turn("assistant", "b")))]


def test_what_our_models_cannot_do_is_said(provider: Any) -> None:
    turns = [ChatMessageUser(content="a"), ChatMessageAssistant(content="b")]
    with pytest.raises(InvalidData, match="end with the user's; got turns of: user, assistant"):
        anyio.run(provider.generate, turns)
    with pytest.raises(InvalidData, match="use no tools; got search"):
        anyio.run(lambda: provider.generate("a", [ToolInfo(name="search", description="finds")]))


def test_unknown_arguments_are_named() -> None:
    with pytest.raises(InvalidConfig, match="unknown setting 'frame'"):
        get_model("affectlab/local:m", memoize=False, frame=3)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
files = st.builds(
    Media, st.sampled_from(["image", "audio", "video"]), words.map(lambda name: Path("/data") / name), words
)
requests = st.builds(
    Request,
    st.lists(words | words.map(Quote) | files, min_size=1, max_size=6).map(tuple),
    words | st.just(""),
)


@given(requests)
def test_requests_survive_as_messages(request: Request) -> None:
    messages = [type(one).model_validate_json(one.model_dump_json()) for one in refer(request)]
    assert read_request(messages, Path("/nowhere")) == request


def test_media_elsewhere_are_refused(tmp_path: Path) -> None:
    message = ChatMessageUser(content=[ContentImage(image="https://example.org/a.png")])
    with pytest.raises(InvalidData, match="not inside the message"):
        read_request([message], tmp_path)


# Our logs in Inspect


def test_inspect_scores_our_logs_again_and_agrees(tmp_path: Path) -> None:
    answers = ["Negative.", "neutral", "positive", "I cannot say", "weak", "neutral"]
    truth = ["N", "N", "P", "P", "Neu", "Neu"]
    told = ["N", "Neu", "P", None, None, "Neu"]
    samples = [
        LoggedSample(
            f"s{n}",
            Request((f"words{n}",)),
            truth[n],
            told[n],
            answers[n],
            metadata={"source": n % 3, "subset": "a"},
        )
        for n in range(6)
    ]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    header = RunHeader(
        "emomm", "emomm", "1", Identity("hf:m", ""), "generate", LABELS, "data", "0" * 64, 6, now, now
    )
    write_eval_log(tmp_path / "log.eval", header, samples)
    ours = read_eval_log(str(tmp_path / "log.eval"))
    again = inspect_score(ours, label(words=LABELS), action="overwrite", display="none", model="none")
    assert again.results is not None
    assert again.results.scores[0].metrics["accuracy"].value == 0.5

    def judged(log: EvalLog) -> list[Any]:
        return [replace_history(one.scores["label"]) for one in log.samples or () if one.scores]

    assert judged(again) == judged(ours)


def replace_history(score: Any) -> Any:
    return score.model_copy(update={"history": []})


def sample(log: EvalLog, start: str) -> EvalSample:
    return next(one for one in log.samples or () if str(one.id).startswith(start))
