import asyncio
import json
import zipfile

import httpx
import pytest
from fastapi import FastAPI

from affectlab.errors import AffectlabError, StudioError
from affectlab.session.config import SessionConfig
from affectlab.session.runner import Session
from affectlab.studio.archive import Archive, subject
from affectlab.studio.downloads import download_routes, say_error


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("sessions")
    config = SessionConfig(minutes=0.2, rest_seconds=5, speed=100, synth="builtin", arm="open")
    session = Session(config, root / "20260101-120000-abcd", command="studio", automatic=True)
    session.open()
    session.run()
    return root, session.id


def fetch(root, path):
    app = FastAPI()
    app.include_router(download_routes(Archive(root)))
    app.add_exception_handler(AffectlabError, say_error)

    async def scene():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio") as browser:
            return await browser.get(path)

    return asyncio.run(scene())


def test_sessions_are_listed_by_their_blinded_id_without_the_arm(recorded):
    root, identity = recorded
    (session,) = Archive(root).list()
    assert (session.id, session.goal, session.source, session.complete) == (identity, "relax", "sim", True)
    assert "open" not in repr(session)


def test_a_missing_folder_holds_no_sessions(tmp_path):
    assert Archive(tmp_path / "absent").list() == ()


def test_a_damaged_manifest_is_listed_so_that_it_can_be_looked_into(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "manifest.json").write_text("{")
    (session,) = Archive(tmp_path).list()
    assert (session.id, session.complete) == ("one", False)


@pytest.mark.parametrize("name", ["../20260101-120000-abcd", "..", ".", "absent", "a/b", ""])
def test_only_names_of_sessions_lead_to_folders(recorded, name):
    with pytest.raises(StudioError, match="no session"):
        Archive(recorded[0]).folder(name)


def test_the_report_is_one_page_that_hides_the_arm_until_asked(recorded):
    blind = fetch(recorded[0], "/sessions/20260101-120000-abcd/report")
    assert blind.headers["content-type"].startswith("text/html")
    assert blind.headers["cache-control"] == "no-store"
    open_ = fetch(recorded[0], "/sessions/20260101-120000-abcd/report?arm=true")
    assert recorded[1] in blind.text
    assert blind.text != open_.text


def test_the_zip_holds_the_folder_whole_and_leaves_nothing_behind(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = fetch(recorded[0], "/sessions/20260101-120000-abcd/zip")
    (tmp_path / "got.zip").write_bytes(answer.content)
    with zipfile.ZipFile(tmp_path / "got.zip") as bundle:
        inside = {name.split("/", 1)[1]: bundle.read(name) for name in bundle.namelist()}
    for path in (recorded[0] / "20260101-120000-abcd").iterdir():
        assert inside[path.name] == path.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["got.zip"]


def test_the_bids_export_is_a_data_set(recorded, tmp_path):
    answer = fetch(recorded[0], "/sessions/20260101-120000-abcd/bids")
    (tmp_path / "got.zip").write_bytes(answer.content)
    with zipfile.ZipFile(tmp_path / "got.zip") as bundle:
        names = bundle.namelist()
        (described,) = [name for name in names if name.endswith("dataset_description.json")]
        assert "BIDSVersion" in json.loads(bundle.read(described))
    assert any(name.endswith("_eeg.vhdr") for name in names)


def test_an_unknown_session_is_one_line(recorded):
    answer = fetch(recorded[0], "/sessions/absent/report")
    assert answer.status_code == 404
    assert answer.text.count("\n") == 1
    assert "absent" in answer.text


def test_deleting_removes_the_folder_and_only_that(tmp_path):
    keep, doomed = (tmp_path / name for name in ("keep", "doomed"))
    for folder in (keep, doomed):
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"command": "studio"}))
    Archive(tmp_path).delete("doomed")
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


def test_bids_labels_are_letters_and_digits():
    assert subject("20260101-120000-abcd") == "20260101120000abcd"
