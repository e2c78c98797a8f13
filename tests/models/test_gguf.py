import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import ModelError, UnknownModel
from affectlab.models import (
    Failure,
    Generation,
    Media,
    Model,
    ModelOptions,
    Quote,
    Request,
    Sampling,
    Scores,
    load_model,
)
from affectlab.models._label_paths import log_likelihoods
from affectlab.models.gguf import GgufModel, _common, _cuts

SMALL = "qwen2.5-coder-0.5b-instruct-q4.gguf"
LABELS = ["negative", "weakly negative", "neutral", "weakly positive", "positive"]
ASK = "Say how the person feels, in one of: negative, weakly negative, neutral, weakly positive, positive. "


def about(words: str, system: str = "") -> Request:
    return Request((ASK, 'The words are: "', Quote(words), '".'), system)


class ToyModel:
    """A language model over eight tokens that shows only its most likely ones, and counts the walks."""

    def __init__(self, seed: int, shown: int) -> None:
        self.seed, self.shown, self.walks = seed, shown, 0

    def next_tokens(self, before: tuple[int, ...]) -> np.ndarray:
        logits = np.random.default_rng((self.seed, *before)).normal(0, 3, 8)
        return logits - np.logaddexp.reduce(logits)

    def walk(self, before: tuple[int, ...], path: tuple[int, ...]) -> list[dict[int, float]]:
        self.walks += 1
        steps = []
        for end, token in enumerate(path):
            likely = self.next_tokens(before + path[:end])
            top = np.argsort(-likely)[: self.shown]
            steps.append({int(one): float(likely[one]) for one in (*top, token)})
        return steps


paths = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=4).map(tuple), min_size=1, max_size=6)


@given(paths, st.integers(0, 99), st.integers(0, 8))
def test_every_label_gets_the_product_of_its_tokens(labels, seed, shown) -> None:
    toy = ToyModel(seed, shown)
    expected = [sum(toy.next_tokens(path[:end])[token] for end, token in enumerate(path)) for path in labels]
    np.testing.assert_allclose(log_likelihoods(labels, toy.walk), expected, rtol=1e-12)


@given(paths, st.integers(0, 99))
def test_a_model_is_asked_once_a_label_at_most_and_once_in_all_where_it_shows_everything(
    labels, seed
) -> None:
    blind, open_ = ToyModel(seed, 0), ToyModel(seed, 8)
    log_likelihoods(labels, blind.walk)
    log_likelihoods([path[:1] for path in labels], open_.walk)
    assert blind.walks <= len(set(labels))
    assert open_.walks == 1


def test_a_prompt_is_cut_before_and_after_the_words_to_be_judged() -> None:
    request = Request(("How does it sound? ", Quote("fine"), " Answer."), "Say how fine it sounds.")
    prompt = "<system>Say how fine it sounds.<user>How does it sound? fine Answer.<assistant>"
    before, after = (prompt[:cut] for cut in _cuts(prompt, request))
    assert before == "<system>Say how fine it sounds.<user>How does it sound?"
    assert after == "<system>Say how fine it sounds.<user>How does it sound? fine"
    assert _cuts("nothing of the kind", request) == [len("nothing of the kind")]
    assert _cuts("<user>Well?<assistant>", Request(("Well?",))) == [len("<user>Well?")]
    assert _common([1, 2, 3], [1, 2, 4, 5]) == [1, 2]


def test_a_missing_file_is_named_with_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path))
    with pytest.raises(UnknownModel, match=r"no file 'none\.gguf'.*other\.gguf"):
        load_model("gguf:none.gguf")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"PK\x03\x04 a zip file")
    with pytest.raises(UnknownModel, match=r"model\.gguf is no GGUF file"):
        load_model(f"gguf:{tmp_path / 'model.gguf'}")


@pytest.mark.llm
def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match=r"cannot load .*model\.gguf") as caught:
        load_model(f"gguf:{tmp_path / 'model.gguf'}")
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def model() -> Model:
    pytest.importorskip("xllamacpp")
    try:
        loaded = load_model(f"gguf:{SMALL}", ModelOptions(context=512, threads=1))
    except UnknownModel as error:
        pytest.skip(str(error))
    yield loaded
    loaded.close()


