"""EMOPIA's clips, from an archive, from a folder, and from what is neither."""

import io
import tarfile

import pytest
from played_music import clip_midi, mood_files, write_emopia

from affectlab.errors import UnreadableFile
from affectlab.music.evaluation.emopia import read_clips

pytest.importorskip("symusic")


def test_archive_and_folder_give_the_same_clips(tmp_path) -> None:
    files = mood_files(2)
    archive = write_emopia(tmp_path / "EMOPIA_1.0.tar.gz", files)
    (tmp_path / "midis").mkdir()
    for name, content in files.items():
        (tmp_path / "midis" / name).write_bytes(content)
    clips, again = read_clips(archive), read_clips(tmp_path)
    assert [clip.name for clip in clips] == sorted(name.removesuffix(".mid") for name in files)
    assert [clip.name for clip in clips] == [clip.name for clip in again]
    assert all((a.notes == b.notes).all() for a, b in zip(clips, again, strict=True))


def test_a_clips_name_says_its_mood_and_its_song_and_its_notes_begin_at_zero(tmp_path) -> None:
    rows = [(1.0, 0.5, 60, 80), (1.5, 1.0, 64, 70)]
    names = ["Q1_-a_b_3", "Q2_x_0", "Q3_x_1", "Q4_x_10"]
    files = {f"{name}.mid": clip_midi(rows) for name in names}
    clips = {clip.name: clip for clip in read_clips(write_emopia(tmp_path / "e.tar.gz", files))}
    moods = [(clips[name].valence, clips[name].arousal) for name in names]
    assert moods == [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    assert [clips[name].song for name in names] == ["-a_b", "x", "x", "x"]
    notes = clips["Q2_x_0"].notes
    assert notes["onset"] == pytest.approx([0.0, 0.5], abs=1e-3)
    assert (notes["pitch"].tolist(), notes["velocity"].tolist()) == ([60, 64], [80, 70])
    assert clips["Q2_x_0"].seconds == pytest.approx(1.5, abs=1e-3)


def test_links_and_strangers_in_an_archive_are_passed_over(tmp_path) -> None:
    path = tmp_path / "e.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("midis/Q1_evil_0.mid")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        content = clip_midi([(0.0, 1.0, 60, 64)])
        for name in ("midis/Q2_fine_0.mid", "midis/Q7_what_0.mid", "midis/label.csv"):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert [clip.name for clip in read_clips(path)] == ["Q2_fine_0"]


def test_what_is_not_emopia_is_told_in_one_line(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist; --emopia takes"):
        read_clips(tmp_path / "nowhere.tar.gz")
    with pytest.raises(UnreadableFile, match="is not EMOPIA: no file such as"):
        read_clips(tmp_path)
    archive = write_emopia(tmp_path / "e.tar.gz", mood_files(2))
    archive.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(UnreadableFile, match="not a whole tar archive"):
        read_clips(archive)
    damaged = write_emopia(tmp_path / "d.tar.gz", {"Q1_a_0.mid": b"MThd nonsense"})
    with pytest.raises(UnreadableFile, match=r"Q1_a_0\.mid"):
        read_clips(damaged)
    silent = write_emopia(tmp_path / "s.tar.gz", {"Q1_a_0.mid": clip_midi([])})
    with pytest.raises(UnreadableFile, match=r"Q1_a_0\.mid"):
        read_clips(silent)
