"""Every corpus is read from the layout its publishers ship, and says what is wrong with another one."""

import re

import pytest
from aica_corpora import (
    FLICKR_HEAD,
    OASIS_HEAD,
    WRITERS,
    picture,
    text,
    write_abstract,
    write_artphoto,
    write_bass,
    write_emoset,
    write_emotic_csv,
    write_emotic_mat,
    write_emotion6,
    write_fi,
    write_findingemo,
    write_ldl,
    write_oasis,
)

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora.abstract import read_abstract
from affectlab.bench.aica.corpora.artphoto import read_artphoto
from affectlab.bench.aica.corpora.bass import read_bass
from affectlab.bench.aica.corpora.emoset import read_emoset
from affectlab.bench.aica.corpora.emotic import read_emotic
from affectlab.bench.aica.corpora.emotion6 import read_emotion6
from affectlab.bench.aica.corpora.fi import read_fi
from affectlab.bench.aica.corpora.findingemo import read_findingemo
from affectlab.bench.aica.corpora.ldl import read_flickr_ldl, read_twitter_ldl
from affectlab.bench.aica.corpora.oasis import read_oasis
from affectlab.errors import UnreadableFile

READERS = {
    "emoset": read_emoset,
    "emotion6": read_emotion6,
    "fi": read_fi,
    "flickr_ldl": read_flickr_ldl,
    "twitter_ldl": read_twitter_ldl,
    "findingemo": read_findingemo,
    "emotic": read_emotic,
    "artphoto": read_artphoto,
    "abstract": read_abstract,
    "oasis": read_oasis,
    "bass": read_bass,
}


def by_name(offer):
    return {draft.name: draft for draft in offer.drafts}


@pytest.mark.parametrize("corpus", READERS)
def test_labels_of_a_corpus_are_those_of_its_space(corpus, tmp_path) -> None:
    offer = READERS[corpus](WRITERS[corpus](tmp_path))
    assert offer.corpus == corpus
    assert offer.drafts
    for draft in offer.drafts:
        assert draft.path.is_file()
        assert bool(draft.weights) == (offer.space is not None)
        assert set(draft.weights) <= set(taxonomy(offer.space).labels if offer.space else ())


@pytest.mark.parametrize("corpus", READERS)
def test_a_folder_that_is_none_or_empty_is_refused_with_the_layout(corpus, tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"nowhere is no folder; expected .* as published"):
        READERS[corpus](tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile, match=r"expected .+") as caught:
        READERS[corpus](tmp_path / "empty")
    assert "\n" not in str(caught.value)


def test_emoset_keeps_attributes_and_side(tmp_path) -> None:
    offer = read_emoset(write_emoset(tmp_path))
    first = by_name(offer)["image/awe/awe_00001.jpg"]
    assert first.weights == {"awe": 1.0}
    assert first.details == {
        "attributes": {"brightness": 0.6, "colorfulness": 0.3, "scene": "beach", "object": ["Dog"]},
        "published_split": "val",
    }
    assert len(offer.drafts) == 16


def test_emoset_without_lists_is_read_from_its_folders(tmp_path) -> None:
    write_emoset(tmp_path)
    for name in ("train", "val", "test"):
        (tmp_path / f"{name}.json").unlink()
    offer = read_emoset(tmp_path)
    assert len(offer.drafts) == 16
    assert by_name(offer)["image/fear/fear_00000.jpg"].details["attributes"]["scene"] == "beach"


def test_emoset_names_unknown_emotions_missing_files_and_repetitions(tmp_path) -> None:
    write_emoset(tmp_path)
    listed = '[["joy", "x", "image/joy/x.jpg", "a"], ["awe", "y", "image/awe/none.jpg", "a"]'
    again = '["awe", "awe_00000", "image/awe/awe_00000.jpg", "a"]'
    text(tmp_path / "test.json", f"{listed}, {again}]")
    skipped = {one.picture: (one.kind, one.why) for one in read_emoset(tmp_path).skipped}
    assert skipped["image/joy/x.jpg"][0] == "label"
    assert "is 'joy', expected one of amusement" in skipped["image/joy/x.jpg"][1]
    assert skipped["image/awe/none.jpg"] == ("missing", f"no file {tmp_path / 'image/awe/none.jpg'}")
    assert skipped["image/awe/awe_00000.jpg"] == ("row", "image/awe/awe_00000.jpg is listed twice")


