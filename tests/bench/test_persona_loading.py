"""Published files are read whole or refused in one line."""

import codecs

import pytest
from persona_files import ANSWERS, GROUPS, READERS, change, write_persona, write_profiles

from affectlab.bench.persona.event import Answer
from affectlab.bench.persona.loading import read_corpus
from affectlab.bench.persona.profiles import composition, group_profile, read_profiles
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.prompting.persona import BigFive, ReaderProfile

ONE = "1_dataset_all_annotators.csv"
TWO = "2_dataset_group_consensus.csv"
THREE = "3_annotator_profiles.csv"


@pytest.mark.parametrize("spelling", [("emotion", "confidence"), ("emo", "confidence"), ("emo", "conf")])
def test_both_spellings_of_columns_are_read(tmp_path, spelling) -> None:
    corpus = read_corpus(write_persona(tmp_path, spelling=spelling))
    assert corpus.level == "reader"
    assert [event.id for event in corpus.events] == list(ANSWERS)
    assert corpus.events[0].answers["E3"] == Answer("sadness", 3)
    assert corpus.groups == GROUPS
    assert corpus.events[0].consensus["g1"].score == 67.2896
    assert corpus.events[0].texts["zh"] == "我的公交车提前开走了。"
    assert list(corpus.profiles) == list(READERS)
    assert [event.domain for event in corpus.events] == ["life", "news", "blogs"]
    assert corpus.notes == ()


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "mixed"])
def test_encodings_and_line_ends_make_no_difference(tmp_path, mark, end, encoding) -> None:
    plain = read_corpus(write_persona(tmp_path / "plain"))
    folder = write_persona(tmp_path / "other")
    path = folder / ONE
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines):
        if encoding == "gb18030" or (encoding == "mixed" and number == 2):
            lines[number] = line.decode("utf-8").encode("gb18030")
    path.write_bytes(mark + end.join(lines))
    corpus = read_corpus(folder)
    assert corpus.events == plain.events
    foreign = {"utf-8": 0, "gb18030": 3, "mixed": 1}[encoding]
    assert [note for note in corpus.notes if "GB18030" in note] == (
        [f"{ONE}: {foreign} lines are not in UTF-8 and were read as GB18030"] if foreign else []
    )


def test_a_line_break_within_a_text_is_kept(tmp_path) -> None:
    folder = write_persona(tmp_path)
    change(folder / ONE, "My bus left early.", '"My bus\nleft, early."')
    assert read_corpus(folder).events[0].texts["en"] == "My bus\nleft, early."


def test_what_a_reader_left_out_is_missing(tmp_path) -> None:
    answers = {**ANSWERS, "12": ("joy", "", "joy", "", "joy")}
    events = read_corpus(write_persona(tmp_path, answers=answers)).events
    assert list(events[1].answers) == ["E1", "E3", "E5"]
    assert len(events[0].answers) == 5


def test_readers_who_answered_nothing_are_named(tmp_path) -> None:
    folder = write_persona(tmp_path)
    write_profiles(folder, (*READERS, "E6", "E7"))
    assert f"2 readers of {THREE} have no answers: E6, E7" in read_corpus(folder).notes


def test_groups_alone_are_the_group_level(tmp_path) -> None:
    corpus = read_corpus(write_persona(tmp_path, answers=None))
    assert corpus.level == "group"
    assert corpus.events[2].consensus["g2"].emotion == "fear"
    assert not corpus.events[2].answers


