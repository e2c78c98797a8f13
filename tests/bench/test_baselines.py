import time

import numpy as np
import pytest
from emomm_clips import clip, dataset, media

from affectlab.bench.baselines import load_baseline
from affectlab.bench.dataset import Dataset, DatasetInfo
from affectlab.bench.emomm.rules import SIMS5
from affectlab.errors import BenchError, ModelError, UnknownModel
from affectlab.models import ModelOptions, Quote, Request, Sampling

WORDS = list(SIMS5.words.values())


def request(sample) -> Request:
    quotes = () if sample.text is None else (Quote(sample.text),)
    return Request(("Look: ", *quotes, *sample.media, "Which emotion?"))


def lopsided(n: int = 40) -> Dataset:
    return dataset(*(clip(f"clip_{i}", m="P" if i % 4 else "N", text=f"words {i}") for i in range(n)))


def test_majority_gives_the_most_frequent_label() -> None:
    data = lopsided()
    scores = load_baseline("majority", data).score([request(sample) for sample in data.samples], WORDS)
    assert {WORDS[int(np.argmax(one.log_likelihoods))] for one in scores} == {"positive"}


def test_prior_gives_the_shares_of_the_labels() -> None:
    data = lopsided(400)
    score = load_baseline("prior", data).score([request(data.samples[0])], WORDS)[0]
    np.testing.assert_allclose(np.exp(score.log_likelihoods), [0.25, 0, 0, 0, 0.75], atol=0.03)
    assert np.exp(score.log_likelihoods).sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["majority", "prior"])
def test_constant_baselines_never_see_the_source_they_predict(name) -> None:
    # Were a clip among those counted, its own label would get more than the rest gives it.
    data = dataset(clip("left", m="N", text="a"), clip("right", m="P", text="b"))
    left, right = (
        load_baseline(name, data).score([request(data.samples[row])], WORDS)[0].log_likelihoods
        for row in (0, 7)
    )
    assert WORDS[int(np.argmax(left))] == "positive"
    assert WORDS[int(np.argmax(right))] == "negative"


def test_labels_may_be_asked_in_any_order() -> None:
    data = lopsided()
    model, asked = load_baseline("prior", data), [request(data.samples[0])]
    forwards, backwards = model.score(asked, WORDS)[0], model.score(asked, WORDS[::-1])[0]
    np.testing.assert_array_equal(forwards.log_likelihoods, backwards.log_likelihoods[::-1])


def test_an_answer_in_words_is_that_of_the_best_label() -> None:
    data = lopsided()
    answer = load_baseline("majority", data).generate([request(data.samples[0])], Sampling())[0]
    assert answer.text == "positive"


def test_majority_costs_next_to_nothing() -> None:
    data = lopsided(500)
    model, asked = load_baseline("majority", data), [request(sample) for sample in data.samples]
    model.score(asked, WORDS)
    started = time.perf_counter()
    model.score(asked, WORDS)
    assert (time.perf_counter() - started) / len(asked) < 200e-6


def test_a_request_about_something_else_is_refused() -> None:
    model = load_baseline("majority", lopsided())
    with pytest.raises(ModelError, match="only requests about the data set"):
        model.score([Request((media("audio", "other.wav"),))], WORDS)
    with pytest.raises(ModelError, match="label 'joy' is none of the data set's; it has negative,"):
        model.score([request(lopsided().samples[0])], ["joy"])


def test_a_single_source_teaches_nothing() -> None:
    with pytest.raises(BenchError, match="has 1; build a data set of two sources"):
        load_baseline("majority", dataset(clip("a", source="s"), clip("b", source="s")))


def test_an_unknown_baseline_is_named_with_those_known() -> None:
    with pytest.raises(UnknownModel, match="'baseline:majorty' names no baseline; known are majority, prior"):
        load_baseline("majorty", lopsided())


def test_the_identity_changes_with_the_data() -> None:
    one = lopsided()
    other = Dataset(one.folder, DatasetInfo("emomm", SIMS5.words, samples_sha256="1" * 64), one.samples)
    assert load_baseline("prior", one).identity != load_baseline("prior", other).identity
    assert (
        load_baseline("prior", one).identity
        == load_baseline("prior", lopsided(), ModelOptions(batch_size=3)).identity
    )
