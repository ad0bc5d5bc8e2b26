import pytest

from workbench.core.datasets.identifiers import IBAN_LENGTHS, iban_length, is_card, luhn, my_number_digit
from workbench.core.datasets.personal import FINDERS, PREFILTER, find, mask

PERSONAL = {
    "mail me at taro.yamada@example.co.jp please": "mail me at [EMAIL] please",
    "メールはｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍです": "メールは[EMAIL]です",
    "<mailto:a+b@example.org>": "<mailto:[EMAIL]>",
    "電話03-1234-5678まで": "電話[PHONE]まで",
    "０９０ー１２３４ー５６７８へ": "[PHONE]へ",
    "09012345678です": "[PHONE]です",
    "Tel: 0312345678": "Tel: [PHONE]",
    "call (415) 555-2671.": "call [PHONE].",
    "+81 90 1234 5678 or +44 20 7946 0958": "[PHONE] or [PHONE]",
    "card 4111 1111 1111 1111, valid": "card [CARD], valid",
    "カード番号５５５５−５５５５−５５５５−４４４４": "カード番号[CARD]",
    "amex 3782 822463 10005": "amex [CARD]",
    "マイナンバーは1234-5678-9018です": "マイナンバーは[MY NUMBER]です",
    "my number 123456789018": "my number [MY NUMBER]",
    "GB82 WEST 1234 5698 7654 32 thanks": "[IBAN] thanks",
    "to DE89370400440532013000": "to [IBAN]",
    "git clone https://bob:secret@example.com/x.git": "git clone https://[LOGIN]@example.com/x.git",
    "〒100-0001 東京都千代田区千代田1-1": "[POSTAL CODE] [ADDRESS]",
    "住所は東京都港区芝公園4丁目2番8号です": "住所は[ADDRESS]です",
    "seen from 203.0.113.57 today": "seen from [IP ADDRESS] today",
    "IP 10.0.0.1": "IP [IP ADDRESS]",
}

HARMLESS = [
    *("12,345 yen", "¥1,234,567", "$1,299.00", "1,000-2,000", "価格は１２，８００円", "1234567.89"),
    *("2024-01-15 10:30", "2024/01/15", "202401151230", "2023年12月31日", "20240115T103000Z", "1600000000000"),
    *("Order #123456789018", "注文番号 123456789018", "order 0312345678", "tracking 1234-5678-9018", "No. 09012345678"),
    *("ISBN 978-4-87311-778-2", "JAN 4901234567894", "法人番号 1180301018771", "2024-0123-4567", "#0312345678"),
    *("version 10.0.19041.1", "v1.2.3.4", "1.2.3.4 Introduction", "4.18.2.10", "127.0.0.1", "999.999.999.999"),
    *("icon@2x.png", "@user hello", "a@b", "x = y @ z.T", "https://example.com:8080/a@b"),
    *("4111 1111 1111 1112", "1234-5678-9010", "000000000000", "1111 1111 1111", "0000 0000 0000 0000"),
    *("3.14159265358979", "lat 35.689487, 139.691706", "0.1234567890", "1e1000000000", "8x 100-0001 pieces"),
    *("東京都に行きました", "東京都は23区あります", "千葉県千葉市で3人", "北海道の札幌市は人口197万人です"),
    *("0120-444-444", "100-200 people", "room 100-0001", "GB82 WEST 1234 5698 7654 33", "IT WORKED 100 TIMES"),
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL.items())
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", PERSONAL)
def test_the_quick_look_passes_nothing_over(text: str) -> None:
    import pyarrow
    import pyarrow.compute as compute

    assert compute.match_substring_regex(pyarrow.array([text]), PREFILTER).to_pylist() == [True]


@pytest.mark.parametrize("text", PERSONAL)
def test_nothing_personal_is_left_after_masking(text: str) -> None:
    assert find(mask(text)) == []


def test_a_finding_is_a_place_in_the_text_as_it_stands() -> None:
    text = "連絡は　ａ＠ｂ．ｃｏｍ　へ"
    (finding,) = find(text)
    assert (finding.type, text[finding.start : finding.end]) == ("email", "ａ＠ｂ．ｃｏｍ")


def test_a_text_of_many_digits_is_looked_through_quickly() -> None:
    assert find("1234 " * 20_000 + "a" * 50_000 + "@" * 1000) == []


def test_luhn_by_hand() -> None:
    # 7992739871 with check digit 3: 7+9+9+4+7+6+9+7+7+2 = 67, and 67 + 3 is a multiple of ten
    assert [digit for digit in "0123456789" if luhn("7992739871" + digit)] == ["3"]


def test_a_card_has_the_length_and_groups_of_its_brand() -> None:
    assert is_card("4111111111111111")
    assert is_card("4111-1111-1111-1111")
    assert not is_card("41-11111111111111")
    assert not is_card("411111111111116")  # right by Luhn, but no brand has it in this length
    assert luhn("411111111111116")


def test_my_number_by_hand() -> None:
    # from the right: 1*2 + 0*3 + 9*4 + 8*5 + 7*6 + 6*7 + 5*2 + 4*3 + 3*4 + 2*5 + 1*6 = 212; 212 mod 11 = 3; 11 - 3 = 8
    assert my_number_digit("12345678901") == 8


def test_every_known_country_checks_an_iban_of_its_length() -> None:
    assert iban_length("DE89370400440532013000") == 22
    assert iban_length("DE8937040044053201300") == 0
    assert iban_length("NO93 8601 1117 947 and") == 18
    assert iban_length("DE89370400440532013000X") == 0
    assert all(15 <= length <= 32 for length in IBAN_LENGTHS.values())


def test_masks_are_words_in_brackets() -> None:
    assert len({finder.mask for finder in FINDERS.values()}) == len(FINDERS)
    assert all(finder.mask == f"[{finder.mask[1:-1]}]" for finder in FINDERS.values())
