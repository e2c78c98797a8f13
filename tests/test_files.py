import errno
import json
import os

import pytest

from affectlab.errors import DiskFull, RecordingError
from affectlab.files import translated, write_json, writing


def test_a_file_appears_whole(tmp_path) -> None:
    target = tmp_path / "deep" / "summary.json"
    write_json(target, {"valence": "ängstlich"})
    assert json.loads(target.read_text(encoding="utf-8")) == {"valence": "ängstlich"}
    assert [path.name for path in target.parent.iterdir()] == ["summary.json"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    target = tmp_path / "summary.json"
    write_json(target, {"old": True})
    with pytest.raises(ZeroDivisionError), writing(target) as temporary:
        temporary.write_text(str(1 / 0))
    assert json.loads(target.read_text()) == {"old": True}
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_health_data_is_for_its_owner_only(tmp_path) -> None:
    write_json(tmp_path / "summary.json", {})
    assert (tmp_path / "summary.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [(errno.ENOSPC, DiskFull, "no room left"), (errno.EROFS, RecordingError, "cannot write")],
)
def test_refusals_of_the_system_become_one_line(tmp_path, number, kind, text) -> None:
    with pytest.raises(kind, match=text), translated(tmp_path / "eeg.xdf"):
        raise OSError(number, os.strerror(number))
