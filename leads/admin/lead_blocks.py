"""Parts of a lead's page that other apps tell: they register them, as they do their pages, and leads asks nobody."""

from collections.abc import Callable
from dataclasses import dataclass

from leads.models import Lead


@dataclass(frozen=True)
class LeadBlock:
    template: str
    read: Callable[[Lead], dict]


_blocks: list[LeadBlock] = []


def lead_block(template: str):
    """Makes a function `(lead) -> dict` a part of every lead's page: `template` is shown with `block` as its result.

    The lead is one that the person at the page may see; whatever is read for it must be of its tenant.
    """

    def register(read: Callable[[Lead], dict]) -> Callable[[Lead], dict]:
        _blocks.append(LeadBlock(template, read))
        return read

    return register


def blocks_of(lead: Lead) -> list[dict]:
    return [{"template": block.template, "facts": block.read(lead)} for block in _blocks]
