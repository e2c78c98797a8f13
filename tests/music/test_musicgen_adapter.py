"""The adapter file: what comes back is what was saved, for this model and no other."""

import pytest
import torch
from safetensors.torch import save_file
from tiny_musicgen import tiny_controller, tiny_musicgen

from affectlab.errors import InvalidData, UnreadableFile
from affectlab.music.musicgen.adapter import base_print, load_adapter, save_adapter


def test_a_saved_controller_comes_back(tmp_path) -> None:
    model = tiny_musicgen()
    controller = tiny_controller(model, trained=True)
    save_adapter(tmp_path / "calm.safetensors", controller, model, "tiny")
    found = load_adapter(tmp_path / "calm.safetensors", model, "tiny")
    assert found.settings == controller.settings
    assert found.state_dict().keys() == controller.state_dict().keys()
    for name, value in controller.state_dict().items():
        assert torch.equal(found.state_dict()[name], value)


def test_it_is_refused_by_another_model_of_the_same_shape_and_by_one_of_another(tmp_path) -> None:
    model, path = tiny_musicgen(), tmp_path / "calm.safetensors"
    save_adapter(path, tiny_controller(model), model, "tiny")
    for other in (tiny_musicgen(seed=9), tiny_musicgen(layers=1)):
        with pytest.raises(InvalidData, match=r"was trained for tiny .*, not for other") as caught:
            load_adapter(path, other, "other")
        assert "\n" not in str(caught.value)


def test_a_model_is_known_in_every_precision() -> None:
    prints = {base_print(tiny_musicgen().to(kind)) for kind in (torch.float32, torch.float16, torch.bfloat16)}
    assert prints == {base_print(tiny_musicgen())}


def test_files_that_are_no_whole_controller_are_refused_in_one_line(tmp_path) -> None:
    model, path = tiny_musicgen(), tmp_path / "calm.safetensors"
    save_adapter(path, tiny_controller(model), model, "tiny")
    whole = path.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.safetensors").write_text("no tensors", encoding="utf-8")
    save_file({"weights": torch.zeros(2)}, tmp_path / "other.safetensors")
    for name in ("cut", "text", "other", "missing"):
        with pytest.raises(UnreadableFile, match=f"{name}.safetensors.*expected a controller") as caught:
            load_adapter(tmp_path / f"{name}.safetensors", model, "tiny")
        assert "\n" not in str(caught.value)
