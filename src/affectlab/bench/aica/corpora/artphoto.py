"""ArtPhoto: pictures by artists, named after the emotion they were made to evoke.

Layout of ``testImages_artphoto.zip`` (Machajdik & Hanbury, 2010, Affective image classification using
features inspired by psychology and art theory, ACM Multimedia): ``<emotion>_<number>.jpg``.
"""

from __future__ import annotations

from pathlib import Path

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import Unusable, known_label, pictures_in, require_folder
from affectlab.bench.aica.drafts import Draft, Offer, Skipped, require_some

LAYOUT = "<emotion>_<number>.jpg, or these under testImages_artphoto/"

_LABELS = taxonomy("mikels8").labels


def read_artphoto(folder: Path) -> Offer:
    """Read ArtPhoto.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "ArtPhoto", LAYOUT)
    inner = folder / "testImages_artphoto"
    root = inner if inner.is_dir() else folder
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    for path in pictures_in(root):
        name = path.relative_to(folder).as_posix()
        try:
            label = known_label(path.stem.partition("_")[0], _LABELS, f"the emotion of {name}")
        except Unusable as error:
            skipped.append(Skipped("artphoto", name, error.kind, str(error)))
        else:
            drafts.append(Draft(name, path, label, weights={label: 1.0}))
    return require_some(Offer("artphoto", folder, "mikels8", tuple(drafts), tuple(skipped)), LAYOUT)
