"""Chat servers: what is sent, what comes back, and what happens when they misbehave."""

from __future__ import annotations

import io
import json
import logging
import socket
import threading
import time
import wave
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_server import (
    Handler,
    Reply,
    Server,
    dribbles,
    floods,
    hangs_up,
    pixels,
    refuses,
    says,
    serving,
    write_clip,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affectlab.errors import InvalidConfig, ModelError, ModelUnavailable, UnknownModel
from affectlab.models import Failure, Generation, Media, ModelOptions, Quote, Request, Sampling, load_model
from affectlab.models._chat_client import read_completion
from affectlab.models._inlined import wav
from affectlab.models._patience import Patience, retry_after
from affectlab.models.media import media_of
from affectlab.models.openai import OpenAIModel, server_address

SECRET = "sk-very-secret-0123456789"

names = st.sampled_from(["choices", "message", "content", "finish_reason", "usage", "completion_tokens"])
json_values = st.recursive(
    st.none() | st.integers(0, 9) | st.just(" "),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def ask(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Ask one request of a fresh model and return its one answer."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    models: list[OpenAIModel] = []

    def ask(*parts: Any, system: str = "", sampling: Sampling | None = None, **options: Any) -> Any:
        seconds = options.pop("request_seconds", 20)
        settings = ModelOptions(base_url=server.url, **{"retry_minutes": 0.1, **options})
        models.append(OpenAIModel("m", settings, request_seconds=seconds))
        (answer,) = models[-1].generate([Request(parts or ("Hello?",), system)], sampling or Sampling())
        return answer

    yield ask
    for model in models:
        model.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


# What is sent


def test_words_alone_are_one_string(server: Server, ask: Callable[..., Any]) -> None:
    answer = ask("Judge: ", Quote("好"), "!", system="Be brief.", sampling=Sampling(7))
    assert answer == Generation("positive", complete=True, tokens=2)
    path, body, headers, _ = server.seen[0]
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Judge: 好!"}],
        "max_tokens": 7,
        "temperature": 0.0,
    }
    assert headers["authorization"] == f"Bearer {SECRET}"


def test_a_seed_is_sent_where_it_counts(server: Server, ask: Callable[..., Any]) -> None:
    ask(sampling=Sampling(temperature=0.5, seed=11))
    assert server.seen[0][1]["seed"] == 11


def test_media_are_sent_in_order_as_they_are(server: Server, ask: Callable[..., Any], clip: Path) -> None:
    ask("Voice: ", media_of(clip, "audio"), "\nFace: ", media_of(clip, "video"), "\nWhich?", frames=4)
    parts = server.seen[0][1]["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["text", "input_audio", "text", *["image_url"] * 4, "text"]
    brightness = [pixels(part).mean() for part in parts[3:7]]
    assert brightness == sorted(brightness)
    assert brightness[-1] - brightness[0] > 100
    assert pixels(parts[3]).shape == (32, 64, 3)
    with wave.open(io.BytesIO(b64decode(parts[1]["input_audio"]["data"]))) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        assert sound.getnframes() == pytest.approx(16000, rel=0.1)


def test_pictures_are_shrunk_before_they_are_sent(
    server: Server, ask: Callable[..., Any], tmp_path: Path
) -> None:
    Image.new("RGB", (400, 200), (200, 30, 30)).save(tmp_path / "red.png")
    ask(media_of(tmp_path / "red.png", "image"), longest_side=100)
    (part,) = server.seen[0][1]["messages"][0]["content"]
    assert pixels(part).shape == (50, 100, 3)
    np.testing.assert_allclose(pixels(part).mean((0, 1)), (200, 30, 30), atol=4)


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=50))
def test_sound_survives_its_encoding_and_loud_parts_are_cut(samples: list[float]) -> None:
    with wave.open(io.BytesIO(wav(np.array(samples, np.float32), 8000))) as file:
        levels = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    np.testing.assert_allclose(levels / 32767, np.clip(samples, -1, 1), atol=1 / 32767)


# What comes back


def test_an_answer_that_was_cut_says_so(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [says("Well, I think", "length", 32)]
    assert ask() == Generation("Well, I think", complete=False, tokens=32)


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_no_words_are_a_failure(server: Server, ask: Callable[..., Any], text: str | None) -> None:
    server.replies = [says(text)]
    assert ask() == Failure("empty", "the server sent an answer without words")


def test_tokens_spent_before_the_answer_are_named(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [says("", "length", 32)]
    assert ask().kind == "empty"
    assert "within 32 tokens" in ask().message


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}", b'{"choices": []}', b"null", b"\xff\xfe"])
def test_what_is_no_chat_completion_is_shown(content: bytes) -> None:
    found = read_completion(content)
    assert isinstance(found, Failure)
    assert (found.kind, found.message[:18]) == ("endpoint", "no chat completion")


@given(st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_content_breaks_the_reader(content: bytes) -> None:
    assert isinstance(read_completion(content), Failure)


def test_a_filtered_answer_is_a_failure(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [says("", "content_filter")]
    assert "content filter" in ask().message


# Refusals of one request


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "At most 0 audio(s) may be provided in one prompt."),
        (500, "audio input is not supported - hint: you may need to provide the mmproj"),
        (422, "Input should be a valid string: multimodal content type input_audio"),
    ],
)
def test_a_server_without_ears_says_so(
    server: Server, ask: Callable[..., Any], clip: Path, status: int, message: str
) -> None:
    server.replies = [refuses(status, message)]
    answer = ask(media_of(clip, "audio"))
    assert (answer.kind, answer.transient) == ("modality", False)
    assert answer.message == f"the server takes no audio: {message}"
    assert len(server.seen) == 1


def test_the_name_of_a_model_is_not_a_kind_of_media(
    server: Server, ask: Callable[..., Any], clip: Path
) -> None:
    server.replies = [refuses(404, "The model `qwen-vision` does not exist")]
    with pytest.raises(UnknownModel, match="qwen-vision"):
        ask(media_of(clip, "video"))
    server.replies = [refuses(404, "No endpoints found that support image input")]
    assert ask(media_of(clip, "video")).kind == "modality"


def test_media_are_not_blamed_where_none_were_sent(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [refuses(400, "the word image is not supported here")]
    assert ask() == Failure("endpoint", "refused with 400: the word image is not supported here")


def test_a_prompt_beyond_the_context_is_a_matter_of_length(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [refuses(400, "maximum context length is 100 tokens", code="context_length_exceeded")]
    assert ask().kind == "length"


def test_a_broken_file_is_never_sent(server: Server, ask: Callable[..., Any], tmp_path: Path) -> None:
    answer = ask(Media("image", tmp_path / "gone.png", "00"))
    assert answer.kind == "media"
    assert "gone.png" in answer.message
    assert server.seen == []


def test_one_failure_leaves_its_neighbours(server: Server, clip: Path) -> None:
    server.replies = [says("positive"), refuses(400, "bad words"), says("negative")]
    model = OpenAIModel("m", ModelOptions(base_url=server.url, lanes=1))
    answers = model.generate([Request((word,)) for word in "abc"], Sampling())
    model.close()
    assert [type(answer) for answer in answers] == [Generation, Failure, Generation]
    assert [body["messages"][0]["content"] for _, body, _, _ in server.seen] == list("abc")


def test_the_newer_name_of_the_token_limit_is_learnt(server: Server) -> None:
    told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    server.replies = [refuses(400, told, param="max_tokens"), says("positive")]
    model = OpenAIModel("m", ModelOptions(base_url=server.url))
    for _ in range(2):
        assert model.generate([Request(("a",))], Sampling(9))[0] == Generation("positive", tokens=2)
    model.close()
    fields = [{name for name in body if name.startswith("max")} for _, body, _, _ in server.seen]
    assert fields == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]


# Trouble that passes, and trouble that does not


@pytest.mark.parametrize(
    "trouble", [refuses(500), refuses(503), refuses(429), hangs_up], ids=["500", "503", "429", "hangs up"]
)
def test_passing_trouble_is_waited_out(server: Server, ask: Callable[..., Any], trouble: Reply) -> None:
    server.replies = [trouble, trouble, says("positive")]
    assert ask() == Generation("positive", tokens=2)
    assert len(server.seen) == 3


@pytest.mark.parametrize("header", [{"retry-after": "1"}, {"retry-after-ms": "1000"}], ids=str)
def test_the_server_says_when_to_come_back(
    server: Server, ask: Callable[..., Any], header: dict[str, str]
) -> None:
    server.replies = [refuses(429, "slow down", header), says("positive")]
    ask()
    first, second = (moment for *_, moment in server.seen)
    assert 1 <= second - first < 3


def test_patience_ends(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [refuses(503, "loading")]
    with pytest.raises(ModelUnavailable, match=r"openai:m: no answer .* for 0.02 minutes \(503 loading\)"):
        ask(retry_minutes=0.02)
    assert len(server.seen) >= 2


def test_waiting_longer_than_patience_is_not_begun(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [refuses(429, "tomorrow", {"retry-after": "86400"})]
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="tomorrow"):
        ask(retry_minutes=5)
    assert time.monotonic() - started < 60, "a day was asked for, five minutes are allowed"


def test_no_server_at_all_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        model = OpenAIModel("m", ModelOptions(base_url=url, retry_minutes=0))
        with pytest.raises(ModelUnavailable, match="answers so far are kept, run again later"):
            model.generate([Request(("a",))], Sampling())
        model.close()


@pytest.mark.parametrize(
    ("reply", "error", "told"),
    [
        (refuses(401, f"Incorrect API key provided: {SECRET}"), ModelError, r"refuses the key \(401\)"),
        (refuses(404, "The model `m` does not exist"), UnknownModel, "does not exist"),
        (refuses(429, "quota", code="insufficient_quota"), ModelUnavailable, "quota"),
        (refuses(400, "only 1 is allowed", param="temperature"), ModelError, "refuses 'temperature'"),
    ],
)
def test_what_concerns_every_request_is_an_error(
    server: Server, ask: Callable[..., Any], reply: Reply, error: type[ModelError], told: str
) -> None:
    server.replies = [reply]
    with pytest.raises(error, match=told):
        ask()
    assert len(server.seen) == 1


def test_the_key_is_in_no_message(
    server: Server, ask: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [refuses(400, f"echo {SECRET}")]
    assert ask().message == "refused with 400: echo ***"
    server.replies = [refuses(401, f"Incorrect API key provided: {SECRET}")]
    with pytest.raises(ModelError) as caught:
        ask()
    assert SECRET not in str(caught.value)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("endless", [dribbles, floods])
def test_answers_without_end_are_ended(server: Server, ask: Callable[..., Any], endless: Reply) -> None:
    server.replies = [endless]
    started = time.monotonic()
    assert ask(request_seconds=1).kind == "endless"
    assert time.monotonic() - started < 30


def test_a_slow_answer_may_come_in_time_another_day(server: Server, ask: Callable[..., Any]) -> None:
    server.replies = [dribbles]
    answer = ask(request_seconds=0.3)
    assert answer.transient
    assert "no whole answer after 0.3 s" in answer.message


def test_lanes_are_the_requests_under_way_at_once(server: Server) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def counting(handler: Handler) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        says("positive")(handler)

    server.replies = [counting]
    model = OpenAIModel("m", ModelOptions(base_url=server.url, lanes=3))
    assert len(model.generate([Request((str(n),)) for n in range(12)], Sampling())) == 12
    model.close()
    assert (model.lanes, model.batch_size, most) == (3, 1, 3)


# Waiting times


class Highest:
    """Jitter at its upper end."""

    def uniform(self, low: float, high: float) -> float:
        return high


def test_waits_double_up_to_a_minute() -> None:
    patience = Patience(10_000, Highest())
    assert [patience.wait(None) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


# Loading


def test_hosted_servers_need_a_key_and_local_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ModelError, match=r"no key for https://api\.openai\.com/v1; set .* OPENAI_API_KEY"):
        load_model("openai:gpt-4o")
    for url in ("http://localhost:8000/v1", "http://192.168.1.7:11434/v1", "http://gpu-box/v1"):
        load_model("openai:m", ModelOptions(base_url=url)).close()


def test_the_key_comes_from_the_variable_that_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", "lab-key")
    model = load_model("openai:m", ModelOptions(base_url=server.url, api_key_variable="LAB_KEY"))
    model.generate([Request(("a",))], Sampling())
    model.close()
    assert server.seen[0][2]["authorization"] == "Bearer lab-key"


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gpu-box:8000/v1/")
    assert server_address(None) == "http://gpu-box:8000/v1"
    assert server_address("http://other/v1") == "http://other/v1"


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", "http://me:secret@host/v1"])
def test_what_is_no_address_is_named(url: str) -> None:
    with pytest.raises(InvalidConfig, match="is no address; expected one like") as caught:
        server_address(url)
    assert "secret" not in str(caught.value)


def test_video_as_video_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="video_as 'video' is not for openai models"):
        load_model("openai:m", ModelOptions(base_url="http://localhost/v1", video_as="video"))


def test_identity_holds_what_decides_answers_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    def identity(**options: Any) -> Any:
        model = load_model("openai:m", ModelOptions(base_url="http://localhost/v1", **options))
        model.close()
        return model.identity

    assert identity() == identity(lanes=3, retry_minutes=1)
    assert identity() != identity(frames=4)
    assert identity().name == "openai:m"
    assert SECRET not in str(identity())


def test_scores_are_refused_with_the_way_out() -> None:
    model = load_model("openai:m", ModelOptions(base_url="http://localhost/v1"))
    assert not model.can.logits
    with pytest.raises(ModelError, match="--mode generate"):
        model.score([Request(("a",))], ["b"])
    model.close()


@pytest.mark.llm
def test_llama_server_answers_and_refuses(clip: Path) -> None:
    xllamacpp = pytest.importorskip("xllamacpp")
    weights = Path.home() / ".cache/affectlab/models/qwen2.5-coder-0.5b-instruct-q4.gguf"
    if not weights.is_file():
        pytest.skip(f"no weights at {weights}")
    settings = xllamacpp.CommonParams()
    settings.model.path, settings.n_ctx, settings.port = str(weights), 512, 0
    settings.cpuparams.n_threads = 2
    llama = xllamacpp.Server(settings)
    model = load_model("openai:qwen", ModelOptions(base_url=f"{llama.listening_address}/v1", lanes=1))
    asked = [Request(("Count to fifty.",)), Request((media_of(clip, "audio"),)), Request(("word " * 1000,))]
    counted, heard, long = model.generate(asked, Sampling(8))
    model.close()
    assert isinstance(counted, Generation)
    assert (counted.complete, counted.tokens) == (False, 8)
    assert (heard.kind, long.kind) == ("modality", "length")
