"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
