"""Reading POP909's files: archive or folder, nothing extracted, mistakes in one line."""

import tarfile

import pytest
from pop909_layout import some_songs, song, write_archive, write_folder

from affectlab.errors import UnreadableFile
from affectlab.music.learned.corpus.pop909_files import read_songs

pytest.importorskip("symusic")


def test_archive_and_folder_say_the_same(tmp_path) -> None:
    songs = some_songs()
    packed = read_songs(write_archive(tmp_path / "POP909.tar.gz", songs))
    assert packed == read_songs(write_folder(tmp_path, songs))
    assert [one.number for one in packed] == sorted(songs)
    assert packed[0].midi == songs[packed[0].number]["mid"]
    assert packed[0].chords == songs[packed[0].number]["chord_midi.txt"]


def test_nothing_is_written_and_links_and_strange_names_are_passed_over(tmp_path) -> None:
    link = tarfile.TarInfo("POP909/002/002.mid")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    outside = tarfile.TarInfo("../../outside.mid")
    outside.size = 3
    versions = tarfile.TarInfo("POP909/001/versions/001-v1.mid")
    versions.size = 3
    (tmp_path / "in").mkdir()
    archive = write_archive(
        tmp_path / "in" / "x.tar.gz",
        {"001": song(1)},
        [(link, b""), (outside, b"abc"), (versions, b"abc")],
    )
    assert [one.number for one in read_songs(archive)] == ["001"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.tar.gz"]


def test_a_file_that_is_too_large_for_a_song_is_not_read(tmp_path) -> None:
    files = song(1) | {"beat_midi.txt": b"0" * (2**22 + 1)}
    assert read_songs(write_archive(tmp_path / "x.tar.gz", {"001": files}))[0].beats == b""


def test_a_missing_path_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"absent\.tar\.gz does not exist; --pop909 takes"):
        read_songs(tmp_path / "absent.tar.gz")


def test_an_archive_that_is_cut_off(tmp_path) -> None:
    path = write_archive(tmp_path / "x.tar.gz", some_songs())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UnreadableFile, match="not a whole tar archive"):
        read_songs(path)


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\x1f\x8b\x08\x00garbage"])
def test_a_file_that_is_no_archive(tmp_path, content) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="not a whole tar archive"):
        read_songs(path)


def test_another_archive_and_an_empty_folder_are_not_pop909(tmp_path) -> None:
    info = tarfile.TarInfo("EMOPIA/midis/Q1.mid")
    info.size = 3
    (tmp_path / "empty").mkdir()
    for path in (write_archive(tmp_path / "x.tar.gz", {}, [(info, b"abc")]), tmp_path / "empty"):
        with pytest.raises(UnreadableFile, match="is not POP909"):
            read_songs(path)
