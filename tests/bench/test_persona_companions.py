"""Readers and writers of EmoBank, and readers of empathic_reactions."""

import numpy as np
import pytest
from persona_files import change, write

from affectlab.bench.persona.companions import NO_WRITERS, document, emobank_rows, empathic_rows, icc
from affectlab.errors import InvalidData, UnreadableFile


def values(rows) -> dict:
    return {(row["target"], row["metric"]): row["value"] for row in rows}


def ratings(folder, name, numbers) -> None:
    rows = [
        {"id": f"Doc{number % 3}_{number}_{number + 9}", "V": v, "A": a, "D": d, "stdV": 0.1}
        for number, (v, a, d) in enumerate(numbers)
    ]
    write(folder / name, rows)


def test_the_gap_is_readers_minus_writers(tmp_path) -> None:
    ratings(tmp_path, "reader.csv", [(3, 3, 3), (4, 3, 3), (2, 3, 3)])
    ratings(tmp_path, "writer.csv", [(3, 4, 3), (5, 4, 3), (1, 4, 3)])
    rows, notes = emobank_rows(tmp_path, resamples=50)
    found = values(rows)
    assert notes == ()
    assert found["valence", "gap"] == pytest.approx(0)
    assert found["valence", "gap_size"] == pytest.approx(2 / 3)
    assert found["valence", "pearson"] == pytest.approx(1)
    assert found["arousal", "gap"] == -1
    assert np.isnan(found["dominance", "pearson"])
    assert rows[0]["n"] == 3


def test_single_ratings_give_the_spread_and_the_readers_side(tmp_path) -> None:
    names = ("A_1_2", "A_1_2", "B_1_2", "B_1_2")
    rows = [{"id": name, "V": v, "A": 3, "D": 3} for name, v in zip(names, (1, 3, 4, 4), strict=True)]
    write(tmp_path / "individual_reader_ratings.csv", rows)
    found, notes = emobank_rows(tmp_path, resamples=20)
    assert notes == (NO_WRITERS,)
    assert values(found)["valence", "mean"] == 3
    assert values(found)["valence", "sd_readers"] == pytest.approx(1)
    # Krippendorff by hand: observed 2·4/4 = 2; expected over all pairs (2·(4+9+9+1+1+0))/12 = 4.
    assert values(found)["valence", "alpha"] == pytest.approx(0.5)
    write(
        tmp_path / "writer.csv",
        [{"id": "A_1_2", "V": 1, "A": 1, "D": 1}, {"id": "B_1_2", "V": 3, "A": 1, "D": 1}],
    )
    both, _ = emobank_rows(tmp_path, resamples=20)
    assert values(both)["valence", "gap"] == 1


def test_a_document_is_the_id_without_places() -> None:
    assert document("110CYL068_1079_1110") == "110CYL068"
    assert document("Acephalous-Cant-believe_4_47") == "Acephalous-Cant-believe"


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_intraclass_correlations_find_the_share_of_clusters(share) -> None:
    generator = np.random.default_rng(1)
    clusters = np.repeat(np.arange(400), 1 + np.arange(400) % 6)
    found = np.sqrt(share) * generator.standard_normal(400)[clusters]
    found += np.sqrt(1 - share) * generator.standard_normal(len(clusters))
    measured = icc(found, [str(one) for one in clusters], resamples=200, seed=0)
    assert measured.value == pytest.approx(share, abs=0.08)
    assert measured.low < measured.value < measured.high


def test_empathy_goes_with_the_reader_and_distress_with_the_article(tmp_path) -> None:
    rows = [
        {
            "message_id": f"{reader}_{article}",
            "response_id": reader,
            "article_id": article,
            "empathy": 1 + reader,
            "distress": 1 + article,
            "empathy_bin": 0,
            "distress_bin": 0,
            "essay": "it is sad",
        }
        for reader in range(6)
        for article in range(6)
    ]
    write(tmp_path / "messages.csv", rows)
    found = values(empathic_rows(tmp_path, resamples=50))
    assert found["empathy", "icc_reader"] == pytest.approx(1)
    assert found["empathy", "icc_article"] < 0.01
    assert found["distress", "icc_article"] == pytest.approx(1)
    assert found["empathy", "mean"] == 3.5
    assert found["empathy-distress", "pearson"] == pytest.approx(0)
    change(tmp_path / "messages.csv", "0_0,0,0,1,1", "0_0,0,0,8,1")
    with pytest.raises(InvalidData, match=r"row 2: empathy is '8'; expected a number in \[1, 7\]"):
        empathic_rows(tmp_path)


def test_files_that_are_not_there_or_do_not_fit_are_one_line(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="holds neither"):
        emobank_rows(tmp_path)
    ratings(tmp_path, "reader.csv", [(3, 3, 3)] * 3)
    write(tmp_path / "writer.csv", [{"id": "other", "V": 3, "A": 3, "D": 3}])
    with pytest.raises(InvalidData, match="no text in common"):
        emobank_rows(tmp_path)
    write(tmp_path / "writer.csv", [{"id": "x", "V": 3, "A": 3, "D": 3}] * 2)
    with pytest.raises(InvalidData, match="'x' is there twice"):
        emobank_rows(tmp_path)


@pytest.mark.data
def test_real_companions_are_read_whole(data_root) -> None:
    empathic = empathic_rows(data_root / "empathic_reactions", resamples=20)
    assert empathic[0]["n"] == 1860
    rows, notes = emobank_rows(data_root / "emobank", resamples=20)
    assert rows[0]["n"] > 50000
    assert notes == (NO_WRITERS,)
