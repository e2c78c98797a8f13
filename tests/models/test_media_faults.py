from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from media_files import media, write_clip, write_sound
from PIL import Image

from affectlab.errors import UnreadableFile
from affectlab.models._container import _ends_with_whole_tag
from affectlab.models.media import media_of, read_audio, read_image, read_video

SECONDS = 2.0
EVEN = [index / 25 for index in range(50)]
READERS = {"image": read_image, "audio": read_audio, "video": read_video}


def read(path: Path, kind: str) -> float:
    """Decode and return the seconds there are."""
    result = READERS[kind](media(path, kind))
    return result.size / 16000 if kind == "audio" else getattr(result, "duration", 0.0)


def outcome(path: Path, kind: str) -> float | str:
    """Decode and return the seconds there are, or the line about what is wrong."""
    try:
        return read(path, kind)
    except UnreadableFile as error:
        return str(error)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 32000))
    files = [
        write_clip(folder / "clip.mp4", EVEN, codec="libx264", sound_seconds=SECONDS),
        write_clip(folder / "clip.mkv", EVEN, sound_seconds=SECONDS),
        write_clip(folder / "clip.flv", EVEN, codec="flv", sound_seconds=SECONDS),
        write_sound(folder / "clip.wav", noise, 16000),
        write_sound(folder / "clip.mp3", noise, 16000),
    ]
    return {path.suffix: path for path in files}


@pytest.mark.parametrize("kind", ["image", "audio", "video"])
def test_missing_empty_and_foreign_files_are_one_clear_line(tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no media at all\n" * 40)
    (tmp_path / "text.txt").write_text("FFmpeg would draw this\n" * 40)
    (tmp_path / "folder.mp4").mkdir()
    for name, fault in {
        "missing.mp4": r"missing\.mp4 cannot be read \(No such file or directory\)",
        "empty.mp4": r"empty\.mp4 is empty \(0 bytes\)",
        "text.mp4": r"text\.mp4 is no readable",
        "text.txt": r"text\.txt is (no readable|a text)",
        "folder.mp4": r"folder\.mp4 is a folder",
    }.items():
        with pytest.raises(UnreadableFile, match=fault) as caught:
            read(tmp_path / name, kind)
        assert "\n" not in str(caught.value)


def test_hashing_tells_of_missing_and_empty_files(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    for name in ("missing.mp4", "empty.mp4"):
        with pytest.raises(UnreadableFile, match=name):
            media_of(tmp_path / name, "video")


def test_a_track_that_is_not_there_is_named(tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.mp4", EVEN[:5])
    unseen = write_sound(tmp_path / "unseen.wav", np.zeros((1, 1600)), 16000)
    with pytest.raises(
        UnreadableFile, match=r"silent\.mp4 has no sound; expected a file with a track of audio"
    ):
        read(silent, "audio")
    with pytest.raises(UnreadableFile, match=r"unseen\.wav has no pictures"):
        read(unseen, "video")


def test_the_picture_on_a_cover_is_no_video(tmp_path: Path, whole: dict[str, Path]) -> None:
    cover = tmp_path / "cover.jpg"
    Image.new("RGB", (16, 16), "red").save(cover)
    body = b"\x00image/jpeg\x00\x03\x00" + cover.read_bytes()
    frame = b"APIC" + len(body).to_bytes(4) + b"\x00\x00" + body
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    song = tmp_path / "song.mp3"
    song.write_bytes(b"ID3\x03\x00\x00" + size + frame + whole[".mp3"].read_bytes())
    assert read(song, "audio") == pytest.approx(SECONDS, abs=0.15)
    with pytest.raises(UnreadableFile, match="has no pictures"):
        read(song, "video")


def test_a_play_list_does_not_reach_other_files(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", EVEN[:5])
    (tmp_path / "list.ffconcat").write_text("ffconcat version 1.0\nfile clip.mp4\n")
    with pytest.raises(UnreadableFile, match="play list"):
        read(tmp_path / "list.ffconcat", "video")


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(s, k) for s in (".mp4", ".mkv", ".flv") for k in ("audio", "video")]
    + [(".wav", "audio"), (".mp3", "audio")],
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.02, 0.999))
def test_a_cut_file_is_refused_unless_only_its_last_moments_are_gone(
    tmp_path: Path, whole: dict[str, Path], suffix: str, kind: str, share: float
) -> None:
    path = tmp_path / f"cut{suffix}"
    content = whole[suffix].read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    # A cut between two tags of an FLV file leaves nothing that tells it from a wrong header.
    assume(suffix != ".flv" or not _ends_with_whole_tag(path))
    found = outcome(path, kind)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found > SECONDS - 0.2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".flv", ".wav", ".mp3"])
def test_the_whole_file_is_accepted(whole: dict[str, Path], suffix: str) -> None:
    assert read(whole[suffix], "audio") == pytest.approx(SECONDS, abs=0.15)


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".mp4", "video"), (".mp4", "audio"), (".mkv", "video"), (".flv", "video")]
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), junk=st.binary(min_size=1, max_size=300))
def test_damage_gives_an_array_or_one_line_and_nothing_else(
    tmp_path: Path, whole: dict[str, Path], suffix: str, kind: str, at: float, junk: bytes
) -> None:
    content = bytearray(whole[suffix].read_bytes())
    place = int(at * (len(content) - len(junk)))
    content[place : place + len(junk)] = junk
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(content)
    assert "\n" not in str(outcome(path, kind))


def test_a_wav_written_to_a_pipe_does_not_know_its_length(tmp_path: Path, whole: dict[str, Path]) -> None:
    content = bytearray(whole[".wav"].read_bytes())
    content[4:8] = b"\xff" * 4
    data = content.index(b"data") + 4
    content[data : data + 4] = b"\xff" * 4
    path = tmp_path / "piped.wav"
    path.write_bytes(content)
    assert read(path, "audio") == pytest.approx(SECONDS, abs=0.01)


def test_damage_in_the_middle_of_a_sound_is_told_with_its_place(
    tmp_path: Path, whole: dict[str, Path]
) -> None:
    content = bytearray(whole[".mkv"].read_bytes())
    content[len(content) // 3 : 2 * len(content) // 3] = bytes(2 * len(content) // 3 - len(content) // 3)
    path = tmp_path / "damaged.mkv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"damaged\.mkv is damaged \d\.\d\d s in"):
        read(path, "audio")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp"])
def test_a_cut_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / f"picture.{suffix}"
    Image.fromarray(picture).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableFile, match=rf"picture\.{suffix} is no readable picture"):
        read(path, "image")
