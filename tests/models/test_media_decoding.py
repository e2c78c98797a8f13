import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_files import LEVEL_STEP, grey, media, write_clip, write_sound
from PIL import Image

from affectlab.errors import UnreadableFile
from affectlab.models import Media
from affectlab.models._decoding import _nearest
from affectlab.models.media import media_of, read_audio, read_image, read_video

EVEN = [index / 25 for index in range(50)]
FORMATS = [(".mp4", "mpeg4"), (".mp4", "libx264"), (".mkv", "mpeg4"), (".flv", "flv")]


def positions(pictures: np.ndarray) -> np.ndarray:
    """Which picture of the clip each one is, read off its grey level."""
    return np.round(pictures.mean(axis=(1, 2, 3)) / LEVEL_STEP).astype(int)


@pytest.mark.parametrize(("suffix", "codec"), FORMATS)
def test_pictures_come_from_the_middles_of_equal_parts(tmp_path: Path, suffix: str, codec: str) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", EVEN, codec=codec)
    video = read_video(media(clip, "video"), frames=5)
    np.testing.assert_allclose(video.times, [0.2, 0.6, 1.0, 1.4, 1.8], atol=0.021)
    np.testing.assert_array_equal(positions(video.pictures), np.round(video.times * 25))
    assert video.duration == pytest.approx(2.0, abs=0.05)
    assert video.pictures.shape == (5, 48, 64, 3)
    assert video.pictures.dtype == np.uint8


@pytest.mark.parametrize(("suffix", "codec"), FORMATS)
def test_a_clip_shorter_than_the_number_of_pictures_repeats_them(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", [0.0, 0.5], codec=codec, pictures=[grey(20), grey(220)])
    video = read_video(media(clip, "video"), frames=6)
    bright = video.pictures.mean(axis=(1, 2, 3)) > 120
    assert (np.diff(bright.astype(int)) >= 0).all()
    assert set(bright) == {False, True}
    assert set(video.times) == {0.0, 0.5}


def test_a_single_picture_fills_all_places(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", [0.0], pictures=[grey(100)])
    video = read_video(media(clip, "video"), frames=3)
    assert len(video.pictures) == 3
    assert np.ptp(video.pictures.mean(axis=(1, 2, 3))) == 0


def test_uneven_frame_rates_are_taken_by_time_not_by_number(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 2.0, 3.5]
    clip = write_clip(tmp_path / "clip.mkv", times)
    video = read_video(media(clip, "video"), frames=4)
    # The last picture stands for 40 ms, so the middles are 0.44, 1.33, 2.21 and 3.10 s.
    assert video.duration == pytest.approx(3.54)
    np.testing.assert_allclose(video.times, [0.4, 2.0, 2.0, 3.5], atol=1e-6)
    np.testing.assert_array_equal(positions(video.pictures), [4, 6, 6, 7])


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=20, unique=True).map(sorted),
    st.lists(st.integers(-50, 600), min_size=1, max_size=12).map(sorted),
)
def test_the_nearest_frame_is_the_nearest(times: list[int], middles: list[int]) -> None:
    class Frame:
        dts = None
        time_base = 1

        def __init__(self, pts: int) -> None:
            self.pts = pts

    chosen = list(_nearest(map(Frame, times), np.array(middles, dtype=float), 0.0))
    assert len(chosen) == len(middles)
    for middle, (time, frame) in zip(middles, chosen, strict=True):
        assert time == frame.pts
        assert abs(time - middle) == min(abs(one - middle) for one in times)


@pytest.mark.parametrize("declared", [0.0, 0.4, 99.0])
def test_a_wrong_length_in_an_flv_header_does_not_matter(tmp_path: Path, declared: float) -> None:
    clip = write_clip(tmp_path / "clip.flv", EVEN, codec="flv", sound_seconds=2)
    honest = read_video(media(clip, "video"))
    content = clip.read_bytes()
    at = content.index(b"duration\x00") + len(b"duration\x00")
    clip.write_bytes(content[:at] + struct.pack(">d", declared) + content[at + 8 :])
    video = read_video(media(clip, "video"))
    np.testing.assert_array_equal(video.times, honest.times)
    np.testing.assert_array_equal(video.pictures, honest.pictures)
    assert read_audio(media(clip, "audio")).size / 16000 == pytest.approx(2.0, abs=0.15)


def test_pictures_keep_their_colours(tmp_path: Path) -> None:
    colours = np.array([[200, 40, 40], [40, 180, 60], [50, 60, 200], [230, 230, 60]], np.uint8)
    shown = [np.broadcast_to(colour, (48, 64, 3)).copy() for colour in colours]
    clip = write_clip(tmp_path / "clip.mp4", [0, 0.5, 1, 1.5], codec="libx264", pictures=shown)
    video = read_video(media(clip, "video"), frames=4)
    np.testing.assert_allclose(video.pictures.mean(axis=(1, 2)), colours, atol=6)


