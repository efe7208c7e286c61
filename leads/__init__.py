"""The post office: leads, their score, and their delivery to CRMs, webhooks and mail.

`leads.services` is the counter, the only way in. Imports tenants and caty.lib; never widget.
"""
