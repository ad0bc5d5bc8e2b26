"""Personal data in texts: found by its form and its check digits, so that prices, dates and order numbers are not.

Full-width digits and signs are found too. A finding is a place in the text as it stands.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.core.datasets.identifiers import iban_length, is_card, is_my_number
from workbench.core.i18n import mark

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ー"), ord("-"))
NARROW = str.maketrans({**_WIDE, **_DASHES})
"""Makes full-width characters narrow, one for one, so that places stay the same."""

PREFILTER = (
    r"[@＠]|://|〒|郵便番号|(?:[0-9０-９][ 　().（）．‐‑‒–—―−ー－-]{0,2}){9}|(?:[0-9０-９]{1,3}[.．]){3}[0-9０-９]"
    r"|[都道府県][^。、\n]{1,40}[0-9０-９一二三四五六七八九十]|[0-9０-９]{4}[ 　]?(?:北海|東京|京都|大阪|[^ 　]{2,3}県)"
)
"""What every text with a finding matches; for the quick look (RE2) at many texts."""

_PREFECTURES = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|"
    "岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
_DIVISIONS = ("都", "道", "府", "県")
_NUMBER = "[0-9一二三四五六七八九十]{1,4}"
_FILES = ("png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "css", "js", "html", "txt", "pdf", "zip", "py")
_COUNTED = re.compile(
    r"(?:order|invoice|tracking|serial|ticket|product|item|part|model|isbn|jan|sku|ref(?:erence)?|id|no\.?|#|"
    r"注文|伝票|追跡|請求書?|受付|商品|製造|管理|問い?合わせ|予約|型番|品番|法人)(?:番号|コード|number|no\.?|#|id)?[\s::#は.-]*$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?:\bv|\bver\.?|version|release|firmware|build|バージョン)[\s:.]*$", re.IGNORECASE)
_ADDRESSED = re.compile(r"\bIP\b|アドレス", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?:tel|phone|fax|mobile|call|電話|携帯|連絡先)[^0-9\n]{0,12}$", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A place in a text where personal data stands: ``text[start:end]``."""

    type: str
    start: int
    end: int


Spans = Iterator[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Finder:
    """One type of personal data.

    Attributes:
        label: What it is called; marked for translation.
        mask: What takes its place.
        find: Gives start and end of each in a text made narrow.
    """

    type: str
    label: str
    mask: str
    find: Callable[[str], Spans]


def find(text: str) -> list[Finding]:
    """Return the personal data in a text, in its order; of two that overlap, the surer type."""
    narrow = text.translate(NARROW)
    taken: list[Finding] = []
    for finder in FINDERS.values():
        for start, end in finder.find(narrow):
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Finding(finder.type, start, end))
    return sorted(taken, key=lambda finding: finding.start)


def mask(text: str) -> str:
    """Return a text with a word in brackets for everything personal: ``[EMAIL]``, ``[PHONE]``."""
    parts, end = [], 0
    for finding in find(text):
        parts += [text[end : finding.start], FINDERS[finding.type].mask]
        end = finding.end
    return "".join([*parts, text[end:]]) if parts else text


def _before(text: str, start: int) -> str:
    return text[max(start - 24, 0) : start]


_LOGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://([^\s/:@]{1,100}:[^\s/@]{1,100})@")
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}([A-Za-z]{2,24})(?![A-Za-z0-9@])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,36}")
_CARD = re.compile(r"(?<![0-9A-Za-z.-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z]|[-.][0-9])")
_TWELVE = re.compile(r"(?<![0-9A-Za-z.#-])(?:[0-9]{12}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4})(?![0-9A-Za-z]|[-. ][0-9])")
_PHONE = re.compile(r"(?<![0-9A-Za-z.#/-])(?:\+|\(?0|\(?[2-9][0-9]{2}[). -])[0-9(). -]{7,20}[0-9](?![0-9A-Za-z])")
_POSTAL = re.compile(
    rf"(?:〒\s?|郵便番号\s?:?\s?)[0-9]{{3}}-?[0-9]{{4}}(?![0-9])|(?<![0-9-])[0-9]{{3}}-[0-9]{{4}}(?=\s?(?:{_PREFECTURES}))"
)
_ADDRESS = re.compile(
    rf"(?:{_PREFECTURES})[^\s0-9、。,「」]{{1,14}}?[市区町村郡][^\s、。,「」]{{0,24}}?"
    rf"(?:{_NUMBER}丁目(?:{_NUMBER}番地?(?:の?{_NUMBER}号?)?|{_NUMBER}(?:-{_NUMBER}){{0,2}})?"
    rf"|{_NUMBER}番地?(?:の?{_NUMBER}号?)?|[0-9]{{1,4}}(?:-[0-9]{{1,4}}){{1,3}})"
)
_IP = re.compile(
    r"(?<![0-9A-Za-z.-])(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?![0-9A-Za-z]|\.[0-9])"
)


