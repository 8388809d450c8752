"""Importers: one module for each app whose files can be imported.

registry.py lists them, base.py says what one tells.
"""
