"""Models behind Inspect's own providers: hosted protocol, local weights, and what they raise."""

from __future__ import annotations

import io
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from chat_server import Handler, Server, dribbles, pixels, refuses, says, serving, write_clip
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    modelapi,
)
from inspect_ai.model._providers.mockllm import MockLLM

from affectlab.errors import ModelError, ModelUnavailable, UnknownModel, UnreadableFile
from affectlab.models import Failure, Generation, Media, ModelOptions, Quote, Request, Sampling, load_model
from affectlab.models._inlined import silent_mp4
from affectlab.models.inspect import InspectModel, read_output
from affectlab.models.media import media_of

# Inspect calls a library of its own in a way that the library now calls old.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")


class Attentive(ModelAPI):
    """Keeps what it is asked and answers or raises what it is told."""

    seen: list[tuple[list[Any], GenerateConfig]] = []  # noqa: RUF012
    reply: Any = "positive"

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:  # noqa: A002
        self.seen.append((input, config))
        if isinstance(self.reply, Exception):
            raise self.reply
        return ModelOutput.from_content("attentive", self.reply)


@modelapi(name="attentive")
def attentive() -> type[ModelAPI]:
    return Attentive


@pytest.fixture
def model() -> Iterator[InspectModel]:
    Attentive.seen, Attentive.reply = [], "positive"
    found = InspectModel("attentive/m", ModelOptions(lanes=3, retry_minutes=0, frames=4))
    yield found
    found.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


def one(model: InspectModel, *parts: Any, **changes: Any) -> Generation | Failure:
    (answer,) = model.generate([Request(parts or ("Hello?",), **changes)], Sampling())
    return answer


# What a provider is asked


def test_words_system_and_sampling_arrive(model: InspectModel) -> None:
    asked = Request(("Judge: ", Quote("好"), "!"), "Be brief.")
    assert model.generate([asked], Sampling(7, 0.5, 3)) == [Generation("positive")]
    (system, user), config = Attentive.seen[0]
    assert (system.text, user.content) == ("Be brief.", "Judge: 好!")
    assert (config.max_tokens, config.temperature, config.seed) == (7, 0.5, 3)


def test_media_arrive_in_order_as_pictures_and_sound(model: InspectModel, clip: Path) -> None:
    one(model, "Voice: ", media_of(clip, "audio"), "Face: ", media_of(clip, "video"), "Which?")
    content = Attentive.seen[0][0][0].content
    assert [part.type for part in content] == ["text", "audio", "text", *["image"] * 4, "text"]
    assert content[1].audio.startswith("data:audio/wav;base64,UklGR")
    assert all(part.image.startswith("data:image/jpeg;base64,") for part in content[3:7])


def test_whole_videos_arrive_without_their_sound(clip: Path) -> None:
    Attentive.seen, Attentive.reply = [], "positive"
    model = InspectModel("attentive/m", ModelOptions(video_as="video"))
    one(model, media_of(clip, "video"))
    model.close()
    (part,) = Attentive.seen[0][0][0].content
    head, _, content = part.video.partition(",")
    assert (head, part.format) == ("data:video/mp4;base64", "mp4")
    with av.open(io.BytesIO(b64decode(content))) as sent, av.open(clip) as kept:
        assert (len(sent.streams.video), len(sent.streams.audio)) == (1, 0)
        same = zip(sent.decode(video=0), kept.decode(video=0), strict=True)
        assert all((new.to_ndarray() == old.to_ndarray()).all() for new, old in same)


def test_a_video_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises(UnreadableFile, match=r"empty\.mp4 is empty"):
        silent_mp4(tmp_path / "empty.mp4")


def test_a_broken_file_is_never_sent(model: InspectModel, tmp_path: Path) -> None:
    answer = one(model, Media("image", tmp_path / "gone.png", "00"))
    assert isinstance(answer, Failure)
    assert (answer.kind, Attentive.seen) == ("media", [])


# What comes back


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_words_are_a_failure(model: InspectModel, text: str) -> None:
    Attentive.reply = text
    answer = one(model)
    assert isinstance(answer, Failure)
    assert answer.kind == "empty"


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("stop", Generation("Well")),
        ("max_tokens", Generation("Well", complete=False)),
        ("content_filter", "endpoint"),
        ("model_length", "length"),
    ],
)
def test_how_an_answer_ended_is_told(ending: Any, found: Generation | str) -> None:
    message = ChatMessageAssistant(content="Well")
    output = ModelOutput(model="m", choices=[ChatCompletionChoice(message=message, stop_reason=ending)])
    answer = read_output(output)
    assert (answer.kind if isinstance(answer, Failure) else answer) == found


def test_an_output_without_choices_is_empty() -> None:
    answer = read_output(ModelOutput(model="m"))
    assert isinstance(answer, Failure)
    assert answer.kind == "empty"


def test_what_a_provider_cannot_show_is_a_matter_of_modality(model: InspectModel, clip: Path) -> None:
    Attentive.reply = NotImplementedError("audio input is not supported")
    answer = one(model, media_of(clip, "audio"))
    assert answer == Failure("modality", "the server takes no audio: audio input is not supported")


def test_what_nobody_expected_may_pass_another_time(model: InspectModel) -> None:
    Attentive.reply = RuntimeError("line\nbroken")
    assert one(model) == Failure("endpoint", "RuntimeError: line broken", transient=True)


