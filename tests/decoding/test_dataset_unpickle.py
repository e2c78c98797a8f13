"""Pickles of arrays come back as they were; whatever else a pickle asks for is refused and never run."""

import collections
import copyreg
import os
import pickle
import struct
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from affectlab.decoding.datasets.unpickle import read_pickle
from affectlab.errors import UnreadableFile


@pytest.fixture
def reading(tmp_path):
    """Write bytes to a file and read it as a pickle."""

    def read(content: bytes):
        (tmp_path / "x.dat").write_bytes(content)
        return read_pickle(tmp_path / "x.dat")

    return read


@pytest.fixture
def refused(reading, tmp_path):
    """Assert that a pickle is refused in one line, and return it."""

    def refuse(content: bytes) -> str:
        with pytest.raises(UnreadableFile) as caught:
            reading(content)
        assert str(caught.value).startswith(str(tmp_path / "x.dat"))
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refuse


ARRAYS = arrays.arrays(
    st.sampled_from(["<f8", ">f4", "<i2", "|i1", "|u1", "|b1", "<c8", "<U3", "|S2"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)


@given(array=ARRAYS, protocol=st.integers(0, 5), fortran=st.booleans())
def test_arrays_come_back_as_they_were(tmp_path_factory, array, protocol, fortran) -> None:
    file = tmp_path_factory.getbasetemp() / "array.pkl"
    written = array.copy(order="F" if fortran else "C")
    file.write_bytes(pickle.dumps(written, protocol=protocol))
    found = read_pickle(file)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_containers_and_numbers_come_back(reading, protocol) -> None:
    content = {"data": [1, 2.5, True, None, ("text", b"raw")], 3: {"inner": np.float32(0.5)}}
    assert reading(pickle.dumps(content, protocol=protocol)) == content


def test_a_pickle_of_python_2_comes_back(reading) -> None:
    # What Python 2's cPickle writes for {'a': numpy.array([1.5, -2.0])}: raw bytes as an old string.
    raw = np.array([1.5, -2.0]).tobytes()
    content = (
        b"\x80\x02}q\x01U\x01acnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b"
        b"\x87Rq\x04(K\x01K\x02\x85cnumpy\ndtype\nq\x05U\x02f8K\x00K\x01\x87Rq\x06(K\x03U\x01<NNNJ\xff\xff\xff\xff"
        b"J\xff\xff\xff\xffK\x00tb\x89U" + bytes([len(raw)]) + raw + b"tbs."
    )
    np.testing.assert_array_equal(reading(content)["a"], [1.5, -2.0])


def test_a_pickle_of_python_2_in_text_comes_back(reading) -> None:
    raw = np.array([1.5, -2.0]).tobytes()
    content = (
        b"(dp0\nS'a'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\n"
        b"tp6\nRp7\n(I1\n(I2\ntp8\ncnumpy\ndtype\np9\n(S'f8'\np10\nI0\nI1\ntp11\nRp12\n(I3\nS'<'\np13\n"
        b"NNNI-1\nI-1\nI0\ntp14\nbI00\nS" + repr(raw)[1:].encode() + b"\np15\ntp16\nbs."
    )
    np.testing.assert_array_equal(reading(content)["a"], [1.5, -2.0])


class Bomb:
    """Calls `function` with `arguments` when it is unpickled the ordinary way."""

    def __init__(self, function, *arguments) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "system"),
        (eval, "eval"),
        (exec, "exec"),
        (subprocess.check_call, "check_call"),
        (getattr, "getattr"),
        (np.load, "load"),
        (np.fromfile, "fromfile"),
        (np.memmap, "memmap"),
        (collections.OrderedDict, "OrderedDict"),
        (copyreg._reconstructor, "_reconstructor"),
        (bytearray, "bytearray"),
    ],
)
def test_a_function_is_refused_by_name_and_never_called(refused, tmp_path, protocol, function, name) -> None:
    victim = tmp_path / "victim"
    bomb = {"data": [np.zeros(3), Bomb(function, f"touch {victim}")]}
    line = refused(pickle.dumps(bomb, protocol=protocol))
    assert f"{name}; expected NumPy arrays" in line
    assert not victim.exists()


def test_the_bombs_of_these_tests_go_off_where_nobody_looks(tmp_path) -> None:
    victim = tmp_path / "victim"
    pickle.loads(pickle.dumps(Bomb(os.system, f"touch {victim}")))
    assert victim.exists()


