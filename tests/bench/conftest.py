"""What tests of benchmarks share."""

import pytest


@pytest.fixture
def licensed(tmp_path, monkeypatch):
    """Keep accepted licences in the test's own folder; return the file."""
    path = tmp_path / "config" / "licences.json"
    monkeypatch.setenv("AFFECTLAB_LICENCES", str(path))
    return path
