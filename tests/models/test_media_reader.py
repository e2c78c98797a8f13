import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_files import grey, media, write_clip, write_sound
from PIL import Image

from affectlab.errors import UnreadableFile
from affectlab.models import Media
from affectlab.models import media as media_module
from affectlab.models.media import MediaReader, read_video

KILOBYTE = 1024


def item(name: int | str) -> Media:
    return Media("image", Path("picture.png"), str(name))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pictures of one kilobyte without files; the names of those that were decoded."""
    names: list[str] = []

    def make(one: Media, longest_side: int | None = None) -> np.ndarray:
        names.append(one.sha256)
        return np.zeros(KILOBYTE, np.uint8)

    monkeypatch.setattr(media_module, "read_image", make)
    return names


def test_what_is_kept_is_not_decoded_again(decoded: list[str]) -> None:
    reader = MediaReader(4 * KILOBYTE)
    assert reader.image(item("a")) is reader.image(item("a"))
    assert decoded == ["a"]


def test_what_was_used_last_stays(decoded: list[str]) -> None:
    reader = MediaReader(2 * KILOBYTE)
    for name in "abac":
        reader.image(item(name))
    reader.image(item("a"))
    assert decoded == ["a", "b", "c"]
    reader.image(item("b"))
    assert decoded == ["a", "b", "c", "b"]


def test_an_item_over_the_budget_is_returned_and_others_stay(decoded: list[str], tmp_path: Path) -> None:
    reader = MediaReader(2 * KILOBYTE)
    reader.image(item("a"))
    clip = write_clip(tmp_path / "clip.mp4", [0, 0.04])
    assert reader.video(media(clip, "video"), 2).pictures.nbytes > 2 * KILOBYTE
    assert reader.held_bytes == KILOBYTE
    reader.image(item("a"))
    assert decoded == ["a"]


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(0, 6))
def test_held_bytes_never_exceed_the_budget(names: list[int], kilobytes: int) -> None:
    reader = MediaReader(kilobytes * KILOBYTE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(media_module, "read_image", lambda one, _: np.zeros(KILOBYTE, np.uint8))
        for name in names:
            reader.image(item(name))
            assert reader.held_bytes <= kilobytes * KILOBYTE
    assert reader.held_bytes == min(len(set(names)), kilobytes) * KILOBYTE


def test_memory_stays_flat_over_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_module, "read_image", lambda one, _: np.zeros(KILOBYTE, np.uint8))
    reader = MediaReader(100 * KILOBYTE)
    tracemalloc.start()
    try:
        for index in range(200):
            reader.image(item(index))
        before = tracemalloc.get_traced_memory()[0]
        for index in range(16_000):
            reader.image(item(f"later {index}"))
        assert tracemalloc.get_traced_memory()[0] - before < 50 * KILOBYTE
    finally:
        tracemalloc.stop()


def test_threads_that_ask_for_the_same_share_one_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go, calls = threading.Event(), threading.Event(), []

    def slow(one: Media, longest_side: int | None = None) -> np.ndarray:
        calls.append(one.sha256)
        started.set()
        assert go.wait(10)
        return np.zeros(KILOBYTE, np.uint8)

    monkeypatch.setattr(media_module, "read_image", slow)
    reader = MediaReader(0)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(reader.image, item("a"))
        assert started.wait(10)
        others = [pool.submit(reader.image, item("a")) for _ in range(3)]
        time.sleep(0.1)
        go.set()
        results = [one.result(10) for one in (first, *others)]
    assert calls == ["a"]
    assert all(one is results[0] for one in results)


def test_different_items_are_decoded_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)

    def meet(one: Media, longest_side: int | None = None) -> np.ndarray:
        both.wait(10)
        return np.zeros(1, np.uint8)

    monkeypatch.setattr(media_module, "read_image", meet)
    reader = MediaReader(KILOBYTE)
    with ThreadPoolExecutor(2) as pool:
        assert len([one.result(20) for one in [pool.submit(reader.image, item(name)) for name in "ab"]]) == 2


def test_a_fault_reaches_all_who_wait_and_is_not_remembered(tmp_path: Path) -> None:
    reader = MediaReader(1 << 20)
    picture = media(tmp_path / "late.png", "image")
    with pytest.raises(UnreadableFile, match=r"late\.png"):
        reader.image(picture)
    Image.fromarray(grey(7)).save(picture.path)
    assert reader.image(picture).mean() == 7


def test_parameters_and_kinds_are_kept_apart(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [index / 25 for index in range(10)], sound_seconds=0.4)
    video, audio = media(clip, "video"), media(clip, "audio")
    reader = MediaReader(1 << 24)
    assert len(reader.video(video, 2).pictures) == 2
    assert len(reader.video(video, 3).pictures) == 3
    assert reader.video(video, 2, 32).pictures.shape == (2, 24, 32, 3)
    assert reader.audio(audio).size == pytest.approx(2 * reader.audio(audio, 8000).size, rel=0.01)
    np.testing.assert_array_equal(reader.video(video, 3).pictures, read_video(video, 3).pictures)


def test_shared_arrays_cannot_be_changed(tmp_path: Path) -> None:
    reader = MediaReader(1 << 24)
    sound = reader.audio(media(write_sound(tmp_path / "s.wav", np.zeros((1, 1600)), 16000), "audio"))
    video = reader.video(media(write_clip(tmp_path / "clip.mp4", [0, 0.04]), "video"), 1)
    for array in (sound, video.pictures, video.times):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 1
