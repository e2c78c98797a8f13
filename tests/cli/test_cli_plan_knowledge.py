"""`affectlab plan knowledge`: what it prints, and how it refuses."""

import json

import pytest

from affectlab.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command with a knowledge folder of its own and without an embedder; return code and stdout."""
    monkeypatch.setenv("AFFECTLAB_KNOWLEDGE", str(tmp_path / "own"))
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path / "models"))

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["plan", "knowledge", *map(str, arguments)])
        return end.value.code, *capsys.readouterr()

    return run


def entry(name="tempo-mine-01", **changes):
    return {
        "id": name,
        "topic": "tempo",
        "claim": "Slow bagpipes calmed our glockenspielers.",
        "implies": [{"field": "tempo_bpm", "direction": "lower"}],
        "population": "one band",
        "evidence": {"level": "expert"},
        "source": {"title": "Notes", "url": "https://example.org/notes"},
    } | changes


def test_search_prints_one_object_and_says_what_was_missing(run):
    code, out, _ = run("search", "slow tempo for sleep", "--json", "--limit", 3)
    said = json.loads(out)
    assert code == 0
    assert len(said["rows"]) == 3
    assert "models pull embedder" in said["note"]
    assert said["rows"][0].keys() == {"score", "bm25", "dense", "entry"}
    assert said["rows"][0]["entry"]["source"]["title"]


def test_search_heeds_contraindications(run):
    everything = json.loads(run("search", "seizure", "--json")[1])["rows"]
    nobody = json.loads(run("search", "seizure", "--contraindication", "none", "--json")[1])["rows"]
    person = json.loads(run("search", "calm", "--contraindication", "tinnitus", "--json")[1])["rows"]
    assert everything[0]["entry"]["contraindications"]
    assert not any(row["entry"]["contraindications"] for row in nobody)
    assert "tinnitus" in person[0]["entry"]["contraindications"]


def test_an_unknown_contraindication_is_one_line(run):
    code, _, said = run("search", "calm", "--contraindication", "vampire")
    assert code == 2
    assert "'vampire' is not one of: sound_sensitivity" in said


def test_own_entries_are_added_listed_shown_and_found(run, tmp_path):
    file = tmp_path / "band.jsonl"
    file.write_text(json.dumps(entry()), "utf-8")
    assert json.loads(run("add", file, "--json")[1])["added"] == ["own:tempo-mine-01"]
    assert [row["id"] for row in json.loads(run("list", "--own", "--json")[1])["rows"]] == [
        "own:tempo-mine-01"
    ]
    assert "https://example.org/notes" in run("show", "own:tempo-mine-01")[1]
    assert run("search", "glockenspielers")[1].startswith("own:tempo-mine-01")
    assert run("check")[0] == 0


def test_faults_are_named_by_line_and_nothing_is_added(run, tmp_path):
    file = tmp_path / "band.jsonl"
    file.write_text(f"{json.dumps(entry())}\n{json.dumps(entry(source={'title': 'x'}))}\nrubbish\n", "utf-8")
    code, _, said = run("add", file)
    assert code == 2
    assert [line.split(": ")[1] for line in said.splitlines()] == ["band.jsonl line 2", "band.jsonl line 3"]
    assert json.loads(run("list", "--own", "--json")[1])["rows"] == []


def test_an_unknown_entry_is_one_line(run):
    code, out, said = run("show", "nothing-01")
    assert (code, out) == (2, "")
    assert "there is no entry 'nothing-01'" in said
