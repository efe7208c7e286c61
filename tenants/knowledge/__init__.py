"""Retrieval: a tenant's articles, cut into passages and found again by a lexical index of its own."""
