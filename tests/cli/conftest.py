"""What the tests of mistakes at the command line share."""

import os

import pytest

from affectlab.cli import main


@pytest.fixture
def clean_environment(monkeypatch):
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
