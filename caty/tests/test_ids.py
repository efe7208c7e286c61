"""Public ids: unguessable, readable aloud, quiet in migrations."""

import math
from collections import Counter

from caty.lib.ids import ALPHABET, LENGTH, PublicIdField, has_public_id_form, new_public_id


def test_an_id_has_its_prefix_and_more_than_128_bits():
    made = new_public_id("lead")

    assert made.startswith("lead_")
    assert len(made) == 27
    assert math.log2(len(ALPHABET)) * LENGTH > 128


def test_no_letter_looks_like_another():
    assert len(set(ALPHABET)) == len(ALPHABET) == 57
    assert not set("01OIl") & set(ALPHABET)


def test_only_what_can_exist_has_the_form():
    made = new_public_id("sess")

    assert has_public_id_form(made, "sess")
    assert not has_public_id_form(made, "vis")
    for wrong in ("", "sess_", made[:-1], made + "2", made[:-1] + "0", made[5:], made[:-1] + "\x00"):
        assert not has_public_id_form(wrong, "sess")


def test_migrations_know_the_prefix_alone():
    assert PublicIdField(prefix="lead").deconstruct()[3] == {"prefix": "lead"}


def test_every_letter_is_as_likely_at_every_place():
    made = [new_public_id("x")[2:] for _ in range(20_000)]

    for place in range(LENGTH):
        counts = Counter(one[place] for one in made)
        assert set(counts) == set(ALPHABET)
        expected = len(made) / len(ALPHABET)
        chi_square = sum((count - expected) ** 2 / expected for count in counts.values())
        assert chi_square < 140  # of 56 degrees of freedom; beyond it by chance once in 300 million
