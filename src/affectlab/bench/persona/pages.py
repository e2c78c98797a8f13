"""The pages of a persona report, each complete in itself: an overview, one a trait, one an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

import numpy as np

from affectlab.bench.drawing import Picture
from affectlab.bench.persona.contents import definitions, floors_of, tables_of
from affectlab.bench.persona.figures import illusion_picture, scores_picture, slopes_picture, sweep_picture
from affectlab.bench.persona.measured import OVERALL, MeasuredRun
from affectlab.bench.persona.predictions import FALSE_PROFILES, NO_TRUTH, Predictions
from affectlab.bench.persona.sensitivity import trait_slopes
from affectlab.bench.report import markup as h
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.report.tables import Table
from affectlab.bench.results import UNPARSED
from affectlab.prompting.persona import TRAITS, ReaderProfile

PAGES = "pages"
"""Folder of the pages beside the overview."""

_STYLE = (
    ".card { background: #f4f2ee; border-radius: 8px; padding: .7rem .9rem; } "
    ".hit { font-weight: 700; } .felt { font-weight: 600; } "
    "td.p { padding: .28rem .5rem; white-space: nowrap; } .story { font-size: 1.05rem; }"
)


def page(title: str, *sections: object, home: str = "") -> str:
    """Return a whole page with the house's head; `home` is the way back to the overview."""
    style = files("affectlab.bench.report").joinpath("style.css").read_text(encoding="utf-8")
    head = h.element(
        "head",
        h.Markup(
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        ),
        h.element("title", title),
        h.element("style", h.Markup(style + _STYLE)),
    )
    back = h.element("p", h.element("a", "← overview", href=home)) if home else ""
    header = h.element("header", h.element("h1", title), h.element("p", NOT_A_DEVICE, kind="device"), back)
    body = h.element("body", header, h.element("main", *sections))
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def overview(title: str, runs: Sequence[MeasuredRun], notes: Sequence[str], manifest: object) -> str:
    """Return the page that links to all others."""
    return page(
        title,
        *(_run_section(one, place) for place, one in enumerate(runs)),
        h.section("Traits", h.element("ul", *(_link(trait_file(trait), trait) for trait in TRAITS))),
        h.section("Events", _event_list(runs)),
        h.section("How to read the numbers", h.bullets([*notes, *definitions(runs[0])])),
        h.section("Manifest", h.folded("What this report was made of", h.listing(manifest))),
    )


def trait_page(trait: str, runs: Sequence[MeasuredRun]) -> str:
    """Return what a trait does to predictions, and to readers."""
    sections = []
    for place, one in enumerate(runs):
        pictures = list(_trait_pictures(trait, one, f"{trait}-{place}"))
        rows = [found for found in one.sensitivity if found["trait"] == trait]
        tables = [table for table in (_slope_table(trait, one), _sweep_table(rows)) if table.rows]
        if not pictures:
            words = "No question of this run tells this trait, or all readers have the same score."
            sections.append(h.section(one.name, h.element("p", words)))
            continue
        sections.append(
            h.section(
                one.name, h.element("div", *map(h.figure, pictures), kind="figures"), *map(h.table, tables)
            )
        )
    return page(trait, *sections, home="../report.html")


def event_page(name: str, runs: Sequence[MeasuredRun]) -> str:
    """Return who felt what about an event, and what the models said."""
    sections = []
    for one in runs:
        places = [at for at, event in enumerate(one.of.events) if event.id == name]
        for at in places:
            event = one.of.events[at]
            facts = [("kind of event", event.subset), ("source", event.source)]
            facts += [("writer's own emotion", event.writer)] if event.writer else []
            stories = [h.element("p", text, kind="card story") for text in event.texts.values()]
            sections.append(h.section(one.name, *stories, h.facts(facts), _answers(one, at)))
    return page(f"Event {name}", *sections, home="../report.html")


def trait_file(trait: str) -> str:
    """Return where a trait's page lies, from the overview."""
    return f"{PAGES}/trait-{trait}.html"


def event_file(place: int) -> str:
    """Return where the page of the event at `place` lies, from the overview."""
    return f"{PAGES}/event-{place + 1:04d}.html"


def event_names(runs: Sequence[MeasuredRun]) -> list[str]:
    """Return the events of all runs, each once."""
    return list(dict.fromkeys(event.id for one in runs for event in one.of.events))


def _run_section(one: MeasuredRun, place: int) -> h.Markup:
    about = one.of.run.about
    counts = about["counts"]
    facts = [
        ("model", str(about["model"]["name"])),
        ("events", str(len(one.of.events))),
        ("readers or groups", str(len(one.of.units))),
        ("answered", str(counts.get("answered", 0))),
        ("unparsed", str(counts.get("unparsed", 0))),
        ("failed", str(counts.get("failed", 0))),
    ]
    scores, *rest = map(h.table, tables_of(one))
    pictures = h.element("div", *map(h.figure, _pictures(one, f"run{place}")), kind="figures")
    return h.section(one.name, h.facts(facts), scores, pictures, *rest, h.bullets(one.notes))


