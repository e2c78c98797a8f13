import os
from pathlib import Path

import pytest


@pytest.fixture
def affect_data() -> Path:
    """Folder of real data sets; the test is skipped where it is absent."""
    default = Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(os.environ.get("AFFECTLAB_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data are absent: no folder {folder}; set AFFECTLAB_DATA")
    return folder
