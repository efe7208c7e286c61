"""A proposal without a model: from what a site says of itself, and what it speaks of."""

import re
from collections.abc import Iterable, Iterator

from tenants.contrast import BLACK, readable_on
from tenants.texts import own_texts
from widget.engine.cleaning import one_line
from widget.engine.first_hour.colours import colours_of, readable_pair
from widget.engine.first_hour.contracts import LONGEST, MOST_CANDIDATES, MOST_QUESTIONS, Proposal, Site
from widget.engine.first_hour.topics import ALWAYS, ORDER, ROLES, TOPICS

QUESTION_MARKS = ("?", "？", "؟")
OWN_REPLIES = 2  # of a site's own questions, since they may be about anything
LEAST_LETTERS = 8
TITLE_WEIGHT = 5
LONGEST_TEXT = 200_000


def propose(site: Site) -> Proposal:
    """What the site itself would make of its assistant. Pure, and the same every time."""
    colours = colours_of(site.colours, site.styles)
    # A dark ground wants the dark theme, which is for the business to choose.
    is_light = colours.background and readable_on(colours.background) == BLACK
    background, text = readable_pair(colours.background) if is_light else ("", "")
    return Proposal(
        role=_role(site),
        greeting=own_texts(site.language)["greeting"],
        language=site.language,
        primary=colours.found[0] if colours.found else "",
        background=background,
        text=text,
        quick_replies=_quick_replies(site),
        questions=_questions(site),
    )


def business_of(site: Site) -> str:
    """Its name as it writes it: what it calls its site, or what of a title is in its address, else as it is known."""
    if named := one_line(site.site_name, longest=LONGEST["role"]):
        return named
    host = _letters(site.host)
    for page in site.pages[:3]:
        for part in re.split(r"\s+[|–—·:-]\s+|\s*[|:]\s+", page.title):
            if len(_letters(part)) > 2 and _letters(part) in host:
                return one_line(part, longest=LONGEST["role"])
    return site.business


def _role(site: Site) -> str:
    role = ROLES[site.language].format(business=business_of(site))
    return role if len(role) <= LONGEST["role"] else ""


def _quick_replies(site: Site) -> tuple[str, ...]:
    """Its own questions first, whose answers are certainly there, then those of topics that they leave out."""
    own = [text for text in _own_questions(site) if len(text) <= LONGEST["quick_reply"]]
    fitting, rest = own[:OWN_REPLIES], own[OWN_REPLIES:]
    asked = " ".join(fitting).casefold()
    topics = TOPICS[site.language]
    others = (topics[name].question for name in _topics(site) if not _speaks_of(asked, topics[name].words))
    return _first([*fitting, *others, *rest], MOST_CANDIDATES)


def _questions(site: Site) -> tuple[str, ...]:
    """Those that any visitor might ask, in words that the site doesn't have: what its own are answered with is
    already known."""
    topics, spoken_of = TOPICS[site.language], _topics(site)
    others = [name for name in ORDER if name not in spoken_of]
    asked, unheard = ([topics[name].question for name in names] for names in (spoken_of, others))
    return _first([*asked, ALWAYS[site.language], *_own_questions(site), *unheard], MOST_QUESTIONS)


def _topics(site: Site) -> list[str]:
    """Those that the site speaks of, most of all in titles and headings first."""
    texts = " ".join(page.text for page in site.pages)[:LONGEST_TEXT].casefold()
    titles = " ".join(" ".join((page.title, *page.headings)) for page in site.pages)[:LONGEST_TEXT].casefold()
    weights = {
        name: TITLE_WEIGHT * _mentions(titles, topic.words) + min(_mentions(texts, topic.words), TITLE_WEIGHT)
        for name, topic in TOPICS[site.language].items()
    }
    return sorted(
        (name for name, weight in weights.items() if weight), key=lambda name: (-weights[name], ORDER.index(name))
    )


def _own_questions(site: Site) -> Iterator[str]:
    for page in site.pages:
        for line in (page.title, *page.headings):
            text = one_line(line, longest=LONGEST["question"] + 1)
            is_whole = len(text) <= LONGEST["question"] and len(_letters(text)) >= LEAST_LETTERS
            if is_whole and text.endswith(QUESTION_MARKS):
                yield text


def _mentions(text: str, words: Iterable[str]) -> int:
    return sum(len(re.findall(rf"(?<!\w){re.escape(word)}", text)) for word in words)


def _speaks_of(text: str, words: Iterable[str]) -> bool:
    return _mentions(text, words) > 0


def _first(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """The first of them, each once."""
    kept: dict[str, str] = {}
    for text in texts:
        kept.setdefault(text.casefold(), text)
    return tuple(kept.values())[:most]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
