"""What the writers of mails share: a letter, that there is none to write, and addresses of the admin in it."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse


class NothingToTell(Exception):
    """What the mail was about is over."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """`lines` are the plain text, without its ending; `page`, where there is one, the same as a template of HTML with
    what stands in it."""

    subject: str
    lines: list[str]
    reply_to: tuple[str, ...] = ()
    page: tuple[str, dict] | None = None


def link_to(url_name: str, *arguments) -> str:
    """The full address of a page of this installation."""
    return settings.SITE_URL + reverse(url_name, args=arguments)
