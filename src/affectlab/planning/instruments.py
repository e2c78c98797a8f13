"""Instruments that a plan may ask for, by the names that composers know."""

from __future__ import annotations

from typing import Final

INSTRUMENTS: Final = (
    "piano",
    "electric piano",
    "celesta",
    "music box",
    "vibraphone",
    "marimba",
    "guitar",
    "steel guitar",
    "acoustic bass",
    "fretless bass",
    "violin",
    "viola",
    "cello",
    "contrabass",
    "pizzicato",
    "harp",
    "strings",
    "slow strings",
    "choir",
    "french horn",
    "oboe",
    "clarinet",
    "flute",
    "pan flute",
    "pad",
)