@pytest.mark.parametrize("content", ['{"a": 1}', '[["awe", "x"]]', "[[1, 2, 3, 4]]", "[["])
def test_a_list_that_is_none_of_emoset_is_refused(content, tmp_path) -> None:
    write_emoset(tmp_path)
    text(tmp_path / "val.json", content)
    with pytest.raises(UnreadableFile, match=r"val\.json (is no list of EmoSet|cannot be read as JSON)"):
        read_emoset(tmp_path)


def test_emotion6_keeps_shares_ratings_and_keyword(tmp_path) -> None:
    offer = read_emotion6(write_emotion6(tmp_path))
    joy = by_name(offer)["joy/1.jpg"]
    assert joy.weights["joy"] == 0.6
    assert joy.weights["surprise"] == 0.2
    assert "neutral" not in joy.weights
    assert joy.details["shares"]["neutral"] == 0.2
    assert joy.details["keyword"] == "joy"
    assert joy.details["ratings"]["valence"] == {"mean": 7.5, "sd": None, "n": 15, "low": 1, "high": 9}
    assert by_name(offer)["disgust/1.jpg"].weights["disgust"] == 0.7
    assert [(one.picture, one.kind) for one in offer.skipped] == [("fear/1.jpg", "label")]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("joy/2.jpg\t9.5\t4\t0\t0\t0\t1\t0\t0\t0", r"\[valence\] is '9.5', expected a number in \[1, 9\]"),
        ("joy/2.jpg\thigh\t4\t0\t0\t0\t1\t0\t0\t0", "is 'high', expected a number"),
        ("joy/2.jpg\t5\t4\t0\t0\t0\t1", r"\[prob. sadness\] is empty"),
        ("joy/2.jpg\t5\t4\t0\t0\t0\t0\t0\t0\t0", "has no vote"),
        ("../2.jpg\t5\t4\t0\t0\t0\t1\t0\t0\t0", "expected the name of a picture"),
        ("joy/1.jpg\t5\t4\t0\t0\t0\t1\t0\t0\t0", "row 3 of .* repeats row 2"),
    ],
)
def test_a_faulty_row_costs_one_picture(row, why, tmp_path) -> None:
    good = "joy/1.jpg\t7.5\t4.2\t0\t0\t0\t0.6\t0\t0.2\t0.2"
    write_emotion6(tmp_path / "e", good)
    offer = read_emotion6(write_emotion6(tmp_path / "e", good, row))
    assert [draft.name for draft in offer.drafts] == ["joy/1.jpg"]
    assert len(offer.skipped) == 1
    assert re.search(why, offer.skipped[0].why)


def test_fi_names_folders_that_are_no_emotion(tmp_path) -> None:
    write_fi(tmp_path)
    picture(tmp_path / "boredom" / "x.jpg")
    text(tmp_path / "fear" / "notes.txt", "no picture")
    offer = read_fi(tmp_path)
    assert len(offer.drafts) == 16
    assert [(one.picture, one.kind) for one in offer.skipped] == [("boredom", "label")]


def test_votes_of_the_ldl_sets_are_kept(tmp_path) -> None:
    offer = read_flickr_ldl(write_ldl(tmp_path))
    first = by_name(offer)["1.jpg"]
    assert first.details["votes"]["amusement"] == 6
    assert first.details["votes"]["contentment"] == 3
    assert first.stratum == "amusement"
    assert by_name(offer)["2.jpg"].stratum == "fear"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_are_read_with_any_mark_between_cells_and_with_a_byte_order_mark(mark, tmp_path) -> None:
    write_ldl(tmp_path)
    table = tmp_path / "ground_truth.txt"
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b" ", mark.encode()))
    assert by_name(read_twitter_ldl(tmp_path))["2.jpg"].details["votes"]["fear"] == 7


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (FLICKR_HEAD.replace("Awe", "Wonder").encode(), "has no column 'Awe'; its columns are images-name"),
        (FLICKR_HEAD.encode("utf-16"), "is not in UTF-8"),
        (b"images-name \xe9t\xe9 Awe\n", "is not in UTF-8"),
        (b"", "is empty"),
        (FLICKR_HEAD.encode(), "holds no picture of twitter_ldl"),
        (FLICKR_HEAD.encode() + b"\n1.jpg 0 0 0 0 0 0 0 0\n", "none of the 1 pictures .*has no vote"),
    ],
)
def test_a_table_that_is_another_is_refused(content, why, tmp_path) -> None:
    write_ldl(tmp_path)
    (tmp_path / "ground_truth.txt").write_bytes(content)
    with pytest.raises(UnreadableFile, match=why) as caught:
        read_twitter_ldl(tmp_path)
    assert "\n" not in str(caught.value)


