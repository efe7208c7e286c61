"""Looks into the XML of a DOCX. python-docx's own look-up knows only the elements it has a class for."""

from functools import cache

from docx.oxml.ns import nsmap
from lxml import etree


def find_all(element, expression: str) -> list:
    """What an XPath finds, with the usual prefixes."""
    return _compiled(expression)(element)


def find_first(element, expression: str, default=None):
    found = find_all(element, expression)
    return found[0] if found else default


@cache
def _compiled(expression: str) -> etree.XPath:
    return etree.XPath(expression, namespaces=nsmap)
