import pytest
from emomm_media import MOSI_ROWS, write_mosi_mmsa, write_mosi_raw, write_table, write_unimodal

from affectlab.bench.emomm.mosi import read_mosi
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.errors import InvalidData, UnreadableFile


@pytest.fixture
def unimodal(tmp_path):
    return write_unimodal(tmp_path / "unimodal.csv")


def test_the_raw_release_gives_words_voice_face_and_classes(tmp_path, unimodal) -> None:
    corpus = read_mosi(write_mosi_raw(tmp_path), unimodal, EmoMMRules())
    one = corpus.drafts[0]
    assert (one.id, one.source, one.language) == ("mosi_03bSnISJMiM_1", "mosi_03bSnISJMiM", "en")
    assert one.text == "ANYHOW IT WAS REALLY GOOD"
    raw = tmp_path / "Raw"
    assert one.video == raw / "Video" / "Segmented" / "03bSnISJMiM_1.mp4"
    assert one.audio == raw / "Audio" / "WAV_16000" / "Segmented" / "03bSnISJMiM_1.wav"
    assert one.labels == {"T": "P", "A": "WP", "V": "WN", "M": "P"}
    assert one.values == {"T": 0.8, "A": 0.2, "V": -0.4, "M": pytest.approx(0.8)}
    assert [draft.labels["M"] for draft in corpus.drafts] == ["P", "WN", "WN"]


def test_the_raw_release_may_lie_in_the_folder_itself(tmp_path, unimodal) -> None:
    write_mosi_raw(tmp_path)
    for name in ("Audio", "Video", "Transcript"):
        (tmp_path / "Raw" / name).rename(tmp_path / name)
    assert len(read_mosi(tmp_path, unimodal, EmoMMRules()).drafts) == 3


def test_mmsas_copy_gives_the_same_clips_with_sound_from_the_video(tmp_path, unimodal) -> None:
    raw = read_mosi(write_mosi_raw(tmp_path / "raw"), unimodal, EmoMMRules())
    copy = read_mosi(write_mosi_mmsa(tmp_path / "mmsa"), unimodal, EmoMMRules())
    same = ("id", "source", "text", "labels", "values")
    assert [[getattr(one, name) for name in same] for one in copy.drafts] == [
        [getattr(one, name) for name in same] for one in raw.drafts
    ]
    assert copy.drafts[0].audio == copy.drafts[0].video


def test_raw_media_go_with_mmsas_labels(tmp_path, unimodal) -> None:
    write_mosi_raw(tmp_path)
    (tmp_path / "Labels" / "OpinionLevelSentiment.csv").unlink()
    write_mosi_mmsa(tmp_path / "other")
    (tmp_path / "other" / "label.csv").rename(tmp_path / "label.csv")
    assert len(read_mosi(tmp_path, unimodal, EmoMMRules()).drafts) == 3


def test_sound_is_taken_from_the_video_where_there_is_no_wav(tmp_path, unimodal) -> None:
    write_mosi_raw(tmp_path)
    (tmp_path / "Raw" / "Audio" / "WAV_16000" / "Segmented" / "03bSnISJMiM_1.wav").unlink()
    one = read_mosi(tmp_path, unimodal, EmoMMRules()).drafts[0]
    assert one.audio == one.video


def test_without_labels_of_single_modalities_nothing_is_taken_and_one_line_says_so(tmp_path) -> None:
    corpus = read_mosi(write_mosi_raw(tmp_path), None, EmoMMRules())
    assert corpus.drafts == ()
    (note,) = corpus.notes
    assert note.startswith("mosi: all 3 clips left out, they have no labels of single modalities")
    assert "--mosi-unimodal CSV (columns clip, T, A, V" in note


def test_clips_whose_single_modalities_are_not_all_labelled_are_skipped(tmp_path) -> None:
    unimodal = write_table(
        tmp_path / "unimodal.csv",
        [["clip", "T", "A", "V"], ["03bSnISJMiM_1", 1, 0, -0.2], ["03bSnISJMiM_2", 1, "", 0]],
    )
    corpus = read_mosi(write_mosi_raw(tmp_path), unimodal, EmoMMRules())
    assert [one.id for one in corpus.drafts] == ["mosi_03bSnISJMiM_1"]
    assert [one.clip for one in corpus.skipped] == ["mosi_03bSnISJMiM_2", "mosi__dI--eQ6qVU_1"]


def test_another_scale_classes_ratings_otherwise(tmp_path, unimodal) -> None:
    corpus = read_mosi(write_mosi_raw(tmp_path), unimodal, EmoMMRules(mosi_scale=1))
    assert [one.labels["M"] for one in corpus.drafts] == ["P", "N", "N"]
    assert corpus.drafts[0].values["M"] == 1


def test_a_folder_of_another_layout_is_told_what_was_expected(tmp_path, unimodal) -> None:
    with pytest.raises(
        UnreadableFile, match=r"OpinionLevelSentiment.csv is missing; --mosi expects a folder with V"
    ):
        read_mosi(tmp_path, unimodal, EmoMMRules())


@pytest.mark.parametrize("rating", ["3.2", "", "high"])
def test_a_rating_out_of_range_is_named_with_its_place(tmp_path, unimodal, rating) -> None:
    write_table(
        tmp_path / "Labels" / "OpinionLevelSentiment.csv", [[0, 1, "a", 1, 0], [0, 1, "a", 2, rating]]
    )
    with pytest.raises(InvalidData, match=r"row 2: label is .*expected a number in \[-3, 3\]"):
        read_mosi(tmp_path, unimodal, EmoMMRules())


def test_a_label_of_a_single_modality_out_of_range_is_named(tmp_path) -> None:
    unimodal = write_table(tmp_path / "u.csv", [["clip", "T", "A", "V"], ["03bSnISJMiM_1", 1, 2, 0]])
    with pytest.raises(InvalidData, match=r"u.csv, row 2: A is '2', expected a number in \[-1, 1\]"):
        read_mosi(write_mosi_raw(tmp_path), unimodal, EmoMMRules())


def test_transcripts_in_an_older_encoding_are_read(tmp_path, unimodal) -> None:
    write_mosi_raw(tmp_path)
    transcript = tmp_path / "Raw" / "Transcript" / "Segmented" / "_dI--eQ6qVU.annotprocessed"
    transcript.write_bytes("1_DELIM_A CAFÉ\n".encode("latin-1"))
    assert read_mosi(tmp_path, unimodal, EmoMMRules()).drafts[2].text == "A CAFÉ"


def test_a_segment_listed_twice_is_refused(tmp_path, unimodal) -> None:
    write_mosi_raw(tmp_path, (*MOSI_ROWS, MOSI_ROWS[0]))
    with pytest.raises(InvalidData, match="row 4: clip_id: clip 03bSnISJMiM_1 was listed before"):
        read_mosi(tmp_path, unimodal, EmoMMRules())
