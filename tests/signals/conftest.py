from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def eegmat() -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("AFFECTLAB_DATA", root.parent / "shared" / "data")) / "eegmat"
    if not folder.is_dir():
        pytest.skip(f"EEGMAT is not in {folder}; set AFFECTLAB_DATA")
    return folder
