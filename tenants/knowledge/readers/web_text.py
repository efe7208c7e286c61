"""Chooses the main text of a cleaned page."""

from copy import deepcopy

import trafilatura
from lxml import html

from tenants.knowledge.readers.web_markdown import markdown_of
from tenants.knowledge.readers.wording import tidy

# What pages themselves call their text, the most certain first.
NAMED = (
    "//*[contains(concat(' ', @class, ' '), ' mw-parser-output ')]",
    "//main",
    "//*[@role='main']",
    "//article[not(//article[2])]",
    "//*[@id='main-content' or @id='content' or @id='main']",
)
LEAST_SHARE = 0.4  # of the cleaned page's words; with less, something else is the text


def main_text(page: html.HtmlElement, *, address: str) -> str:
    """What is left of a page when its frame is taken away: what it calls its text, or trafilatura takes for it.

    Shops' pages often are what looks like boilerplate (opening hours, prices, cards): when too little would be left, all is.
    """
    if address:
        page.make_links_absolute(address, resolve_base_href=True, handle_failures="ignore")
    try:
        whole = markdown_of(deepcopy(page))
        least = LEAST_SHARE * len(whole.split())
        for chosen in _candidates(page):
            if len(chosen.split()) >= least:
                return chosen
    except RecursionError:
        return tidy(" ".join(page.text_content().split()))
    return whole


def _candidates(page: html.HtmlElement):
    for path in NAMED:
        named = page.xpath(path)
        if named:
            yield "\n\n".join(markdown_of(deepcopy(element)) for element in named[:1])
    found = trafilatura.extract(
        deepcopy(page), output_format="html", include_comments=False, include_links=True, favor_recall=True
    )
    if found:
        yield markdown_of(html.document_fromstring(found))
