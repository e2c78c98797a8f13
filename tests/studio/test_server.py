import re
import socket

import pytest
from pydantic import ValidationError

from affectlab.errors import StudioError
from affectlab.listening import address, listen
from affectlab.session.config import SessionConfig
from affectlab.studio import StudioConfig, run_studio
from affectlab.studio.config import sessions_folder
from affectlab.studio.server import demand_token


def test_other_hosts_need_a_token_and_the_line_says_how():
    with pytest.raises(StudioError, match=r"0\.0\.0\.0.*--token or AFFECTLAB_TOKEN"):
        run_studio(StudioConfig(host="0.0.0.0"))


def test_with_a_token_other_hosts_are_allowed():
    demand_token(StudioConfig(host="0.0.0.0", token="long-enough"))


def test_a_short_token_is_refused():
    with pytest.raises(ValidationError, match="at least 8"):
        StudioConfig(token="short")


def test_a_taken_port_is_named_with_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StudioError, match=f"port {port} .* --port") as error:
            run_studio(StudioConfig(port=port))
    free = int(re.search(r"--port (\d+)", str(error.value)).group(1))
    assert free != port
    with listen("127.0.0.1", free) as listening:
        assert listening.getsockname() == ("127.0.0.1", free)


def test_a_host_that_is_not_this_machine_is_named():
    with pytest.raises(StudioError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 8765)


def test_sessions_are_kept_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECTLAB_HOME", str(tmp_path))
    assert sessions_folder() == tmp_path / "sessions"
    assert StudioConfig().sessions == tmp_path / "sessions"


def test_a_browser_plays_in_real_time_only():
    with pytest.raises(ValidationError, match="speed is 4"):
        StudioConfig(session=SessionConfig(speed=4))


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", "http://127.0.0.1:8765"), ("::1", "http://[::1]:8765")]
)
def test_the_address_can_be_opened(host, expected):
    assert address(host, 8765) == expected
