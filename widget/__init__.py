"""The door and the study: the widget API, conversations, behaviour, and the engine that answers.

`api` speaks HTTP, `services` holds the use cases and every transaction, `engine` is plain Python without Django.
Imports leads.services, tenants and caty.lib; nobody imports widget.
"""
