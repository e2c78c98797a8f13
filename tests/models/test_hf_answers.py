"""Answers in words: greedy, sampled, cut and empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from transformers import GenerationConfig, Qwen2ForCausalLM

from affectlab.models import Failure, Generation, ModelOptions, Quote, Request, Sampling
from affectlab.models.hf import load
from affectlab.models.hf.generation import GumbelNoise, seed_of
from affectlab.models.hf.model import HfModel

REQUESTS = [
    Request(("How does the person feel who says: ", Quote("今天我真的很高兴"))),
    Request((Quote("weak"), "?")),
    Request(("Words: ", Quote("I am happy."), " How?"), system="Be brief."),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_models.tiny_text(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def model(folder) -> HfModel:
    return load(str(folder), ModelOptions())


def texts(answers: list[Generation | Failure]) -> list[str]:
    assert all(isinstance(one, Generation) for one in answers), answers
    return [one.text for one in answers if isinstance(one, Generation)]


def test_greedy_answers_take_the_likeliest_token_each_time(model, folder) -> None:
    weights = Qwen2ForCausalLM.from_pretrained(folder).eval()
    tokenizer = tiny_models.tiny_tokenizer()
    for request, answer in zip(
        REQUESTS[:2], model.generate(REQUESTS[:2], Sampling(max_tokens=6)), strict=True
    ):
        turns = [{"role": "user", "content": request.text}]
        ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt")[
            "input_ids"
        ]
        said: list[int] = []
        while len(said) < 6 and tokenizer.eos_token_id not in said:
            with torch.no_grad():
                said.append(
                    int(weights(torch.cat([ids, torch.tensor([said], dtype=int)], 1)).logits[0, -1].argmax())
                )
        words = [token for token in said if token != tokenizer.eos_token_id]
        text = tokenizer.decode(words, skip_special_tokens=True).strip()
        assert answer == Generation(text, complete=len(words) < len(said), tokens=len(words))


def test_answers_do_not_depend_on_the_rest_of_the_batch(model) -> None:
    for sampling in (Sampling(max_tokens=8), Sampling(max_tokens=8, temperature=1.0, seed=4)):
        together = model.generate(REQUESTS, sampling)
        assert together == [one for request in REQUESTS for one in model.generate([request], sampling)]


def test_sampled_answers_follow_the_seed(model) -> None:
    def ask(seed: int) -> list[str]:
        return texts(model.generate(REQUESTS, Sampling(max_tokens=8, temperature=1.0, seed=seed)))

    assert ask(1) == ask(1)
    assert ask(1) != ask(2)


def test_equal_requests_share_a_seed_and_different_ones_do_not(tmp_path) -> None:
    picture = tiny_models.write_picture(tmp_path / "one.png")
    other = tiny_models.write_picture(tmp_path / "two.png", seed=1)
    requests = [
        Request((picture, "?")),
        Request((other, "?")),
        Request((picture, Quote("?"))),
        Request((picture,), "?"),
    ]
    seeds = [seed_of(request, Sampling(seed=seed)) for request in requests for seed in (0, 1)]
    assert len(set(seeds)) == len(seeds)
    assert seeds[0] == seed_of(Request((picture, "?")), Sampling())
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_the_largest_of_noisy_logits_is_a_sample_from_softmax() -> None:
    """Frequencies of 4,000 draws against softmax(logits / temperature), within five standard errors."""
    logits, temperature, draws = torch.tensor([[0.0, 1.0, 2.0, -1.0]]), 0.7, 4000
    noise = GumbelNoise([5], temperature)
    chosen = [int(noise(torch.zeros(1, 1), logits).argmax()) for _ in range(draws)]
    expected = torch.softmax(logits[0] / temperature, -1).numpy()
    found = np.bincount(chosen, minlength=4) / draws
    assert (np.abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / draws)).all()


def sure_of(folder: Path, token: str) -> HfModel:
    """The model of `folder`, but sure that `token` comes next whatever was said."""
    model = load(str(folder), ModelOptions())
    tokenizer = tiny_models.tiny_tokenizer()
    head = torch.nn.Linear(64, len(tokenizer))
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    with torch.no_grad():
        head.bias[tokenizer.convert_tokens_to_ids(token)] = 9
    model.weights.set_output_embeddings(head)
    return model


def test_an_answer_that_ends_at_once_is_empty(folder) -> None:
    (answer,) = sure_of(folder, "<|im_end|>").generate(REQUESTS[:1], Sampling())
    assert isinstance(answer, Failure)
    assert answer.kind == "empty"


def test_special_tokens_are_no_words(folder) -> None:
    (answer,) = sure_of(folder, "<|vision_bos|>").generate(REQUESTS[:1], Sampling(max_tokens=3))
    assert isinstance(answer, Failure)
    assert answer.kind == "empty"


def test_an_answer_that_fills_its_allowance_is_not_complete(folder) -> None:
    (answer,) = sure_of(folder, "neutral").generate(REQUESTS[:1], Sampling(max_tokens=2))
    assert answer == Generation("neutralneutral", complete=False, tokens=2)


def test_an_answer_that_ends_is_complete_and_its_end_is_not_counted(model, monkeypatch) -> None:
    tokenizer = tiny_models.tiny_tokenizer()
    words = tokenizer("neutral")["input_ids"]

    def say(self, input_ids, **settings):
        rows = torch.tensor([[*words, tokenizer.eos_token_id, tokenizer.pad_token_id]] * len(input_ids))
        return torch.cat([input_ids, rows], dim=1)

    monkeypatch.setattr(type(model.weights), "generate", say)
    assert model.generate(REQUESTS[:1], Sampling()) == [Generation("neutral", complete=True, tokens=1)]


def test_sampling_habits_of_a_checkpoint_do_not_apply_but_its_ends_do(tmp_path) -> None:
    folder = tiny_models.tiny_text(tmp_path)
    plain = load(str(folder), ModelOptions()).generate(REQUESTS, Sampling(max_tokens=6))
    end = tiny_models.tiny_tokenizer().convert_tokens_to_ids("<|endoftext|>")
    habits = GenerationConfig(
        do_sample=True, temperature=3.0, top_k=2, repetition_penalty=5.0, eos_token_id=end
    )
    habits.save_pretrained(folder)
    model = load(str(folder), ModelOptions())
    assert model.generate(REQUESTS, Sampling(max_tokens=6)) == plain
    assert set(model.weights.generation_config.eos_token_id) == {
        end,
        model._processing.tokenizer.eos_token_id,
    }


def test_answers_to_pictures_and_to_words_meet_in_one_call(tmp_path) -> None:
    model = load(str(tiny_models.tiny_omni(tmp_path)), ModelOptions(frames=2))
    video = tiny_models.write_video(tmp_path / "video.mp4")
    requests = [Request((video, "How?")), Request((Quote("weak"),))]
    together = model.generate(requests, Sampling(max_tokens=4))
    assert together == [
        one for request in requests for one in model.generate([request], Sampling(max_tokens=4))
    ]
