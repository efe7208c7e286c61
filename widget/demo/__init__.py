"""The demonstration: an invented bicycle workshop with its shop, its knowledge, a week of visitors and a webhook sink.

Everything here is served and made only where the DEMO setting is on.
"""
