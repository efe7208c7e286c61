"""What the styles of a DOCX say about its paragraphs."""

import re

from docx.oxml.ns import qn

from tenants.knowledge.readers.word_xml import find_all

HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
MOST_ANCESTORS = 20


class Styles:
    """Styles by id, each with those it is based on. Names of the built-in ones are English in every language."""

    def __init__(self, element):
        self._styles = {style.get(qn("w:styleId")): style for style in element.iterchildren(qn("w:style"))}

    def is_title(self, paragraph) -> bool:
        return any(name.lower() == "title" for name in self._names(paragraph)[:1])

    def is_contents_line(self, paragraph) -> bool:
        return any(name.lower().startswith(("toc ", "contents ")) for name in self._names(paragraph)[:1])

    def find_heading_level(self, paragraph) -> int | None:
        """1 to 6, by the paragraph's outline level or the name or outline level of its style."""
        for name, element in [("", paragraph), *self._chain(paragraph)]:
            named = HEADING.fullmatch(name)
            if named:
                return int(named[1])
            level = find_all(element, "./w:pPr/w:outlineLvl/@w:val")
            if level and level[0].isdigit():
                return int(level[0]) + 1 if int(level[0]) < 6 else None
        return None

    def find_numbering(self, paragraph):
        """The paragraph's own w:numPr, or its style's."""
        for _, element in [("", paragraph), *self._chain(paragraph)]:
            found = find_all(element, "./w:pPr/w:numPr")
            if found:
                return found[0]
        return None

    def is_list(self, paragraph) -> bool:
        return any(name.lower().startswith(("list bullet", "list number")) for name in self._names(paragraph))

    def _names(self, paragraph) -> list[str]:
        return [name for name, _ in self._chain(paragraph)]

    def _chain(self, paragraph) -> list[tuple[str, object]]:
        chain: list[tuple[str, object]] = []
        wanted = find_all(paragraph, "./w:pPr/w:pStyle/@w:val")
        while wanted and wanted[0] in self._styles and len(chain) < MOST_ANCESTORS:
            style = self._styles[wanted[0]]
            name = find_all(style, "./w:name/@w:val")
            chain.append((name[0] if name else "", style))
            wanted = find_all(style, "./w:basedOn/@w:val")
        return chain