def scores(found: list[Scores | Failure]) -> np.ndarray:
    assert all(isinstance(one, Scores) for one in found)
    return np.array([one.log_likelihoods for one in found])


def whole_vocabulary(model: GgufModel, tokens: list[int]) -> dict[int, float]:
    answer = model._server.complete(tokens, max_tokens=1, n_probs=1 << 20, temperature=0.0, cache_prompt=True)
    step = answer["choices"][0]["logprobs"]["content"][0]
    return {one["id"]: one["logprob"] for one in step["top_logprobs"]}


@pytest.mark.llm
def test_scores_are_the_exact_log_likelihoods(model: GgufModel) -> None:
    """Against the whole vocabulary at every step; the sum of single precision is the server's own."""
    request = about("It was all right in the end")
    labels = ["neutral", "disgust"]
    found = scores(model.score([request], labels))[0]
    prompt = model._begun(request)
    for label, value in zip(labels, found, strict=True):
        total, before = 0.0, list(prompt)
        for token in model._server.tokenize(label):
            likely = whole_vocabulary(model, before)
            assert sum(np.exp(list(likely.values()))) == pytest.approx(1, abs=1e-3)
            total += likely[token]
            before.append(token)
        assert value == pytest.approx(total, abs=1e-3)


@pytest.mark.llm
def test_answers_do_not_depend_on_what_was_asked_before(model: GgufModel) -> None:
    requests = [about("I love it"), about("I hate it", "Be careful.")]
    first = scores(model.score(requests, LABELS))
    words = model.generate(requests, Sampling(max_tokens=4))
    again = np.vstack([scores(model.score([one], LABELS)) for one in reversed(requests)])[::-1]
    np.testing.assert_array_equal(first, again)
    assert model.generate(requests[::-1], Sampling(max_tokens=4))[::-1] == words
    assert (first < 0).all()
    assert len(np.unique(first, axis=0)) == 2


EVENT = "My father forgot my birthday, and when I told him so over dinner he only laughed at me."
READERS = ("The reader is calm.", "The reader is calm and likes order.")


def read_by(reader: str, event: str = EVENT) -> Request:
    return Request(
        ("An event: ", Quote(event), f"\n\n{reader} How does the reader feel?"), "Predict feelings."
    )


