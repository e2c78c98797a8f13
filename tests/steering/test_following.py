import numpy as np
from organism_cases import organism, small_data

from affectlab.models import Media, Quote, Request
from affectlab.steering._sub_requests import only
from affectlab.steering.following import answers_alone, followed


def test_an_answer_follows_the_modalities_that_give_it_alone():
    alone = np.array([[0, 0, 2], [1, 0, 2], [0, 0, 0], [1, 2, 1], [0, -1, 1], [-1, 0, -1]])
    np.testing.assert_array_equal(
        followed(np.zeros(6, dtype=np.intp), alone),
        [[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]],
    )


def test_each_modality_is_asked_by_itself():
    cases, labels, _ = small_data()
    full = next(case.request for case in cases if len(case.request.parts) == 10)
    without_face = next(case.request for case in cases if case.request.kinds == {"audio"})
    told: list[int] = []
    found = answers_alone(organism(), [full, without_face], labels, told=told.append)
    assert found[1, 2] == -1
    assert sum(told) == 5
    for column, modality in enumerate(("T", "A", "V")):
        (answer,) = organism().score([only(full, modality)], labels)
        assert found[0, column] == answer.log_likelihoods.argmax()


def test_a_modality_that_cannot_be_read_has_no_answer(tmp_path):
    _, labels, _ = small_data()
    lost = Media("audio", tmp_path / "lost.wav", "0" * 64)
    request = Request(("Transcript: ", Quote("好"), "\nVoice: ", lost, "\nWhich emotion?"))
    (found,) = answers_alone(organism(), [request], labels, told=lambda _: None)
    assert found[0] >= 0
    assert (found[1:] == -1).all()