def test_mockllm_answers_as_inspect_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def counted(self: MockLLM, messages: Any) -> int:
        return len(messages)

    # It counts tokens with a vocabulary that it would download.
    monkeypatch.setattr(MockLLM, "count_tokens", counted)
    model = load_model("inspect:mockllm/model")
    (answer,) = model.generate([Request(("a",))], Sampling())
    model.close()
    model.close()
    assert isinstance(answer, Generation)
    assert answer.text == MockLLM.default_output


# A hosted protocol over real HTTP


@pytest.fixture
def hosted(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[InspectModel]:
    monkeypatch.setenv("LAB_API_KEY", "lab-key-0123456789")
    options = ModelOptions(base_url=server.url, retry_minutes=0, lanes=2, frames=2)
    model = InspectModel("openai-api/lab/m", options, attempt_seconds=5)
    yield model
    model.close()


def test_a_server_is_asked_through_inspects_provider(
    hosted: InspectModel, server: Server, clip: Path
) -> None:
    assert one(hosted, "Face: ", media_of(clip, "video"), "?") == Generation("positive", tokens=2)
    _, body, headers, _ = server.seen[0]
    assert (body["model"], headers["authorization"]) == ("m", "Bearer lab-key-0123456789")
    parts = body["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url", "image_url", "text"]
    assert pixels(parts[1]).mean() < pixels(parts[2]).mean()


def test_an_answer_that_was_cut_says_so(hosted: InspectModel, server: Server) -> None:
    server.replies = [says("Well, I", "length", 32)]
    assert one(hosted) == Generation("Well, I", complete=False, tokens=32)


def test_a_refused_request_leaves_its_neighbours(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_API_KEY", "lab-key-0123456789")
    server.replies = [says("positive"), refuses(400, "bad words"), says("negative")]
    model = InspectModel("openai-api/lab/m", ModelOptions(base_url=server.url, lanes=1, retry_minutes=0))
    answers = model.generate([Request((word,)) for word in "abc"], Sampling())
    model.close()
    assert [type(answer) for answer in answers] == [Generation, Failure, Generation]


def test_a_wrong_key_concerns_every_request(hosted: InspectModel, server: Server) -> None:
    server.replies = [refuses(401, "Incorrect API key provided: lab-key-0123456789")]
    with pytest.raises(ModelError, match=r"refuses the key \(401\)") as caught:
        one(hosted)
    assert "lab-key" not in str(caught.value)


def test_patience_ends(hosted: InspectModel, server: Server) -> None:
    server.replies = [refuses(503, "loading")]
    with pytest.raises(ModelUnavailable, match=r"no answer for 0 minutes .*run again later"):
        one(hosted)


def test_answers_without_end_are_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_API_KEY", "lab-key-0123456789")
    server.replies = [dribbles]
    options = ModelOptions(base_url=server.url, retry_minutes=0)
    model = InspectModel("openai-api/lab/m", options, attempt_seconds=1)
    started = time.monotonic()
    answer = one(model)
    model.close()
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.transient) == ("endless", True)
    assert time.monotonic() - started < 5


def test_lanes_are_the_requests_under_way_at_once(hosted: InspectModel, server: Server) -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    # However slow the machine: nobody is answered before somebody else has asked too.
    two = threading.Barrier(2, timeout=20)

    def counting(handler: Handler) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        two.wait()
        with lock:
            under_way -= 1
        says("positive")(handler)

    server.replies = [counting]
    assert len(hosted.generate([Request((str(n),)) for n in range(8)], Sampling())) == 8
    assert most == 2


# Weights of this machine


def test_a_local_model_answers_and_takes_no_media(tmp_path: Path, clip: Path) -> None:
    from tiny_models import TEXT_TEMPLATE, tiny_text

    folder = tiny_text(tmp_path, template=TEXT_TEMPLATE)
    model = load_model(f"inspect:hf/{folder}", ModelOptions(frames=1))
    asked = [Request(("Hello?",)), Request(("Hello?",)), Request((media_of(clip, "video"),))]
    said, again, seen = model.generate(asked, Sampling(4))
    with pytest.raises(ModelError, match=r"greedy only; expected temperature 0, got 0\.7"):
        model.generate(asked, Sampling(temperature=0.7))
    model.close()
    assert isinstance(said, Generation)
    assert 1 <= said.tokens <= 4
    assert said == again
    assert isinstance(seen, Failure)
    assert seen.kind == "modality"


# Loading


@pytest.mark.parametrize("name", ["nowhere/m", "m"])
def test_unknown_providers_are_named(name: str) -> None:
    with pytest.raises(UnknownModel, match=f"inspect:{name}: .*expected PROVIDER/NAME"):
        load_model(f"inspect:{name}")


def test_a_missing_key_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "AZUREAI_OPENAI_API_KEY", "LAB_API_KEY", "LAB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        load_model("inspect:openai/gpt-4o")
    assert "\n" not in str(caught.value)
    assert "[" not in str(caught.value)


def test_identity_holds_what_decides_answers() -> None:
    def identity(name: str = "attentive/m", **options: Any) -> Any:
        model = load_model(f"inspect:{name}", ModelOptions(**options))
        model.close()
        return model.identity

    assert identity() == identity(lanes=2, retry_minutes=1)
    assert len({str(identity(**change)) for change in ({}, {"frames": 2}, {"video_as": "video"})}) == 3
    assert identity().name == "inspect:attentive/m"
    assert identity(video_as="video", frames=2) == identity(video_as="video", frames=3)


def test_scores_are_refused_with_the_way_out(model: InspectModel) -> None:
    assert not model.can.logits
    with pytest.raises(ModelError, match="--mode generate"):
        model.score([Request(("a",))], ["b"])
