"""A teacher's reasoning is used where it is well laid out and supported, or where a person says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from counsel_rows import ANSWER, ANSWER_ZH, QUESTION, row

from affectlab.counsel import CounselRow
from affectlab.counsel.data import read_rows
from affectlab.counsel.data.annotate import AnnotateSettings, annotate
from affectlab.counsel.data.annotations import digest_of, read_annotations
from affectlab.counsel.data.files import write_lines
from affectlab.counsel.data.review import apply_decisions, write_page
from affectlab.counsel.data.support import support_of
from affectlab.counsel.data.teaching import chain_of, grammar_for
from affectlab.errors import CounselError, ModelUnavailable
from affectlab.models import Capabilities, Failure, Generation, Identity, Request, Sampling
from affectlab.prompting.empathy import Chain, Reply

GOOD = Chain(
    "Worried, because the job is lost.",
    "Work was what could be relied on, so worries fill the nights.",
    "Asks what to do and seeks advice for the night.",
    "Names the loss, then offers writing worries on paper before bed and talking with a friend.",
)
STRANGE = Chain(
    "Angry, because the landlord raised the rent.",
    "Money was promised by grandparents.",
    "Seeks revenge against neighbours.",
    "Recommends a lawyer, yoga and vitamins.",
)


class Teacher:
    """Says what a script says to the n-th request."""

    can = Capabilities()
    lanes = 1
    batch_size = 2

    def __init__(self, script: Callable[[int], str | Failure | Exception], name: str = "script") -> None:
        self.identity = Identity(name, "1", {})
        self.asked = 0
        self._script = script

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        return [self._answer() for _ in requests]

    def close(self) -> None:
        """Nothing is open."""

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Any]:
        raise NotImplementedError

    def _answer(self) -> Generation | Failure:
        self.asked += 1
        said = self._script(self.asked)
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, Failure) else Generation(said)


def _written(chain: Chain) -> str:
    return Reply("x", chain).text().removesuffix("<answer>x</answer>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "rows.jsonl", [row(name) for name in "abcd"])
    return tmp_path


def _settings(folder: Path, **changes: Any) -> AnnotateSettings:
    return AnnotateSettings(folder=folder, teacher="script", **changes)


def test_supported_reasoning_gets_into_the_rows_with_its_origin(folder: Path) -> None:
    about = annotate(_settings(folder), model=Teacher(lambda _: _written(GOOD)))
    assert (about["status"], about["complete"]) == ({"supported": 4}, True)
    for found in read_rows(folder):
        assert found.chain == GOOD
        assert found.provenance["chain"]["teacher"] == "script"
        assert found.provenance["chain"]["attempts"] == 1


def test_a_bad_reply_is_asked_for_again(folder: Path) -> None:
    script = {1: "I think…", 2: _written(STRANGE)}
    teacher = Teacher(lambda number: script.get(number, _written(GOOD)))
    about = annotate(_settings(folder, limit=2), model=teacher)
    assert about["status"] == {"supported": 2}
    assert {one.attempts for one in read_annotations(folder).values()} == {2}


def test_what_is_never_supported_is_kept_and_not_used(folder: Path) -> None:
    about = annotate(_settings(folder, limit=2, attempts=2), model=Teacher(lambda _: _written(STRANGE)))
    assert about["status"] == {"unsupported": 2}
    assert all("share" in one.why for one in read_annotations(folder).values())
    assert all(found.chain is None for found in read_rows(folder))


def test_the_best_attempt_is_kept(folder: Path) -> None:
    script = {1: _written(STRANGE), 2: "no tags"}
    annotate(_settings(folder, limit=1, attempts=2), model=Teacher(lambda number: script[number]))
    (one,) = read_annotations(folder).values()
    assert (one.status, one.chain, one.attempts) == ("unsupported", STRANGE, 2)


def test_an_interrupted_run_goes_on_and_asks_nothing_twice(folder: Path) -> None:
    stop = threading.Event()

    def script(number: int) -> str:
        if number == 2:
            stop.set()
        return _written(GOOD)

    teacher = Teacher(script)
    assert annotate(_settings(folder), model=teacher, stop=stop)["complete"] is False
    assert teacher.asked == 2
    about = annotate(_settings(folder), model=teacher)
    assert (about["complete"], about["asked"], teacher.asked) == (True, 2, 4)


def test_a_server_that_dies_leaves_what_was_kept(folder: Path) -> None:
    died = Teacher(lambda number: ModelUnavailable("gone") if number > 2 else _written(GOOD))
    with pytest.raises(ModelUnavailable):
        annotate(_settings(folder), model=died)
    assert len([found for found in read_rows(folder) if found.chain]) == 2


def test_a_line_cut_off_by_a_kill_is_asked_for_again(folder: Path) -> None:
    annotate(_settings(folder), model=Teacher(lambda _: _written(GOOD)))
    path = folder / "annotations.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    teacher = Teacher(lambda _: _written(GOOD))
    assert annotate(_settings(folder), model=teacher)["asked"] == 1
    assert len(read_annotations(folder)) == 4
    path.write_bytes(b"{broken\n" + path.read_bytes())
    with pytest.raises(CounselError, match=r"annotations\.jsonl:1 is no annotation"):
        read_annotations(folder)


def test_failures_that_may_pass_are_not_kept(folder: Path) -> None:
    annotate(_settings(folder), model=Teacher(lambda _: Failure("endpoint", "busy", transient=True)))
    assert read_annotations(folder) == {}
    annotate(_settings(folder), model=Teacher(lambda _: Failure("length", "too long")))
    assert {one.status for one in read_annotations(folder).values()} == {"failed"}


def test_another_teacher_is_asked_anew(folder: Path) -> None:
    annotate(_settings(folder), model=Teacher(lambda _: _written(STRANGE)))
    assert annotate(_settings(folder), model=Teacher(lambda _: _written(GOOD), "other"))["asked"] == 4
    assert all(found.chain == GOOD for found in read_rows(folder))


def test_nothing_to_annotate_is_said(folder: Path) -> None:
    with pytest.raises(CounselError, match="no rows in test"):
        annotate(_settings(folder, splits=("test",)), model=Teacher(lambda _: ""))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (f"{_written(GOOD)}<answer>mine</answer>", "not laid out"),
        ("Well.", "not laid out"),
        (_written(GOOD._replace(intent="…")), "not laid out"),
        (_written(GOOD._replace(intent="The person seeks …")), "repeats the form"),
    ],
)
def test_a_reply_that_is_laid_out_otherwise_is_refused(said: str, why: str) -> None:
    found = chain_of(said, row())
    assert isinstance(found, str)
    assert why in found


def test_reasoning_about_another_text_is_not_supported() -> None:
    assert support_of(GOOD, row()).lacks == ""
    other = row(turns=row().turns, answer="Buy a trumpet, it makes evenings cheerful.")
    assert "L4" in support_of(GOOD, other).lacks


@pytest.mark.parametrize(
    ("chain", "lacks"),
    [
        (GOOD._replace(emotions='Says "I hate my boss" and is worried about the job and nights.'), "quotes"),
        (GOOD._replace(emotions=QUESTION), "copied"),
        (GOOD._replace(strategy=ANSWER), "copied"),
        (GOOD._replace(causes=GOOD.emotions), "copied"),
        (GOOD._replace(strategy="Recommends magnesium, jogging and a lawyer."), "L4 shares"),
    ],
)
def test_invented_and_copied_reasoning_is_found(chain: Chain, lacks: str) -> None:
    assert lacks in support_of(chain, row()).lacks


def test_chinese_reasoning_is_compared_by_characters() -> None:
    chain = Chain(
        "失业之后担心，晚上睡不着。",
        "工作是依靠，失去之后担心变多。",
        "不知道怎么办，希望得到办法。",
        "先说失去工作的影响，再让人睡前写下担心，也和朋友聊。",
    )
    assert support_of(chain, row(language="zh")).lacks == ""
    strange = Chain("房东涨价很愤怒。", "祖父承诺过遗产。", "想报复邻居。", "推荐律师和瑜伽。")
    assert support_of(strange, row(language="zh")).lacks
    assert ANSWER_ZH


def test_the_grammar_opens_each_layer_in_the_language() -> None:
    assert "The person feels" in grammar_for(row())
    assert "对方感到" in grammar_for(row(language="zh"))


def _decisions(folder: Path, *decisions: dict[str, Any]) -> Path:
    path = folder / "exported.json"
    path.write_text(json.dumps({"decisions": decisions}), encoding="utf-8")
    return path


def test_people_overrule_the_check(folder: Path) -> None:
    chains = {"a": GOOD, "b": STRANGE, "c": GOOD, "d": GOOD}
    order = iter(_order(folder))
    annotate(_settings(folder, attempts=1), model=Teacher(lambda _: _written(chains[next(order)])))
    digest = digest_of(row())
    edited = GOOD._replace(intent="Wants to sleep.")
    about = apply_decisions(
        folder,
        _decisions(
            folder,
            {"id": "a", "of": digest, "decision": "reject"},
            {"id": "b", "of": digest, "decision": "accept"},
            {"id": "c", "of": digest, "decision": "edit", "chain": edited},
        ),
    )
    assert about["decisions"] == {"reject": 1, "accept": 1, "edit": 1}
    found = {one.id: one for one in read_rows(folder)}
    assert {name: one.chain for name, one in found.items()} == {
        "a": None,
        "b": STRANGE,
        "c": edited,
        "d": GOOD,
    }
    assert found["c"].provenance["chain"]["person"] == "edit"
    apply_decisions(folder, _decisions(folder, {"id": "a", "of": digest, "decision": "accept"}))
    assert {one.id for one in read_rows(folder) if one.chain} == {"a", "b", "c", "d"}


def _order(folder: Path) -> list[str]:
    """Return the rows in the order in which a teacher is asked about them."""
    seen: list[str] = []
    probe = Teacher(lambda _: Failure("length", "no"))
    settings = _settings(folder, attempts=1)
    annotate(settings, model=probe)
    seen += list(read_annotations(folder))
    (folder / "annotations.jsonl").unlink()
    return seen


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "export it from the review page"),
        ('{"decisions": [{"id": "a", "of": "x", "decision": "perhaps"}]}', "decisions.0.decision"),
        ('{"decisions": [{"id": "a", "of": "x", "decision": "edit"}]}', "lacks words"),
        ('{"decisions": [{"id": "a", "of": "x", "decision": "accept"}]}', "its text changed"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(folder: Path, content: str, words: str) -> None:
    annotate(_settings(folder), model=Teacher(lambda _: _written(GOOD)))
    before = (folder / "rows.jsonl").read_bytes()
    path = folder / "exported.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CounselError, match=words):
        apply_decisions(folder, path)
    assert (folder / "rows.jsonl").read_bytes() == before


def test_the_page_holds_the_texts_and_cannot_be_broken_by_them(tmp_path: Path) -> None:
    rows = [row("x", topic="</script>", answer=f"{ANSWER} </script><script>alert(1)</script>")]
    write_lines(tmp_path / "rows.jsonl", rows)
    annotate(_settings(tmp_path), model=Teacher(lambda _: _written(GOOD)))
    about = write_page(tmp_path)
    page = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert about["items"] == 1
    assert page.count("</script>") == 2
    data = page.partition('type="application/json">')[2].partition("</script>")[0]
    assert json.loads(data)[0]["answer"] == rows[0].answer
    assert "http" not in page.replace("http-equiv", "")


def test_there_is_no_page_without_annotations(folder: Path) -> None:
    with pytest.raises(CounselError, match="no annotated reasoning"):
        write_page(folder)


def test_reasoning_of_a_set_stays(folder: Path) -> None:
    given: CounselRow = row("e", chain=STRANGE)
    write_lines(folder / "rows.jsonl", [row("a"), given])
    annotate(_settings(folder, limit=1), model=Teacher(lambda _: Failure("length", "too long")))
    assert next(found for found in read_rows(folder) if found.id == "e").chain == STRANGE
