"""The words for the labels of images: what a model is offered, and what else it may call them.

English labels are the corpora's own; the other languages are our translations. The forms that an answer may
take besides the label are inflections and translations of it, never other emotions.
"""

from __future__ import annotations

from collections.abc import Mapping

CHINESE: Mapping[str, str] = {
    "acceptance": "接纳",
    "admiration": "钦佩",
    "affection": "喜爱",
    "amazement": "惊叹",
    "amusement": "愉悦",
    "anger": "愤怒",
    "annoyance": "恼怒",
    "anticipation": "期待",
    "apprehension": "忧虑",
    "aversion": "反感",
    "awe": "敬畏",
    "boredom": "无聊",
    "confidence": "自信",
    "contentment": "满足",
    "disapproval": "不赞成",
    "disconnection": "疏离",
    "disgust": "厌恶",
    "disquietment": "不安",
    "distraction": "分心",
    "doubt/confusion": "困惑",
    "ecstasy": "狂喜",
    "embarrassment": "尴尬",
    "engagement": "投入",
    "esteem": "敬重",
    "excitement": "兴奋",
    "fatigue": "疲惫",
    "fear": "恐惧",
    "grief": "悲痛",
    "happiness": "快乐",
    "interest": "兴趣",
    "joy": "喜悦",
    "loathing": "憎恶",
    "pain": "疼痛",
    "peace": "平和",
    "pensiveness": "沉思",
    "pleasure": "享受",
    "rage": "暴怒",
    "sadness": "悲伤",
    "sensitivity": "敏感",
    "serenity": "宁静",
    "suffering": "痛苦",
    "surprise": "惊讶",
    "sympathy": "同情",
    "terror": "惊骇",
    "trust": "信任",
    "vigilance": "警觉",
    "yearning": "渴望",
}
"""Label to the Chinese word that a model is offered."""

FORMS: Mapping[str, tuple[str, ...]] = {
    "amusement": ("amused", "amusing", "Belustigung", "Vergnügen", "divertissement", "diversión"),
    "anger": ("angry", "生气", "Wut", "Ärger", "colère", "ira", "enojo", "怒り"),
    "awe": ("awed", "awestruck", "awe-struck", "Ehrfurcht", "émerveillement", "asombro reverente", "畏敬"),
    "contentment": ("contented", "满意", "Zufriedenheit", "contentement", "satisfacción", "満足"),
    "disgust": ("disgusted", "disgusting", "Ekel", "dégoût", "asco", "嫌悪"),
    "doubt/confusion": (
        "doubt / confusion",
        "doubt and confusion",
        "doubt or confusion",
        "doubt",
        "confusion",
    ),
    "excitement": (
        "excited",
        "exciting",
        "Aufregung",
        "Begeisterung",
        "excitation",
        "emoción intensa",
        "興奮",
    ),
    "fear": ("fearful", "afraid", "害怕", "Angst", "Furcht", "peur", "miedo", "恐怖"),
    "joy": ("joyful", "joyous", "Freude", "joie", "alegría", "喜び"),
    "sadness": ("sad", "难过", "Traurigkeit", "Trauer", "tristesse", "tristeza", "悲しみ"),
    "surprise": ("surprised", "surprising", "惊奇", "Überraschung", "sorpresa", "驚き"),
    "boredom": ("bored",),
    "happiness": ("happy",),
    "embarrassment": ("embarrassed",),
    "fatigue": ("fatigued",),
    "annoyance": ("annoyed",),
    "trust": ("trusting",),
    "serenity": ("serene",),
    "confidence": ("confident",),
    "interest": ("interested",),
}
"""Label to other forms of it: adjectives, and German, French, Spanish and Japanese where corpora share it."""
