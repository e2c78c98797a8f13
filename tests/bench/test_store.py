import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.bench.store import AnswerStore, Kept
from affectlab.errors import BenchError, DiskFull
from affectlab.models import AttentionShares, Failure, Generation, Scores

finite = st.floats(-1e6, 0, allow_nan=False)


def round_trip(tmp_path, answer):
    path = tmp_path / "answers.sqlite"
    path.unlink(missing_ok=True)
    with AnswerStore(path) as store:
        store.keep([("k", Kept(answer, 0.5))])
    with AnswerStore(path) as store:
        return store.get("k")


@given(arrays(np.float64, 3, elements=finite))
def test_likelihoods_come_back_to_the_last_bit(tmp_path_factory, numbers):
    kept = round_trip(tmp_path_factory.mktemp("s"), Scores(numbers, np.array([1, 2, 3])))
    np.testing.assert_array_equal(kept.answer.log_likelihoods, numbers)
    np.testing.assert_array_equal(kept.answer.tokens, [1, 2, 3])
    assert kept.answer.attention is None


@pytest.mark.parametrize(
    "answer", [Generation("愉快 ✓\n", complete=False, tokens=3), Failure("media", "clip.mp4 is cut off")]
)
def test_words_and_failures_come_back(tmp_path, answer):
    assert round_trip(tmp_path, answer) == Kept(answer, 0.5)


def test_attention_shares_come_back_in_half_precision(tmp_path):
    shares = np.random.default_rng(0).dirichlet(np.ones(4), (5, 8)).astype(np.float32)
    scores = Scores(np.zeros(2), np.ones(2, dtype=np.int64), AttentionShares(shares, np.array([3, 9, 27, 4])))
    attention = round_trip(tmp_path, scores).answer.attention
    np.testing.assert_allclose(attention.shares, shares, atol=5e-4)
    np.testing.assert_array_equal(attention.tokens, [3, 9, 27, 4])


def test_the_first_answer_stays(tmp_path):
    with AnswerStore(tmp_path / "a") as store:
        store.keep([("k", Kept(Generation("first"), 1.0))])
        store.keep([("k", Kept(Generation("second"), 1.0))])
        assert store.get("k").answer.text == "first"


def test_an_unknown_key_has_no_answer(tmp_path):
    with AnswerStore(tmp_path / "a") as store:
        assert store.get("nothing") is None
        assert store.keys() == set()


def test_a_second_process_is_turned_away(tmp_path):
    code = (
        "import sys; from pathlib import Path; from affectlab.bench.store import AnswerStore\n"
        "from affectlab.errors import BenchError\n"
        "try: AnswerStore(Path(sys.argv[1]))\n"
        "except BenchError as error: sys.stdout.write(str(error))"
    )
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path) as store:
        store.keep([("k", Kept(Generation("x"), 1.0))])
        told = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
    assert "another run is writing to" in told.stdout


def test_a_process_killed_in_the_middle_leaves_whole_batches(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from affectlab.bench.store import AnswerStore, Kept\n"
        "from affectlab.models import Generation\n"
        "store = AnswerStore(Path(sys.argv[1]))\n"
        "def batch(n):\n"
        "    for i in range(4):\n"
        "        if n == 5 and i == 2: os.kill(os.getpid(), 9)\n"
        "        yield f'{n}-{i}', Kept(Generation('x' * 1000), 1.0)\n"
        "for n in range(10): store.keep(batch(n))"
    )
    path = tmp_path / "answers.sqlite"
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert ended.returncode == -9
    with AnswerStore(path) as store:
        assert store.keys() == {f"{n}-{i}" for n in range(5) for i in range(4)}


def test_a_file_that_is_no_store_is_named(tmp_path):
    path = tmp_path / "answers.sqlite"
    path.write_text("not a database, whatever its name says " * 100)
    with pytest.raises(BenchError, match=r"answers.sqlite is damaged or no answer store"):
        AnswerStore(path)


def test_a_full_disk_keeps_what_was_there(tmp_path):
    path = tmp_path / "answers.sqlite"
    with AnswerStore(path) as store:
        store.keep([("before", Kept(Generation("x"), 1.0))])
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(DiskFull, match="no room left"):
            store.keep([("after", Kept(Generation("y" * 1_000_000), 1.0))])
        assert store.keys() == {"before"}
    assert sqlite3.connect(path).execute("SELECT key FROM answers").fetchall() == [("before",)]