@pytest.mark.parametrize(
    ("rotation", "bright"),
    [(90, "top"), (-90, "bottom"), (180, "left")],
)
def test_pictures_stand_upright(tmp_path: Path, rotation: int, bright: str) -> None:
    picture = np.concatenate([grey(10, 32), grey(240, 32)], axis=1)
    clip = write_clip(tmp_path / "clip.mp4", [0.0, 0.04], pictures=[picture] * 2, rotation=rotation)
    seen = read_video(media(clip, "video"), frames=1).pictures[0].mean(axis=-1)
    assert seen.shape == ((48, 64) if rotation == 180 else (64, 48))
    halves = {"top": seen[:20], "bottom": seen[-20:], "left": seen[:, :20], "right": seen[:, -20:]}
    assert max(halves, key=lambda side: halves[side].mean()) == bright


@pytest.mark.parametrize(("longest", "shape"), [(None, (48, 64)), (32, (24, 32)), (640, (48, 64))])
def test_pictures_shrink_but_never_grow(tmp_path: Path, longest: int | None, shape: tuple[int, int]) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [0, 0.04, 0.08])
    assert read_video(media(clip, "video"), 2, longest).pictures.shape[1:3] == shape
    Image.fromarray(grey(9)).save(tmp_path / "picture.png")
    assert read_image(media(tmp_path / "picture.png", "image"), longest).shape[:2] == shape


@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_sound_keeps_its_pitch_and_length_at_another_rate(tmp_path: Path, suffix: str, rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    sound = read_audio(media(write_sound(tmp_path / f"tone{suffix}", tone[None], rate), "audio"))
    spectrum = np.abs(np.fft.rfft(sound))
    assert sound.dtype == np.float32
    assert sound.size / 16000 == pytest.approx(1.0, abs=0.08)
    assert spectrum.argmax() * 16000 / sound.size == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(sound[4000:12000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_channels_become_their_mean(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 300 * np.arange(16000) / 16000)
    one_sided = write_sound(tmp_path / "left.wav", np.stack([tone, 0 * tone]), 16000)
    opposed = write_sound(tmp_path / "opposed.wav", np.stack([tone, -tone]), 16000)
    np.testing.assert_allclose(read_audio(media(one_sided, "audio")), tone / 2, atol=1e-4)
    assert np.abs(read_audio(media(opposed, "audio"))).max() < 1e-4


def test_sound_is_taken_from_a_clip_with_pictures(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", EVEN, sound_seconds=2)
    assert read_audio(media(clip, "audio")).size / 16000 == pytest.approx(2.0, abs=0.1)


def test_images_are_turned_upright_and_transparency_is_white(tmp_path: Path) -> None:
    half = Image.fromarray(np.concatenate([grey(10, 32), grey(240, 32)], axis=1))
    exif = Image.Exif()
    exif[0x0112] = 6
    half.save(tmp_path / "turned.png", exif=exif)
    turned = read_image(media(tmp_path / "turned.png", "image"))
    assert turned.shape == (64, 48, 3)
    assert turned[:20].mean() == 10
    assert turned[-20:].mean() == 240
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    clear.save(tmp_path / "clear.png")
    assert (read_image(media(tmp_path / "clear.png", "image")) == 255).all()


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "tiff" if mode == "CMYK" else "png"
    Image.fromarray(grey(255)).convert("L" if mode == "LA" else mode).convert(mode).save(
        tmp_path / f"p.{suffix}"
    )
    assert (read_image(media(tmp_path / f"p.{suffix}", "image")) == 255).all()


def test_media_are_named_by_the_hash_of_their_content(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"abc")
    shutil.copy(tmp_path / "one", tmp_path / "two")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, example B.1
    assert media_of(tmp_path / "one", "audio") == Media("audio", tmp_path / "one", abc)
    assert media_of(tmp_path / "two", "image").sha256 == abc


@pytest.mark.data
def test_real_clips_decode(data_root: Path) -> None:
    folder = data_root / "crema_d" / "media"
    if not folder.is_dir():
        pytest.skip(f"no clips at {folder}")
    for path in sorted(folder.glob("*.flv")):
        video, sound = read_video(media(path, "video")), read_audio(media(path, "audio"))
        assert video.pictures.shape == (8, 360, 480, 3)
        assert 1.5 < video.duration < 3
        assert (np.diff(video.times) > 0.15).all()
        # One face before one grey wall: alike in the whole, moving in detail.
        assert 85 < video.pictures.mean() < 100
        assert np.abs(np.diff(video.pictures.astype(int), axis=0)).mean() > 0.5
        assert sound.size / 16000 == pytest.approx(video.duration, abs=0.1)
        assert 0.05 < np.abs(sound).max() <= 1
    for path in sorted(folder.glob("*.mp3")):
        assert 2 < read_audio(media(path, "audio")).size / 16000 < 3
        with pytest.raises(UnreadableFile, match="has no pictures"):
            read_video(media(path, "video"))
