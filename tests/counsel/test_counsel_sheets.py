"""Blinded sheets: nobody is named in them, and what comes back is read strictly and measured rightly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from judging_rows import held_out_rows, laid_out, rows_file

from affectlab.cli import main
from affectlab.counsel.judging.given import FILE, Given, read_reply, write_given
from affectlab.counsel.judging.sheets import COLUMNS, read_key
from affectlab.counsel.judging.studies import people_study, write_sheets
from affectlab.errors import CounselError

ARMS = ("alpha-arm", "beta-arm", "gamma-arm")
Fill = Callable[[str, str, dict[str, str]], None]


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Send three sheets out; return the folder with rows, results, sheets and key."""
    rows = [row for row in held_out_rows() if row.split == "test"]
    given = [
        Given(
            id=row.id,
            group=row.group,
            language=row.language,
            arm=arm,
            text="x",
            **read_reply(laid_out(f"={arm[0]} {row.answer}", "secret"), chain=True),
        )
        for row in rows
        for arm in ARMS
    ]
    rows_file(tmp_path)
    write_given(tmp_path / "results" / FILE, given)
    write_sheets(
        tmp_path / "results",
        tmp_path / "rows.jsonl",
        tmp_path / "sheets",
        tmp_path / "key.json",
        raters=3,
        items=None,
        reference=False,
        seed=0,
    )
    return tmp_path


def filled(folder: Path, fill: Fill) -> list[Path]:
    """Fill the sheets by a rule that is told sheet, arm and row."""
    key = read_key(folder / "key.json")
    paths = sorted((folder / "sheets").glob("*.csv"))
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            fill(path.name, key["sheets"][path.name][row["item"]][row["label"]], row)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    return paths


def by_order(sheet: str, arm: str, row: dict[str, str]) -> None:
    row["rank"] = str(ARMS.index(arm) + 1)
    row["comforting"] = str(5 - ARMS.index(arm))


def measured(folder: Path, paths: list[Path]) -> dict[tuple[str | None, ...], float]:
    about = people_study(paths, folder / "key.json", folder / "people", seed=0, resamples=50)
    return {
        (row["arm"], row["criterion"], row["metric"], row["against"]): row["value"] for row in about["rows"]
    }


def test_sheets_name_nobody_and_show_no_reasoning_and_no_formula(sent: Path) -> None:
    paths = sorted((sent / "sheets").iterdir())
    assert [path.name for path in paths] == ["sheet-01.csv", "sheet-02.csv", "sheet-03.csv"]
    texts = [path.read_text(encoding="utf-8-sig") for path in paths]
    assert all(name not in text for text in texts for name in (*ARMS, "secret", "<L1>", ",="))
    assert len(set(texts)) == 3
    key = read_key(sent / "key.json")
    letters = {arms["A"] for found in key["sheets"].values() for arms in found.values()}
    assert letters == set(ARMS)


def test_people_of_one_mind_are_measured_as_such(sent: Path) -> None:
    found = measured(sent, filled(sent, by_order))
    assert found["alpha-arm", "rank", "win_at_1", "all"] == 1
    assert found["beta-arm", "rank", "mean_rank", "all"] == 2
    assert found["beta-arm", "rank", "win_rate", "gamma-arm"] == 1
    assert found["alpha-arm", "comforting", "rating", None] == 5
    assert found[None, "rank", "krippendorff_alpha", "people"] == pytest.approx(1)
    strengths = [found[arm, "rank", "strength", "all"] for arm in ARMS]
    assert strengths == sorted(strengths, reverse=True)


def test_equals_share_and_the_first_place_too(sent: Path) -> None:
    def all_equal(sheet: str, arm: str, row: dict[str, str]) -> None:
        row["rank"] = "1"

    found = measured(sent, filled(sent, all_equal))
    assert [found[arm, "rank", "win_at_1", "all"] for arm in ARMS] == pytest.approx([1 / 3] * 3)
    assert {found[arm, "rank", "mean_rank", "all"] for arm in ARMS} == {2.0}
    assert found["alpha-arm", "rank", "win_rate", "beta-arm"] == 0.5


