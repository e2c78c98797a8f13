"""The page of the guarded chat in a real browser, with a scripted model behind a real gate."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
import uvicorn
from chat_actors import Scripted, laid_out
from studio_driver import CHROMIUM

from affectlab.counsel.chat import ChatSettings, Counsellor
from affectlab.counsel.gate import GateConfig, RiskGate
from affectlab.counsel.gate.helplines import EXAMPLE
from affectlab.studio.app import build_app
from affectlab.studio.config import StudioConfig

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    folder: Path = tmp_path_factory.mktemp("studio")
    gate = GateConfig(helplines=EXAMPLE)
    speaker = Scripted(laid_out("I am sorry. He mattered to you."), laid_out("One. " * 5000), pause=0.002)
    with RiskGate.open(gate) as guard, socket.socket() as listening:
        talk = Counsellor(speaker, guard, ChatSettings(model="scripted", gate=gate), notice=guard.notice)
        config = StudioConfig(sessions=folder / "sessions", people=folder / "people")
        server = uvicorn.Server(uvicorn.Config(build_app(config, counsellor=talk), log_level="error"))
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        with sync_playwright() as running:
            chromium = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            page = chromium.new_page(viewport={"width": 390, "height": 780})
            page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}/counsel")
            yield page
            chromium.close()
        server.should_exit = True
        thread.join()


def test_a_conversation_from_the_first_words_to_danger(pages) -> None:
    say = pages.locator("#say")
    pages.get_by_role("button", name="Show reasoning").click()
    say.fill("My dog died last week.")
    say.press("Enter")
    pages.wait_for_selector("text=He mattered to you.")
    assert pages.locator(".thought").count() == 1
    say.fill("Tell me more.")
    pages.get_by_role("button", name="Send").click()
    pages.get_by_role("button", name="Stop").click()
    pages.wait_for_selector("text=Stopped.")
    assert not pages.locator(".helplines li").first.is_visible()
    say.fill("I want to kill myself tonight, I have the pills here.")
    say.press("Enter")
    pages.wait_for_selector("text=Your words suggest danger right now")
    pages.wait_for_selector(".helplines li:visible")
    banner = pages.get_by_role("note")
    assert banner.inner_text().startswith("AI, not a clinician")
    box = banner.bounding_box()
    assert 0 <= box["y"] < 780
    assert box["width"] <= 390
    pages.get_by_role("button", name="Forget this conversation").click()
    pages.wait_for_selector(".bubble", state="detached")
