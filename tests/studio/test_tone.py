import asyncio
import time

import numpy as np
import pytest

from affectlab.studio.hub import BLOCK_FRAMES
from affectlab.studio.tone import LEVEL_DBFS, LevelCheck, chord


def test_the_chord_is_as_loud_as_it_says_and_never_clips():
    sound = chord().astype(float) / 32768
    assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(LEVEL_DBFS, abs=0.05)
    assert np.abs(sound).max() < 0.7


def test_the_chord_repeats_without_a_click():
    sound = chord()[:, 0].astype(int)
    assert abs(sound[0]) <= 1
    assert abs(sound[-1]) <= 1
    assert np.abs(np.diff(sound)).max() < 1200


def test_blocks_never_run_ahead_of_the_clock_and_stop_at_once():
    blocks = []

    async def scene():
        check = LevelCheck(lambda first, block: blocks.append((first, block.shape)))
        began = time.perf_counter()
        check.start()
        check.start()
        await asyncio.sleep(0.3)
        check.stop()
        seconds, count = time.perf_counter() - began, len(blocks)
        await asyncio.sleep(0.06)
        return seconds, count, check.on

    seconds, count, on = asyncio.run(scene())
    assert not on
    assert len(blocks) == count
    assert 1 <= count <= seconds * 50 + 3
    assert blocks == [(index * BLOCK_FRAMES, (BLOCK_FRAMES, 2)) for index in range(count)]
