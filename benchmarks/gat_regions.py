"""Regions and marks of grounded affective trees: time per picture beside rivals, and a sheet to look at.

Usage: python benchmarks/gat_regions.py PICTURES --out FOLDER [--count 20] [--times 20]

PICTURES is a folder of photographs; `--count` of them are taken at even steps through their sorted names.
The sheet, FOLDER/sheet.png, shows each with its marks. Times are taken in this process, one picture after
another, at several sizes that the same pictures are resized to: from the decoded picture to the marked one
("ours"), its regions alone, and two rivals for the regions: the same segmentation at full size before the
same merging, and SLIC superpixels at the working size before the same merging. Times are processor time, so
that other work on the machine does not count; set OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from affectlab.models.media import media_of, read_image
from affectlab.prompting.gat.marks import draw, enlarge, mark_points, radius_of
from affectlab.prompting.gat.merging import merge
from affectlab.prompting.gat.regions import (
    Labels,
    Picture,
    by_size,
    describe,
    features,
    halves,
    segment,
    shrink,
)
from affectlab.prompting.gat.rules import GatRules

ROW = "{:>12}{:>26}{:>6}{:>10}{:>10}{:>12}"
SIZES = {"16 x 16": (16, 16), "500 x 400": (500, 400), "2 MP": (1632, 1224), "20 MP": (5164, 3873)}
RULES = GatRules()
CELL, COLUMNS = 480, 4


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--times", type=int, default=20, help="Pictures timed at each size; 0 for none.")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    chosen = evenly(sorted(one for one in arguments.pictures.iterdir() if one.is_file()), arguments.count)
    sheet(chosen, arguments.out / "sheet.png")
    print(arguments.out / "sheet.png")
    if arguments.times:
        table(evenly(chosen, arguments.times))


def evenly(files: list[Path], count: int) -> list[Path]:
    places = np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)
    return [files[place] for place in places]


def sheet(files: list[Path], path: Path) -> None:
    """Write the marked pictures in rows, each with its name and regions' shares."""
    rows = -(-len(files) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * CELL, rows * CELL), "white")
    font = ImageFont.load_default(size=15)
    for place, file in enumerate(files):
        picture = enlarge(read_image(media_of(file, "image")), RULES)
        image, labels = marked(picture)
        image.thumbnail((CELL - 12, CELL - 40))
        left, top = place % COLUMNS * CELL, place // COLUMNS * CELL
        page.paste(image, (left + 6, top + 6))
        shares = " ".join(f"{one.number}:{one.share:.0%}" for one in describe(labels))
        ImageDraw.Draw(page).text((left + 6, top + CELL - 28), f"{file.stem}   {shares}", "black", font)
    page.save(path)


def marked(picture: Picture) -> tuple[Image.Image, Labels]:
    labels = segment(picture, RULES)
    radius = radius_of(picture.shape, RULES)
    points = mark_points(labels, picture.shape, radius)
    return draw(picture, labels, points, {number: number for number in points}, radius), labels


def full_size(picture: Picture) -> Labels:
    """Segment at the picture's own size, its scale and smallest segment grown with the area."""
    from skimage.measure import label
    from skimage.segmentation import felzenszwalb

    grown = max(1.0, max(picture.shape) / RULES.working_side)
    found = felzenszwalb(
        picture,
        scale=RULES.scale * grown,
        sigma=RULES.sigma * grown,
        min_size=round(RULES.min_size * grown**2),
    )
    return merged(label(found + 1, connectivity=1) - 1, picture)


def superpixels(picture: Picture) -> Labels:
    from skimage.segmentation import slic

    small = shrink(picture, RULES.working_side)
    return merged(
        slic(small, n_segments=150, compactness=10, start_label=0, enforce_connectivity=True), small
    )


def merged(fine: Labels, picture: Picture) -> Labels:
    found = merge(fine.astype(np.int64), features(picture, RULES), RULES)
    return by_size(found if found.max() else halves(found.shape))


def table(files: list[Path]) -> None:
    ways: dict[str, Callable[[Picture], object]] = {
        "ours, regions and marks": marked,
        "ours, regions": lambda picture: segment(picture, RULES),
        "full-size, regions": full_size,
        "SLIC, regions": superpixels,
    }
    superpixels(resized(files[0], (64, 64)))
    marked(resized(files[0], (64, 64)))
    print(ROW.format("size", "what", "n", "p50 ms", "p95 ms", "regions"))
    for size, shape in SIZES.items():
        pictures = [resized(file, shape) for file in (files[:2] if size == "20 MP" else files)]
        for name, way in ways.items():
            if name.startswith("full") and size == "20 MP":
                continue
            times = np.array([timed(way, picture) for picture in pictures]) * 1e3
            found = np.mean([count(way(picture)) for picture in pictures[:2]])
            middle, late = np.percentile(times, [50, 95])
            print(
                ROW.format(size, name, len(times), f"{middle:.0f}", f"{late:.0f}", f"{found:.1f}"), flush=True
            )


def count(found: object) -> int:
    labels = found[1] if isinstance(found, tuple) else found
    assert isinstance(labels, np.ndarray)
    return int(labels.max())


def resized(file: Path, shape: tuple[int, int]) -> Picture:
    image = Image.fromarray(read_image(media_of(file, "image")))
    return enlarge(np.asarray(image.resize(shape, Image.Resampling.LANCZOS)), RULES)


def timed(way: Callable[[Picture], object], picture: Picture) -> float:
    """Processor seconds."""
    started = time.process_time()
    way(picture)
    return time.process_time() - started


if __name__ == "__main__":
    main()
