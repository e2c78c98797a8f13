"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from affectlab.cli import main

# Shared machines are slow now and then; a property is not wrong for being late.
settings.register_profile("affectlab", deadline=None)
settings.load_profile("affectlab")

# A BLAS that starts a thread per core slows small matrices a hundredfold and disturbs timing of the loop.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder of the real data sets; skips the test when it is absent."""
    root = Path(os.environ.get("AFFECTLAB_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
    if not root.is_dir():
        pytest.skip(f"no data at {root}; set AFFECTLAB_DATA")
    return root


@pytest.fixture
def clean_environment(monkeypatch):
    """Forget what the environment sets."""
    for name in [name for name in os.environ if name.startswith("AFFECTLAB_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def mistake(clean_environment, tmp_path, monkeypatch, capfd):
    """Run a command in an empty folder; return its one line."""
    monkeypatch.chdir(tmp_path)

    def make(*arguments: str) -> str:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capfd.readouterr()
        assert left.value.code == 2
        assert printed.out == ""
        assert printed.err.count("\n") == 1, printed.err
        assert printed.err.startswith("affectlab: ")
        return printed.err.removeprefix("affectlab: ").rstrip()

    return make
