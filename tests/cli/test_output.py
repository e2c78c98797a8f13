import json
import math

from affectlab.cli.output import print_json, print_pairs, print_report, print_rows
from affectlab.doctor import Finding


def test_json_is_one_line_and_has_null_for_what_is_not_finite(capsys) -> None:
    print_json({"a": math.inf, "b": [math.nan, 1.5], "c": {"d": -math.inf}, "e": "τ", "f": (True, None)})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert "τ" in printed
    assert json.loads(printed) == {"a": None, "b": [None, 1.5], "c": {"d": None}, "e": "τ", "f": [True, None]}


def test_pairs_show_what_looks_like_markup(capsys) -> None:
    print_pairs("sessions/[red]1", {"ended": "[bold]stopped"})
    printed = capsys.readouterr().out
    assert "sessions/[red]1" in printed
    assert "[bold]stopped" in printed


def test_rows_with_different_columns_share_a_table(capsys) -> None:
    print_rows("experiment", [{"arm": "closed", "value": 0.5}, {"arm": "closed - open", "p": 0.0312}])
    header, first, second = capsys.readouterr().out.splitlines()[1:]
    assert header.split() == ["arm", "value", "p"]
    assert first.split() == ["closed", "0.5"]
    assert second.split() == ["closed", "-", "open", "0.0312"]


def test_a_report_says_what_to_do_about_a_lack(capsys) -> None:
    print_report([Finding("Python", "3.11"), Finding("sound", "no [SoundFont]", "lack", "apt-get install x")])
    printed = capsys.readouterr().out
    assert "✓" in printed
    assert "no [SoundFont]" in printed
    assert "→ apt-get install x" in printed
