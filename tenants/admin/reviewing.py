"""What staff are told once they have said what becomes of new texts."""

from django.utils.translation import ngettext


def say_used(count: int) -> str:
    return ngettext("%d text is used in answers now.", "%d texts are used in answers now.", count) % count


def say_left_out(count: int) -> str:
    return ngettext("%d text was left out.", "%d texts were left out.", count) % count