def test_people_who_contradict_each_other_do_not_agree(sent: Path) -> None:
    def one_reversed(sheet: str, arm: str, row: dict[str, str]) -> None:
        place = ARMS.index(arm)
        row["rank"] = str(3 - place if sheet == "sheet-01.csv" else place + 1)

    found = measured(sent, filled(sent, one_reversed))
    assert found[None, "rank", "krippendorff_alpha", "people"] < 0.2
    assert found["alpha-arm", "rank", "win_at_1", "all"] == pytest.approx(2 / 3)


def test_what_is_left_empty_is_missing(sent: Path) -> None:
    def sparse(sheet: str, arm: str, row: dict[str, str]) -> None:
        if sheet == "sheet-01.csv":
            by_order(sheet, arm, row)

    found = measured(sent, filled(sent, sparse))
    assert found["alpha-arm", "rank", "win_at_1", "all"] == 1
    assert (None, "rank", "krippendorff_alpha", "people") not in found


def broken(sent: Path, change: Callable[[list[list[str]]], object]) -> str:
    """Change the first sheet's cells; return what is said of it."""
    paths = filled(sent, by_order)
    with paths[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with paths[0].open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(CounselError) as raised:
        measured(sent, paths)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def _put(row: int, column: str, value: str) -> Callable[[list[list[str]]], None]:
    return lambda rows: rows[row].__setitem__(COLUMNS.index(column), value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_put(3, "rank", "4"), "row 4: rank is '4'; expected a whole number from 1 to 3"),
        (_put(3, "rank", "first"), "row 4: rank is 'first'"),
        (_put(2, "comforting", "6"), "row 3: comforting is '6'; expected a whole number from 1 to 5"),
        (_put(1, "item", "item-999"), "row 2: answer"),
        (lambda rows: rows.pop(), "lacks answer"),
        (lambda rows: rows.append(rows[1]), "comes twice"),
        (lambda rows: rows[0].__setitem__(4, "place"), "has no column 'rank'"),
        (lambda rows: rows[2].append("more"), "row 3 has more or fewer cells"),
    ],
)
def test_a_bad_sheet_is_named_in_one_line(
    sent: Path, change: Callable[[list[list[str]]], object], words: str
) -> None:
    assert words in broken(sent, change)


def test_a_sheet_under_another_name_is_refused(sent: Path) -> None:
    other = filled(sent, by_order)[0].rename(sent / "sheets" / "mine.csv")
    with pytest.raises(CounselError, match=r"mine\.csv is not one of the key's sheets"):
        measured(sent, [other])


def test_sheets_without_a_mark_are_refused(sent: Path) -> None:
    with pytest.raises(CounselError, match="neither ranks nor ratings"):
        measured(sent, filled(sent, lambda *_: None))


def test_a_key_among_the_sheets_is_refused(sent: Path, mistake: Any) -> None:
    told = [
        "--rows",
        str(sent / "rows.jsonl"),
        "--out",
        str(sent / "s"),
        "--key",
        str(sent / "s" / "key.json"),
    ]
    assert "keep it elsewhere" in mistake(
        "counsel", "evaluate", "export-sheets", str(sent / "results"), *told
    )


def test_the_commands_print_one_object(sent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--rows", str(sent / "rows.jsonl"), "--out", str(sent / "s"), "--key", str(sent / "k.json")]
    with pytest.raises(SystemExit) as left:
        main(["counsel", "evaluate", "export-sheets", str(sent / "results"), *told, "--items", "2", "--json"])
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["items"] == 2
    paths = list(map(str, filled(sent, by_order)))
    told = ["--key", str(sent / "key.json"), "--out", str(sent / "p"), "--resamples", "20", "--json"]
    with pytest.raises(SystemExit) as left:
        main(["counsel", "evaluate", "import-sheets", *paths, *told])
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["command"] == "counsel evaluate import-sheets"
