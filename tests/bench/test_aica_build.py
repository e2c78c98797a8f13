"""AICA-Bench as a whole: what is drawn, what is left out and why, and what the data set says of it."""

import json
from collections import Counter

import numpy as np
import pytest
from aica_corpora import (
    MIKELS,
    WRITERS,
    bomb,
    picture,
    pixels,
    text,
    write_artphoto,
    write_bass,
    write_emotion6,
    write_fi,
    write_ldl,
    write_oasis,
)
from PIL import Image

from affectlab.bench.aica.build import build_aica
from affectlab.bench.aica.rules import PUBLISHED, AicaRules
from affectlab.bench.aica.sources import AicaSources
from affectlab.bench.dataset import read_dataset
from affectlab.errors import BenchError, InvalidConfig, UnreadableFile
from affectlab.manifest import sha256
from affectlab.models.media import read_image


def built(tmp_path, rules=None, **kept):
    sources = AicaSources(**{name: tmp_path / name for name in WRITERS if (tmp_path / name).is_dir()})
    summary = build_aica(sources, tmp_path / "out", rules=rules, **kept)
    return summary, {sample.id: sample for sample in read_dataset(tmp_path / "out").samples}


def kinds(summary) -> dict[str, str]:
    return {one.picture: one.kind for one in summary.skipped}


def test_all_corpora_become_one_data_set(tmp_path) -> None:
    for name, write in WRITERS.items():
        write(tmp_path / name)
    summary, samples = built(tmp_path)
    assert [one.corpus for one in summary.corpora] == list(PUBLISHED)
    assert summary.pictures == len(samples)
    for sample in samples.values():
        assert sample.details["corpus"] == sample.subset
        assert sample.groups.keys() == {"source", "image"}
        assert [media.sha256 for media in sample.media] == [sha256(sample.media[0].path)]
        if sample.details["space"] is None:
            assert sample.target == {}
        else:
            assert sum(sample.target.values()) == pytest.approx(1)
    info = read_dataset(tmp_path / "out").info
    assert info.benchmark == "aica"
    assert {label for sample in samples.values() for label in sample.target} <= set(info.labels)
    assert info.parameters["corpora"]["fi"] == {
        "found": 16,
        "taken": 16,
        "published": 1000,
        "space": "mikels8",
    }


def test_shares_become_a_target_without_neutral(tmp_path) -> None:
    write_emotion6(tmp_path / "emotion6")
    _, samples = built(tmp_path)
    joy = samples["emotion6_joy-1"]
    assert joy.target["joy"] == pytest.approx(0.75)
    assert joy.target["surprise"] == pytest.approx(0.25)
    assert joy.details["picture"] == {"width": 48, "height": 48, "mode": "RGB"}


def test_equal_numbers_of_each_class_are_drawn_and_others_fill_up(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=4)
    for number in (1, 2, 3):
        (tmp_path / "fi" / "awe" / f"awe_{number}.jpg").unlink()
    summary, _ = built(tmp_path, AicaRules(limit_per_corpus=22))
    assert summary.pictures == 22
    assert summary.labels["fi"]["awe"] == 1
    assert set(summary.labels["fi"].values()) == {1, 3}


def test_proportional_numbers_follow_the_corpus(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=2)
    for number in range(4):
        picture(tmp_path / "fi" / "fear" / f"more_{number}.jpg")
    summary, _ = built(tmp_path, AicaRules(limit_per_corpus=10, stratify="proportional"))
    assert summary.pictures == 10
    assert summary.labels["fi"] == {**dict.fromkeys(MIKELS, 1), "fear": 3}


