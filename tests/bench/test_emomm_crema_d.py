from collections import Counter

import pytest
from emomm_media import CREMA_D_COLUMNS, write_crema_d, write_table

from affectlab.bench.emomm.crema_d import SENTENCES, read_crema_d
from affectlab.bench.emomm.human import human_profile, profile_votes
from affectlab.errors import UnreadableFile


def test_labels_are_what_most_people_chose(tmp_path) -> None:
    real, _ = read_crema_d(write_crema_d(tmp_path))
    found = {draft.details["file"]: draft for draft in real.drafts}
    assert found["1001_IEO_ANG_HI"].labels == {"T": "N", "A": "N", "V": "A", "M": "A"}
    assert found["1001_IEO_ANG_HI"].details["votes"]["V"] == {"A": 7, "N": 1}
    assert found["1001_IEO_ANG_HI"].text == "It's eleven o'clock."
    assert found["1001_IEO_ANG_HI"].audio == tmp_path / "AudioWAV" / "1001_IEO_ANG_HI.wav"
    assert {draft.source for draft in real.drafts} == {"crema_d_1001", "crema_d_1002"}


def test_tied_clips_are_left_out_and_counted(tmp_path) -> None:
    real, _ = read_crema_d(write_crema_d(tmp_path))
    assert [(one.clip, one.why) for one in real.skipped] == [("1002_DFA_NEU_XX", "tied votes")]
    assert real.notes == ("crema_d: clips left out because their votes are tied: 1",)


def test_made_clips_join_face_and_voice_of_one_actor_and_sentence(tmp_path) -> None:
    _, made = read_crema_d(write_crema_d(tmp_path))
    assert {(one.details["face"], one.details["voice"]) for one in made.drafts} == {
        ("1001_DFA_ANG_XX", "1001_DFA_NEU_XX"),
        ("1001_DFA_NEU_XX", "1001_DFA_ANG_XX"),
    }
    for one in made.drafts:
        assert one.details["made"] is True
        assert one.labels["M"] == one.labels["V"]
        assert one.video.stem == one.details["face"]
        assert one.audio.stem == one.details["voice"]
        assert "M" not in one.details["votes"]


def test_votes_far_from_their_places_are_refused(tmp_path) -> None:
    write_table(
        tmp_path / "tabulatedVotes.csv", [list(CREMA_D_COLUMNS), [17, 1, 0, 0, 0, 0, 0, "1001_DFA_ANG_XX"]]
    )
    with pytest.raises(UnreadableFile, match="row 2: first column is '17', expected 100001 to 399999"):
        read_crema_d(tmp_path)


def test_a_folder_of_another_layout_is_told_what_was_expected(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"processedResults/tabulatedVotes.csv is missing"):
        read_crema_d(tmp_path)


def test_no_media_at_all_is_an_error(tmp_path) -> None:
    folder = write_crema_d(tmp_path)
    for path in (folder / "VideoFlash").iterdir():
        path.unlink()
    with pytest.raises(
        UnreadableFile, match=r"none of the 5 clips of crema_d .*VideoFlash/1001_DFA_ANG_XX.flv"
    ):
        read_crema_d(folder)


def test_people_in_a_known_table(tmp_path) -> None:
    votes = {
        # Conflicts: two follow the face, one the voice; one clip agrees; one is tied.
        "1001_DFA_ANG_XX": ((9, 0), (0, 9), (1, 8)),
        "1002_DFA_ANG_XX": ((9, 0), (0, 9), (1, 8)),
        "1003_DFA_ANG_XX": ((9, 0), (0, 9), (8, 1)),
        "1004_DFA_ANG_XX": ((9, 0), (9, 0), (9, 0)),
        "1005_DFA_ANG_XX": ((5, 5), (9, 0), (9, 0)),
    }
    table = write_crema_d(tmp_path, votes) / "processedResults" / "tabulatedVotes.csv"
    found = profile_votes(table, resamples=50)
    assert (found.clips, found.conflicts) == (4, 3)
    assert found.follow_face.value == pytest.approx(2 / 3)
    assert found.follow_voice.value == pytest.approx(1 / 3)
    assert found.follow_neither.value == 0
    assert found.face_agrees.value == pytest.approx(3 / 4)
    assert found.follow_face.groups == 3


@pytest.mark.data
def test_the_shipped_figures_are_those_of_the_votes(data_root) -> None:
    found = profile_votes(data_root / "crema_d" / "tabulatedVotes.csv")
    assert found == human_profile()
    assert (found.clips, found.conflicts) == (6042, 2794)
    assert round(found.follow_face.value, 3) == 0.675
    assert round(found.follow_voice.value, 3) == 0.196
    assert found.follow_face.groups == 91


def test_in_conflicts_people_follow_the_face_far_more_than_the_voice() -> None:
    people = human_profile()
    shares = (people.follow_face, people.follow_voice, people.follow_neither)
    assert sum(share.value for share in shares) == pytest.approx(1)
    assert people.follow_face.low > 3 * people.follow_voice.high


@pytest.mark.data
def test_six_real_clips_make_thirty_most_of_them_in_conflict(data_root) -> None:
    real, made = read_crema_d(data_root / "crema_d")
    assert len(real.drafts) == 6
    assert {draft.text for draft in real.drafts} == {SENTENCES["DFA"]}
    assert len(made.drafts) == 6 * 5
    # Three voices were judged neutral, so some exchanges put like to like.
    assert sum(one.labels["A"] != one.labels["V"] for one in made.drafts) == 24
    # Only half of the clips have sound of their own here; the others are heard from their video.
    assert Counter(draft.audio.suffix for draft in real.drafts) == {".flv": 6}
