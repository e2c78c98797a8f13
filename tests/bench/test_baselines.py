import sys
from collections import Counter

import numpy as np
import pytest
from emomm_clips import clip, dataset, media
from emomm_media import write_video
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.bench.baselines import BASELINES, load_baseline
from affectlab.bench.baselines.material import Material
from affectlab.bench.baselines.picture_features import picture_features
from affectlab.bench.baselines.sound_features import RATE, sound_features
from affectlab.bench.dataset import Dataset, DatasetInfo
from affectlab.bench.emomm.rules import SIMS5
from affectlab.errors import BenchError, MissingExtra, ModelError, UnknownModel
from affectlab.models import ModelOptions, Quote, Request, Sampling
from affectlab.models.media import MediaReader, media_of

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


def accuracy(model, samples) -> float:
    scores = model.score([request(sample) for sample in samples], WORDS)
    found = [list(SIMS5.words)[int(np.argmax(one.log_likelihoods))] for one in scores]
    return float(np.mean([label == sample.label for label, sample in zip(found, samples, strict=True)]))


def whole(data: Dataset) -> list:
    return [sample for sample in data.samples if sample.details["modalities"] == "TAV"]


def memorable(sources: int = 60, clips: int = 5) -> Dataset:
    """Words that tell the source and nothing else; the label belongs to the source, at random."""
    generator = np.random.default_rng(0)
    labels = generator.choice(list(SIMS5.words), sources)
    names = generator.permutation([chr(0x4E00 + number) * 3 for number in range(sources)])
    return dataset(
        *(
            clip(
                f"s{source}_{number}", source=f"s{source}", m=labels[source], text=f"{names[source]} {number}"
            )
            for source in range(sources)
            for number in range(clips)
        )
    )


def test_what_is_learnt_of_a_source_is_never_used_on_it(monkeypatch) -> None:
    data = memorable()
    honest = accuracy(load_baseline("text", data), whole(data))
    # The same baseline allowed to learn from everything shows what there is to be had by cheating.
    monkeypatch.setattr(Material, "held_out", lambda material, request: frozenset())
    cheating = accuracy(load_baseline("text", data), whole(data))
    assert cheating > 0.95
    assert honest < 0.4


def test_words_said_in_every_fold_are_judged_without_any_clip_that_says_them() -> None:
    # "yes" is negative wherever it is said and in nobody else's mouth: unknown to a model that never saw it.
    said = [clip(f"yes_{i}", text="yes", m="N") for i in range(20)]
    others = [clip(f"other_{i}", text=f"{i}{i}{i}", m="P") for i in range(40)]
    data = dataset(*said, *others)
    words_only = [sample for sample in data.samples if sample.id in {f"yes_{i}__T" for i in range(20)}]
    assert accuracy(load_baseline("text", data), words_only) == 0
    # With voice and face the clip is known, and the other clips that say "yes" may be learnt from.
    assert accuracy(load_baseline("text", data), [one for one in whole(data) if one.text == "yes"]) == 1


def test_words_are_read_in_chinese_and_english() -> None:
    good, bad = ("真开心", "so happy"), ("真难过", "so sad")
    data = dataset(
        *(
            clip(f"c{i}", text=f"{words[i % 2]} {i}", m=label)
            for i in range(40)
            for words, label in [(good, "P") if i % 4 < 2 else (bad, "N")]
        )
    )
    assert accuracy(load_baseline("text", data), whole(data)) > 0.95


@pytest.fixture(scope="module")
def filmed(tmp_path_factory) -> Dataset:
    """Positive clips are high and light, negative ones low and dark, with words that say nothing."""
    folder = tmp_path_factory.mktemp("filmed")
    clips = []
    for number in range(16):
        positive = number % 2 == 0
        path = write_video(
            folder / f"{number}.mp4",
            tone=(300 if positive else 120) + number,
            light=(200 if positive else 60) + number,
        )
        clips.append(
            clip(
                f"f{number}",
                text=f"{number}",
                m="P" if positive else "N",
                audio=media_of(path, "audio"),
                video=media_of(path, "video"),
            )
        )
    return dataset(*clips)


@pytest.mark.parametrize("name", ["audio", "video", "late-fusion"])
def test_voices_and_faces_are_read_from_their_files(filmed, name) -> None:
    assert accuracy(load_baseline(name, filmed), whole(filmed)) == 1


@pytest.mark.parametrize(("name", "absent"), [("text", "AV"), ("audio", "TV"), ("video", "TA")])
def test_without_its_modality_a_baseline_says_the_prior(filmed, name, absent) -> None:
    asked = [request(one) for one in filmed.samples if one.details["modalities"] == absent]
    blind, prior = (load_baseline(one, filmed).score(asked, WORDS) for one in (name, "prior"))
    for one, other in zip(blind, prior, strict=True):
        np.testing.assert_array_equal(one.log_likelihoods, other.log_likelihoods)


