"""Words made plain before any rule is tried: what a reader takes for the same is written the same."""

from __future__ import annotations

import re
import unicodedata

_HAN = "\u3400-\u9fff"
# Letters of other scripts that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіѕԁԛԝһјκονραιτυγηωαβε", "aeopcyxisdqwhjkovpaituynwabe")
_TRADITIONAL = str.maketrans(
    "殺們個這過媽會後遺書準備現經給誰說讓斷頭絕買聽對實還開離傷體繩燒沒無義樓橋結藥歲時為與愛樂無歡覺醫關"
    "裡裏來東車語話請問題學習見親聲門間點錢長風飛馬鳥麗麼虛處號輕選練續終線紅約級紀歷歸歲氣決沖淚溝減湯滿"
    "滅燈爐獨獎獸環瘋癢發盡監確礙禍種積穩窮競筆節範築簡類糧絲繼纏罰罵聯職腦腳臉臟舊藝蘋蟲補複襲規視覽觀"
    "計記許設訴診試詩該誤調談論證識警譯護變賣質費資賽跡踐轉輛辦農運達違遠適遲鄰釋釘鈴銀鋼錄錯鍾鎖鎮鏡鐵"
    "閉陽陰陣階際隊難電霧靜響頁頂順須預領頻顆願顧風餓飯飲館驗驚鬥魚麥黃齊齡噁寫寧將師帶幫應戀憂懷懶憐戰戶掃掛換據擊擋擔擾",
    "杀们个这过妈会后遗书准备现经给谁说让断头绝买听对实还开离伤体绳烧没无义楼桥结药岁时为与爱乐无欢觉医关"
    "里里来东车语话请问题学习见亲声门间点钱长风飞马鸟丽么虚处号轻选练续终线红约级纪历归岁气决冲泪沟减汤满"
    "灭灯炉独奖兽环疯痒发尽监确碍祸种积稳穷竞笔节范筑简类粮丝继缠罚骂联职脑脚脸脏旧艺苹虫补复袭规视览观"
    "计记许设诉诊试诗该误调谈论证识警译护变卖质费资赛迹践转辆办农运达违远适迟邻释钉铃银钢录错钟锁镇镜铁"
    "闭阳阴阵阶际队难电雾静响页顶顺须预领频颗愿顾风饿饭饮馆验惊斗鱼麦黄齐龄恶写宁将师带帮应恋忧怀懒怜战户扫挂换据击挡担扰",
)
_DIGITS = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"[a-z0-9@$]*(?:[a-z][0-9@$]|[0-9@$][a-z])[a-z0-9@$]*")
_SPELT = re.compile(r"(?<![a-z])[a-z](?:( )[a-z](?: [a-z])+|([-._*])[a-z](?:\2[a-z])*)(?![a-z])")
_BETWEEN_HAN = re.compile(
    rf"(?<=[{_HAN}])[^\w,，。.!?;:、\"“”'《》「」\n]+(?=[{_HAN}])|(?<=[{_HAN}])_+(?=[{_HAN}])"
)
_BLANKS = re.compile(r"[^\S\n]")


def plain(text: str) -> str:
    """Return `text` in lower case, simplified Chinese and common letters, without what cannot be seen.

    Full-width forms, accents, zero-width characters, letters of other scripts that look Latin and curly
    apostrophes become what a reader takes them for.
    """
    wide = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFD", wide)
        if letter == "\n" or unicodedata.category(letter) not in {"Mn", "Cf", "Cc", "Co", "Cs"}
    )
    if len(re.findall("[a-z]", bare)) * 2 > len(re.findall(r"[^\W\d_]", bare)) - len(
        re.findall(f"[{_HAN}]", bare)
    ):
        bare = bare.translate(_LOOKALIKES)
    return _BLANKS.sub(" ", bare.translate(_TRADITIONAL).replace("’", "'").replace("‘", "'"))


def deciphered(text: str) -> str:
    """Return plain `text` with digits read as letters, spelt words joined, marks between characters gone."""
    letters = _MIXED.sub(lambda found: found.group().translate(_DIGITS), text)
    joined = _SPELT.sub(lambda found: re.sub(r"[ \-._*]", "", found.group()), letters)
    return re.sub(" {2,}", " ", _BETWEEN_HAN.sub("", joined))


def readings(text: str) -> tuple[str, ...]:
    """Return the ways in which words can be read: as they stand, and deciphered where that differs."""
    first = plain(text)
    second = deciphered(first)
    return (first,) if first == second else (first, second)
