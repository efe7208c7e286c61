"""HTML as Markdown: headings, paragraphs, lists, tables and links; the rest is only its words."""

import re
from collections.abc import Iterator, Sequence

from lxml import html

from tenants.knowledge.readers.wording import table_of, tidy, tidy_line

SPACES = re.compile(r"[ \t\r\n\f]+")
ITEM = re.compile(r" *(?:-|\d+\.) ")
HEADING = re.compile(r"h([1-6])")
ANCHOR_SIGNS = {"#", "¶", "§", "🔗"}  # beside headings, for those who want to point at them
LINKED = ("https://", "http://", "mailto:", "tel:")
BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "main", "nav", "ol", "p", "section"),
    *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
NUMBER = "data-number-here"
LEFT_OUT = {"head", "script", "style", "template"}


def markdown_of(element: html.HtmlElement) -> str:
    """The words of an element. Raises RecursionError where it is nested beyond all reason."""
    text = "".join(_within(element))
    lines = (line if ITEM.match(line) else line.strip() for line in text.split("\n"))
    return tidy("\n".join(lines))


def _within(element: html.HtmlElement, *, without: Sequence[html.HtmlElement] = ()) -> Iterator[str]:
    if element.text:
        yield SPACES.sub(" ", element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in LEFT_OUT and child not in without:
            yield from _outer(child)
        if child.tail:
            yield SPACES.sub(" ", child.tail)


def _outer(element: html.HtmlElement) -> Iterator[str]:
    tag = element.tag
    heading = HEADING.fullmatch(tag)
    if heading:
        words = _words(element)
        yield f"\n\n{'#' * int(heading[1])} {words}\n\n" if words else ""
    elif tag == "br":
        yield "\n"
    elif tag == "a":
        yield _link(element)
    elif tag == "li":
        yield _item(element)
    elif tag == "pre":
        yield f"\n\n```\n{element.text_content().strip()}\n```\n\n"
    elif tag == "table" and _holds_figures(element):
        yield f"\n\n{_caption(element)}{_facts(element) or table_of(_rows(element))}\n\n"
    else:
        edge = "\n\n" if tag in BLOCKS else ""
        yield edge
        yield from _within(element)
        yield edge


def _link(element: html.HtmlElement) -> str:
    text = "".join(_within(element))
    words, address = tidy_line(text), (element.get("href") or "").strip()
    if words in ANCHOR_SIGNS:
        return ""
    is_shown = address.partition(":")[2].strip("/") in words
    if not words or is_shown or not address.lower().startswith(LINKED) or "\n" in address:
        return text
    return f"[{words.replace('[', '(').replace(']', ')')}]({address.replace(' ', '%20').replace(')', '%29')})"


def _item(element: html.HtmlElement) -> str:
    """One line, with the items of a list within it indented below."""
    lists = [child for child in element if child.tag in ("ul", "ol")]
    words = tidy_line("".join(_within(element, without=lists)))
    below = "".join(part for child in lists for part in _within(child))
    indented = "\n".join(f"  {line}" for line in below.split("\n") if line.strip())
    parent = element.getparent()
    marked = f"{_number(element)}. {words}" if parent is not None and parent.tag == "ol" else f"- {words}"
    return f"\n{marked}" + (f"\n{indented}" if indented else "") if words else f"\n{indented}"


def _number(item: html.HtmlElement) -> int:
    """Which of its list it is, from 1. Kept on it: counting those before each would take hours for a long list."""
    before = next(item.itersiblings("li", preceding=True), None)
    number = int(before.get(NUMBER, "0")) + 1 if before is not None else 1
    item.set(NUMBER, str(number))
    return number


def _holds_figures(table: html.HtmlElement) -> bool:
    """Whether a table is one, rather than the frame of a page."""
    widest = max((len(_cells(row)) for row in table.iter("tr")), default=0)
    has_blocks = table.xpath(".//td//table | .//td//h1 | .//td//h2 | .//td//h3")
    return widest > 1 and not has_blocks


def _cells(row: html.HtmlElement) -> list[html.HtmlElement]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _caption(table: html.HtmlElement) -> str:
    words = tidy_line(table.xpath("string(.//caption)"))
    return f"{words}\n\n" if words else ""


def _facts(table: html.HtmlElement) -> str:
    """A table of names and values, as the box beside a wiki's text, as a list; nothing where it is another."""
    rows = [_cells(row) for row in table.iter("tr")]
    if not all([cell.tag for cell in row] == ["th", "td"] for row in rows):
        return ""
    return "\n".join(f"- {_words(name)}: {_words(value)}" for name, value in rows)


def _words(element: html.HtmlElement) -> str:
    return tidy_line("".join(_within(element)))


def _rows(table: html.HtmlElement) -> list[list[str]]:
    """The words of the cells; one that reaches over several columns or rows is said in each of them."""
    rows: list[list[str]] = []
    held: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        line: list[str] = []
        cells = _cells(row)
        for cell in cells:
            _fill_held(line, held)
            words = _words(cell)
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            if down > 1:
                held[len(line)] = down - 1, words
            line.extend([words] * (across if len(cells) > 1 else 1))
        _fill_held(line, held)
        rows.append(line)
    return rows


def _fill_held(line: list[str], held: dict[int, tuple[int, str]]) -> None:
    while len(line) in held:
        left, words = held.pop(len(line))
        if left > 1:
            held[len(line)] = left - 1, words
        line.append(words)


def _span(cell: html.HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(int(value), 100) if value.isdecimal() and value != "0" else 1