def test_late_fusion_is_the_mean_of_what_is_there(filmed) -> None:
    sample = next(one for one in filmed.samples if one.details["modalities"] == "AV")
    voice, face, both = (
        np.exp(load_baseline(name, filmed).score([request(sample)], WORDS)[0].log_likelihoods)
        for name in ("audio", "video", "late-fusion")
    )
    np.testing.assert_allclose(both, (voice + face) / 2)


def test_batches_change_nothing(filmed) -> None:
    asked = [request(sample) for sample in filmed.samples]
    model = load_baseline("late-fusion", filmed)
    together = model.score(asked, WORDS)
    alone = [load_baseline("late-fusion", filmed).score([asked[row]], WORDS)[0] for row in (0, 50)]
    for one, other in zip(alone, (together[0], together[50]), strict=True):
        np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods)


def test_a_broken_file_fails_its_own_requests_and_is_not_learnt_from(filmed, tmp_path, caplog) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film")
    fifteen = [one for one in filmed.samples if one.groups["clip"] != "f0"]
    bad = dataset(clip("bad", text="bad", video=media_of(broken, "video")))
    data = Dataset(filmed.folder, filmed.info, (*fifteen, *bad.samples))
    scores = load_baseline("video", data).score([request(one) for one in whole(data)], WORDS)
    assert [type(one).__name__ for one in scores] == ["Scores"] * 15 + ["Failure"]
    assert scores[-1].kind == "media"
    assert "broken.mp4" in scores[-1].message
    assert "not learnt from" in caplog.text


def test_each_file_is_decoded_once(filmed, monkeypatch) -> None:
    decoded: Counter[str] = Counter()
    decode = MediaReader.video

    def counting(reader, media, *settings):
        decoded[media.sha256] += 1
        return decode(reader, media, *settings)

    monkeypatch.setattr(MediaReader, "video", counting)
    model = load_baseline("video", filmed)
    for _ in range(2):
        model.score([request(sample) for sample in filmed.samples], WORDS)
    assert set(decoded.values()) == {1}
    assert len(decoded) == 16


def test_one_label_alone_teaches_the_prior() -> None:
    data = dataset(*(clip(f"c{i}", m="WP", text=f"{i}") for i in range(10)))
    score = load_baseline("text", data).score([request(data.samples[0])], WORDS)[0]
    assert WORDS[int(np.argmax(score.log_likelihoods))] == "weakly positive"


def test_likelihoods_are_finite_and_sum_to_one(filmed) -> None:
    for name in BASELINES:
        for one in load_baseline(name, filmed).score([request(s) for s in filmed.samples], WORDS):
            assert np.all(np.isfinite(one.log_likelihoods))
            assert np.exp(one.log_likelihoods).sum() == pytest.approx(1)


def test_frames_are_part_of_the_identity_of_what_looks_at_them(filmed) -> None:
    four, eight = (load_baseline("video", filmed, ModelOptions(frames=n)).identity for n in (4, 8))
    assert four != eight


def test_without_scikit_learn_the_line_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(
        MissingExtra, match=r"scikit-learn is not installed; it comes with: .*affectlab\[bench\]"
    ):
        load_baseline("text", lopsided())
    load_baseline("majority", lopsided())


@given(arrays(np.float32, st.integers(0, 3000), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=30)
def test_any_sound_has_finite_features(sound) -> None:
    features = sound_features(sound)
    assert features.shape == (91,)
    assert np.all(np.isfinite(features))


def test_pitch_is_heard() -> None:
    tones = {
        pitch: np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE).astype(np.float32) for pitch in (120, 240)
    }
    low, high = (sound_features(tone) for tone in tones.values())
    median = 3 * 26 + 4
    assert np.exp(low[median]) == pytest.approx(120, rel=0.02)
    assert np.exp(high[median] - low[median]) == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (2, 3, 64, 3), (8, 64, 48, 3)])
def test_pictures_of_any_size_have_finite_features(shape) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    features = picture_features(pictures)
    assert features.shape == (294,)
    assert np.all(np.isfinite(features))


def test_motion_is_seen() -> None:
    still = np.full((4, 32, 32, 3), 100, np.uint8)
    moving = still.copy()
    moving[1::2, :16] = 200
    change = slice(7 * 36, 8 * 36)
    assert np.all(picture_features(still)[change] == 0)
    assert picture_features(moving)[change].reshape(6, 6)[:2].min() > 0.2
