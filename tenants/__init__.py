"""The cellar: who owns what. Tenants, their staff, keys, settings, knowledge and budgets.

Imports caty.lib only. Asked by leads and widget, asks nobody.
"""
