"""FI: photographs from Flickr and Instagram, a folder for each class.

Layout as public loaders read it (You et al., 2016, Building a large scale dataset for image emotion
recognition: the fine print and the benchmark, AAAI): one folder for each of Mikels' eight emotions.
"""

from __future__ import annotations

from pathlib import Path

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import Unusable, known_label, pictures_in, require_folder
from affectlab.bench.aica.drafts import Draft, Offer, Skipped, require_some

LAYOUT = "a folder of pictures for each of Mikels' eight emotions, or these folders under images/ or image/"

_LABELS = taxonomy("mikels8").labels


def read_fi(folder: Path) -> Offer:
    """Read FI; a folder that is no emotion is named and left out.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "FI", LAYOUT)
    root = next((folder / name for name in ("images", "image") if (folder / name).is_dir()), folder)
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    for inner in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        name = inner.relative_to(folder).as_posix()
        try:
            label = known_label(inner.name, _LABELS, f"folder {name}")
        except Unusable as error:
            skipped.append(Skipped("fi", name, error.kind, str(error)))
            continue
        drafts += [
            Draft(path.relative_to(folder).as_posix(), path, label, weights={label: 1.0})
            for path in pictures_in(inner)
        ]
    return require_some(Offer("fi", folder, "mikels8", tuple(drafts), tuple(skipped)), LAYOUT)
