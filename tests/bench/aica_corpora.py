"""Tiny pictures, and every corpus of AICA-Bench laid out as its publishers ship it."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

MIKELS = ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness")
FLICKR_HEAD = "images-name Amusement Awe Contentment Excitement Anger Disgust Fear Sadness"
EMOTION6_HEAD = (
    "[image_filename]\t[valence]\t[arousal]\t[prob. anger]\t[prob. disgust]\t[prob. fear]\t[prob. joy]\t"
    "[prob. sadness]\t[prob. surprise]\t[prob. neutral]"
)
OASIS_HEAD = ",Theme,Category,Source,Valence_mean,Valence_SD,Valence_N,Arousal_mean,Arousal_SD,Arousal_N"
BASS_HEAD = (
    "file_name,val_mean_us,aro_mean_us,val_sd_us,aro_sd_us,val_n_us,aro_n_us,"
    "val_mean_ch,aro_mean_ch,val_sd_ch,aro_sd_ch,val_n_ch,aro_n_ch,keywords,source"
)
FINDINGEMO_HEAD = "index,user,image_path,tags,age,valence,arousal,emotion,dec_factors,ambiguity,datetime"

_DRAWN = iter(range(1, 10**9))


def pixels(seed: int, side: int = 48) -> np.ndarray:
    """A picture with coarse and fine structure, as photographs have, unlike that of any other seed."""
    numbers = np.random.default_rng(seed)
    layers = [
        np.asarray(
            Image.fromarray(numbers.integers(0, 256, (cells, cells, 3), dtype=np.uint8)).resize((side, side)),
            dtype=float,
        )
        for cells in (4, 8, 16, 32)
    ]
    return np.average(layers, axis=0, weights=(8, 4, 2, 1)).astype(np.uint8)


def picture(path: Path, seed: int | None = None, **options) -> Path:
    """Write a picture of its own, or that of a seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(next(_DRAWN) if seed is None else seed)).save(path, **options)
    return path


def bomb(path: Path, width: int, height: int) -> Path:
    """Write a PNG of a few bytes that says that it is as large as given."""
    content = picture(path).read_bytes()
    head = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    path.write_bytes(content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:])
    return path


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_emoset(folder: Path, per_emotion: int = 2) -> Path:
    lists: dict[str, list[list[str]]] = {"train": [], "val": [], "test": []}
    for emotion in MIKELS:
        for number in range(per_emotion):
            name = f"{emotion}_{number:05d}"
            image, note = f"image/{emotion}/{name}.jpg", f"annotation/{emotion}/{name}.json"
            picture(folder / image)
            about = {"image_id": name, "emotion": emotion, "brightness": 0.6, "colorfulness": 0.3}
            text(folder / note, json.dumps({**about, "scene": "beach", "object": ["Dog"]}))
            lists[("train", "val", "test")[number % 3]].append([emotion, name, image, note])
    for side, entries in lists.items():
        text(folder / f"{side}.json", json.dumps(entries))
    return folder


def write_emotion6(folder: Path, *rows: str) -> Path:
    rows = rows or (
        "disgust/1.jpg\t2.5\t3.8\t0.133333\t0.7\t0\t0.0666667\t0.1\t0\t0",
        "joy/1.jpg\t7.5\t4.2\t0\t0\t0\t0.6\t0\t0.2\t0.2",
        "fear/1.jpg\t5\t2\t0\t0\t0\t0\t0\t0\t1",
    )
    text(folder / "ground_truth.txt", EMOTION6_HEAD, *rows)
    for row in rows:
        picture(folder / "images" / row.split("\t")[0])
    return folder


def write_fi(folder: Path, per_class: int = 2) -> Path:
    for emotion in MIKELS:
        for number in range(per_class):
            picture(folder / emotion / f"{emotion}_{number}.jpg")
    return folder


def write_ldl(folder: Path, *rows: str, head: str = FLICKR_HEAD) -> Path:
    rows = rows or ("1.jpg 6 0 3 2 0 0 0 0", "2.jpg 0 1 0 0 0 2 7 1")
    text(folder / "ground_truth.txt", head, *rows)
    for row in rows:
        picture(folder / "images" / row.split(" ")[0])
    return folder


def write_findingemo(folder: Path, *rows: str) -> Path:
    rows = rows or (
        "0,u1,/Run_2/Loving toddlers sports/haiti-kids.jpg,Undefined,Children,2,2,Trust,BodyLanguage,0,2023",
        '1,u2,/Run_2/Loving toddlers sports/haiti-kids.jpg,Undefined,"Children,Youth",0,4,Joy,"A,B",0,2023',
        "5,u1,/Run_2/Loving toddlers sports/run.jpg,Undefined,Children,3,6,Joy,BodyLanguage,0,2023",
        "6,u1,/Run_1/Violent youth festival/1042373588.jpg,Undefined,Adults,-2,2,Rage,BodyLanguage,3,2023",
    )
    table = text(folder / "annotations_single.ann", FINDINGEMO_HEAD, *rows)
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        picture(folder / row["image_path"].lstrip("/"))
    return folder