def test_a_seed_decides_what_is_drawn_and_other_corpora_do_not(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=6)
    rules = AicaRules(limit_per_corpus=8)
    drawn = [set(built(tmp_path, rules, seed=seed)[1]) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    write_bass(tmp_path / "bass")
    assert {name for name in built(tmp_path, rules)[1] if name.startswith("fi_")} == drawn[0]


def test_the_first_corpus_keeps_a_picture_that_two_have(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=1)
    twin = tmp_path / "fi" / "fear" / "fear_0.jpg"
    write_artphoto(tmp_path / "artphoto")
    art = tmp_path / "artphoto" / "testImages_artphoto"
    with Image.open(twin) as image:
        image.resize((96, 96)).save(art / "anger_0002.jpg", quality=50)
    (art / "anger_0003.jpg").write_bytes(twin.read_bytes())
    summary, samples = built(tmp_path)
    assert "fi_fear-fear_0" in samples
    why = {one.picture: one.why for one in summary.skipped if one.kind == "duplicate"}
    assert why.keys() == {f"testImages_artphoto/anger_000{n}.jpg" for n in (2, 3)}
    assert why["testImages_artphoto/anger_0003.jpg"] == "the same file as fi_fear-fear_0"
    assert "the same picture as fi_fear-fear_0: " in why["testImages_artphoto/anger_0002.jpg"]


def test_a_duplicate_is_replaced_by_the_next_picture(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=3)
    for emotion in ("awe", "fear"):
        for number in (1, 2):
            picture(tmp_path / "fi" / emotion / f"{emotion}_{number}.jpg", seed=7)
    summary, _ = built(tmp_path, AicaRules(limit_per_corpus=20))
    assert summary.pictures == 20
    assert Counter(one.kind for one in summary.skipped)["duplicate"] >= 2


def test_pictures_that_look_nearly_alike_share_a_source_and_a_side(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=1)
    picture(tmp_path / "fi" / "awe" / "near.png", seed=99)
    picture(tmp_path / "fi" / "fear" / "near.jpg", seed=99, quality=80)
    rules = AicaRules(duplicate_bits=0, related_bits=31, test_share=0.5)
    _, samples = built(tmp_path, rules)
    one, other = samples["fi_awe-near"], samples["fi_fear-near"]
    assert one.groups["source"] == other.groups["source"]
    assert one.split == other.split
    assert len({sample.groups["source"] for sample in samples.values()}) == len(samples) - 1


def test_series_of_oasis_are_on_one_side(tmp_path) -> None:
    rows = [f"I{n},Dog {n},Animal,Pixabay,4,1,100,4,1,100" for n in range(1, 9)]
    rows += [f"J{n},Cat {n},Animal,Pixabay,4,1,100,4,1,100" for n in range(1, 9)]
    write_oasis(tmp_path / "oasis", *rows)
    summary, samples = built(tmp_path, AicaRules(test_share=0.5))
    sides = {(sample.groups["source"], sample.split) for sample in samples.values()}
    assert summary.sources == 2
    assert len(sides) == 2


def test_a_list_of_pictures_not_to_be_shown_is_respected(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=2)
    write_artphoto(tmp_path / "artphoto")
    hidden = sha256(tmp_path / "fi" / "awe" / "awe_0.jpg")
    listed = text(
        tmp_path / "list.txt",
        "# not to be shown",
        hidden,
        "fear/fear_0.jpg",
        "artphoto:testImages_artphoto/sad_0100.jpg",
        "artphoto:awe/awe_1.jpg",
        "never/there.jpg",
    )
    text(tmp_path / "artphoto" / "nsfw.txt", "anger_0001.jpg", "fear_1.jpg")
    summary, samples = built(tmp_path, nsfw=listed)
    assert {one.picture for one in summary.skipped if one.kind == "nsfw"} == {
        "awe/awe_0.jpg",
        "fear/fear_0.jpg",
        "testImages_artphoto/sad_0100.jpg",
        "testImages_artphoto/anger_0001.jpg",
    }
    assert "fi_fear-fear_1" in samples
    assert "fi_awe-awe_1" in samples
    assert summary.notes[-1] == "entries of the list of pictures not to be shown: 7, met: 4"
    assert read_dataset(tmp_path / "out").info.manifest["data"]["nsfw"] == sha256(listed)


def test_a_list_that_cannot_be_read_is_refused(tmp_path) -> None:
    write_fi(tmp_path / "fi")
    with pytest.raises(UnreadableFile, match=r"none\.txt cannot be read: No such file"):
        built(tmp_path, nsfw=tmp_path / "none.txt")
    (tmp_path / "list.txt").write_bytes("été".encode("latin-1"))
    with pytest.raises(UnreadableFile, match=r"list\.txt is not in UTF-8"):
        built(tmp_path, nsfw=tmp_path / "list.txt")


def test_pictures_of_every_kind_are_taken_and_can_be_shown(tmp_path) -> None:
    fear = tmp_path / "fi" / "fear"
    for seed, mode in enumerate(("L", "CMYK", "LA", "RGBA", "P", "1"), 200):
        suffix = "tif" if mode == "CMYK" else "png"
        fear.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels(seed)).convert(mode).save(fear / f"{mode}.{suffix}")
    Image.fromarray(pixels(210)).convert("CMYK").save(fear / "cmyk.jpg")
    deep = pixels(211)[..., 0].astype(np.uint16) * 256
    Image.fromarray(deep).save(fear / "deep.png")
    frames = [Image.fromarray(pixels(seed)) for seed in (212, 213)]
    frames[0].save(fear / "moving.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(np.kron(pixels(214), np.ones((95, 95, 1), np.uint8))).save(fear / "big.jpg")
    Image.new("RGB", (32, 32), "red").save(fear / "flat.png")
    Image.new("RGB", (32, 32), "blue").save(fear / "flat_too.png")
    summary, samples = built(tmp_path)
    assert kinds(summary) == {}
    assert len(samples) == 12
    assert samples["fi_fear-big"].details["picture"]["width"] ** 2 > 20e6
    assert samples["fi_fear-moving"].details["picture"]["frames"] == 2
    assert samples["fi_fear-deep"].details["picture"]["mode"] == "I;16"
    assert "animations of which the first picture is shown: 1" in summary.notes
    for sample in samples.values():
        assert read_image(sample.media[0], 64).shape[2] == 3
    assert (
        np.abs(read_image(samples["fi_fear-deep"].media[0])[..., 0] - pixels(211)[..., 0].astype(int)).max()
        <= 1
    )


def test_files_that_cannot_be_used_cost_one_picture_each(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=1)
    fear = tmp_path / "fi" / "fear"
    (fear / "empty.jpg").touch()
    whole = picture(tmp_path / "whole.jpg", seed=5).read_bytes()
    (fear / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (fear / "words.jpg").write_text("no picture", encoding="utf-8")
    png = bytearray(picture(tmp_path / "whole.png", seed=6).read_bytes())
    png[200:260] = bytes(60)
    (fear / "corrupt.png").write_bytes(png)
    bomb(fear / "bomb.png", 40000, 40000)
    bomb(fear / "large.png", 10000, 10000)
    summary, samples = built(tmp_path)
    assert len(samples) == 8
    why = {one.picture.removeprefix("fear/"): one.why for one in summary.skipped}
    assert set(kinds(summary).values()) == {"unreadable"}
    assert "is empty (0 bytes)" in why["empty.jpg"]
    assert "is damaged or cut off" in why["cut.jpg"]
    assert "is no picture" in why["words.jpg"]
    assert "is damaged or cut off" in why["corrupt.png"]
    assert "unpacks to too many pixels" in why["bomb.png"]
    assert "unpacks to too many pixels" in why["large.png"]
    assert not any("\n" in line for line in why.values())
    listed = json.loads((tmp_path / "out" / "skipped.json").read_text(encoding="utf-8"))
    assert len(listed) == 6
    assert listed[0].keys() == {"corpus", "picture", "kind", "why"}


def test_nothing_left_is_an_error_that_says_why(tmp_path) -> None:
    (tmp_path / "fi" / "fear").mkdir(parents=True)
    (tmp_path / "fi" / "fear" / "a.jpg").touch()
    with pytest.raises(BenchError, match=r"no picture is left .*pictures left out: 1 \(1 unreadable\)"):
        built(tmp_path)
    assert not (tmp_path / "out" / "dataset.json").exists()


def test_a_build_that_is_cut_off_goes_on_where_it_was(tmp_path, monkeypatch) -> None:
    from affectlab.bench.aica import looking

    write_fi(tmp_path / "fi", per_class=10)
    looked: list[str] = []
    original = looking.look_at
    monkeypatch.setattr(looking, "look_at", lambda path: looked.append(str(path)) or original(path))

    def cut(finished: int, total: int) -> None:
        if finished == 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        built(tmp_path, progress=cut)
    assert not (tmp_path / "out" / "dataset.json").exists()
    before = len(set(looked))
    with (tmp_path / "out" / "looked-at.jsonl").open("a", encoding="utf-8") as file:
        file.write('["cut off')
    looked.clear()
    summary, _ = built(tmp_path)
    assert summary.pictures == 80
    assert len(looked) == 80 - 64
    assert before >= 64
    looked.clear()
    picture(tmp_path / "fi" / "awe" / "awe_0.jpg")
    built(tmp_path)
    assert looked == [str(tmp_path / "fi" / "awe" / "awe_0.jpg")]


def test_progress_counts_pictures(tmp_path) -> None:
    write_fi(tmp_path / "fi", per_class=1)
    seen: list[tuple[int, int]] = []
    built(tmp_path, progress=lambda *told: seen.append(told))
    assert seen == [(n, 8) for n in range(1, 9)]


def test_names_that_differ_in_signs_alone_have_ids_of_their_own(tmp_path) -> None:
    for name in ("a b.jpg", "a-b.jpg", "a__b.jpg", "ä.jpg", "ö.jpg"):
        picture(tmp_path / "fi" / "fear" / name)
    _, samples = built(tmp_path)
    assert len(samples) == 5
    assert all(name.isascii() and "__" not in name and " " not in name for name in samples)


def test_no_source_is_an_error(tmp_path) -> None:
    with pytest.raises(
        BenchError, match=r"no source given; expected at least one of --emoset DIR, .*--bass DIR"
    ):
        build_aica(AicaSources(), tmp_path / "out")


def test_rules_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"related_bits \(3\) must be at least duplicate_bits \(9\)"):
        AicaRules(duplicate_bits=9, related_bits=3)
    with pytest.raises(InvalidConfig, match="unknown corpus 'faces'"):
        AicaRules().wanted("faces", 3)


def test_the_published_numbers_are_those_of_the_paper() -> None:
    assert sum(number or 0 for number in PUBLISHED.values()) == 8086
    assert AicaRules().wanted("emoset", 118102) == 1000
    assert AicaRules(limit_per_corpus=5).wanted("artphoto", 806) == 5
    assert AicaRules(draw="all").wanted("emoset", 118102) == 118102
    assert AicaRules().wanted("oasis", 900) == 900


def test_twitter_and_flickr_are_told_apart(tmp_path) -> None:
    write_ldl(tmp_path / "flickr_ldl")
    write_ldl(tmp_path / "twitter_ldl")
    _, samples = built(tmp_path)
    assert set(samples) == {"flickr_ldl_1", "flickr_ldl_2", "twitter_ldl_1", "twitter_ldl_2"}
