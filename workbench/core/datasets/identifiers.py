"""Numbers that carry their own check digits: payment cards, the Japanese My Number, bank accounts (IBAN)."""

import re

BRANDS = (
    ("4", (16, 19)),
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    ("3[47]", (15,)),
    ("35(?:2[89]|[3-8])", (16, 17, 18, 19)),
    ("30[0-5]|36|3[89]", (14,)),
    ("6011|64[4-9]|65", (16, 17, 18, 19)),
    ("62", (16, 17, 18, 19)),
)
"""How the numbers of a card's brand begin, and how long they are: Visa, Mastercard, American Express, JCB,
Diners Club, Discover, UnionPay (ISO/IEC 7812 ranges)."""

_BRANDS = tuple((re.compile(start), lengths) for start, lengths in BRANDS)
_CARD_GROUPS = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3))

IBAN_LENGTHS = {
    **{"NO": 15, "BE": 16, "DK": 18, "FI": 18, "NL": 18, "MK": 19, "SI": 19, "AT": 20, "BA": 20, "EE": 20, "KZ": 20},
    **{"LT": 20, "LU": 20, "XK": 20, "HR": 21, "CH": 21, "LI": 21, "LV": 21, "BG": 22, "BH": 22, "CR": 22, "DE": 22},
    **{"GB": 22, "GE": 22, "IE": 22, "ME": 22, "RS": 22, "AE": 23, "GI": 23, "IL": 23, "IQ": 23, "AD": 24, "CZ": 24},
    **{"ES": 24, "MD": 24, "PK": 24, "RO": 24, "SA": 24, "SE": 24, "SK": 24, "TN": 24, "VA": 22, "PT": 25, "IS": 26},
    **{"TR": 26, "FR": 27, "GR": 27, "IT": 27, "MC": 27, "SM": 27, "AL": 28, "AZ": 28, "CY": 28, "DO": 28, "GT": 28},
    **{"HU": 28, "LB": 28, "PL": 28, "BR": 29, "EG": 29, "PS": 29, "QA": 29, "UA": 29, "JO": 30, "KW": 30, "MU": 30},
    **{"MT": 31, "SC": 31, "LC": 32},
}
"""Characters of an IBAN by its country (SWIFT's IBAN registry)."""


def luhn(digits: str) -> bool:
    """Return whether the last digit is the one that Luhn's formula gives (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        doubled = int(character) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_card(written: str) -> bool:
    """Return whether a number, with blanks or hyphens as cards have them, can be that of a payment card."""
    groups = re.split("[ -]", written)
    digits = "".join(groups)
    if len(groups) > 1 and tuple(map(len, groups)) not in _CARD_GROUPS:
        return False
    fits = any(len(digits) in lengths and start.match(digits) for start, lengths in _BRANDS)
    return fits and len(set(digits)) > 1 and luhn(digits)


def my_number_digit(first: str) -> int:
    """Return the check digit of the first eleven digits of a My Number.

    Source: the ordinance of the Ministry of Internal Affairs and Communications no. 85 of 2014, article 5.
    """
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(weight * int(digit) for weight, digit in zip(weights, first, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def is_my_number(digits: str) -> bool:
    """Return whether twelve digits end with the check digit of a My Number."""
    return len(digits) == 12 and len(set(digits)) > 1 and my_number_digit(digits[:11]) == int(digits[11])


def iban_length(written: str) -> int:
    """Return how many characters of a text that begins like an IBAN belong to a right one, 0 if it is none.

    Blanks between groups are counted as well; the check is ISO 7064 MOD 97-10.
    """
    wanted = IBAN_LENGTHS.get(written[:2], 0)
    places = [place for place, character in enumerate(written) if character != " "][:wanted]
    if not wanted or len(places) != wanted or written[places[-1] + 1 :][:1].isalnum():
        return 0
    compact = "".join(written[place] for place in places)
    value = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return places[-1] + 1 if int(value) % 97 == 1 else 0
