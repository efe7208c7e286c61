"""Public ids: unguessable, readable aloud, quiet in migrations."""

import math

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
