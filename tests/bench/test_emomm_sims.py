import pytest
from emomm_media import SIMS_COLUMNS, SIMS_ROWS, write_sims, write_table

from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.emomm.sims import read_sims
from affectlab.errors import InvalidData, UnreadableFile


def test_clips_come_with_words_file_and_a_label_of_each_channel(tmp_path) -> None:
    corpus = read_sims(write_sims(tmp_path), EmoMMRules())
    one = corpus.drafts[1]
    assert (one.id, one.source, one.language) == ("sims_video_0001_0002", "sims_video_0001", "zh")
    assert one.text == "都是假的"
    assert one.audio == one.video == tmp_path / "Raw" / "video_0001" / "0002.mp4"
    assert one.labels == {"T": "Neu", "A": "WN", "V": "WN", "M": "WN"}
    assert one.values == {"T": 0.0, "A": -0.6, "V": -0.4, "M": -0.4}
    assert [draft.labels["M"] for draft in corpus.drafts] == ["N", "WN", "P", "Neu"]


def test_clips_of_a_video_share_their_source(tmp_path) -> None:
    sources = [draft.source for draft in read_sims(write_sims(tmp_path), EmoMMRules()).drafts]
    assert sources[0] == sources[1] != sources[2]


def test_zeros_lost_from_clip_ids_are_found_again(tmp_path) -> None:
    write_sims(tmp_path)
    rows = [(video, str(int(clip)), *rest) for video, clip, *rest in SIMS_ROWS]
    write_table(tmp_path / "meta.csv", [list(SIMS_COLUMNS), *map(list, rows)])
    assert [one.id for one in read_sims(tmp_path, EmoMMRules()).drafts][2:] == [
        "sims_video_0002_0001",
        "sims_video_0003_0007",
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path) -> None:
    table = write_sims(tmp_path) / "meta.csv"
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())
    assert len(read_sims(tmp_path, EmoMMRules()).drafts) == 4


def test_clips_without_file_words_or_label_are_skipped_with_the_reason(tmp_path) -> None:
    unlabelled = ("video_0004", "0001", "好", 0.1, 0.1, "", 0.1, "Neutral", "train")
    wordless = ("video_0005", "0001", "", 0.1, 0.1, 0.1, 0.1, "Neutral", "train")
    write_sims(tmp_path, (*SIMS_ROWS, unlabelled, wordless))
    (tmp_path / "Raw" / "video_0001" / "0001.mp4").unlink()
    (tmp_path / "Raw" / "video_0002" / "0001.mp4").write_bytes(b"")
    corpus = read_sims(tmp_path, EmoMMRules())
    assert [draft.id for draft in corpus.drafts] == ["sims_video_0001_0002", "sims_video_0003_0007"]
    reasons = {one.clip: one.why for one in corpus.skipped}
    assert reasons["sims_video_0001_0001"] == f"no file {tmp_path}/Raw/video_0001/0001.mp4"
    assert reasons["sims_video_0002_0001"].startswith("no file")
    assert reasons["sims_video_0004_0001"] == "no value in column label_A"
    assert reasons["sims_video_0005_0001"] == "no transcript"


def test_a_folder_of_another_layout_is_told_what_was_expected(tmp_path) -> None:
    with pytest.raises(
        UnreadableFile, match=r"meta.csv is missing; --sims expects a folder with meta.csv and Raw/"
    ):
        read_sims(tmp_path, EmoMMRules())


def test_no_media_at_all_is_an_error(tmp_path) -> None:
    write_table(tmp_path / "meta.csv", [list(SIMS_COLUMNS), *map(list, SIMS_ROWS)])
    with pytest.raises(
        UnreadableFile, match=r"none of the 4 clips of sims can be used \(sims_video_0001_0001: no f"
    ):
        read_sims(tmp_path, EmoMMRules())


@pytest.mark.parametrize("value", ["1.2", "nan", "positive", "-inf"])
def test_a_value_out_of_range_is_named_with_its_place(tmp_path, value) -> None:
    rows = [list(SIMS_COLUMNS), ["video_0001", "0001", "好", "0.1", "0.1", value, "0.1", "Neutral", "train"]]
    write_table(tmp_path / "meta.csv", rows)
    with pytest.raises(
        InvalidData, match=rf"meta.csv, row 2: label_A is '{value}', expected a number in \[-1, 1\]"
    ):
        read_sims(tmp_path, EmoMMRules())


def test_a_missing_column_is_named_with_those_found(tmp_path) -> None:
    write_table(tmp_path / "meta.csv", [["video_id", "clip_id", "text", "label"]])
    with pytest.raises(
        UnreadableFile, match="has no column 'label_T'; its columns are video_id, clip_id, text, l"
    ):
        read_sims(tmp_path, EmoMMRules())


def test_an_empty_table_has_no_columns(tmp_path) -> None:
    (tmp_path / "meta.csv").write_text("\n")
    with pytest.raises(UnreadableFile, match="has no column 'video_id'"):
        read_sims(tmp_path, EmoMMRules())


@pytest.mark.parametrize("content", ["标签".encode("gb18030"), b"\xff\xfe\x00"])
def test_a_table_in_another_encoding_is_refused(tmp_path, content) -> None:
    (tmp_path / "meta.csv").write_bytes(content)
    with pytest.raises(UnreadableFile, match="cannot be read as CSV in UTF-8"):
        read_sims(tmp_path, EmoMMRules())


@pytest.mark.parametrize("video", ["../outside", "", ".hidden", "a/b"])
def test_names_cannot_lead_out_of_the_folder(tmp_path, video) -> None:
    rows = [list(SIMS_COLUMNS), [video, "0001", "好", 0, 0, 0, 0, "Neutral", "train"]]
    write_table(tmp_path / "meta.csv", rows)
    with pytest.raises(InvalidData, match=r"row 2: video_id is .* expected the name of a file or folder"):
        read_sims(tmp_path, EmoMMRules())


def test_a_clip_listed_twice_is_refused(tmp_path) -> None:
    write_sims(tmp_path, (*SIMS_ROWS, SIMS_ROWS[0]))
    with pytest.raises(InvalidData, match="row 6: clip_id: clip sims_video_0001_0001 was listed before"):
        read_sims(tmp_path, EmoMMRules())
