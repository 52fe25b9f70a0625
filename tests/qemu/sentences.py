# SPDX-License-Identifier: Apache-2.0
"""Makes AIS sentences for tests that need a few of their own."""


def armour(value):
    return chr(value + 48 if value < 40 else value + 56)


def position_sentence(mmsi, latitude, longitude=0):
    """A position report of type 1 (ITU-R M.1371, table 48) in one sentence; whole degrees, north and east."""
    bits = 0
    for value, width in ((1, 6), (0, 2), (mmsi, 30), (0, 4), (0, 8), (0, 10), (0, 1), (longitude * 600000, 28),
                         (latitude * 600000, 27), (0, 12), (511, 9), (0, 6), (0, 25)):
        bits = bits << width | value
    text = "AIVDM,1,1,,A," + "".join(armour(bits >> shift & 63) for shift in range(162, -1, -6)) + ",0"
    checksum = 0
    for character in text:
        checksum ^= ord(character)
    return f"!{text}*{checksum:02X}\n"


def mixed_sentences(count):
    """Reports of as many ships, each fourth without a position: latitude 91 is out of range."""
    return "".join(position_sentence(200000000 + number, 91 if number % 4 == 0 else 60) for number in range(count)).encode()
