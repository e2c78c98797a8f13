"""List every score of the music21 corpus with what its file says of rights, and whether we may train on it.

    python recipes/music/list_scores.py        # writes recipes/music/scores.csv

The rule: the file itself must state that the encoding is in the public domain, CC0, or under a licence as
permissive as CC BY. What states nothing is left out; music21's own notice (``corpus/license.txt``) says that
encodings "may be under copyright" and "other restrictions" may apply.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from affectlab.music.learned.corpus.scores import corpus_folder

COLUMNS = ("path", "composer", "title", "encoder", "rights", "decision", "reason")
FORMATS = {".mxl", ".xml", ".musicxml", ".krn", ".abc"}
# What a file states (a pattern), whether that allows training and shipping, and why; the first match decides.
STATED = (
    (
        r"CC[- ](BY[- ]SA|SA[- ]BY)",
        "leave",
        "share-alike: whether weights would have to be shared alike is open",
    ),
    (r"GNU General Public License", "leave", "GPL"),
    (r"CC0|public domain", "keep", "stated to be in the public domain"),
    (r"Creative Commons License \(CC-BY\)", "keep", "CC BY: attribution suffices"),
    (r"Rights to all derivative electronic formats reserved", "leave", "rights reserved by the encoder"),
    (r"All Rights Reserved", "leave", "all rights reserved"),
    (r"UT ?ORPHEUS", "leave", "made from an edition in copyright (Ut Orpheus, 2003)"),
    (r"Greentree", "leave", "jsbchorales.net: free to download, commercial use reserved by its encoder"),
)
# Folders whose files state nothing themselves.
FOLDERS = {
    "essenFolksong": "its license.txt: legal status unclear, permission for non-commercial use",
    "bach": "from jsbchorales.net or unstated; the former reserves commercial use",
}
SILENT = "no terms stated"
NAMED = "names who transcribed it, states no terms"


def text_of(path: Path) -> str:
    """Return a score's text; of a compressed one that of the score inside."""
    if path.suffix != ".mxl":
        return path.read_text(encoding="utf-8", errors="replace")
    with zipfile.ZipFile(path) as archive:
        inside = next(n for n in archive.namelist() if n.endswith(("xml",)) and "META" not in n)
        raw = archive.read(inside)
    return raw.decode("utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", errors="replace")


def tags(text: str, name: str) -> list[str]:
    """Return what stands in every XML element of a name, on one line each."""
    found = re.findall(rf"<{name}(?:\s[^>]*)?>(.*?)</{name}>", text, re.DOTALL)
    return [one for raw in found if (one := " ".join(raw.split()))]


def described(path: Path) -> dict[str, str]:
    """Return composer, title, encoder and stated rights of a score."""
    text = text_of(path)
    if path.suffix == ".krn":
        lines = dict(re.findall(r"^!!!(\w+): *(.+)$", text, re.MULTILINE))
        rights = re.findall(r"^!!!(?:YEC|YEM): *(.+)$", text, re.MULTILINE)
        fields = lines.get("COM", ""), lines.get("OTL", ""), lines.get("ENC", lines.get("EED", "")), rights
    elif path.suffix == ".abc":
        first = dict(reversed(re.findall(r"^([TCZ]): *(.+)$", text, re.MULTILINE)))
        rights = [one for one in re.findall(r"^% *(.+)$", text, re.MULTILINE) if _speaks_of_rights(one)]
        fields = first.get("C", ""), first.get("T", ""), first.get("Z", ""), rights
    else:
        words = [one for one in tags(text, "credit-words") if _speaks_of_rights(one)]
        titles = tags(text, "movement-title") + tags(text, "work-title")
        composers = re.findall(r'<creator type="composer">(.*?)</creator>', text, re.DOTALL)
        fields = (
            " ".join(" ".join(composers[:1]).split()),
            "; ".join(dict.fromkeys(titles)),
            "; ".join(tags(text, "encoder")),
            tags(text, "rights") + words,
        )
    composer, title, encoder, rights = fields
    return {
        "composer": composer.strip(),
        "title": title.strip(),
        "encoder": without_addresses(encoder),
        "rights": " | ".join(dict.fromkeys(map(without_addresses, rights)))[:120],
    }


def without_addresses(text: str) -> str:
    """Leave out addresses of mail and of pages."""
    return re.sub(r"\S+[@:]\S+\.\S+", "", text).strip(' ,;*"')


def _speaks_of_rights(line: str) -> bool:
    return bool(re.search(r"©|copyright|licen[cs]e|rights|permission|CC0|public domain", line, re.IGNORECASE))


def decided(folder: str, entry: dict[str, str]) -> tuple[str, str]:
    """Return the decision on a score and its reason."""
    for pattern, decision, reason in STATED:
        if re.search(pattern, entry["rights"], re.IGNORECASE):
            return decision, reason
    if folder in FOLDERS:
        return "leave", FOLDERS[folder]
    return "leave", NAMED if entry["encoder"] else SILENT


def rows() -> Iterator[dict[str, str]]:
    """Yield a row for every score of the corpus, in order of their paths."""
    corpus = corpus_folder()
    for path in sorted(corpus.rglob("*")):
        if path.suffix in FORMATS:
            name = path.relative_to(corpus).as_posix()
            entry = described(path)
            decision, reason = decided(name.partition("/")[0], entry)
            yield {"path": name, **entry, "decision": decision, "reason": reason}


def main() -> None:
    """Write the list beside this file."""
    with Path(__file__).with_name("scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
