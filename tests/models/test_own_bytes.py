"""Picture files go to servers as they are, or not at all as files."""

from __future__ import annotations

import hashlib
import io
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectlab.errors import UnreadableFile
from affectlab.models import ModelOptions, Request
from affectlab.models._inlined import Blob, Inliner
from affectlab.models._own_bytes import own_bytes
from affectlab.models.media import media_of, read_image

PICTURE = Image.fromarray(
    np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)  # every pixel differs
)


def sent(path: Path, longest_side: int | None = None) -> Blob:
    inliner = Inliner(ModelOptions(longest_side=longest_side))
    (piece,) = inliner.pieces(Request((media_of(path, "image"),)))
    assert isinstance(piece, Blob)
    return piece


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        ("a.jpg", "RGB", "image/jpeg"),
        ("a.jpg", "L", "image/jpeg"),
        ("a.png", "RGB", "image/png"),
        ("a.png", "P", "image/png"),
        ("a.webp", "RGB", "image/webp"),
    ],
)
def test_a_plain_file_goes_byte_for_byte(tmp_path: Path, name: str, mode: str, kind: str) -> None:
    path = tmp_path / name
    PICTURE.convert(mode).save(path)
    blob = sent(path, longest_side=40)
    content = b64decode(blob.content)
    assert hashlib.sha256(content).hexdigest() == media_of(path, "image").sha256
    assert blob.uri.startswith(f"data:{kind};base64,")


def write_animation(path: Path) -> None:
    PICTURE.save(path, save_all=True, append_images=[PICTURE.rotate(180)])


def write_turned(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(path, exif=exif)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("cmyk.jpg", lambda path: PICTURE.convert("CMYK").save(path)),
        ("clear.png", lambda path: PICTURE.convert("RGBA").save(path)),
        ("deep.png", lambda path: Image.new("I;16", (40, 30), 40000).save(path)),
        ("moving.webp", write_animation),
        ("moving.gif", write_animation),
        ("turned.jpg", write_turned),
        ("raw.bmp", PICTURE.save),
    ],
)
def test_what_servers_may_show_otherwise_goes_as_the_picture_it_is(
    tmp_path: Path, name: str, write: object
) -> None:
    path = tmp_path / name
    assert callable(write)
    write(path)
    blob = sent(path)
    with Image.open(io.BytesIO(b64decode(blob.content))) as shown:
        assert shown.format == "JPEG"
        assert shown.size == read_image(media_of(path, "image")).shape[1::-1]


def test_a_picture_to_be_shrunk_is_encoded_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    PICTURE.save(path)
    with Image.open(io.BytesIO(b64decode(sent(path, longest_side=20).content))) as shown:
        assert shown.size == (20, 15)


def test_a_file_cut_short_is_refused_and_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    PICTURE.save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableFile, match=r"a\.jpg"):
        sent(path)


def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.png"):
        own_bytes(tmp_path / "gone.png")
