"""The studio in a real browser, with a real simulated session behind it."""

import json
import signal
import socket
import threading

import pytest
from planner_server import GOOD, answers, chat_server
from studio_driver import (
    ARGUMENTS,
    CHROMIUM,
    FAINT,
    NAMELESS,
    PRESS_STOP,
    Server,
    at_step,
    of_player,
    press,
    to_music,
    wait_for_sound,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path)
    yield running
    running.close()


@pytest.fixture
def visit(browser, server):
    """Open pages in browsers of their own; at the end none may have complained or asked anybody else."""
    contexts, complaints = [], []

    def opened(path="/", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if foreign(request.url) else None)
        page.goto(server.url + path)
        page.wait_for_selector("header.top")
        return page

    def foreign(url):
        return not url.startswith((server.url, "data:", "blob:"))

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_participant_walks_through_a_session_and_stops_it(visit, tmp_path):
    page = visit()
    press(page, "Continue")
    page.wait_for_selector("text=without your consent nothing is recorded")
    page.check("#agree")
    press(page, "Continue")
    at_step(page, "level")
    assert page.evaluate("document.activeElement.id") == "h-level"
    press(page, "Play test sound")
    wait_for_sound(page)
    quiet = of_player(page, "volume.gain.value")
    page.locator("#level").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"window.affectlab.player.volume.gain.value > {quiet} * 2.5")
    press(page, "This is comfortable")
    at_step(page, "ready")
    press(page, "Start the quiet time")
    at_step(page, "begin")
    press(page, "Start the music")
    at_step(page, "listen")
    wait_for_sound(page)
    page.locator("#pleasure").fill("0.9")
    page.wait_for_timeout(1500)  # pages are drawn anew meanwhile
    press(page, "This is how I feel")
    page.wait_for_selector("text=Thank you, noted.")
    assert "closed" not in page.inner_text("body")
    stopped = page.evaluate(PRESS_STOP)
    assert stopped["before"] > 1e-4
    assert stopped["ms"] <= 50
    at_step(page, "thanks")
    (folder,) = tmp_path.iterdir()
    records = [json.loads(line) for line in (folder / "page.jsonl").read_text().splitlines()]
    assert [record["data"]["gain_db"] for record in records if record["kind"] == "level"] == [-20]
    rated = [record["data"] for record in records if record["kind"] == "rating"]
    assert (0.9, 0.5) in [(rating["valence"], rating["arousal"]) for rating in rated]
    assert "stopped by the participant" in (folder / "phases.jsonl").read_text()


def test_stop_is_silent_at_once_with_the_server_dead(visit, server):
    page = visit()
    to_music(page)
    server.kill()
    stopped = page.evaluate(PRESS_STOP)
    assert stopped["before"] > 1e-5
    assert stopped["ms"] <= 50
    page.wait_for_selector("#stopped-here:visible")
    page.wait_for_timeout(1500)
    assert of_player(page, "rms()") == 0


def test_when_the_server_goes_the_music_fades_and_the_page_comes_back_by_itself(visit, server):
    page = visit()
    to_music(page)
    underruns = of_player(page, "counters.underruns")
    server.kill()
    page.wait_for_selector("#notice-lost:visible")
    page.wait_for_function("window.affectlab.player.rms() === 0", timeout=3000)
    assert of_player(page, "counters.underruns") == underruns
    server.start()
    page.wait_for_selector("#agree", timeout=30_000)
    page.wait_for_function("window.affectlab.player.connection === 'open'")


def test_a_stalled_server_is_one_underrun_and_the_music_goes_on(visit, server):
    page = visit()
    to_music(page)
    page.wait_for_timeout(1000)
    server.process.send_signal(signal.SIGSTOP)
    page.wait_for_timeout(900)
    server.process.send_signal(signal.SIGCONT)
    page.wait_for_function("window.affectlab.player.counters.underruns >= 1", timeout=5000)
    wait_for_sound(page)


def test_a_second_window_is_told_and_may_take_over(visit):
    first = visit()
    to_music(first)
    second = visit()
    second.wait_for_selector("text=already playing in another window")
    press(second, "Take over")
    first.wait_for_selector("text=already playing in another window")
    wait_for_sound(second)
    first.wait_for_function("window.affectlab.player.rms() === 0", timeout=3000)


def test_a_reload_returns_to_the_running_session_with_its_sound(visit):
    page = visit()
    to_music(page)
    session = page.inner_text(".session-id")
    page.reload()
    at_step(page, "listen")
    assert page.inner_text(".session-id") == session
    wait_for_sound(page)


