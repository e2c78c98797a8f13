"""Magenta RealTime and Lyria RealTime against stand-ins of their clients: what is asked and sent."""

import contextlib
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from affectlab.errors import AudioError
from affectlab.music.score import MusicControl
from affectlab.music.sounding.lyria import LyriaSource, open_lyria, settings_of
from affectlab.music.sounding.magenta import MagentaSource

CALM, LIVELY = MusicControl(0.4, -0.5, felt=(-0.123, 0.321)), MusicControl(0.9, 0.9, felt=(0.777, 0.0))
PCM = np.array([[16_384, -16_384], [0, 32_767]], dtype="<i2")


class Session:
    """Remembers what it is sent; streams PCM until it breaks."""

    def __init__(self, *, lasts=100, refuses=False) -> None:
        self.sent, self.lasts, self.refuses = [], lasts, refuses

    async def set_weighted_prompts(self, prompts):
        self.sent.append(("prompts", prompts))

    async def set_music_generation_config(self, config):
        self.sent.append(("config", config))

    async def play(self):
        self.sent.append(("play", None))

    async def reset_context(self):
        self.sent.append(("reset", None))

    async def receive(self):
        yield SimpleNamespace(server_content=None)
        for _ in range(self.lasts):
            if self.refuses:
                yield SimpleNamespace(filtered_prompt="no", server_content=None)
            chunk = SimpleNamespace(data=PCM.tobytes())
            yield SimpleNamespace(server_content=SimpleNamespace(audio_chunks=[chunk]))


class Client:
    """Hands out sessions one after another."""

    def __init__(self, *sessions) -> None:
        self.sessions, self.left = list(sessions), 0
        self.aio = SimpleNamespace(live=SimpleNamespace(music=self))

    @contextlib.asynccontextmanager
    async def connect(self, *, model):
        yield self.sessions.pop(0)
        self.left += 1


TYPES = SimpleNamespace(WeightedPrompt=lambda **given: given, LiveMusicGenerationConfig=lambda **given: given)


def test_lyria_is_sent_prompts_and_settings_only_when_they_change_and_nothing_that_is_felt() -> None:
    session = Session()
    client = Client(session)
    source = LyriaSource(client, TYPES)
    for control in (CALM, CALM, LIVELY):
        chunk = source.next_chunk(control)
    assert chunk.tolist() == [[0.5, -0.5], [0.0, pytest.approx(1, abs=1e-4)]]
    assert [kind for kind, _ in session.sent] == ["prompts", "config", "play", "prompts", "config", "reset"]
    prompts = [one for kind, sent in session.sent if kind == "prompts" for one in sent]
    assert all(one["weight"] > 0 for one in prompts)
    configs = [sent for kind, sent in session.sent if kind == "config"]
    assert configs[0].keys() == {"bpm", "density", "brightness"}
    assert configs[0]["bpm"] < configs[1]["bpm"]
    assert all(str(abs(number)) not in str(session.sent) for number in (0.123, 0.321, 0.777))
    source.close()
    assert client.left == 1


def test_lyria_connects_again_after_its_stream_ended() -> None:
    client = Client(Session(lasts=1), Session())
    source = LyriaSource(client, TYPES)
    source.next_chunk(CALM)
    with pytest.raises(AudioError, match="ended the stream"):
        source.next_chunk(CALM)
    assert len(source.next_chunk(CALM)) == 2
    source.close()
    assert client.left == 2


def test_a_refused_description_is_said() -> None:
    source = LyriaSource(Client(Session(refuses=True)), TYPES)
    with pytest.raises(AudioError, match="refuses a description: no"):
        source.next_chunk(CALM)
    source.close()


def test_small_changes_of_tempo_do_not_break_the_music() -> None:
    assert settings_of(MusicControl(0, 0, tempo_bpm=100), tempo=95)["bpm"] == 95
    assert settings_of(MusicControl(0, 0, tempo_bpm=120), tempo=95)["bpm"] == 120
    assert settings_of(MusicControl(-1, -1, tempo_bpm=45))["bpm"] == 60
    assert settings_of(MusicControl(1, 0))["brightness"] == 0.75


def test_lyria_without_package_or_key_is_one_line(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "google.genai", None)
    with pytest.raises(AudioError, match="pip install google-genai"):
        open_lyria()
    genai = ModuleType("google.genai")
    genai.types = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "google", SimpleNamespace(genai=genai))
    monkeypatch.setitem(sys.modules, "google.genai", genai)
    monkeypatch.setitem(sys.modules, "google.genai.types", genai.types)
    for key in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(AudioError, match="needs a key in GEMINI_API_KEY"):
        open_lyria()


def test_magenta_goes_on_from_its_state_in_a_blend_of_styles() -> None:
    styles, calls = {}, []

    def embed_style(words):
        styles[words] = np.eye(4, dtype=np.float32)[len(styles)]
        return styles[words]

    def generate(*, conditioning, frames, state):
        calls.append((conditioning["mulan_tokens_25hz"], state))
        return SimpleNamespace(samples=np.zeros((frames * 1920, 2))), len(calls)

    source = MagentaSource(SimpleNamespace(embed_style=embed_style, generate=generate))
    assert source.next_chunk(CALM).shape == (48_000, 2)
    source.next_chunk(LIVELY)
    assert [state for _, state in calls] == [None, 1]
    assert all(style.dtype == np.float32 and style.sum() == pytest.approx(1) for style, _ in calls)
    assert calls[1][0].max() > 0.9
