import os
import subprocess
import sys

from affectlab.signals.liblsl import quiet_configuration

PUBLISH = """
from affectlab.signals import Receiver, SimulatedListener, SimulatedSource
source = SimulatedSource(SimulatedListener(lambda t: None))
receiver = Receiver(source.open())
receiver.open()
receiver.pull(expect=source.advance(1.0))
source.close()
receiver.pull()
receiver.close()
"""


def test_the_log_is_silenced_unless_the_user_set_it(tmp_path) -> None:
    assert "level = -3" in quiet_configuration(None)
    own = tmp_path / "lsl_api.cfg"
    own.write_text("[lab]\nKnownPeers = {10.0.0.2}\n[log]\nlevel = 2\n")
    text = quiet_configuration(own)
    assert "KnownPeers = {10.0.0.2}" in text
    assert "level = 2" in text
    own.write_text("[ports]\nIPv6 = disable\n")
    assert "IPv6 = disable" in quiet_configuration(own)
    assert "level = -3" in quiet_configuration(own)


def test_a_session_of_streaming_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_importing_the_room_is_light() -> None:
    heavy = (
        "import sys, affectlab.signals; print([m for m in ('mne', 'mne_lsl', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