def test_findingemo_puts_annotators_together_and_forgets_who_they_are(tmp_path) -> None:
    offer = read_findingemo(write_findingemo(tmp_path))
    kids = by_name(offer)["Run_2/Loving toddlers sports/haiti-kids.jpg"]
    assert kids.weights == {"trust": 1.0, "joy": 1.0}
    assert kids.details["ratings"]["valence"] == {
        "mean": 1.0,
        "sd": pytest.approx(2**0.5),
        "n": 2,
        "low": -3,
        "high": 3,
    }
    assert kids.details["ratings"]["arousal"]["mean"] == 3.0
    assert kids.details["annotations"][1]["age"] == "Children,Youth"
    assert "u1" not in repr(kids.details)
    alone = by_name(offer)["Run_1/Violent youth festival/1042373588.jpg"]
    assert alone.details["ratings"]["arousal"] == {"mean": 2.0, "sd": None, "n": 1, "low": 0, "high": 6}
    assert kids.source == by_name(offer)["Run_2/Loving toddlers sports/run.jpg"].source != alone.source


def test_findingemo_takes_what_was_downloaded_and_names_the_rest(tmp_path) -> None:
    rows = (
        "0,u1,/Run_2/a b/1.jpg,x,Adults,1,2,Trust,x,0,2023",
        "1,u1,/Run_2/a b/1.jpg,x,Adults,1,2,Trust,x,0,2023",
        "2,u1,/Run_2/a b/2.jpg,x,Adults,1,2,Bliss,x,0,2023",
        "3,u1,/Run_2/a b/3.jpg,x,Adults,1,2,Joy,x,0,2023",
        "4,u1,,x,Adults,1,2,Joy,x,0,2023",
    )
    write_findingemo(tmp_path, *rows[:4])
    write_findingemo(tmp_path, *rows[:4])
    text(
        tmp_path / "annotations_single.ann",
        "index,user,image_path,tags,age,valence,arousal,emotion,d,a,t",
        *rows,
    )
    (tmp_path / "Run_2/a b/3.jpg").unlink()
    offer = read_findingemo(tmp_path)
    assert [draft.name for draft in offer.drafts] == ["Run_2/a b/1.jpg"]
    assert [(one.picture, one.kind) for one in offer.skipped] == [
        ("row 6", "row"),
        ("Run_2/a b/1.jpg", "row"),
        ("Run_2/a b/2.jpg", "label"),
        ("Run_2/a b/3.jpg", "missing"),
    ]


@pytest.mark.parametrize("write", [write_emotic_csv, write_emotic_mat])
def test_emotic_keeps_every_person_with_categories_and_ratings(write, tmp_path) -> None:
    offer = read_emotic(write(tmp_path))
    one = by_name(offer)["mscoco/images/a.jpg"]
    assert one.details["people"][0] == {
        "box": [1.0, 2.0, 30.0, 40.0],
        "categories": ["peace", "engagement"],
        "valence": 6.0,
        "arousal": 4.0,
        "dominance": 7.0,
        "gender": "Male",
        "age": "Adult",
    }


def test_emotic_counts_people_and_leaves_out_ratings_that_are_missing(tmp_path) -> None:
    offer = read_emotic(write_emotic_csv(tmp_path))
    one = by_name(offer)["mscoco/images/a.jpg"]
    assert one.weights == {"peace": 1.0, "engagement": 2.0}
    assert one.stratum == "peace"
    assert one.details["ratings"]["valence"]["mean"] == 7.0
    assert one.details["ratings"]["arousal"] == {"mean": 4.0, "sd": None, "n": 1, "low": 1, "high": 10}
    assert by_name(offer)["framesdb/images/b.jpg"].weights == {"doubt/confusion": 1.0}


def test_emotics_combined_annotations_are_taken_where_several_people_annotated(tmp_path) -> None:
    other = by_name(read_emotic(write_emotic_mat(tmp_path)))["framesdb/images/b.jpg"]
    assert other.weights == {"fear": 1.0, "pain": 1.0}
    assert other.details["ratings"]["valence"]["mean"] == 3.0


