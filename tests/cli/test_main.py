import subprocess
import sys

import pytest

from affectlab import cli
from affectlab.cli import main
from affectlab.errors import DiskFull

HEAVY = ("torch", "mne", "mne_lsl", "nicegui", "scipy", "brainflow", "soundfile", "numpy")


def leave_with(monkeypatch, error) -> list:
    """Let every command fail with `error`; returns the arguments that reach it."""
    reached = []

    def broken(arguments, **_options):
        reached.append(arguments)
        raise error

    monkeypatch.setattr(cli, "app", broken)
    return reached


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["session", "--help"],
        ["session", "run", "--help"],
        ["steer", "--help"],
        ["steer", "fit", "--help"],
    ],
)
def test_help_loads_nothing_heavy(arguments) -> None:
    script = (
        "import sys\nfrom affectlab.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as left:\n    assert left.code == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\nassert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_an_error_of_ours_is_one_line_whatever_it_holds(monkeypatch, capsys) -> None:
    leave_with(monkeypatch, DiskFull("no room left\nto write x"))
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert capsys.readouterr() == ("", "affectlab: no room left to write x\n")


def test_debug_adds_the_traceback_and_reaches_no_command(monkeypatch, capsys) -> None:
    reached = leave_with(monkeypatch, DiskFull("no room left"))
    with pytest.raises(SystemExit) as left:
        main(["session", "--debug"])
    printed = capsys.readouterr().err
    assert reached == [["session"]]
    assert left.value.code == 2
    assert "Traceback" in printed
    assert printed.endswith("affectlab: no room left\n")


def test_a_fault_of_ours_is_not_dressed_up_as_the_users(monkeypatch) -> None:
    leave_with(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main([])


def test_no_arguments_show_the_help_and_no_empty_line_of_error(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main([])
    printed = capsys.readouterr()
    assert left.value.code == 2
    assert "Usage: affectlab" in printed.out
    assert printed.err == ""


def test_version_leaves_with_success(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("affectlab ")
