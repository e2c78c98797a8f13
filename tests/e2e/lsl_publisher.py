"""Publishes eight channels of EEG in real time until it is killed, as a device's program does.

Modes: counted (Cz is the sample's number), faulty (half the channels NaN, the others flat), leap (after
five seconds of being listened to, the clock is set a minute ahead).
"""

import sys
import time

import numpy as np

from affectlab.signals import Outlet, liblsl

CHANNELS = ("Fp1", "Fp2", "F3", "F4", "C3", "Cz", "O1", "O2")
SFREQ = 250.0
CHUNK = 5


def main(name: str, mode: str) -> None:
    liblsl.load()
    outlet = Outlet(name, f"{name}-id", CHANNELS, SFREQ)
    sys.stdout.write("published\n")
    sys.stdout.flush()
    generator = np.random.default_rng(0)
    start, sent, heard = liblsl.clock(), 0, 0
    while True:
        numbers = np.arange(sent, sent + CHUNK)
        times = start + (numbers + 1) / SFREQ
        time.sleep(max(0.0, times[-1] - liblsl.clock()))
        ahead = 60.0 if mode == "leap" and heard > 5 * SFREQ else 0.0
        outlet.push(samples(mode, numbers, generator), times + ahead)
        sent += CHUNK
        if outlet._outlet.has_consumers:
            heard += CHUNK


def samples(mode: str, numbers: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if mode == "faulty":
        return np.tile(np.where(np.arange(len(CHANNELS)) % 2, 0.0, np.nan), (len(numbers), 1))
    data = generator.normal(0, 8, (len(numbers), len(CHANNELS)))
    if mode == "counted":
        data[:, CHANNELS.index("Cz")] = numbers
    return data


main(*sys.argv[1:])
