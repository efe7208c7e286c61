"""Reads what others wrote: from the bytes of a file or web page to text that articles are made of.

`read_document` reads in a process of its own, with limits, for files are hostile. The modules that parse (encodings to
pdf) know neither Django nor this house's errors, so that this process starts quickly and holds no secret.
"""

from importlib import import_module

_HOMES = {
    "Document": "tenants.knowledge.readers.contracts",
    "ReadingFailed": "tenants.knowledge.readers.reading",
    "read_document": "tenants.knowledge.readers.reading",
}

__all__ = ["Document", "ReadingFailed", "read_document"]


def __getattr__(name: str):
    # Looked up when first used: the reading process imports this package too, and must not set up Django.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
