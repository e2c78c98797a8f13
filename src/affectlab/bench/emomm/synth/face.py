"""A drawn face that moves: its expression is the valence, its liveliness the arousal.

Every shape is a signed distance in units of half the head's height, so edges are antialiased over one pixel
at any size. Mouth curve, brows and eyes carry valence, as in schematic faces; head movement, blinks and mouth
opening carry arousal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.synth.identity import Colour, Identity

FPS: Final = 12
"""Pictures per second."""

SIZE: Final = 112
"""Height and width of a picture, pixels."""

PICTURES: Final = 24
"""Two seconds, as long as the voice."""

CUE_JITTER: Final = 0.06
"""Standard deviation by which brows and mouth each miss the valence they show."""

Plane = NDArray[np.float32]
_WHITE = np.array([0.96, 0.96, 0.95], np.float32)
_DARK = np.array([0.10, 0.07, 0.07], np.float32)
_LIP = np.array([0.62, 0.24, 0.25], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What changes from picture to picture; each of shape (PICTURES,).

    Parameters
    ----------
    x, y
        Where the head's middle is, in pixels.
    lids
        Eye opening, 0 to 1.
    jaw
        Mouth opening, 0 to 1.
    """

    x: Plane
    y: Plane
    lids: Plane
    jaw: Plane


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """Pictures being painted, with head coordinates for every pixel of a part of them."""

    pictures: Plane
    motion: Motion
    scale: float

    def near(self, x: float, y: float, reach_x: float, reach_y: float) -> _Patch:
        """Return the part that can hold a shape around (x, y), over all positions of the head."""
        rows = _span(self.motion.y + y * self.scale, reach_y * self.scale)
        columns = _span(self.motion.x + x * self.scale, reach_x * self.scale)
        grid_y = np.arange(rows.start, rows.stop, dtype=np.float32)[None, :, None]
        grid_x = np.arange(columns.start, columns.stop, dtype=np.float32)[None, None, :]
        return _Patch(
            self.pictures[:, :, rows, columns],
            (grid_x - self.motion.x[:, None, None]) / np.float32(self.scale) - np.float32(x),
            (grid_y - self.motion.y[:, None, None]) / np.float32(self.scale) - np.float32(y),
            np.float32(self.scale),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """A part of all pictures, shape (3, PICTURES, rows, columns), and coordinates about a shape's middle."""

    pixels: Plane
    x: Plane
    y: Plane
    scale: np.float32

    def paint(self, distance: Plane, colour: Colour, shade: Plane | float = 1.0) -> None:
        """Colour what lies inside, where `distance` is negative."""
        cover = np.clip(0.5 - distance * self.scale, 0, 1)
        for channel, tone in enumerate(colour):
            self.pixels[channel] += cover * (tone * shade - self.pixels[channel])


def draw_face(who: Identity, valence: float, arousal: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the pictures of one clip.

    Parameters
    ----------
    who
        Whose face.
    valence, arousal
        In [-1, 1].
    rng
        For everything else: place, size, light, background, camera noise, moments of blinks.

    Returns
    -------
    pictures
        Shape (PICTURES, SIZE, SIZE, 3), RGB.
    """
    canvas = _Canvas(_background(rng), _move(arousal, rng), float(rng.uniform(33, 39)))
    light = float(rng.uniform(-0.16, 0.16))
    _draw_head(canvas, who, light)
    mouth, brows, lids = np.clip(valence + rng.normal(0, CUE_JITTER, 3), -1.2, 1.2)
    for side in (-1, 1):
        _draw_eye(canvas, who, side, float(lids))
        _draw_brow(canvas, who, side, float(brows))
    _draw_mouth(canvas, who, float(mouth))
    return _photographed(canvas.pictures, rng)


def _move(arousal: float, rng: np.random.Generator) -> Motion:
    """Excited faces bob, blink and speak more."""
    time = np.arange(PICTURES, dtype=np.float32) / FPS
    lively = (arousal + 1) / 2
    rate, phases = 0.7 + 1.6 * lively, rng.uniform(0, 2 * np.pi, 3)
    swing = np.float32(0.4 + 2.2 * lively)
    middle = rng.uniform(-5, 5, 2) + SIZE / 2
    moments = rng.uniform(0, PICTURES / FPS, rng.poisson(0.6 + 1.6 * lively))
    closed = sum((np.exp(-(((time - moment) / 0.07) ** 2)) for moment in moments), np.zeros(PICTURES))
    return Motion(
        x=(middle[0] + swing * np.sin(np.pi * rate * time + phases[0])).astype(np.float32),
        y=(middle[1] + swing * np.sin(2 * np.pi * rate * time + phases[1])).astype(np.float32),
        lids=np.clip(1 - closed, 0, 1).astype(np.float32),
        jaw=((0.25 + 0.75 * lively) * np.sin(np.pi * 2.2 * time + phases[2]) ** 2).astype(np.float32),
    )


def _background(rng: np.random.Generator) -> Plane:
    """Return a gradient between two colours, shape (3, PICTURES, SIZE, SIZE)."""
    ends = rng.uniform(0.25, 0.85, (2, 3)) * rng.uniform(0.6, 1)
    ramp = np.linspace(0, 1, SIZE)[None, :]
    still = ends[0][:, None] * (1 - ramp) + ends[1][:, None] * ramp
    planes = np.empty((3, PICTURES, SIZE, SIZE), np.float32)
    planes[:] = still[:, None, :, None]
    return planes


def _draw_head(canvas: _Canvas, who: Identity, light: float) -> None:
    back = canvas.near(0, -0.18, who.width + 0.22, 1.05)
    back.paint(_ellipse(back.x, back.y, who.width + 0.12, 0.96), who.hair)
    neck = canvas.near(0, 1.15, 0.36, 0.5)
    neck.paint(_box(neck.x, neck.y, 0.28, 0.42), who.skin * np.float32(0.86))
    head = canvas.near(0, 0, who.width + 0.06, 1.06)
    shade = np.clip(1 + np.float32(light) * head.x - np.float32(0.05) * head.y, 0, 1.2)
    inside = _ellipse(head.x, head.y, who.width, 1.0)
    head.paint(inside, who.skin, shade)
    # Wider than the head by a little, so that no skin shines through between the hair's two parts.
    head.paint(
        np.maximum(inside - np.float32(0.05), head.y - np.float32(who.fringe) + 0.16 * head.x**2), who.hair
    )
    nose = canvas.near(0, 0.12, 0.16, 0.26)
    nose.paint(_segment(nose.x, nose.y, (-0.02, -0.16), (0.05, 0.14), 0.028), who.skin * np.float32(0.78))


def _draw_eye(canvas: _Canvas, who: Identity, side: int, valence: float) -> None:
    """Draw one eye: a smile narrows it."""
    patch = canvas.near(side * who.eyes, -0.14, 0.2, 0.16)
    opening = (0.085 - 0.025 * valence) * canvas.motion.lids[:, None, None] + 0.012
    white = _ellipse(patch.x, patch.y, 0.135, opening)
    patch.paint(white, _WHITE)
    patch.paint(np.maximum(white, np.hypot(patch.x, patch.y) - np.float32(0.06)), _DARK)


def _draw_brow(canvas: _Canvas, who: Identity, side: int, valence: float) -> None:
    """Draw one brow: low and inner end down when negative, raised when positive."""
    patch = canvas.near(side * who.eyes, -0.38, 0.24, 0.24)
    frown, lift = max(-valence, 0.0), max(valence, 0.0)
    inner = (-side * 0.14, 0.02 + 0.10 * frown - 0.07 * lift)
    outer = (side * 0.16, 0.02 - 0.03 * frown - 0.05 * lift)
    patch.paint(_segment(patch.x, patch.y, inner, outer, 0.035), who.hair * np.float32(0.8))


def _draw_mouth(canvas: _Canvas, who: Identity, valence: float) -> None:
    """Draw the mouth: corners up and wide when positive, down when negative, open while it speaks."""
    patch = canvas.near(0, 0.46, who.mouth + 0.2, 0.32)
    half = np.float32(who.mouth * (1 + 0.16 * valence))
    along = patch.x / half
    bend = np.float32(0.17 * valence)
    arch = 1 - np.clip(along, -1, 1) ** 2
    centre = patch.y - bend * (arch - 0.5)
    gap = (0.015 + 0.07 * canvas.motion.jaw[:, None, None]) * arch
    slope = np.sqrt(1 + (2 * bend * along / half) ** 2)
    beyond = (np.abs(along) - 1) * half
    lips = np.maximum((np.abs(centre) - gap - np.float32(0.035)) / slope, beyond)
    patch.paint(lips, _LIP * np.float32(0.6) + who.skin * np.float32(0.25))
    patch.paint(np.maximum((np.abs(centre) - gap) / slope, beyond), _DARK)


def _photographed(pictures: Plane, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Add exposure and the noise of a camera."""
    gain = np.float32(rng.uniform(0.8, 1.08))
    noise = rng.standard_normal(pictures.shape[1:], dtype=np.float32) * np.float32(rng.uniform(0.01, 0.03))
    exposed = np.clip(pictures * gain + noise, 0, 1) * np.float32(255)
    return np.ascontiguousarray(exposed.astype(np.uint8).transpose(1, 2, 3, 0))


def _span(middles: Plane, reach: float) -> slice:
    low, high = int(middles.min() - reach) - 1, int(middles.max() + reach) + 2
    return slice(min(max(low, 0), SIZE), min(max(high, 0), SIZE))


def _ellipse(x: Plane, y: Plane, half_width: float, half_height: float | Plane) -> Plane:
    """Return the signed distance to an ellipse, exact near its edge to first order."""
    radius = np.sqrt((x / half_width) ** 2 + (y / half_height) ** 2)
    steep = np.sqrt((x / half_width**2) ** 2 + (y / half_height**2) ** 2)
    return np.asarray((radius - 1) * radius / np.maximum(steep, 1e-6), dtype=np.float32)


def _box(x: Plane, y: Plane, half_width: float, half_height: float) -> Plane:
    return np.maximum(np.abs(x) - np.float32(half_width), np.abs(y) - np.float32(half_height))


def _segment(x: Plane, y: Plane, start: tuple[float, float], end: tuple[float, float], thick: float) -> Plane:
    """Return the signed distance to a round-ended line `thick` in radius."""
    along_x, along_y = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    from_x, from_y = x - np.float32(start[0]), y - np.float32(start[1])
    part = np.clip((from_x * along_x + from_y * along_y) / (along_x**2 + along_y**2), 0, 1)
    return np.asarray(np.hypot(from_x - part * along_x, from_y - part * along_y) - thick, dtype=np.float32)
