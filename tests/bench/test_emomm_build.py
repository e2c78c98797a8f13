import json

import pytest
from emomm_clips import clip
from emomm_media import SIMS_ROWS, write_crema_d, write_mosi_raw, write_sims, write_unimodal

from affectlab.bench.dataset import read_dataset
from affectlab.bench.emomm._agreement import agreements
from affectlab.bench.emomm._corpus import Corpus, Draft, draw
from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.emomm.rules import SIMS5, EmoMMRules
from affectlab.errors import BenchError, InvalidData, UnreadableFile
from affectlab.manifest import sha256


def test_two_corpora_become_one_data_set(tmp_path) -> None:
    unimodal = write_unimodal(tmp_path / "unimodal.csv")
    sources = EmoMMSources(write_sims(tmp_path / "sims"), write_mosi_raw(tmp_path / "mosi"), unimodal)
    summary = build_emomm(sources, tmp_path / "out")
    data = read_dataset(tmp_path / "out")
    assert dict(summary.clips) == {"sims": 4, "mosi": 3}
    assert summary.sources == 5
    assert len(data.samples) == 7 * 7
    assert len({sample.id for sample in data.samples}) == 49
    assert data.info.labels == {
        "N": "negative",
        "WN": "weakly negative",
        "Neu": "neutral",
        "WP": "weakly positive",
        "P": "positive",
    }
    assert data.info.values == {"N": -0.85, "WN": -0.4, "Neu": 0.0, "WP": 0.4, "P": 0.85}


def test_counts_stand_beside_the_published_ones(tmp_path) -> None:
    summary = build_emomm(EmoMMSources(write_sims(tmp_path / "sims")), tmp_path / "out")
    # By hand: the second clip has neutral words under a weakly negative reference.
    assert summary.subsets == {
        "aligned": (3, 1381),
        "conflict": (1, 2619),
        "missing_aligned": (10, 5559),
        "missing_conflict": (2, 6441),
        "single": (12, None),
    }
    assert summary.classes == {"N": 1, "WN": 1, "Neu": 1, "WP": 0, "P": 1}
    assert summary.agreement[0].published == 0.813


def test_media_stay_where_they_are_with_their_hash(tmp_path) -> None:
    folder = write_sims(tmp_path / "sims")
    build_emomm(EmoMMSources(folder), tmp_path / "out")
    sample = read_dataset(tmp_path / "out").samples[0]
    path = folder / "Raw" / "video_0001" / "0001.mp4"
    assert [(one.kind, one.path, one.sha256) for one in sample.media] == [
        ("audio", path, sha256(path)),
        ("video", path, sha256(path)),
    ]
    assert not list((tmp_path / "out").rglob("*.mp4"))


def test_a_source_is_on_one_side_of_the_split(tmp_path) -> None:
    rows = tuple((f"video_{i // 3:04d}", f"{i:04d}", "好", 0, 0, 0, 0, "Neutral", "train") for i in range(30))
    folder = tmp_path / "sims"
    write_sims(folder, rows)
    build_emomm(EmoMMSources(folder), tmp_path / "out", rules=EmoMMRules(test_share=0.5))
    sides: dict[str, set[str]] = {}
    for sample in read_dataset(tmp_path / "out").samples:
        sides.setdefault(sample.groups["source"], set()).add(sample.split)
    assert len(sides) == 10
    assert {len(found) for found in sides.values()} == {1}
    assert {next(iter(found)) for found in sides.values()} == {"train", "test"}


def test_the_same_sources_and_seed_give_the_same_data_set(tmp_path) -> None:
    sources = EmoMMSources(write_sims(tmp_path / "sims"))
    hashes = [
        read_dataset(build_emomm(sources, tmp_path / name, seed=3).folder).info.samples_sha256
        for name in ("one", "two")
    ]
    assert hashes[0] == hashes[1]


