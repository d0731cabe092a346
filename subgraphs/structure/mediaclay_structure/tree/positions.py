"""Sibling keys: short texts in base 62 that sort by byte order, with room between any two.

The first character says the class of a key: A-Z and a-p are the 42 keys of one character; q to z carry one to ten
digits and are appended after them; 9 down to 0 mirror these before them. So appending and prepending count, instead
of halving a gap, and the 43,705th child of a folder has a key of four characters. No key ends in '0', for nothing
sorts between 'x' and 'x0'.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SINGLE = DIGITS[10:52]
APPEND = DIGITS[52:]
PREPEND = DIGITS[9::-1]
FIRST = SINGLE[0]
HIDDEN = "y"
"""What a key below no parent begins with, while a branch is being made that nobody sees yet."""

_VALUE = {digit: value for value, digit in enumerate(DIGITS)}


def _capacity(digits: int) -> int:
    return 62 ** (digits - 1) * 61  # the last digit is never '0'


def _write(value: int, digits: int) -> str:
    text = DIGITS[value % 61 + 1]
    value //= 61
    for _ in range(digits - 1):
        text = DIGITS[value % 62] + text
        value //= 62
    return text


def _read(text: str) -> int:
    value = 0
    for digit in text[:-1]:
        value = value * 62 + _VALUE[digit]
    return value * 61 + max(_VALUE[text[-1]] - 1, 0)


def _padded(key: str, digits: int) -> str:
    return key[1 : digits + 1].ljust(digits, "0")


def nth(index: int) -> str:
    """The key of the child number `index` (from 0) of a folder that was only ever appended to."""
    if index < len(SINGLE):
        return SINGLE[index]
    index -= len(SINGLE)
    digits = 1
    while index >= _capacity(digits):
        index -= _capacity(digits)
        digits += 1
    return APPEND[digits - 1] + _write(index, digits)


def after(key: str | None) -> str:
    """A short key above `key`, or the first one of an empty folder."""
    if key is None:
        return FIRST
    head = key[0]
    if head in SINGLE:
        index = SINGLE.index(head) + 1
        return SINGLE[index] if index < len(SINGLE) else APPEND[0] + _write(0, 1)
    if head in APPEND:
        digits = APPEND.index(head) + 1
        value = _read(_padded(key, digits)) + 1
        return head + _write(value, digits) if value < _capacity(digits) else APPEND[digits] + _write(0, digits + 1)
    digits = PREPEND.index(head) + 1
    value = _read(_padded(key, digits)) + 1
    if value < _capacity(digits):
        return head + _write(value, digits)
    return PREPEND[digits - 2] + _write(0, digits - 1) if digits > 1 else FIRST


def before(key: str | None) -> str:
    """A short key below `key`, or the first one of an empty folder."""
    if key is None:
        return FIRST
    head = key[0]
    if head in SINGLE and len(key) == 1:
        index = SINGLE.index(head)
        return SINGLE[index - 1] if index else PREPEND[0] + _write(_capacity(1) - 1, 1)
    if head in PREPEND:
        digits = PREPEND.index(head) + 1
        value = _read(_padded(key, digits)) - 1
        if value >= 0:
            return head + _write(value, digits)
        return PREPEND[digits] + _write(_capacity(digits + 1) - 1, digits + 1)
    return between(None, key)


def between(low: str | None, high: str | None) -> str:
    """A key strictly between two, as short as can be; None stands for the end of the folder on that side."""
    if low is None and high is None:
        return FIRST
    if high is None:
        return after(low)
    if low is None and (high[0] in PREPEND or (high[0] in SINGLE and len(high) == 1)):
        return before(high)
    return _middle(low or "", high)


def _middle(low: str, high: str) -> str:
    text = ""
    for place in range(len(high)):
        under = _VALUE[low[place]] if place < len(low) else 0
        over = _VALUE[high[place]]
        if over - under > 1:
            return text + DIGITS[(under + over) // 2]
        text += DIGITS[under]
        if over != under:
            return text + _above(low[place + 1 :])
    raise ValueError(f"there is no key between {low!r} and {high!r}")


def _above(low: str) -> str:
    """The shortest text above `low`, which nothing bounds from above."""
    text = ""
    for digit in low:
        value = _VALUE[digit]
        if value < 61:
            return text + DIGITS[(value + 62) // 2]
        text += digit
    return text + DIGITS[31]


def spread(low: str | None, high: str | None, count: int) -> list[str]:
    """`count` keys in order, strictly between two, about as long as they must be; None stands for the end there."""
    if count <= 0:
        return []
    if high is None:
        keys: list[str] = []
        while len(keys) < count:
            low = after(low)
            keys.append(low)
        return keys
    if low is None:
        keys = []
        while len(keys) < count:
            high = before(high)
            keys.append(high)
        return keys[::-1]
    middle = between(low, high)
    left = (count - 1) // 2
    return [*spread(low, middle, left), middle, *spread(middle, high, count - 1 - left)]
