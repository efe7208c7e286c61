"""Public ids: a prefix and 22 random characters without look-alikes (57 letters, 128.3 bits)."""

import secrets

from django.db import models

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 22
RANDOM_BITS = 192  # so many more than 128.3 that no letter is likelier than another by more than 2^-63


def new_public_id(prefix: str) -> str:
    """`new_public_id("lead")` → `lead_` + 22 characters, unguessable."""
    # One number in the alphabet's digits: every request gets an id, and asking for each letter took ten times as long.
    rest, letters = secrets.randbits(RANDOM_BITS), []
    for _ in range(LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return f"{prefix}_" + "".join(letters)


def has_public_id_form(text: str, prefix: str) -> bool:
    """Whether `text` could be a public id with this prefix; spares a query for what can't exist."""
    body = text.removeprefix(f"{prefix}_")
    return len(body) == LENGTH and len(text) == len(prefix) + 1 + LENGTH and all(c in ALPHABET for c in body)


class PublicIdField(models.CharField):
    """A unique, generated, uneditable public id. Only the prefix appears in migrations."""

    def __init__(self, prefix: str = "", **kwargs):
        self.prefix = prefix
        kwargs.update(max_length=len(prefix) + 1 + LENGTH, unique=True, editable=False)
        kwargs.setdefault("default", self.generate)
        super().__init__(**kwargs)

    def generate(self) -> str:
        return new_public_id(self.prefix)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for generated in ("max_length", "unique", "editable", "default"):
            kwargs.pop(generated, None)
        return name, path, args, {**kwargs, "prefix": self.prefix}