def test_the_manifest_names_tables_rules_and_seed(tmp_path) -> None:
    folder = write_sims(tmp_path / "sims")
    build_emomm(EmoMMSources(folder), tmp_path / "out", rules=EmoMMRules(conflict="unimodal"), seed=5)
    info = read_dataset(tmp_path / "out").info
    assert info.parameters["conflict"] == "unimodal"
    assert info.parameters["clips"] == {"sims": 4}
    assert info.manifest["seeds"] == {"build": 5}
    assert info.manifest["data"] == {"sims: meta.csv": sha256(folder / "meta.csv")}


def test_clips_left_out_are_counted_named_and_listed(tmp_path) -> None:
    folder = write_sims(tmp_path / "sims")
    (folder / "Raw" / "video_0001" / "0002.mp4").unlink()
    summary = build_emomm(EmoMMSources(folder), tmp_path / "out")
    assert dict(summary.clips) == {"sims": 3}
    assert summary.notes[0].startswith("clips left out: 1, see skipped.json; the first: sims_video_0001_0002")
    listed = json.loads((tmp_path / "out" / "skipped.json").read_text())
    assert [one["clip"] for one in listed] == ["sims_video_0001_0002"]


def test_a_file_that_cannot_be_read_costs_one_clip(tmp_path, monkeypatch) -> None:
    folder = write_sims(tmp_path / "sims")
    victim = folder / "Raw" / "video_0002" / "0001.mp4"

    def refusing(path):
        if path == victim:
            raise PermissionError(13, "Permission denied")
        return sha256(path)

    monkeypatch.setattr("affectlab.bench.emomm.build.sha256", refusing)
    summary = build_emomm(EmoMMSources(folder), tmp_path / "out")
    assert dict(summary.clips) == {"sims": 3}
    assert [(one.clip, one.why) for one in summary.skipped] == [
        ("sims_video_0002_0001", f"{victim} cannot be read: Permission denied")
    ]


def test_hashing_shows_its_progress(tmp_path) -> None:
    seen: list[tuple[int, int]] = []
    folder = write_sims(tmp_path / "sims")
    build_emomm(EmoMMSources(folder), tmp_path / "out", progress=lambda *told: seen.append(told))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_build_that_is_cut_off_leaves_no_data_set_and_can_be_done_again(tmp_path) -> None:
    sources = EmoMMSources(write_sims(tmp_path / "sims"))

    def cut(finished, total) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_emomm(sources, tmp_path / "out", progress=cut)
    with pytest.raises(UnreadableFile, match="holds no data set"):
        read_dataset(tmp_path / "out")
    build_emomm(sources, tmp_path / "out")
    assert len(read_dataset(tmp_path / "out").samples) == 28


def test_a_build_cut_off_while_making_clips_does_not_pass_for_the_one_before(tmp_path) -> None:
    build_emomm(EmoMMSources(synth=2), tmp_path / "out")

    def cut(finished, total) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_emomm(EmoMMSources(synth=2), tmp_path / "out", seed=1, progress=cut)
    with pytest.raises(UnreadableFile, match="holds no data set"):
        read_dataset(tmp_path / "out")


def test_synthetic_clips_lie_in_the_data_set_and_move_with_it(tmp_path) -> None:
    build_emomm(EmoMMSources(synth=2), tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "moved")
    for sample in read_dataset(tmp_path / "moved").samples:
        for media in sample.media:
            assert media.path.is_relative_to(tmp_path / "moved")
            assert sha256(media.path) == media.sha256