def ndarray(shape: bytes, dtype: bytes, raw: bytes) -> bytes:
    """Return the pickle of an array of which shape, type and content are given as opcodes."""
    return (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
        + shape
        + dtype
        + b"\x89"
        + raw
        + b"tb."
    )


F8 = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def test_an_array_that_promises_more_than_there_is_is_refused_unallocated(refused) -> None:
    huge = b"\x8a\x08" + struct.pack("<q", 10**15) + b"\x85"
    line = refused(ndarray(huge, F8, b"U\x08" + bytes(8)))
    assert "an array of shape (1000000000000000,) and type float64 from 8 bytes" in line


def test_bytes_longer_than_the_file_are_refused_unallocated(refused) -> None:
    assert "no whole pickle" in refused(b"\x80\x04\x8e" + struct.pack("<Q", 10**15) + b"abc.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (ndarray(b"K\x01\x85", F8.replace(b"f8", b"O8"), b"]"), "an array of type 'O8'"),
        (ndarray(b"K\x01\x85", F8.replace(b"U\x01<", b"U\x01@"), b"U\x08" + bytes(8)), "byte order '@'"),
        (ndarray(b"J\xff\xff\xff\xff\x85", F8, b"U\x08" + bytes(8)), r"an array of shape (-1,)"),
        (ndarray(b"K\x01\x85", b"U\x02f8", b"U\x08" + bytes(8)), "an array without a type"),
        (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nU\x01x\x85R.", "an array of a type of its own"),
        (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n\x85R.", "without its content"),
        (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R.", "text encoded as 'hex'"),
        (b"\x80\x02c__builtin__\nbytes\nJ\x00\x00\x00\x7f\x85R.", "builtins.bytes of something"),
        (b"\x80\x02cnumpy\nndarray\n}U\x01aK\x01sb.", "a change of a function"),
        (b"\x80\x02\x82\x01.", "a registered extension"),
        (b"\x80\x02\x83\x01\x00.", "a registered extension"),
        (b"\x80\x02\x84\x01\x00\x00\x00.", "a registered extension"),
        (b"\x80\x02K\x01Q.", "an object outside the file"),
        (b"Pfile\n.", "an object outside the file"),
        (b"\x80\x05\x97.", "a buffer outside the file"),
        (b"\x80\x04\x8f.", "a value of type set"),
        (b"\x80\x02K\x01r\xff\xff\xff\x7f.", "place 2,147,483,647 of its memo"),
        (b"\x80\x02" + b"]" * 100 + b"a" * 99 + b".", "more than 16 deep"),
        (b"\x80\x02]q\x00h\x00a.", "more than 16 deep"),
    ],
)
def test_what_arrays_do_not_need_is_refused(refused, content, reason) -> None:
    assert f"asks for {reason}" in refused(content) or reason in refused(content)


def test_a_registered_extension_is_not_even_looked_up(refused) -> None:
    copyreg.add_extension("os", "system", 201)
    try:
        assert "a registered extension" in refused(b"\x80\x02\x82\xc9U\x04true\x85R.")
    finally:
        copyreg.remove_extension("os", "system", 201)


def test_the_same_text_asked_for_many_times_is_refused(refused) -> None:
    text = b"X\x10\x27\x00\x00" + b"a" * 10_000 + b"q\x00"
    call = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R0"
    assert "more bytes of arrays than it holds" in refused(b"\x80\x02" + text + call * 300 + b"N.")


def test_lists_that_name_each_other_twice_are_read_once(reading) -> None:
    inner = ["leaf"]
    for _ in range(14):
        inner = [inner] * 30
    found = reading(pickle.dumps(inner))
    assert found[0] is found[29]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 a zip", b"\x80\x04", b"just text\n", bytes(100), b"\xff"]
)
def test_what_is_no_pickle_is_named(refused, content) -> None:
    refused(content)


@given(content=st.binary(max_size=60))
def test_no_bytes_at_all_get_past_as_anything_but_data(tmp_path_factory, content) -> None:
    file = tmp_path_factory.getbasetemp() / "noise.pkl"
    file.write_bytes(content)
    try:
        found = read_pickle(file)
    except UnreadableFile:
        return
    assert isinstance(found, dict | list | tuple | str | bytes | int | float | None | np.ndarray | np.generic)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.dat cannot be read: No such file"):
        read_pickle(tmp_path / "gone.dat")
