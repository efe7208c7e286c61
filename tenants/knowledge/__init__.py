"""A tenant's knowledge: articles, cut into passages and found again by a lexical index of the tenant's own.

`consult`, `search` and `rebuild` are what other modules use; `articles` is how knowledge is changed. The modules that
rank (analysis to serialise) know no Django.
"""

from importlib import import_module

_HOMES = {
    "consult": "tenants.knowledge.searching",
    "find_comparer": "tenants.knowledge.searching",
    "encode": "tenants.knowledge.encoding",
    "encode_stale": "tenants.knowledge.encoding",
    "search": "tenants.knowledge.searching",
    "version_read_in": "tenants.knowledge.searching",
    "rebuild": "tenants.knowledge.rebuilding",
    "rebuild_stale": "tenants.knowledge.rebuilding",
}

__all__ = [
    "consult",
    "encode",
    "encode_stale",
    "find_comparer",
    "rebuild",
    "rebuild_stale",
    "search",
    "version_read_in",
]


def __getattr__(name: str):
    # Looked up when first used: the ranking modules of this package are also used where Django isn't set up.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
