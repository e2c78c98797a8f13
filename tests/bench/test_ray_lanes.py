import pytest
from toy_bench import toy_data

from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError, UnknownModel

ray = pytest.importorskip("ray", reason="ray is not installed")
pytestmark = [pytest.mark.ray, pytest.mark.timeout(180), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def settings(tmp_path):
    data = toy_data(tmp_path / "data")

    def make(out: str, **changes) -> RunSettings:
        given = {"benchmark": "emomm", "data": data, "model": "baseline:prior", "out": tmp_path / out}
        return RunSettings(**given | changes)

    return make


def test_two_actors_write_the_table_that_one_process_writes(settings, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # a cluster known of, and gone: "local" must not join it
    here = settings("here")
    there = settings("there", ray="local", workers=2)
    run_benchmark(here)
    summary = run_benchmark(there)
    assert summary.counts["answered"] == 60
    table = "samples.parquet"
    assert (there.out / table).read_bytes() == (here.out / table).read_bytes()


def test_a_model_that_cannot_be_loaded_gives_its_own_line(settings):
    with pytest.raises(UnknownModel, match="names no model"):
        run_benchmark(settings("out", model="nonsense", ray="local", workers=1))


def test_a_cluster_that_is_not_there_is_named(settings):
    with pytest.raises(BenchError, match=r"no Ray cluster at '127.0.0.1:1'"):
        run_benchmark(settings("out", ray="127.0.0.1:1"))