def test_answers_alone_have_no_groups(tmp_path) -> None:
    corpus = read_corpus(write_persona(tmp_path, groups=False))
    assert corpus.groups == {}
    assert any("groups are not known" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        (ONE, "\n12,", "\n11,", "event '11' is in rows 2 and 3"),
        (ONE, "anger,1,", "rage,1,", "row 2: E1_emotion is 'rage'; expected one of anger, disgust"),
        (ONE, "anger,1,", "anger,6,", r"row 2: E1_confidence is '6'; expected a number in \[1, 5\]"),
        (ONE, "anger,1,", "anger,1.5,", "row 2: E1_confidence is '1.5'; expected a whole number"),
        (ONE, "anger,1,", "anger,1,,", "row 2 has 19 cells; expected 18"),
        (ONE, "E1_confidence", "E1_emo", "has 'E1_emotion' and 'E1_emo' for the same reader"),
        (ONE, "E1_confidence", "E1_emotion", "has two columns 'E1_emotion'"),
        (ONE, "E5_emotion,E5_conf", "E9_emotion,E9_conf", r"readers without a profile \(E9\)"),
        (ONE, "english_item", "item", "has no column 'english_item'"),
        (ONE, "My bus left early.", "", "row 2: english_item is ''; expected a value"),
        (TWO, "67.2896", "167.2", r"row 2: g1_consensus_score is '167.2'; expected a number in \[0, 100\]"),
        (TWO, "anger", "Wut", "row 2: g1_emotion is 'Wut'"),
        (TWO, "E1/E2/E3", "E1/E2", "row 3: g1_members is 'E1/E2/E3'; expected the same members"),
        (TWO, "g2_members", "g2_readers", "has no column 'g2_members'"),
        (THREE, "\nE2,", "\nE1,", "row 3: reader 'E1' is there twice"),
        (THREE, "INTJ", "XXXX", "row 2: MBTI is 'XXXX'; expected four letters"),
        (THREE, "E1,M", "E1,X", "row 2: GNDR is 'X'; expected M or F"),
        (THREE, "0.2", "1.2", r"row 2: Open. is '1.2'; expected a number in \[0, 1\]"),
        (THREE, "0.2", "nan", r"row 2: Open. is 'nan'; expected a number in \[0, 1\]"),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path, name, old, new, line) -> None:
    folder = write_persona(tmp_path)
    change(folder / name, old, new)
    with pytest.raises(InvalidData, match=line) as caught:
        read_corpus(folder)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "is empty"),
        ("id\n".encode("utf-16"), "is in UTF-16"),
        (b"id,a\n1,\xff\xff\n", "line 2 is neither UTF-8 nor GB18030"),
        (b'id,a\n1,"open\n', "is no CSV near line"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, line) -> None:
    folder = write_persona(tmp_path)
    (folder / ONE).write_bytes(content)
    with pytest.raises(UnreadableFile, match=line):
        read_corpus(folder)


def test_a_reader_in_two_groups_is_refused(tmp_path) -> None:
    folder = write_persona(tmp_path)
    path = folder / TWO
    path.write_text(path.read_text(encoding="utf-8").replace("E4/E5", "E1/E5"), encoding="utf-8")
    with pytest.raises(InvalidData, match="reader 'E1' is in a group twice or in two"):
        read_corpus(folder)


def test_a_folder_without_the_files_is_refused(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="holds neither"):
        read_corpus(tmp_path)


def test_a_group_is_the_mean_of_its_members(tmp_path) -> None:
    profiles = read_profiles(write_profiles(tmp_path))
    group = group_profile("g1", [profiles[one] for one in GROUPS["g1"]])
    assert group.gender == "M 2, F 1"
    assert group.mbti == "ESFP 1, INTJ 1, ISTJ 1"
    assert group.big_five is not None
    assert group.big_five.openness == pytest.approx(0.3)
    assert ReaderProfile.from_json(group.to_json()) == group


def test_members_without_traits_are_left_out_of_the_mean() -> None:
    traits = BigFive(0.1, 0.2, 0.3, 0.4, 0.5)
    assert group_profile("g", [ReaderProfile("a"), ReaderProfile("b", big_five=traits)]).big_five == traits
    assert group_profile("g", [ReaderProfile("a")]).big_five is None
    with pytest.raises(InvalidData, match="no members"):
        group_profile("g", [])


def test_compositions_name_the_most_frequent_first() -> None:
    assert composition(["b", "a", "b", ""]) == "b 2, a 1"


@pytest.mark.data
def test_the_readers_are_composed_as_published(data_root) -> None:
    corpus = read_corpus(data_root / "persona_e2")
    profiles = corpus.profiles.values()
    types = dict(one.split() for one in composition([one.mbti for one in profiles]).split(", "))
    assert composition([one.gender for one in profiles]) == "M 21, F 15"
    assert types["ISTJ"] == "9"
    assert not {"ISFJ", "ISTP", "ESFP", "ENFJ"} & types.keys()
    assert len(corpus.events) == 3111
    assert sum(map(len, corpus.groups.values())) == 36
    assert {event.domain for event in corpus.events} == {"news", "social", "life"}
