"""Chooses the main text of a cleaned page."""

from collections.abc import Iterator
from copy import deepcopy

from lxml import html

from tenants.knowledge.readers.web_markdown import markdown_of
from tenants.knowledge.readers.wording import tidy, tidy_line

# What pages themselves call their text, the most certain first.
NAMED = (
    "//*[contains(concat(' ', @class, ' '), ' mw-parser-output ')]",
    "//main",
    "//*[@role='main']",
    "//article[not(//article[2])]",
    "//*[@id='main-content' or @id='content' or @id='main']",
)
LEAST_SHARE = 0.4  # of the cleaned page's words; with less, something else is the text
HELD_SHARE = 0.85  # of what trafilatura takes for the text; the smallest element that holds as much is it
MOST_ELEMENTS = 30_000


def main_text(page: html.HtmlElement) -> str:
    """What is left of a page when its frame is taken away: what the page calls its text, or trafilatura takes for it.

    Much of a shop's page looks like a frame (prices, opening hours, cards): where too little would be left, all is.
    """
    try:
        whole = markdown_of(page)
        least = LEAST_SHARE * len(whole.split())
        for element in _candidates(page):
            chosen = markdown_of(element)
            if len(chosen.split()) >= least:
                return chosen
    except RecursionError:
        return tidy_line(page.text_content())
    return whole


def _candidates(page: html.HtmlElement) -> Iterator[html.HtmlElement]:
    for path in NAMED:
        yield from page.xpath(path)[:1]
    # It copies the page several times over; one as large as this is a catalogue, and all of it the text.
    if sum(1 for _ in page.iter()) > MOST_ELEMENTS:
        return
    # Takes longer to import than most pages to read.
    import trafilatura

    found = trafilatura.extract(deepcopy(page), output_format="txt", include_comments=False, favor_recall=True)
    if found:
        yield _holder(page, [tidy_line(line).lstrip("- ") for line in tidy(found).split("\n")])


def _holder(page: html.HtmlElement, lines: list[str]) -> html.HtmlElement:
    """The smallest element with nearly all of these lines. Its own headings and lists are better than trafilatura's."""
    wanted = HELD_SHARE * _held(page, lines)
    holder = page
    while True:
        children = (child for child in holder if isinstance(child.tag, str) and _held(child, lines) >= wanted)
        child = next(children, None)
        if child is None or child.tag in ("p", "table", "ul", "ol", "li"):
            return holder
        holder = child


def _held(element: html.HtmlElement, lines: list[str]) -> int:
    """How many characters of these lines an element holds."""
    text = " ".join(element.text_content().split())
    return sum(len(line) for line in lines if line in text)
