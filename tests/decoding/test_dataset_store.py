"""Epochs on disk: what is written comes back, whole or not at all, in memory that does not grow."""

import json
import resource
import shutil
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.decoding.datasets.store import FORMAT, joined, read_epochs, write_epochs
from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable
from affectlab.errors import InvalidData, RecordingError, UnreadableFile

INFO = EpochInfo(
    dataset="small",
    sfreq=100.0,
    channels=("Fp1", "Cz"),
    length=1.0,
    step=0.5,
    source="nobody",
    licence="none",
    ships=False,
    parameters={"labels": {"rest": [None, -0.4]}},
    sha256="0" * 64,
)


def part(n: int, at: int = 0, info: EpochInfo = INFO, **columns) -> Epochs:
    """Return n windows with everything about them drawn by chance."""
    draw = np.random.default_rng(at)
    words = {
        name: np.array([f"{name}-{number}" for number in draw.integers(3, size=n)], dtype=object)
        for name in ("subject", "session", "recording", "stimulus", "state")
    }
    start = draw.uniform(0, 100, n)
    known = {
        "start": start,
        "stop": start + 1,
        "valence": np.full(n, np.nan),
        "arousal": draw.uniform(-1, 1, n),
    }
    table = EpochTable(**{**words, **known, "baseline": draw.random(n) < 0.5, **columns})
    shape = (n, len(info.channels), round(info.length * info.sfreq))
    quality = draw.random(shape[:2], dtype=np.float32)
    return Epochs(info, table, draw.standard_normal(shape, dtype=np.float32), quality)


@given(sizes=st.lists(st.integers(0, 5), max_size=4))
def test_parts_come_back_one_after_the_other(tmp_path_factory, sizes) -> None:
    folder = tmp_path_factory.getbasetemp() / "round-trip"
    shutil.rmtree(folder, ignore_errors=True)
    parts = [part(n, at) for at, n in enumerate(sizes)]
    write_epochs(folder, INFO, iter(parts))
    found = read_epochs(folder)
    assert found.info == INFO
    assert len(found) == sum(sizes)
    expected = joined(one.table for one in parts)
    for name in EpochTable.__slots__:
        column = getattr(found.table, name)
        assert column.dtype == getattr(expected, name).dtype
        np.testing.assert_array_equal(column, getattr(expected, name))
    empty = np.zeros((0, 2, 100), dtype=np.float32)
    np.testing.assert_array_equal(found.data, np.concatenate([empty, *(one.data for one in parts)]))
    np.testing.assert_array_equal(
        found.quality, np.concatenate([empty[..., 0], *(one.quality for one in parts)])
    )


def test_any_numpy_reads_the_arrays(tmp_path) -> None:
    write_epochs(tmp_path / "epochs", INFO, [part(3)])
    np.testing.assert_array_equal(np.load(tmp_path / "epochs" / "data.npy"), part(3).data)


def test_the_manifest_lies_with_them(tmp_path) -> None:
    write_epochs(tmp_path / "epochs", INFO, [part(1)], manifest={"seeds": {}})
    assert json.loads((tmp_path / "epochs" / "manifest.json").read_text()) == {"seeds": {}}


def test_memory_does_not_grow_with_the_data(tmp_path) -> None:
    info = EpochInfo(**{**{name: getattr(INFO, name) for name in EpochInfo.__slots__}, "length": 20.0})
    size = part(16, info=info).data.nbytes
    tracemalloc.start()
    try:
        write_epochs(tmp_path / "epochs", info, (part(16, at, info) for at in range(200)))
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        found = read_epochs(tmp_path / "epochs")
        total = float(sum(float(np.abs(window).max()) for window in found.data))
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.data.nbytes == 200 * size > 50_000_000
    assert total > 0
    assert written < 6 * size + 2_000_000
    assert read < 6 * size + 4_000_000


def test_nothing_is_left_of_what_was_not_finished(tmp_path) -> None:
    def broken():
        yield part(2)
        raise InvalidData("the second recording is damaged")

    with pytest.raises(InvalidData, match="second recording"):
        write_epochs(tmp_path / "epochs", INFO, broken())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(RecordingError, match=r"cannot write .*epochs"):
            write_epochs(tmp_path / "epochs", INFO, [part(64)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_taken_and_a_full_one_left_alone(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    write_epochs(tmp_path / "empty", INFO, [part(1)])
    with pytest.raises(RecordingError, match="holds epochs already; remove it or choose another folder"):
        write_epochs(tmp_path / "empty", INFO, [part(2)])
    assert len(read_epochs(tmp_path / "empty")) == 1
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RecordingError, match="exists already"):
        write_epochs(tmp_path / "file", INFO, [part(2)])


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (part(2, arousal=np.array([0.0, 1.5])), r"arousal is 1\.5; expected a label in \[-1, 1\], or NaN"),
        (
            Epochs(INFO, part(2).table, np.full((2, 2, 100), np.nan, np.float32), part(2).quality),
            "not finite",
        ),
        (Epochs(INFO, part(2).table, np.zeros((2, 3, 100), np.float32), part(2).quality), r"\(2, 3, 100\)"),
        (Epochs(INFO, part(3).table, part(2).data, part(2).quality), r"expected \(3, 2, 100\)"),
    ],
)
def test_windows_that_do_not_fit_are_refused(tmp_path, wrong, complaint) -> None:
    with pytest.raises(InvalidData, match=complaint):
        write_epochs(tmp_path / "epochs", INFO, [wrong])


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (
            lambda folder: (folder / "epochs.json").unlink(),
            r"is no folder of epochs \(no epochs\.json in it\)",
        ),
        (lambda folder: (folder / "epochs.json").write_text("{"), r"epochs\.json is missing or damaged"),
        (lambda folder: (folder / "epochs.json").write_text("[]"), r"epochs\.json is missing or damaged"),
        (
            lambda folder: (folder / "epochs.json").write_text(json.dumps({"format": FORMAT, "version": 0})),
            r"is affectlab-epochs version 0; expected affectlab-epochs version 1: prepare the data again",
        ),
        (
            lambda folder: (folder / "epochs.json").write_text(json.dumps({"format": FORMAT, "version": 1})),
            r"epochs\.json is missing or damaged",
        ),
        (lambda folder: cut(folder / "data.npy", 500), r"data\.npy is missing or damaged"),
        (lambda folder: cut(folder / "quality.npy", 20), r"quality\.npy is missing or damaged"),
        (lambda folder: (folder / "table.parquet").unlink(), r"table\.parquet is missing or damaged"),
        (lambda folder: cut(folder / "table.parquet", 100), r"table\.parquet is missing or damaged"),
        (
            lambda folder: np.save(folder / "data.npy", np.zeros((3, 2, 99), np.float32)),
            r"shape \(3, 2, 99\)",
        ),
        (lambda folder: np.save(folder / "data.npy", np.zeros((3, 2, 100))), "holds float64"),
        (
            lambda folder: np.save(folder / "data.npy", [{}], allow_pickle=True),
            r"data\.npy is missing or damaged",
        ),
    ],
)
def test_a_damaged_folder_is_one_line(tmp_path, damage, complaint) -> None:
    write_epochs(tmp_path / "epochs", INFO, [part(3)])
    damage(tmp_path / "epochs")
    with pytest.raises(UnreadableFile, match=complaint) as caught:
        read_epochs(tmp_path / "epochs")
    assert "\n" not in str(caught.value)
