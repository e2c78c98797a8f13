"""Consensus scores and the compositions that give them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persona_data import synthetic
from persona_files import change, write_persona

from affectlab.bench.dataset import read_dataset
from affectlab.bench.persona.build import build_persona
from affectlab.bench.persona.consensus import (
    compositions_of,
    consensus_cells,
    consensus_rows,
    consensus_score,
    matching,
    plurality,
)


def test_scores_by_hand() -> None:
    assert consensus_score([3, 0]) == 100
    assert consensus_score([1] * 7) == pytest.approx(0)
    assert consensus_score([1, 1]) == pytest.approx(100 * (1 - math.log(2) / math.log(7)))
    assert matching(3, 67.2896) == ((2, 1),)
    assert matching(3, 67.2897) == ()


def test_compositions_are_all_there() -> None:
    assert [one for one, _ in compositions_of(4)] == [(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)]
    # Partitions of 11 into at most 7 parts.
    assert len(compositions_of(11)) == 49


def test_two_compositions_can_have_the_same_entropy() -> None:
    assert matching(8, consensus_score([2, 2, 2, 2])) == ((4, 1, 1, 1, 1), (2, 2, 2, 2))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=7).filter(sum))
def test_a_score_leads_back_to_its_composition(counts) -> None:
    composition = tuple(sorted(filter(None, counts), reverse=True))
    assert composition in matching(sum(counts), round(consensus_score(counts), 4))


def test_the_first_of_equally_frequent_emotions_is_the_consensus() -> None:
    assert plurality(["joy", "fear", "joy", "fear"]) == "fear"
    assert plurality(["joy", "joy", "fear"]) == "joy"


def test_every_score_of_made_up_readers_is_reproduced(tmp_path) -> None:
    cells = consensus_cells(synthetic(tmp_path, 0.5, events=20))
    assert len(cells) == 20 * 6
    rows = {(row["group"], row["metric"]): row["value"] for row in consensus_rows(cells)}
    assert rows["all", "reproduced"] == 1
    assert rows["g1", "reproduced"] == 1


def test_a_score_that_cannot_be_is_found(tmp_path, licensed) -> None:
    folder = write_persona(tmp_path / "in", answers=None)
    change(folder / "2_dataset_group_consensus.csv", "67.2896", "64.3793")
    build_persona(tmp_path / "out", files=str(folder), accept_licence=True)
    cells = consensus_cells(read_dataset(tmp_path / "out"))
    lost = [cell for cell in cells if not cell.compositions]
    assert [(cell.event, cell.group, cell.one_absent) for cell in lost] == [("11", "g1", ((1, 1),))]
    rows = {(row["group"], row["metric"]): row["value"] for row in consensus_rows(cells)}
    assert rows["all", "reproduced"] == pytest.approx(5 / 6)
    assert rows["g1", "tied"] == pytest.approx(1 / 3)
    assert rows["g2", "tied"] == pytest.approx(1 / 3)


@pytest.mark.data
def test_published_scores_are_those_of_compositions(data_root, tmp_path, licensed) -> None:
    build_persona(tmp_path, files=str(data_root / "persona_e2"), accept_licence=True)
    cells = consensus_cells(read_dataset(tmp_path))
    assert len(cells) == 6 * 3111
    lost = [cell for cell in cells if not cell.compositions]
    assert [(cell.event, cell.group) for cell in lost] == [("3495", "g4")]
    # As if one of the eleven had not answered.
    assert lost[0].one_absent
