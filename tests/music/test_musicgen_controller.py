"""The controller inside a MusicGen of random weights: nothing at first, then exactly where it belongs."""

import numpy as np
import pytest
import torch
from tiny_musicgen import CODES, tiny_controller, tiny_musicgen, tiny_words

from affectlab.errors import InvalidConfig, InvalidData
from affectlab.music.musicgen.attach import Attachment, decoder_of
from affectlab.music.musicgen.controller import Controller, Course
from affectlab.music.musicgen.guide import Guide, globally, locally
from affectlab.music.musicgen.settings import ControllerSettings, StreamSettings
from affectlab.music.score import Aim, MusicControl

HAPPY, SAD = MusicControl(0.8, 0.6), MusicControl(-0.8, -0.6)


def guide_of(control, seconds=2.0):
    return Guide(globally(control), locally(control, seconds))


def logits(model, words, codes, cache=None):
    output = model(
        encoder_outputs=(words.hidden,),
        attention_mask=words.mask,
        decoder_input_ids=codes,
        past_key_values=cache,
        use_cache=True,
    )
    return output.logits, output.past_key_values


def some_codes(rows=1, places=12):
    return torch.randint(0, CODES, (4 * rows, places), generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("channels", [1, 2])
def test_an_untrained_controller_changes_no_logit_and_no_token(channels) -> None:
    model = tiny_musicgen(channels=channels)
    ids = torch.randint(0, 40, (1, 5))
    attachment = Attachment(model, tiny_controller(model))
    codes = some_codes(channels)
    with torch.no_grad():
        plain, _ = logits(model, tiny_words(model), codes)
        with attachment.guided_by(guide_of(HAPPY)):
            guided, _ = logits(model, tiny_words(model), codes)
    assert torch.equal(plain, guided)
    for scale in (1.0, 3.0):
        heard = []
        for steered in (False, True):
            torch.manual_seed(0)
            with attachment.guided_by(guide_of(HAPPY) if steered else Guide(), guided=scale > 1):
                heard.append(model.generate(input_ids=ids, max_length=24, guidance_scale=scale))
        assert torch.equal(*heard)


def test_a_trained_controller_is_heard_only_while_a_guide_is_in_force_and_until_it_is_detached() -> None:
    model = tiny_musicgen()
    words, codes = tiny_words(model), some_codes()
    with torch.no_grad():
        plain, _ = logits(model, words, codes)
        attachment = Attachment(model, tiny_controller(model, trained=True))
        outside, _ = logits(model, words, codes)
        with attachment.guided_by(guide_of(HAPPY)):
            happy, _ = logits(model, words, codes)
        with attachment.guided_by(guide_of(SAD)):
            sad, _ = logits(model, words, codes)
        attachment.detach()
        with attachment.guided_by(guide_of(HAPPY)):
            detached, _ = logits(model, words, codes)
    assert torch.equal(plain, outside)
    assert torch.equal(plain, detached)
    assert not torch.allclose(plain, happy, atol=1e-2)
    assert not torch.allclose(sad, happy, atol=1e-2)


def test_each_branch_works_without_the_other() -> None:
    model = tiny_musicgen()
    words, codes = tiny_words(model), some_codes()
    attachment = Attachment(model, tiny_controller(model, trained=True))
    whole = guide_of(HAPPY)
    heard = []
    for guide in (Guide(), Guide(whole.globally), Guide(None, whole.locally), whole):
        with torch.no_grad(), attachment.guided_by(guide):
            heard.append(logits(model, words, codes)[0])
    for number, one in enumerate(heard):
        assert all(not torch.allclose(one, other, atol=1e-3) for other in heard[:number])


def test_a_cached_step_is_steered_by_its_own_place_in_the_sequence() -> None:
    model = tiny_musicgen()
    words, codes = tiny_words(model), some_codes(places=70)
    attachment = Attachment(model, tiny_controller(model, trained=True))
    rising = MusicControl(-0.8, -0.8, ahead=tuple(Aim(x, x) for x in np.linspace(-0.8, 0.9, 4)))
    with torch.no_grad(), attachment.guided_by(guide_of(rising)):
        at_once, _ = logits(model, words, codes)
        first, cache = logits(model, words, codes[:, :30])
        steps = [first]
        for place in range(30, 70):
            step, cache = logits(model, words, codes[:, place : place + 1], cache)
            steps.append(step)
    torch.testing.assert_close(torch.cat(steps, dim=1), at_once, atol=2e-4, rtol=1e-3)


def test_guidance_leaves_its_unconditional_half_alone() -> None:
    model = tiny_musicgen()
    words, codes = tiny_words(model).with_nothing(), some_codes().repeat(2, 1)
    attachment = Attachment(model, tiny_controller(model, trained=True))
    with torch.no_grad():
        plain, _ = logits(model, words, codes)
        with attachment.guided_by(guide_of(HAPPY), guided=True):
            steered, _ = logits(model, words, codes)
    assert torch.equal(plain[4:], steered[4:])
    assert not torch.allclose(plain[:4], steered[:4], atol=1e-2)


def test_a_batch_of_other_rows_than_guides_is_refused() -> None:
    model = tiny_musicgen()
    attachment = Attachment(model, tiny_controller(model))
    with attachment.guided_by(guide_of(HAPPY)), pytest.raises(InvalidData, match="2 rows; expected 1"):
        logits(model, tiny_words(model).with_nothing(), some_codes().repeat(2, 1))


def test_a_controller_for_another_decoder_is_refused() -> None:
    small, large = tiny_musicgen(), tiny_musicgen(layers=3)
    with pytest.raises(InvalidData, match="layers=2"):
        Attachment(large, tiny_controller(small))


def test_a_course_is_resampled_to_frames_on_straight_lines() -> None:
    course = Course(torch.tensor([[[0.0], [1.0], [4.0]]]), per_frame=0.25)
    assert course.at(0, 5).flatten().tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert course.at(6, 5).flatten().tolist() == pytest.approx([2.5, 3.25, 4, 4, 4])


def test_a_control_becomes_its_course() -> None:
    control = MusicControl(
        0.0,
        -1.0,
        tempo_bpm=60,
        dynamics=0.2,
        felt=(0.3, -0.2),
        ahead=(Aim(1.0, 0.0, 0.8), Aim(0.5, 0.5, 0.4)),
    )
    rows = locally(control, 3.0)
    assert rows.shape == (6, 6)
    assert rows[:, 0].tolist() == pytest.approx([0, 0.5, 1, 0.75, 0.5, 0.5])
    assert rows[:, 2].tolist() == pytest.approx([0.2, 0.5, 0.8, 0.6, 0.4, 0.4])
    assert rows[:, 3:].tolist() == [pytest.approx([0.3, -0.2, 1])] * 6
    assert not locally(HAPPY, 1.0)[:, 3:].any()
    assert globally(MusicControl(0.2, 0.4, density=0.75)).tolist() == pytest.approx([0.2, 0.4, 0.5])


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="4 divides"):
        ControllerSettings(width=10)
    with pytest.raises(InvalidConfig, match="do not fit"):
        StreamSettings(window=4.0, overlap=4.0)
    with pytest.raises(InvalidConfig, match=r"multiples of 0\.5"):
        StreamSettings(window=10.2)
    with pytest.raises(InvalidConfig, match=r"guidance 0\.5"):
        StreamSettings(guidance=0.5)


def test_the_controller_of_the_medium_model_is_small_beside_it() -> None:
    model = tiny_musicgen()
    with torch.device("meta"):
        medium = type(decoder_of(model))(width=1536, heads=24, layers=48, frame_rate=50)
        controller = Controller(ControllerSettings(), medium)
    assert sum(weights.numel() for weights in controller.parameters()) < 25e6
