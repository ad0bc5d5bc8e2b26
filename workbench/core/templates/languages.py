"""Languages by their scripts and their names, as wordings in English and Japanese call them."""

import re
from collections import Counter
from collections.abc import Iterable

NAMES = {
    "en": ("English", "英語"),
    "ja": ("Japanese", "日本語"),
    "zh": ("Chinese", "中国語"),
    "ko": ("Korean", "韓国語"),
    "fr": ("French", "フランス語"),
    "de": ("German", "ドイツ語"),
    "es": ("Spanish", "スペイン語"),
    "it": ("Italian", "イタリア語"),
    "pt": ("Portuguese", "ポルトガル語"),
    "nl": ("Dutch", "オランダ語"),
    "ru": ("Russian", "ロシア語"),
    "uk": ("Ukrainian", "ウクライナ語"),
    "ar": ("Arabic", "アラビア語"),
    "hi": ("Hindi", "ヒンディー語"),
    "th": ("Thai", "タイ語"),
    "vi": ("Vietnamese", "ベトナム語"),
    "id": ("Indonesian", "インドネシア語"),
    "tr": ("Turkish", "トルコ語"),
}

_KANA = re.compile("[぀-ヿ]")
_HAN = re.compile("[一-鿿]")
_SCRIPTS = (
    ("ko", re.compile("[가-힣]")),
    ("ru", re.compile("[Ѐ-ӿ]")),
    ("ar", re.compile("[؀-ۿ]")),
    ("hi", re.compile("[ऀ-ॿ]")),
    ("th", re.compile("[฀-๿]")),
)
ENOUGH_HAN = 12
"""From so many characters on, a text without kana is taken for Chinese; below, Japanese has such words too."""


def guess(texts: Iterable[str]) -> str:
    """Return the language that most of the texts are in, as far as their script tells it; else English."""
    seen = Counter(_of(text) for text in texts)
    return seen.most_common(1)[0][0] if seen else "en"


def _of(text: str) -> str:
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "zh" if len(_HAN.findall(text)) >= ENOUGH_HAN else "ja"
    return next((code for code, script in _SCRIPTS if script.search(text)), "en")


def called(language: str, wording: str) -> str:
    """Return what a language, given by its code or a name, is called in a wording in English or Japanese."""
    wanted = language.strip()
    for code, names in NAMES.items():
        if wanted.lower() in (code, *(name.lower() for name in names)):
            return names[wording == "ja"]
    return wanted
