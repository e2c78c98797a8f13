import errno
import os
import stat

import pytest

from affectlab.errors import DiskFull, RecordingError
from affectlab.session import growing_file
from affectlab.session.growing_file import GrowingFile


def test_only_the_owner_can_read_it(tmp_path) -> None:
    GrowingFile(tmp_path / "a").close()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_appends_are_in_the_file_at_once_and_patches_replace(tmp_path) -> None:
    file = GrowingFile(tmp_path / "a")
    file.append(b"0000 body")
    file.patch(0, b"1234")
    file.append(b" more")
    assert (tmp_path / "a").read_bytes() == b"1234 body more"
    file.sync()
    file.close()


def test_an_existing_file_is_never_written_over(tmp_path) -> None:
    (tmp_path / "a").write_text("precious")
    with pytest.raises(RecordingError, match=r"cannot write .*exists"):
        GrowingFile(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "precious"


def test_an_append_that_finds_no_room_leaves_nothing_of_itself(tmp_path, monkeypatch) -> None:
    real = os.pwrite

    def short(handle, content, offset):
        if offset >= 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, content[: 8 - offset], offset)

    file = GrowingFile(tmp_path / "a")
    file.append(b"whole")
    monkeypatch.setattr(growing_file.os, "pwrite", short)
    with pytest.raises(DiskFull, match="no room left to write"):
        file.append(b" but this is cut")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert file.size == 5
    file.close()