def test_a_session_is_paused_and_resumed(visit):
    page = visit()
    to_music(page)
    press(page, "Pause")
    at_step(page, "paused")
    page.wait_for_function("window.affectlab.player.rms() < 1e-5", timeout=5000)
    press(page, "Resume")
    at_step(page, "listen")
    wait_for_sound(page)
    assert of_player(page, "counters.underruns") == 0


def test_the_researcher_sees_the_loop_sets_markers_and_finds_the_session_again(visit, tmp_path):
    page = visit("/researcher")
    page.select_option("#set-arm", "open")
    page.fill("#set-minutes", "-3")
    press(page, "Prepare session")
    page.wait_for_selector("text=setting 'minutes'")
    assert page.input_value("#set-minutes") == "-3"
    page.fill("#set-minutes", "2")
    press(page, "Prepare session")
    press(page, "Start music")
    page.wait_for_selector(".phase[data-phase=playing]")
    page.keyboard.press("m")
    page.wait_for_selector(".log b:has-text('Marker')")
    page.wait_for_selector("text=channels usable", timeout=20_000)
    page.wait_for_selector("text=Valence", timeout=20_000)
    page.wait_for_selector(".fact:has-text('bar.beat') .value:not(:text-is('-'))")
    drawn = (
        "[...document.querySelectorAll('.nicegui-echart')].map((e) => getElement(e).chart.getOption().series)"
    )
    eeg, plane = page.evaluate(drawn)
    assert len(eeg) == 19
    assert all(len(series["data"]) == 250 for series in eeg)
    assert {series["id"]: len(series["data"]) for series in plane}["belief"] == 1
    press(page, "Stop")
    page.wait_for_selector(".phase[data-phase=ended]")
    page.wait_for_selector("a:has-text('Report')", timeout=10_000)
    with page.context.expect_page() as report:
        page.locator("a:text-is('Report')").click()
    report.value.wait_for_load_state()
    assert "not a medical device" in report.value.inner_text("body").lower()
    identity = page.locator("td:has-text('S-')").inner_text()
    press(page, "Delete")
    page.fill("#delete-typed", "no")
    press(page, "Delete for good")
    page.wait_for_selector("text=nothing was deleted")
    press(page, "Delete")
    page.fill("#delete-typed", identity)
    press(page, "Delete for good")
    page.wait_for_selector("td:has-text('S-')", state="detached")
    assert list(tmp_path.iterdir()) == []


def test_the_researcher_edits_the_plan_and_nothing_wrong_is_sent(visit, tmp_path):
    page = visit("/researcher")
    page.select_option("#set-arm", "open")
    press(page, "Prepare session")
    press(page, "Start music")
    page.wait_for_selector("text=by rules")
    press(page, "Edit plan")
    page.wait_for_selector("#plan-editor[open]")
    page.fill("#edit-tempo_bpm", "500")
    press(page, "Put in force")
    page.wait_for_selector("#wrong-tempo_bpm:has-text('less than or equal to 160')")
    page.fill("#edit-tempo_bpm", "66")
    page.fill("#edit-instruments", "piano, kazoo")
    press(page, "Put in force")
    page.wait_for_selector("#wrong-attributes-instruments:has-text(\"'kazoo' is not known\")")
    assert page.evaluate(NAMELESS)["nameless"] == []
    assert page.evaluate(FAINT) == []
    (folder,) = tmp_path.iterdir()
    assert (folder / "choices.jsonl").read_text() == ""
    page.fill("#edit-instruments", "piano, harp")
    press(page, "Put in force")
    page.wait_for_selector("text=by researcher")
    page.wait_for_selector("#plan-editor", state="hidden")
    press(page, "Stop")
    page.wait_for_selector(".phase[data-phase=ended]")
    (choice,) = [json.loads(line) for line in (folder / "choices.jsonl").read_text().splitlines()]
    assert (choice["who"], choice["action"], choice["before"]["made_by"]) == ("researcher", "edit", "rules")
    assert (choice["after"]["tempo_bpm"], choice["after"]["attributes"]["instruments"]) == (
        66,
        ["piano", "harp"],
    )


