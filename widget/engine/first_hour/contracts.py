"""What is known of a site, and what is proposed from it. Frozen, plain."""

from dataclasses import dataclass

MOST_QUICK_REPLIES = 4
MOST_CANDIDATES = 12  # for quick replies, of which those are taken that can be answered
MOST_QUESTIONS = 5
LONGEST = {"persona_name": 40, "role": 60, "greeting": 240, "quick_reply": 60, "question": 200}


@dataclass(frozen=True, kw_only=True)
class SitePage:
    """`headings` are those of the page, in their order."""

    title: str
    text: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Site:
    """A business's site as it was read. `language` is one of those that visitors are spoken to in; `colours` are what
    the site names as its own, `styles` its CSS."""

    business: str
    language: str
    site_name: str = ""
    host: str = ""
    description: str = ""
    colours: tuple[str, ...] = ()
    styles: str = ""
    pages: tuple[SitePage, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """How the assistant could look and speak. Every text is one line, without markup and addresses, and fits its
    column; an empty one means that nothing better is known than what there is. `quick_replies` are up to 12 to choose
    from, the best first."""

    persona_name: str = ""
    role: str = ""
    tone: str = ""
    greeting: str = ""
    language: str = ""
    primary: str = ""
    background: str = ""
    text: str = ""
    quick_replies: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    is_by_model: bool = False
