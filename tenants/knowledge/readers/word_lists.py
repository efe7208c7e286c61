"""The numbers and bullets of a DOCX, which stand in a part of their own."""

from collections import Counter

from docx.oxml.ns import qn

from tenants.knowledge.readers.word_xml import find_all, find_first

DEEPEST = 8


class Numbering:
    """Which lists count, and how far each has come."""

    def __init__(self, element):
        self._formats: dict[tuple[str, int], str] = {}
        self._reached: Counter[tuple[str, int]] = Counter()
        if element is not None:
            self._read(element)

    def find_place(self, paragraph, styles) -> tuple[str, int] | None:
        """The list a paragraph is an item of and its level, from 0."""
        found = styles.find_numbering(paragraph)
        if found is None:
            return ("", 0) if styles.is_list(paragraph) else None
        number = find_first(found, "./w:numId/@w:val", "")
        level = find_first(found, "./w:ilvl/@w:val", "0")
        place = number, min(int(level) if level.isdigit() else 0, DEEPEST)
        return None if number in ("", "0") or self._formats.get(place) == "none" else place

    def marker(self, place: tuple[str, int]) -> str:
        """ "-" or "3.", indented by its level; counts on."""
        number, level = place
        indent = "  " * level
        if self._formats.get(place, "bullet") == "bullet":
            return f"{indent}-"
        for deeper in range(level + 1, DEEPEST + 1):
            self._reached.pop((number, deeper), None)
        self._reached[place] += 1
        return f"{indent}{self._reached[place]}."

    def _read(self, element) -> None:
        kinds = {}
        for abstract in element.iterchildren(qn("w:abstractNum")):
            levels = find_all(abstract, "./w:lvl")
            kinds[abstract.get(qn("w:abstractNumId"))] = [
                (level.get(qn("w:ilvl")), find_first(level, "./w:numFmt/@w:val", "bullet")) for level in levels
            ]
        for number in element.iterchildren(qn("w:num")):
            kind = find_first(number, "./w:abstractNumId/@w:val", "")
            for level, name in kinds.get(kind, []):
                if level and level.isdigit():
                    self._formats[number.get(qn("w:numId")), int(level)] = name