def _logins(text: str) -> Spans:
    if "://" in text:
        for found in _LOGIN.finditer(text):
            yield found.span(1)


def _emails(text: str) -> Spans:
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if found[1].lower() not in _FILES and ".." not in found[0]:
                yield found.span()


def _ibans(text: str) -> Spans:
    for found in _IBAN.finditer(text):
        if length := iban_length(found[0]):
            yield found.start(), found.start() + length


def _cards(text: str) -> Spans:
    for found in _CARD.finditer(text):
        if is_card(found[0]) and not _COUNTED.search(_before(text, found.start())):
            yield found.span()


def _my_numbers(text: str) -> Spans:
    for found in _TWELVE.finditer(text):
        digits = re.sub("[ -]", "", found[0])
        if is_my_number(digits) and not _is_moment(found[0]) and not _COUNTED.search(_before(text, found.start())):
            yield found.span()


def _is_moment(digits: str) -> bool:
    """Return whether twelve digits are a date and a time: 202611232359."""
    try:
        return 1900 <= datetime.datetime.strptime(digits, "%Y%m%d%H%M").year <= 2100
    except ValueError:
        return False


def _phones(text: str) -> Spans:
    for found in _PHONE.finditer(text):
        if _is_phone(found[0], _before(text, found.start())):
            yield found.span()


def _is_phone(written: str, before: str) -> bool:
    """Return whether a number is a person's: valid, and grouped as its country does or surely a telephone's."""
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    american = not written.startswith(("+", "0", "(0"))
    try:
        number = phonenumbers.parse(written, "US" if american else "JP")
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(number):
        return False
    kind = phonenumbers.number_type(number)
    if kind in (Kind.TOLL_FREE, Kind.PREMIUM_RATE, Kind.SHARED_COST):  # a company's
        return False
    if written.startswith("+") or _TELEPHONE.search(before):
        return True
    if _COUNTED.search(before):
        return False
    form = phonenumbers.PhoneNumberFormat.NATIONAL
    usual = phonenumbers.format_number(number, form)
    digits = re.sub("[^0-9]", "", written)
    grouped = _groups(written) == _groups(usual)
    return grouped or (digits == written and kind == Kind.MOBILE and not american)


def _groups(written: str) -> list[str]:
    return re.findall("[0-9]+", written)


def _postal_codes(text: str) -> Spans:
    if any(sign in text for sign in ("〒", "郵便番号", *_DIVISIONS)):
        for found in _POSTAL.finditer(text):
            yield found.span()


def _addresses(text: str) -> Spans:
    if any(sign in text for sign in _DIVISIONS):
        for found in _ADDRESS.finditer(text):
            yield found.span()


def _ips(text: str) -> Spans:
    if text.count(".") < 3:
        return
    for found in _IP.finditer(text):
        before = _before(text, found.start())
        octets = found[0].split(".")
        surely = len(found[0]) >= 10 or _ADDRESSED.search(before)
        if surely and octets[0] not in ("0", "127", "255") and not _VERSION.search(before):
            yield found.span()


FINDERS: dict[str, Finder] = {
    finder.type: finder
    for finder in (
        Finder(type="login", label=mark("Log-in in an address"), mask="[LOGIN]", find=_logins),
        Finder(type="email", label=mark("E-mail address"), mask="[EMAIL]", find=_emails),
        Finder(type="iban", label=mark("Bank account (IBAN)"), mask="[IBAN]", find=_ibans),
        Finder(type="card", label=mark("Payment card"), mask="[CARD]", find=_cards),
        Finder(type="my_number", label=mark("My Number"), mask="[MY NUMBER]", find=_my_numbers),
        Finder(type="phone", label=mark("Telephone number"), mask="[PHONE]", find=_phones),
        Finder(type="postal_code", label=mark("Japanese postal code"), mask="[POSTAL CODE]", find=_postal_codes),
        Finder(type="address", label=mark("Japanese address"), mask="[ADDRESS]", find=_addresses),
        Finder(type="ip", label=mark("IP address"), mask="[IP ADDRESS]", find=_ips),
    )
}
"""By type, the surest first."""
