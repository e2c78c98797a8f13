"""What the browser tests need: a studio that can be killed, hands, and checks that run in the page."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]
SERVE = (
    "import json, sys; from affectlab.studio import StudioConfig, run_studio; "
    "run_studio(StudioConfig.model_validate(json.loads(sys.argv[1])))"
)

# Presses Stop as a hand would and says after how many milliseconds the analyser hears nothing.
PRESS_STOP = """async () => {
  const { player } = window.affectlab;
  const before = player.rms();
  const pressed = performance.now();
  document.getElementById("stop").click();
  const waiting = () => player.rms() > 1e-5 && performance.now() - pressed < 2000;
  while (waiting()) await new Promise((go) => setTimeout(go, 1));
  return { before, ms: performance.now() - pressed };
}"""

# Controls without a name, pictures that are neither described nor hidden, and repeated ids.
NAMELESS = """() => {
  const label = (e) => e.getAttribute("aria-label") || e.labels?.[0]?.innerText;
  const said = (e) => label(e) || e.innerText || e.title || "";
  const named = (e) => said(e).trim() || e.getAttribute("aria-labelledby");
  const controls = [...document.querySelectorAll("button, a, input, select, textarea, [tabindex='0']")];
  const pictures = [...document.querySelectorAll("svg")];
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return {
    controls: controls.length,
    nameless: controls.filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 120)),
    pictures: pictures.filter((e) => !e.closest("[aria-hidden=true], [role=img]")).length,
    repeated: ids.filter((id, at) => ids.indexOf(id) !== at),
    headings: document.querySelectorAll("h1").length,
    language: document.documentElement.lang,
  };
}"""

# Visible text whose contrast with its background is below 4.5 (WCAG 2.2, 1.4.3).
FAINT = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const weigh = (r, g, b) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const light = ([r, g, b]) => weigh(r / 255, g / 255, b / 255);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (e) => {
    const pair = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  };
  const speaks = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const exempt = (e) => !e.checkVisibility() || e.closest("button[disabled], svg, .visually-hidden");
  return [...document.querySelectorAll(".shell *")]
    .filter((e) => speaks(e) && !exempt(e) && contrast(e) < 4.5)
    .map((e) => `${e.textContent.trim().slice(0, 40)} ${contrast(e).toFixed(2)}`);
}"""


class Server:
    """A studio in a process of its own, so that it can be killed."""

    def __init__(self, sessions, **settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        session = {"minutes": 3, "rest_seconds": 1, "synth": "builtin"}
        self.settings = {"port": self.port, "sessions": str(sessions), "session": session, **settings}
        self.start()

    def start(self):
        command = [sys.executable, "-c", SERVE, json.dumps(self.settings)]
        self.process = subprocess.Popen(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the studio did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def press(page, label):
    page.locator("button:visible", has_text=label).first.click()


def at_step(page, step):
    page.wait_for_selector(f"#h-{step}:visible", timeout=30_000)


def to_music(page):
    page.wait_for_selector("#agree")
    page.check("#agree")
    press(page, "Continue")
    at_step(page, "level")
    press(page, "This is comfortable")
    at_step(page, "ready")
    press(page, "Start the quiet time")
    at_step(page, "begin")
    press(page, "Start the music")
    at_step(page, "listen")
    wait_for_sound(page)


def wait_for_sound(page):
    page.wait_for_function("window.affectlab.player.rms() > 1e-4", timeout=20_000, polling=20)


def of_player(page, name):
    return page.evaluate(f"window.affectlab.player.{name}")