def test_crema_d_builds_with_its_emotions_and_no_values(tmp_path) -> None:
    summary = build_emomm(EmoMMSources(crema_d=write_crema_d(tmp_path / "crema")), tmp_path / "out")
    info = read_dataset(tmp_path / "out").info
    assert list(info.labels.values()) == ["anger", "disgust", "fear", "happiness", "neutral", "sadness"]
    assert info.values == {}
    assert dict(summary.clips) == {"crema_d": 4 + 2}
    assert {published for _, published in summary.subsets.values()} == {None}
    assert summary.agreement[0].closeness is None


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        (EmoMMSources(), "no source given; expected --sims DIR, --mosi DIR, --crema-d DIR or --synthetic N"),
        (
            EmoMMSources(crema_d="c", synth=3),
            "--crema-d has six emotions and --synthetic five classes of valence",
        ),
        (
            EmoMMSources(crema_d="c", sims="s"),
            "--crema-d has six emotions and --sims five classes of valence",
        ),
        (EmoMMSources(synth=1, mosi_unimodal="u.csv"), "--mosi-unimodal u.csv is of no use without --mosi"),
    ],
)
def test_sources_that_do_not_go_together_are_refused(tmp_path, sources, line) -> None:
    with pytest.raises(BenchError, match=line):
        build_emomm(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_mosi_alone_without_single_modality_labels_builds_nothing(tmp_path) -> None:
    with pytest.raises(BenchError, match="no clip is left to build from; mosi: all 3 clips left out"):
        build_emomm(EmoMMSources(mosi=write_mosi_raw(tmp_path / "mosi")), tmp_path / "out")


def test_a_faulty_table_stops_the_build_before_anything_is_written(tmp_path) -> None:
    folder = write_sims(tmp_path / "sims", (*SIMS_ROWS, ("v", "1", "好", 7, 0, 0, 0, "Positive", "test")))
    with pytest.raises(InvalidData, match="row 6: label is '7'"):
        build_emomm(EmoMMSources(folder), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def corpus_of(**sizes: int) -> Corpus:
    model = clip()
    drafts = [
        Draft(f"{label}_{i}", "sims", "s", "", "zh", "", model.audio.path, model.video.path, {"M": label})
        for label, size in sizes.items()
        for i in range(size)
    ]
    return Corpus("sims", tuple(drafts))


def test_as_many_clips_are_drawn_as_wanted_and_all_when_there_are_fewer() -> None:
    corpus = corpus_of(N=30, P=70)
    drawn = draw(corpus, EmoMMRules(clips_per_corpus=20), 0)
    assert len({one.id for one in drawn}) == 20
    assert draw(corpus, EmoMMRules(clips_per_corpus=20), 0) == drawn
    assert draw(corpus, EmoMMRules(clips_per_corpus=20), 1) != drawn
    assert draw(corpus, EmoMMRules(clips_per_corpus=101), 0) == list(corpus.drafts)
    assert draw(corpus, EmoMMRules(clips_per_corpus=None), 0) == list(corpus.drafts)


def test_a_stratified_draw_takes_equal_numbers_as_far_as_there_are_enough() -> None:
    drawn = draw(corpus_of(N=3, WN=50, P=90), EmoMMRules(clips_per_corpus=43, stratify="class"), 0)
    assert [sum(one.labels["M"] == label for one in drawn) for label in ("N", "WN", "P")] == [3, 20, 20]


def test_agreement_by_each_formula_on_a_worked_example() -> None:
    clips = [
        clip("one", t="P", m="P", values={"T": 0.8, "M": 1.0}),
        clip("two", t="WP", m="P", values={"T": 0.4, "M": 0.8}),
        clip("three", t="WN", m="P", values={"T": -0.4, "M": 0.8}),
        clip("four", t="N", m="N", values={"T": -1.0, "M": -1.0}),
    ]
    one = agreements(clips, SIMS5, comparable=False)[0]
    assert one.channels == ("M", "T")
    assert one.same_class == 0.5
    assert one.same_polarity == 0.75
    assert one.closeness == pytest.approx(1 - (0.2 + 0.4 + 1.2 + 0) / 4 / 2)
    assert one.published is None


def test_figures_come_as_rows(tmp_path) -> None:
    rows = build_emomm(EmoMMSources(write_sims(tmp_path / "sims")), tmp_path / "out").rows()
    assert {"subset": "conflict", "metric": "samples", "value": 1, "low": None, "high": None, "n": 4} in rows
    assert any(row.get("target") == "M-T" and row["metric"] == "alpha" for row in rows)
    json.dumps(rows, allow_nan=False)


def test_agreement_that_is_undefined_makes_no_row(tmp_path) -> None:
    rows = build_emomm(EmoMMSources(write_sims(tmp_path / "sims", SIMS_ROWS[3:])), tmp_path / "out").rows()
    found = {row["metric"] for row in rows if row.get("target") == "M-T"}
    assert found == {"same_class", "same_polarity", "closeness"}
    json.dumps(rows, allow_nan=False)