@pytest.mark.llm
def test_questions_about_the_same_words_read_them_once(model: GgufModel, monkeypatch) -> None:
    joy = "I found ten euros on the way home."
    requests = [read_by(reader, event) for event in (EVENT, joy) for reader in READERS]
    mixed = scores([model.score([requests[place]], ["joy"])[0] for place in (0, 2, 1, 3)])
    stock, counts = model._server.complete, []

    def counting(tokens: Sequence[int], **parameters: Any) -> dict[str, Any]:
        answer = stock(tokens, **parameters)
        usage = answer["usage"]
        counts.append(usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"])
        return answer

    monkeypatch.setattr(model._server, "complete", counting)
    in_order = scores(model.score(requests, ["joy"]))
    np.testing.assert_array_equal(in_order[[0, 2, 1, 3]], mixed)
    # Each event once, and what follows it for every request: all else is one token at a time.
    assert sum(count > 1 for count in counts) == 2 + len(requests)


@pytest.mark.llm
def test_shared_words_give_the_scores_of_reading_everything_anew(model: GgufModel) -> None:
    """As far as 8-bit activations allow: here 0.1 on average, as between any two ways to cut a prompt."""
    labels, differences = ["joy", "sadness"], []
    requests = [read_by(reader) for reader in READERS]
    found = scores(model.score(requests, labels))
    for request, values in zip(requests, found, strict=True):
        prompt = model._begun(request)
        for label, value in zip(labels, values, strict=True):
            path = model._server.tokenize(label)
            model._keep([[*prompt, *path]])
            likely = [whole_vocabulary(model, [*prompt, *path[:end]])[one] for end, one in enumerate(path)]
            differences.append(sum(likely) - value)
    assert np.abs(differences).mean() < 0.3


@pytest.mark.llm
def test_the_words_decide(model: GgufModel) -> None:
    found = scores(
        model.score([about("I love this wonderful day"), about("I hate this, it is awful")], LABELS)
    )
    leaning = found[:, LABELS.index("positive")] - found[:, LABELS.index("negative")]
    assert leaning[0] > leaning[1]


@pytest.mark.llm
def test_labels_stay_in_order_and_count_their_tokens(model: GgufModel) -> None:
    forth, back = (model.score([about("Fine")], labels)[0] for labels in (LABELS, LABELS[::-1]))
    assert isinstance(forth, Scores)
    assert isinstance(back, Scores)
    np.testing.assert_allclose(forth.log_likelihoods, back.log_likelihoods[::-1], atol=1e-3)
    assert forth.tokens.tolist() == [1, 3, 1, 3, 1]


@pytest.mark.llm
def test_the_first_greedy_token_is_the_likeliest(model: GgufModel) -> None:
    request = about("I love this wonderful day")
    answer = model.generate([request], Sampling(max_tokens=1))[0]
    assert isinstance(answer, Generation)
    assert not answer.complete
    assert answer.tokens == 1
    labels = [*LABELS, "xylophone", "Happy", "The", answer.text]
    assert scores(model.score([request], labels))[0].max() == scores(model.score([request], labels))[0][-1]


@pytest.mark.llm
def test_sampling_follows_its_seed(model: GgufModel) -> None:
    request = Request(("Name an animal.",))
    one, same, *others = (
        model.generate([request], Sampling(max_tokens=6, temperature=3, seed=seed))[0]
        for seed in (1, 1, 2, 3, 4)
    )
    assert one == same
    assert any(other != one for other in others)


@pytest.mark.llm
def test_a_request_that_cannot_be_answered_does_not_touch_the_others(model: GgufModel) -> None:
    clip = Request((ASK, Media("video", Path("clip.mp4"), "0")))
    found = model.score([clip, about("well " * 2000), about("Fine")], LABELS)
    assert [one.kind for one in found[:2]] == ["modality", "length"]
    assert "words only" in found[0].message
    assert isinstance(found[2], Scores)
    assert model.generate([about("well " * 2000)], Sampling())[0].kind == "length"
    np.testing.assert_array_equal(scores(found[2:]), scores(model.score([about("Fine")], LABELS)))


@pytest.mark.llm
def test_the_identity_holds_the_file_and_what_decides_answers(model: GgufModel) -> None:
    assert model.identity.name == f"gguf:{SMALL}"
    assert len(model.identity.revision) == 64
    assert json.loads(json.dumps(model.identity.settings))["context"] == 512
    assert model.can.logits
    assert not model.can.takes("image")


@pytest.mark.llm
def test_an_empty_label_is_refused(model: GgufModel) -> None:
    with pytest.raises(ModelError, match="label without words"):
        model.score([about("Fine")], ["positive", ""])


@pytest.mark.llm
@pytest.mark.timeout(600)
def test_scores_agree_with_transformers_on_the_same_weights(model: GgufModel) -> None:
    """llama.cpp rounds activations to 8 bits, which moves this small model by 0.13 on average, 0.25 at most.

    With the weights written as 32-bit floats both agree to 0.01.
    """
    pytest.importorskip("gguf", reason="transformers needs gguf to read a GGUF file")
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    from affectlab.models.gguf import find_weights

    logging.disable_progress_bar()
    folder = find_weights(SMALL).parent
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=SMALL)
    other = AutoModelForCausalLM.from_pretrained(folder, gguf_file=SMALL, dtype=torch.float32).eval()
    torch.set_num_threads(1)
    requests, labels = [about("I love this place")], ["weakly negative", "positive"]
    for request, found in zip(requests, scores(model.score(requests, labels)), strict=True):
        message = [{"role": "user", "content": request.text}]
        prompt = tokenizer.apply_chat_template(message, add_generation_prompt=True, tokenize=False)
        begin = tokenizer(prompt, add_special_tokens=False).input_ids
        assert model._server.prompt_tokens(prompt) == begin
        for label, value in zip(labels, found, strict=True):
            tokens = tokenizer(label, add_special_tokens=False).input_ids
            with torch.no_grad():
                likely = other(torch.tensor([begin + tokens])).logits[0].log_softmax(-1)
            total = sum(likely[len(begin) - 1 + end, token].item() for end, token in enumerate(tokens))
            assert value == pytest.approx(total, abs=0.4)
