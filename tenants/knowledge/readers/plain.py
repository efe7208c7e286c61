"""Plain text and Markdown, which are kept as they are."""

import re

from tenants.knowledge.markdown import Heading, read_blocks
from tenants.knowledge.readers.contracts import Document, Source
from tenants.knowledge.readers.encodings import decode, find_charset
from tenants.knowledge.readers.wording import LONGEST_TITLE, tidy

FRONT_MATTER = re.compile(r"\A---\n(?P<lines>.{0,5000}?)\n(?:---|\.\.\.)\n", re.DOTALL)
TITLE_LINE = re.compile(r"^title:[ \t]*(?P<quote>[\"']?)(?P<title>.{1,300})(?P=quote)[ \t]*$", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_text(source: Source) -> Document:
    """Plain text as it is."""
    return Document(title="", text=tidy(decode(source.content, declared=find_charset(source.media_type))))


def read_markdown(source: Source) -> Document:
    """Markdown as it is, without comments and the block of settings some programs put above it."""
    text = tidy(decode(source.content, declared=find_charset(source.media_type)))
    title = ""
    settings = FRONT_MATTER.match(text)
    if settings:
        found = TITLE_LINE.search(settings["lines"])
        title, text = found["title"].strip() if found else "", text[settings.end() :]
    text = tidy(COMMENT.sub("", text))
    first = next(iter(read_blocks(text)), None)
    if not title and isinstance(first, Heading) and first.level == 1:
        title = first.text
    return Document(title=title[:LONGEST_TITLE], text=text)
