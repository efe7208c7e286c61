"""What two leads have in common when they may be one person: expressions that the database keeps indexes of."""

from django.db.models import Func, TextField, Value
from django.db.models.expressions import Combinable


def mailbox_of(address: Combinable) -> Func:
    """The mailbox behind a normalised address: what follows + is a label, and Gmail takes no notice of dots."""
    without_label = _replaced(address, r"\+[^@]*@", "@")
    without_dots = _replaced(without_label, r"\.(?=[^@]*@g(oogle)?mail\.com$)", "", "g")
    return _replaced(without_dots, r"@googlemail\.com$", "@gmail.com")


def domain_of(address: Combinable) -> Func:
    return Func(address, Value("@"), Value(2), function="split_part", output_field=TextField())


def _replaced(text: Combinable, *arguments: str) -> Func:
    return Func(text, *map(Value, arguments), function="regexp_replace", output_field=TextField())
