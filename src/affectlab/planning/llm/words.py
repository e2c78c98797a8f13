"""Sentences of a plan by a language model, in the person's language."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["en", "zh"]

STOP_LINES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "worse": "Stop when the person feels worse than at the beginning.",
        "pain": "Stop at pain, ringing or pressure in the ears.",
        "tense": "Stop when the person grows tense or restless.",
        "dizzy": "Stop at dizziness or nausea.",
    },
    "zh": {
        "worse": "若感觉比开始时更差，请停止。",
        "pain": "若耳部疼痛、耳鸣或有压迫感，请停止。",
        "tense": "若变得紧张或烦躁，请停止。",
        "dizzy": "若头晕或恶心，请停止。",
    },
}

GIVEN_LINES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "quiet": "The room is quiet.",
        "alone": "The person listens alone.",
        "seated": "The person sits or lies still.",
        "awake": "The person stays awake to the end.",
    },
    "zh": {
        "quiet": "房间安静。",
        "alone": "本人独自聆听。",
        "seated": "本人静坐或平躺。",
        "awake": "本人全程保持清醒。",
    },
}

ALWAYS: Final[dict[Language, str]] = {
    "en": "Stop whenever the person asks.",
    "zh": "本人要求时立即停止。",
}

TOO_FAR: Final[dict[Language, str]] = {
    "en": "The goal is too far for the time left; the music leads towards it as far as its steps reach.",
    "zh": "剩余时间不足以到达目标；音乐按允许的步幅尽量靠近。",
}

MUSIC: Final[dict[Language, str]] = {
    "en": "{mood}: {mode} music in the {register} register, {articulation}, for {instruments}, "
    "around {bpm} beats per minute.",
    "zh": "{mood}：{mode}调式，{register}音区，{articulation}，乐器为{instruments}，约每分钟{bpm}拍。",
}

NAMES: Final[dict[Language, dict[str, str]]] = {
    "en": {},
    "zh": {
        "major": "大",
        "minor": "小",
        "modal": "中古",
        "low": "低",
        "middle": "中",
        "high": "高",
        "legato": "连奏",
        "mixed": "连断相间",
        "detached": "断奏",
    },
}
"""Words of a plan's attributes in languages other than English; instruments keep their English names."""