def _pictures(one: MeasuredRun, name: str) -> Iterator[Picture]:
    top1 = [found for found in one.scores if (found["metric"], found["subset"]) == ("top1", OVERALL)]
    floors = [found for found in floors_of(one, OVERALL) if found["metric"] == "top1"]
    yield scores_picture(top1, floors, f"{name}-scores")
    illusion = illusion_picture(one.measures, f"{name}-illusion")
    if illusion:
        yield illusion


def _trait_pictures(trait: str, one: MeasuredRun, name: str) -> Iterator[Picture]:
    for place, sweep in enumerate(found for found in one.sweeps if found.trait == trait):
        yield sweep_picture(sweep, one.of.labels, f"{name}-sweep{place}")
    slopes = _slopes(trait, one)
    if slopes:
        named, human = [(arm, model) for arm, model, _ in slopes], slopes[0][2]
        yield slopes_picture(named, human, one.of.labels, trait, f"{name}-slopes")


def _slopes(trait: str, one: MeasuredRun) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return slopes of model and humans for each arm that tells the unit's own profile."""
    found = []
    for arm in one.of.arms.values():
        slopes = None
        if arm.condition not in {"none", *FALSE_PROFILES}:
            slopes = trait_slopes(one.of, arm, trait)
        if slopes is not None:
            found.append((arm.arm, *slopes))
    return found


def _slope_table(trait: str, one: MeasuredRun) -> Table:
    found = _slopes(trait, one)
    body: list[tuple[str, ...]] = []
    if found:
        body = [("readers", *_signed(found[0][2])), *((arm, *_signed(model)) for arm, model, _ in found)]
    caption = f"Change of probability per 0.1 of {trait}, across readers or groups"
    return Table(caption, ("of", *one.of.labels), tuple(body), len(one.of.labels))


def _sweep_table(rows: Sequence[Mapping[str, object]]) -> Table:
    from affectlab.bench.persona.contents import sensitivity_table

    return sensitivity_table([dict(one) for one in rows])


def _signed(slopes: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{one / 10:+.4f}".replace("-", "−") for one in slopes.tolist())


def _answers(one: MeasuredRun, at: int) -> h.Markup:
    """Build the table of an event: a line for each unit, a shaded cell for each arm."""
    arms = list(one.of.arms.values())
    head = h.element("tr", *(h.element("th", name) for name in ("reader", "who", "felt", *one.of.arms)))
    body = [
        h.element(
            "tr",
            h.element("td", name),
            h.element("td", _who(one.of.profiles.get(name))),
            h.element("td", _label(one, one.of.felt[at, unit]), kind="felt"),
            *(_answer(one, arm, at, unit) for arm in arms),
        )
        for unit, name in enumerate(one.of.units)
    ]
    caption = "Bold: the reader's own emotion. Shade and number: the probability the model gives its answer."
    table = h.element(
        "table", h.element("caption", caption), h.element("thead", head), h.element("tbody", *body)
    )
    return h.element("div", table, kind="scroll", tabindex="0", role="region", aria_label=caption)


def _answer(one: MeasuredRun, arm: Predictions, at: int, unit: int) -> h.Markup:
    label = int(arm.predicted[at, unit])
    if label == UNPARSED:
        return h.element("td", "not read" if arm.answered[at, unit] else "–", kind="p")
    p = float(arm.probability[at, unit, label])
    hit = " hit" if label == one.of.felt[at, unit] else ""
    words = f"{one.of.labels[label]} {p:.2f}" if arm.likelihoods else one.of.labels[label]
    return h.element("td", words, kind=f"p{hit}", style=f"background: rgba(0, 114, 178, {0.35 * p:.2f})")


def _who(profile: ReaderProfile | None) -> str:
    if profile is None:
        return ""
    traits = profile.big_five.items() if profile.big_five else ()
    scores = " ".join(f"{trait[0].upper()}{score:.2f}" for trait, score in traits)
    return " · ".join(part for part in (profile.gender, profile.mbti, scores) if part)


def _label(one: MeasuredRun, label: int) -> str:
    return "–" if label == NO_TRUTH else one.of.labels[label]


def _event_list(runs: Sequence[MeasuredRun]) -> h.Markup:
    texts = {event.id: next(iter(event.texts.values())) for one in runs for event in one.of.events}
    lines = [
        _link(event_file(place), name, f" {_short(texts[name])}")
        for place, name in enumerate(event_names(runs))
    ]
    return h.folded(f"{len(lines)} events", h.element("ul", *lines))


def _link(to: str, name: str, rest: str = "") -> h.Markup:
    return h.element("li", h.element("a", name, href=to), rest)


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:89]}…"
