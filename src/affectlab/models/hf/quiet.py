"""Keeps transformers from talking over our own progress and logs; its errors still come through."""

from __future__ import annotations

import os
from functools import partial


def quieten() -> None:
    """Show nothing below errors and no bar for loading weights, unless the user has asked for it.

    Downloads keep their bar: they take minutes, and the user should see them move.
    """
    from transformers import modeling_gguf_pytorch_utils as gguf
    from transformers.utils import logging

    if "TRANSFORMERS_VERBOSITY" not in os.environ:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        # The unpacking of GGUF files does not ask that setting.
        gguf.tqdm = partial(gguf.tqdm, disable=True)
