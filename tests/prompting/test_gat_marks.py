"""Marked pictures: whole, upright, readable on any ground, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.prompting.gat import ARMS, Gat, GatRules, gat
from affectlab.prompting.gat.marks import SMALLEST_RADIUS, draw, enlarge, mark_points, radius_of

LABELS = ("awe", "fear", "joy")


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """Sky above, a dark hill below at the left, sand at the right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2] = 120, 170, 230
    picture[height // 2 :, : width // 2] = 30, 60, 30
    picture[height // 2 :, width // 2 :] = 210, 190, 120
    return Image.fromarray(picture)


def write(folder: Path, name: str, image: Image.Image, **options: object) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def made(path: Path, folder: Path, **options: object) -> Gat:
    return gat(path, labels=LABELS, out=folder / "marked", **options)


def rotated(folder: Path) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    return write(folder, "rotated.jpg", scene(), exif=exif)


KINDS = {
    "tiny": (lambda folder: write(folder, "tiny.png", scene(16, 16)), (224, 224)),
    "one pixel": (lambda folder: write(folder, "one.png", scene(1, 1)), (224, 224)),
    "strip": (lambda folder: write(folder, "strip.png", scene(2000, 10)), (4800, 24)),
    "grey": (lambda folder: write(folder, "grey.png", scene().convert("L")), (320, 240)),
    "CMYK": (lambda folder: write(folder, "cmyk.jpg", scene().convert("CMYK")), (320, 240)),
    "palette": (lambda folder: write(folder, "palette.gif", scene().convert("P")), (320, 240)),
    "alpha": (lambda folder: write(folder, "alpha.png", scene().convert("RGBA")), (320, 240)),
    "turned": (rotated, (240, 320)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_are_marked(kind: str, tmp_path: Path) -> None:
    make, size = KINDS[kind]
    one = made(make(tmp_path), tmp_path)
    with Image.open(one.marked) as image:
        image.load()
        assert (image.size, image.mode) == (size, "RGB")
    assert 2 <= len(one.regions) <= 4
    assert [region.number for region in one.regions] == list(range(1, len(one.regions) + 1))
    assert sum(region.share for region in one.regions) == pytest.approx(1)
    assert one.image.path == one.marked


def test_twenty_megapixels_become_a_jpeg_of_their_size(tmp_path: Path) -> None:
    one = made(write(tmp_path, "large.jpg", scene(5200, 3900)), tmp_path)
    assert one.marked.suffix == ".jpg"
    with Image.open(one.marked) as image:
        assert image.size == (5200, 3900)
    assert len(one.regions) == 3


def luma(image: Image.Image, x: float, y: float, radius: int) -> np.ndarray:
    """Grey levels inside a mark."""
    grey = np.asarray(image.convert("L"), dtype=float)
    rows, columns = np.indices(grey.shape)
    return grey[np.hypot(columns - x, rows - y) < 0.95 * radius]


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (127, 127, 127), (200, 0, 0), (255, 255, 0)])
def test_a_mark_stands_out_on_any_ground_and_its_number_on_it(ground: tuple[int, int, int]) -> None:
    picture = np.full((240, 320, 3), ground, np.uint8)
    labels = np.repeat([1, 2], 120)[:, None] + np.zeros(320, dtype=np.int64)
    points = mark_points(labels, picture.shape, 14)
    image = draw(picture, labels, points, {1: 1, 2: 2}, 14)
    grey = Image.fromarray(picture).convert("L").getpixel((0, 0))
    inside = [luma(image, points[number][0] * 320, points[number][1] * 240, 14) for number in (1, 2)]
    for levels in inside:
        plate = np.median(levels)
        assert abs(plate - grey) > 100
        assert 0.03 < np.mean(abs(levels - plate) > 150) < 0.6
    assert np.mean(abs(inside[0][: len(inside[1])] - inside[1]) > 100) > 0.03, "1 and 2 look different"
    line = np.asarray(image.convert("L"), dtype=float)[112:128, 5]
    assert line.max() > 240
    assert line.min() < 15, "an outline is white between black"


def test_marks_grow_with_the_picture_but_stay_legible() -> None:
    rules = GatRules()
    assert radius_of((224, 224, 3), rules) == SMALLEST_RADIUS
    assert radius_of((3000, 4000, 3), rules) == round(rules.mark_share * 12e6**0.5)
    assert radius_of((24, 2000, 3), rules) == 11


def test_marks_lie_in_their_regions_and_clear_of_each_other() -> None:
    labels = np.ones((100, 100), dtype=np.int64)
    labels[20:80, 20:80] = 2
    labels[48:52, 48:52] = 3
    points = mark_points(labels, (400, 400, 3), 40)
    for number, (x, y) in points.items():
        assert labels[int(y * 100), int(x * 100)] == number
    (one, other) = (np.array(points[number]) * 400 for number in (1, 2))
    assert np.hypot(*(one - other)) > 2 * 40


def test_a_large_picture_is_not_enlarged() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    assert enlarge(picture, GatRules()) is picture


def test_only_the_marks_differ_from_the_original(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    with Image.open(made(path, tmp_path).marked) as image:
        changed = np.any(np.asarray(image) != np.asarray(scene()), axis=-1)
    assert 0.01 < changed.mean() < 0.15


def test_the_same_question_makes_the_same_file_once(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    first = made(path, tmp_path)
    content, written = first.marked.read_bytes(), first.marked.stat().st_mtime_ns
    again = made(path, tmp_path)
    assert (again.marked, again.marked.stat().st_mtime_ns) == (first.marked, written)
    elsewhere = made(path, tmp_path / "elsewhere")
    assert (elsewhere.marked.name, elsewhere.marked.read_bytes()) == (first.marked.name, content)
    assert made(path, tmp_path, arm="scaffold").marked == first.marked
    assert made(path, tmp_path, rules=GatRules(mark_share=0.05)).marked != first.marked
    assert {one.name for one in (tmp_path / "marked").iterdir() if one.is_file()} == {
        first.marked.name,
        made(path, tmp_path, rules=GatRules(mark_share=0.05)).marked.name,
    }


def test_shuffled_numbers_stand_on_other_regions_than_the_text_says(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    right, wrong = made(path, tmp_path), made(path, tmp_path, arm="gat-shuffled")
    assert wrong.prompts.eu() == right.prompts.eu()
    places = {region.mark: region.number for region in right.regions}
    assert {region.mark for region in wrong.regions} == set(places)
    assert all(places[region.mark] != region.number for region in wrong.regions)
    assert wrong.marked.read_bytes() != right.marked.read_bytes()


def test_random_and_grid_regions_do_not_follow_the_picture(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    right, chance = made(path, tmp_path), made(path, tmp_path, arm="gat-random")
    assert [one.share for one in chance.regions] == pytest.approx(
        [one.share for one in right.regions], abs=0.03
    )
    assert [one.box for one in chance.regions] != [one.box for one in right.regions]
    assert made(path, tmp_path, arm="gat-random", seed=1).regions != chance.regions
    assert [one.share for one in made(path, tmp_path, arm="gat-grid").regions] == pytest.approx(
        [0.25] * 4, abs=0.01
    )


def test_without_marks_the_original_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    tree = made(path, tmp_path, arm="tree")
    assert (tree.marked, tree.regions, tree.image.path) == (None, (), path)
    assert not (tmp_path / "marked").exists()


def test_mistakes_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    with pytest.raises(InvalidConfig, match=r"arm 'both' .* gat-grid"):
        made(path, tmp_path, arm="both")
    with pytest.raises(InvalidConfig, match=r"language 'fr' .* en, zh"):
        made(path, tmp_path, language="fr")
    with pytest.raises(InvalidConfig, match="no labels"):
        gat(path, labels=(), out=tmp_path)
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    for arm in ARMS[:2]:
        with pytest.raises(UnreadableFile, match=r"cut\.jpg is no readable picture"):
            made(tmp_path / "cut.jpg", tmp_path, arm=arm)


def test_a_marked_picture_that_is_kept_is_neither_parted_nor_drawn_again(tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    first = {arm: made(path, tmp_path, arm=arm) for arm in ("gat", "gat-shuffled", "gat-random", "gat-grid")}
    times = {arm: one.marked.stat().st_mtime_ns for arm, one in first.items()}
    for arm, one in first.items():
        again = made(path, tmp_path, arm=arm)
        assert (again.regions, again.prompts, again.image) == (one.regions, one.prompts, one.image)
        assert again.marked.stat().st_mtime_ns == times[arm]


@pytest.mark.parametrize("harm", ["marks gone", "marks changed", "regions damaged", "parts damaged"])
def test_what_was_kept_and_then_damaged_is_made_again(harm: str, tmp_path: Path) -> None:
    path = write(tmp_path, "scene.png", scene())
    first = made(path, tmp_path)
    content = first.marked.read_bytes()
    kept = tmp_path / "marked" / "regions"
    if harm == "marks gone":
        first.marked.unlink()
    elif harm == "marks changed":
        first.marked.write_bytes(content[:100])
    else:
        for one in kept.glob("*.json" if harm == "regions damaged" else "*"):
            one.write_bytes(b"{" + one.read_bytes()[:40])
    again = made(path, tmp_path)
    assert (again.regions, again.marked.read_bytes()) == (first.regions, content)