@pytest.mark.parametrize(
    ("word", "action", "made_by"), [("Accept", "accept", "openai"), ("Reject", "reject", "rules")]
)
def test_the_researcher_decides_on_the_plan_of_a_slow_model(browser, tmp_path, word, action, made_by):
    pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")
    released = threading.Event()

    def slow(handler):
        released.wait(60)
        answers(GOOD, cite=[])(handler)

    with chat_server() as model:
        model.replies = [slow]
        session = {"minutes": 3, "rest_seconds": 1, "synth": "builtin", "planner": model.planner}
        studio = Server(tmp_path, session={**session, "plan_seconds": 60})
        try:
            page = browser.new_context().new_page()
            page.goto(studio.url + "/researcher")
            page.select_option("#set-arm", "open")
            press(page, "Prepare session")
            press(page, "Start music")
            page.wait_for_selector("text=by rules")
            page.check("#ask-first")
            page.wait_for_timeout(500)
            released.set()
            page.wait_for_selector(".proposal:has-text('Proposed by')")
            page.wait_for_selector(".proposal:has-text('warm slow piano')")
            assert page.evaluate(NAMELESS)["nameless"] == []
            press(page, word)
            page.wait_for_selector(".proposal", state="hidden")
            page.wait_for_selector(f"text=by {made_by}")
            press(page, "Stop")
            page.wait_for_selector(".phase[data-phase=ended]")
        finally:
            released.set()
            studio.close()
    (folder,) = tmp_path.iterdir()
    choices = [json.loads(line) for line in (folder / "choices.jsonl").read_text().splitlines()]
    assert [one["action"] for one in choices][-2:] == ["propose", action]
    plans = [json.loads(line)["plan"] for line in (folder / "plans.jsonl").read_text().splitlines()]
    assert plans[-1]["made_by"].startswith(made_by)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_can_be_used_by_everybody_on_a_phone(visit, theme):
    options = {"viewport": {"width": 360, "height": 740}, "color_scheme": theme}
    page = visit(**options)
    to_music(page)
    researcher = visit("/researcher", **options)
    researcher.wait_for_selector(".phase[data-phase=playing]")
    for shown in (page, researcher):
        shown.wait_for_timeout(1500)
        found = shown.evaluate(NAMELESS)
        assert found["controls"] > 5
        assert found["nameless"] == []
        assert found["pictures"] == 0
        assert found["repeated"] == []
        assert found["language"] == "en-GB"
        assert found["headings"] >= 1
        assert shown.evaluate(FAINT) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= 360
        assert shown.locator("text=Research software, not a medical device").first.is_visible()
    box = page.locator("#stop").bounding_box()
    assert box["y"] + box["height"] <= 740
    assert box["height"] >= 44
    dark = page.evaluate("document.body.classList.contains('body--dark')")
    assert dark == (theme == "dark")
    page.locator("[data-theme]").click()
    assert page.evaluate("document.body.classList.contains('body--dark')") != dark


def test_the_keyboard_alone_is_enough(visit):
    page = visit()
    page.wait_for_selector("#agree")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText || document.activeElement.id"))
        if reached[-1] == "agree":
            page.keyboard.press("Space")
        if reached[-1] == "Continue":
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            page.keyboard.press("Enter")
            break
    assert reached[-2:] == ["agree", "Continue"]
    assert outline == "solid"
    at_step(page, "level")
    page.wait_for_function("document.activeElement.id === 'h-level'")


def test_a_studio_with_a_token_serves_nobody_without_it(browser, tmp_path):
    server = Server(tmp_path, token="only-for-the-lab")
    try:
        page = browser.new_context().new_page()
        assert page.goto(server.url + "/researcher").status == 401
        page.goto(f"{server.url}/researcher?token=only-for-the-lab")
        assert page.url == server.url + "/researcher"
        page.select_option("#set-arm", "open")  # a sham, which a blinded draw may take, needs a longer rest
        press(page, "Prepare session")
        page.wait_for_selector(".phase[data-phase=waiting]")
        page.context.close()
    finally:
        server.close()


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", b"403"), ("http://127.0.0.1:{port}", b"101")]
)
def test_only_pages_of_the_studio_itself_can_listen(server, origin, status):
    request = (
        f"GET /audio HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Origin: {origin.format(port=server.port)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(request.encode())
        assert connection.recv(4096).split()[1] == status


def test_a_calibration_says_what_to_do_and_stop_keeps_nothing(visit, tmp_path):
    page = visit()
    page.click("text=First let the decoder get to know you")
    at_step(page, "start")
    assert page.locator("[role=alert]:visible").count() == 0
    press(page, "Start")
    at_step(page, "doing")
    assert page.evaluate("document.activeElement.id") == "h-doing"
    page.wait_for_selector("text=look at one spot ahead")
    page.wait_for_selector("text=Signal: ", timeout=20_000)
    page.wait_for_function(
        "/^0:\\d\\d$/.test(document.querySelector('.countdown').innerText)", timeout=20_000
    )
    assert page.evaluate(NAMELESS)["nameless"] == []
    assert page.evaluate(FAINT) == []
    press(page, "Stop")
    page.wait_for_selector("text=Stopped. Nothing was kept.")
    at_step(page, "start")
    page.goto(page.url.replace("/calibrate", "/"))
    page.wait_for_selector("#agree")
