from pathlib import Path

import pytest

from workbench.core.datasets.encodings import DAMAGED
from workbench.core.datasets.readers import Source
from workbench.core.errors import UserError

JAPANESE = [
    "質問,回答\n東京はどこですか?,日本です。\n",
    '{"text": "とても良い商品です。また買います。", "label": "良い"}\n',
    "日本語,x\n",
    "Tokyo 東京,ラベル\n",
]
WESTERN = [
    "text,label\nété à la plage,bon\n",
    "text,label\nnaïve “quoted” text,x\n",
    "größe Straße,ja\n",
    "it’s fine,pos\n",
]


@pytest.mark.parametrize("text", JAPANESE)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp"]
)
def test_japanese_survives(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(encoding))
    assert Source.of(path).encoding() == encoding
    with Source.of(path).text() as file:
        assert file.read() == text


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_accents_survive(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(encoding))
    assert Source.of(path).encoding() == encoding


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_japanese_far_behind_ascii_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"plain line\n" * 60_000 + JAPANESE[0].encode(encoding))
    assert Source.of(path).encoding() == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_of_a_large_file_some_places_are_looked_at(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.txt"
    with path.open("wb") as file:
        file.write(b"plain line\n" * 2_000_000)
        for _ in range(100):
            file.write(JAPANESE[0].encode(encoding) * 300)
        file.truncate(20 << 30)  # a hole: nothing but zero bytes that lie on no disk
    assert Source.of(path).encoding() == "utf-8"
    with path.open("r+b") as file:
        file.truncate(25_000_000)
    assert Source.of(path).encoding() == encoding


def test_one_damaged_line_does_not_change_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes("日本語の文です\n".encode() + b"bad \xff\xfe\n" + "もう一つの文\n".encode())
    assert Source.of(path).encoding() == "utf-8"
    with Source.of(path).text("utf-8") as file:
        assert [DAMAGED in line for line in file] == [False, True, False]


def test_other_languages_are_left_to_statistics(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    text = "Это хороший товар, я куплю его ещё раз. Очень доволен покупкой, всем советую.\n" * 5
    path.write_bytes(text.encode("cp1251"))
    with Source.of(path).text() as file:
        assert file.read() == text


def test_an_unknown_encoding_is_a_plain_sentence(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("x")
    with pytest.raises(UserError, match="no encoding called “klingon”"):
        Source.of(path).text("klingon")
