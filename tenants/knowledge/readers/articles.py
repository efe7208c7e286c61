"""From a document to the articles it becomes: one for each question, one for a page, several for a long page."""

import re
from collections import Counter
from collections.abc import Iterator

from tenants.knowledge.articles import LONGEST, ArticleText
from tenants.knowledge.markdown import Heading, read_blocks
from tenants.knowledge.readers.contracts import Document
from tenants.knowledge.readers.wording import tidy_line

USUAL_LENGTH = 80_000  # characters; a page as long as this is cut
PARAGRAPH_END = re.compile(r"\n\s*\n")


def articles_of(document: Document, *, fallback_title: str, url: str = "", category: str = "") -> list[ArticleText]:
    """The articles of a document, each with a title of its own and short enough to be kept.

    `fallback_title` is used where the document has no title, a file's name for example.
    """
    title = tidy_line(document.title) or tidy_line(fallback_title)
    if document.pairs:
        kind, texts = "question", list(_answers(document.pairs))
    else:
        kind, texts = "page", list(_cut(document.text, title=title))
    return [
        ArticleText(title=name, body=body, url=url, category=category[: LONGEST["category"]], kind=kind)
        for name, body in _with_own_titles(texts)
    ]


def _answers(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """Questions with their answers; those of a question asked twice are put together."""
    answers: dict[str, list[str]] = {}
    for question, answer in pairs:
        known = answers.setdefault(question.strip(), [])
        if answer.strip() not in known:
            known.append(answer.strip())
    for question, given in answers.items():
        body = "\n\n".join(given)
        # A question that is too long for a title is kept whole above its answer.
        above = f"{question}\n\n" if len(question) > LONGEST["title"] else ""
        for part in _cut_at_paragraphs(above + body):
            yield question, part


def _cut(text: str, *, title: str) -> Iterator[tuple[str, str]]:
    """Titles and bodies: the text as it is, or cut at its highest headings, or at paragraphs where there are none."""
    text = _without_heading(text, title).strip()
    if len(text) < USUAL_LENGTH:
        if text:
            yield title, text
        return
    sections = _sections(text)
    if len(sections) == 1 and not sections[0][0]:
        yield from ((title, part) for part in _cut_at_paragraphs(text))
        return
    for heading, body in sections:
        yield from _cut(body, title=f"{title} – {heading}" if heading else title)


def _sections(text: str) -> list[tuple[str, str]]:
    """The parts under the highest headings, each with its heading; what stands above the first has none."""
    headings = [item for item in read_blocks(text) if isinstance(item, Heading)]
    highest = min((heading.level for heading in headings), default=0)
    starts = [heading for heading in headings if heading.level == highest]
    lines = text.splitlines()
    ends = [*(heading.line - 1 for heading in starts), len(lines)]
    sections = [("", "\n".join(lines[: ends[0]]))]
    for start, end in zip(starts, ends[1:], strict=True):
        sections.append((start.text, "\n".join(lines[start.line : end])))
    return [(heading, body) for heading, body in sections if body.strip()]


def _without_heading(text: str, title: str) -> str:
    """The text without a first heading that only repeats the title."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if first.startswith("#") and tidy_line(first.lstrip("#")) == title else text


def _cut_at_paragraphs(text: str) -> Iterator[str]:
    part = ""
    for paragraph in PARAGRAPH_END.split(text):
        for start in range(0, len(paragraph), USUAL_LENGTH):
            piece = paragraph[start : start + USUAL_LENGTH]
            if part and len(part) + len(piece) >= USUAL_LENGTH:
                yield part
                part = ""
            part = f"{part}\n\n{piece}" if part else piece
    if part.strip():
        yield part


def _with_own_titles(texts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Titles that fit, numbered where several would be the same: an import tells articles apart by them."""
    seen: Counter[str] = Counter()
    for title, body in texts:
        short = _shortened(title, LONGEST["title"])
        seen[short] += 1
        if seen[short] > 1:
            number = f" ({seen[short]})"
            short = _shortened(title, LONGEST["title"] - len(number)) + number
            seen[short] += 1
        yield short, body


def _shortened(title: str, longest: int) -> str:
    if len(title) <= longest:
        return title
    cut = title[: longest - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