def write_emotic_csv(folder: Path, *rows: str) -> Path:
    head = "Index,Folder,Filename,Image Size,BBox,Categorical_Labels,Continuous_Labels,Gender,Age"
    rows = rows or (
        '0,mscoco/images,a.jpg,"[48, 48]","[1, 2, 30, 40]","[\'Peace\', \'Engagement\']",'
        '"[6.0, 4.0, 7.0]",Male,Adult',
        '1,mscoco/images,a.jpg,"[48, 48]","[5, 2, 30, 40]","[\'Engagement\']","[8.0, nan, 7.0]",Female,Kid',
        '2,framesdb/images,b.jpg,"[48, 48]","[0, 0, 9, 9]","[\'Doubt/Confusion\']","[3, 5, 5]",Male,Teenager',
    )
    text(folder / "emotic_pre/train.csv", head, *rows)
    for name in ("mscoco/images/a.jpg", "framesdb/images/b.jpg"):
        picture(folder / "emotic" / name)
    return folder


def write_emotic_mat(folder: Path) -> Path:
    """The structures of Annotations.mat: one annotator on the training side, several on the others."""

    def categories(*words: str) -> dict[str, np.ndarray]:
        return {"categories": np.array(words, dtype=object)}

    def ratings(valence: float, arousal: float, dominance: float) -> dict[str, float]:
        return {"valence": valence, "arousal": arousal, "dominance": dominance}

    def entry(name: str, place: str, person: dict) -> dict:
        return {"filename": name, "folder": place, "person": person}

    seen = {"body_bbox": np.array([1.0, 2.0, 30.0, 40.0]), "gender": "Male", "age": "Adult"}
    train = {
        **seen,
        "annotations_categories": categories("Peace", "Engagement"),
        "annotations_continuous": ratings(6.0, 4.0, 7.0),
    }
    test = {
        **seen,
        "annotations_categories": np.array([categories("Fear"), categories("Pain")], dtype=object),
        "combined_categories": np.array(["Fear", "Pain"], dtype=object),
        "annotations_continuous": np.array([ratings(2, 7, 3), ratings(4, 7, 3)], dtype=object),
        "combined_continuous": ratings(3.0, 7.0, 3.0),
    }
    (folder / "Annotations").mkdir(parents=True)
    savemat(
        folder / "Annotations" / "Annotations.mat",
        {
            "train": np.array([entry("a.jpg", "mscoco/images", train)], dtype=object),
            "test": np.array([entry("b.jpg", "framesdb/images", test)], dtype=object),
        },
    )
    for name in ("mscoco/images/a.jpg", "framesdb/images/b.jpg"):
        picture(folder / "emotic" / name)
    return folder


def write_artphoto(folder: Path) -> Path:
    for name in ("amusement_0001", "anger_0001", "content_0010", "sad_0100", "sad_0101"):
        picture(folder / "testImages_artphoto" / f"{name}.jpg")
    return folder


def write_abstract(folder: Path) -> Path:
    head = "'','Amusement','Anger','Awe','Content','Disgust','Excitement','Fear','Sad'"
    rows = ("'abstract_0001.jpg',2,0,1,5,0,4,1,1", "'abstract_0002.jpg',0,6,0,0,3,1,2,2")
    text(folder / "ABSTRACT_groundTruth.csv", head, *rows)
    for row in rows:
        picture(folder / row.split(",")[0].strip("'"))
    return folder


def write_oasis(folder: Path, *rows: str, head: str = OASIS_HEAD) -> Path:
    rows = rows or (
        "I1,Acorns 1,Object,Pixabay,4.686274510,1.1545,102,2.346534653,1.6037,101",
        "I2,Acorns 2,Object,Pixabay,4.519607843,1.0312,102,2.257425743,1.4813,101",
        "I3,Alcohol 1,Object,Pixabay,4.782178218,1.3524,101,2.669902913,1.6715,103",
    )
    text(folder / "OASIS.csv", head, *rows)
    for row in rows:
        picture(folder / "images" / f"{row.split(',')[1]}.jpg")
    return folder


def write_bass(folder: Path, *rows: str) -> Path:
    rows = rows or (
        'abuse.png,1.7,6.6,1.0,2.3,96,96,2.9,4.7,1.5,2.0,101,119,"fight, rage",Anna Lumaca',
        "abuse2.png,1.5,6.7,0.9,2.6,92,95,2.6,4.3,1.8,2.4,112,113,yelling,Anna Lumaca",
        "kitten.png,7.9,3.2,1.2,2.1,96,96,7.1,4.0,1.4,2.0,101,119,cat,Pixabay",
    )
    text(folder / "BASS_data.csv", BASS_HEAD, *rows)
    for row in rows:
        picture(folder / row.split(",")[0])
    return folder


WRITERS = {
    "emoset": write_emoset,
    "emotion6": write_emotion6,
    "fi": write_fi,
    "flickr_ldl": write_ldl,
    "twitter_ldl": write_ldl,
    "findingemo": write_findingemo,
    "emotic": write_emotic_mat,
    "artphoto": write_artphoto,
    "abstract": write_abstract,
    "oasis": write_oasis,
    "bass": write_bass,
}
