"""Drawing with matplotlib for pages that need nothing from anywhere else: figures as inline SVG.

Text stays text in the reader's own sans-serif, colours are those of Okabe and Ito (2008, Color Universal
Design), which colour-blind readers can tell apart, and everything is drawn to be read on a phone.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from affectlab.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, GRID = "#1d2126", "#5b6470", "#e3e0da"
BLUE, ORANGE, GREEN, SKY, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#CC79A7", "#8A8F98"
MODALITY_COLOURS: Mapping[str, str] = {"T": BLUE, "A": ORANGE, "V": GREEN}
MODALITY_NAMES: Mapping[str, str] = {"T": "text", "A": "audio", "V": "video"}

WIDTH = 4.0
"""Inches; with letters of 10 points this reads well from 320 pixels up."""

_STYLE: Mapping[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10.5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "none",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished figure.

    Parameters
    ----------
    svg
        Markup to be put into a page as it is.
    alt
        What it shows, for those who cannot see it.
    caption
        What to read off it.
    """

    svg: str
    alt: str
    caption: str


@contextmanager
def drawing(name: str, height: float, width: float = WIDTH) -> Iterator[Canvas]:
    """Yield an empty figure in the house style.

    Parameters
    ----------
    name
        Tells the figures of a page apart; decides the identifiers inside the SVG.
    height, width
        Inches.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", "bench") from error
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        yield Canvas(Figure(figsize=(width, height), layout="constrained", facecolor="white"))


@dataclass(frozen=True, slots=True)
class Canvas:
    """A matplotlib figure on its way to a `Picture`; see `drawing`."""

    figure: Figure

    def axes(self) -> Axes:
        return self.figure.add_subplot()

    def picture(self, alt: str, caption: str) -> Picture:
        """Finish the figure."""
        buffer = io.StringIO()
        with warnings.catch_warnings():
            # Letters are drawn by the reader's fonts; that ours lacks some only makes their width a guess.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            self.figure.savefig(buffer, format="svg", metadata={"Date": None})
        return Picture(_inline(buffer.getvalue(), alt), alt, caption)


def _inline(document: str, alt: str) -> str:
    """Make an SVG document fit for a page: no prologue, metadata or fixed size, a name for screen readers."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'(<g|<text) id="[^"]*"', r"\1", body)
    body = body.replace("font-family: 'DejaVu Sans'", "font-family: 'DejaVu Sans', sans-serif")
    head, rest = body.split(">", 1)
    width = re.search(r'width="([\d.]+)pt"', head)
    size = f"max-width:{float(width.group(1)) * 4 / 3:.0f}px" if width else ""
    head = re.sub(r' (width|height)="[\d.]+pt"', "", head)
    return f'{head} role="img" aria-label="{html.escape(alt, quote=True)}" style="{size}">{rest.strip()}'


def light_grid(axes: Axes, axis: str = "x") -> None:
    """Draw a light grid across `axis` and no tick marks."""
    axes.grid(visible=True, axis="x" if axis == "x" else "y")
    axes.tick_params(length=0)