def test_faulty_rows_of_emotic_cost_one_picture_each(tmp_path) -> None:
    rows = [
        f'{n},mscoco/images,{name},"[48, 48]","[0, 0, 9, 9]","{words}","{numbers}",Male,Adult'
        for n, (name, words, numbers) in enumerate(
            [
                ("a.jpg", "['Peace']", "[6, 4, 7]"),
                ("c.jpg", "Peace", "[6, 4, 7]"),
                ("d.jpg", "['Calm']", "[6, 4, 7]"),
                ("e.jpg", "['Peace']", "[6, 4, 12]"),
                ("f.jpg", "[]", "[6, 4, 7]"),
                ("g.jpg", "['Peace']", "[6, 4]"),
            ]
        )
    ]
    for name in "cdefg":
        picture(tmp_path / "emotic/mscoco/images" / f"{name}.jpg")
    offer = read_emotic(write_emotic_csv(tmp_path, *rows))
    assert [draft.name for draft in offer.drafts] == ["mscoco/images/a.jpg"]
    assert sorted(one.kind for one in offer.skipped) == ["label", "label", "row", "row", "row"]


def test_a_mat_file_of_something_else_is_refused(tmp_path) -> None:
    from scipy.io import savemat

    write_emotic_mat(tmp_path)
    path = tmp_path / "Annotations" / "Annotations.mat"
    savemat(path, {"train": [1.0, 2.0]})
    with pytest.raises(UnreadableFile, match="laid out otherwise than EMOTIC's"):
        read_emotic(tmp_path)
    savemat(path, {"other": 1.0})
    with pytest.raises(UnreadableFile, match="has none of the variables train, val, test"):
        read_emotic(tmp_path)
    path.write_bytes(b"no matlab at all" * 40)
    with pytest.raises(UnreadableFile, match=r"Annotations\.mat cannot be read as a MATLAB file"):
        read_emotic(tmp_path)


def test_artphoto_reads_the_emotion_from_the_name(tmp_path) -> None:
    write_artphoto(tmp_path)
    picture(tmp_path / "testImages_artphoto" / "bored_1.jpg")
    offer = read_artphoto(tmp_path)
    assert by_name(offer)["testImages_artphoto/content_0010.jpg"].weights == {"contentment": 1.0}
    assert by_name(offer)["testImages_artphoto/sad_0100.jpg"].stratum == "sadness"
    assert [one.kind for one in offer.skipped] == ["label"]


def test_abstract_reads_quoted_names_and_votes(tmp_path) -> None:
    first = by_name(read_abstract(write_abstract(tmp_path)))["abstract_0001.jpg"]
    assert first.stratum == "contentment"
    assert first.details["votes"] == {
        "amusement": 2,
        "anger": 0,
        "awe": 1,
        "contentment": 5,
        "disgust": 0,
        "excitement": 4,
        "fear": 1,
        "sadness": 1,
    }


def test_oasis_keeps_ratings_on_their_scale_and_themes_together(tmp_path) -> None:
    offer = read_oasis(write_oasis(tmp_path))
    one, two, other = offer.drafts
    assert one.details["ratings"]["valence"] == {
        "mean": 4.68627451,
        "sd": 1.1545,
        "n": 102,
        "low": 1,
        "high": 7,
    }
    assert one.details["category"] == "Object"
    assert one.source == two.source == "Acorns"
    assert other.source == "Alcohol"


def test_a_part_of_oasis_may_name_its_files(tmp_path) -> None:
    write_oasis(tmp_path)
    (tmp_path / "OASIS.csv").rename(tmp_path / "OASIS_part.csv")
    text(
        tmp_path / "OASIS_part.csv",
        f"{OASIS_HEAD.lstrip(',')},file",
        "Acorns 1,Object,Pixabay,4.68,1.15,102,2.34,1.60,101,Alcohol 1.jpg",
    )
    assert [draft.path.name for draft in read_oasis(tmp_path).drafts] == ["Alcohol 1.jpg"]
    text(tmp_path / "OASIS_2.csv", "x")
    with pytest.raises(UnreadableFile, match=r"one table OASIS\*\.csv, found OASIS_2\.csv, OASIS_part\.csv"):
        read_oasis(tmp_path)


def test_bass_keeps_the_ratings_of_both_cultures(tmp_path) -> None:
    offer = read_bass(write_bass(tmp_path))
    abuse = by_name(offer)["abuse.png"]
    us = {"mean": 1.7, "sd": 1.0, "n": 96, "low": 1, "high": 9}
    assert abuse.details["ratings"]["valence"] == us
    assert abuse.details["ratings_by_culture"]["us"]["valence"] == us
    assert abuse.details["ratings_by_culture"]["cn"]["arousal"] == {
        "mean": 4.7,
        "sd": 2.0,
        "n": 119,
        "low": 1,
        "high": 9,
    }
    assert abuse.source == by_name(offer)["abuse2.png"].source == "abuse"
