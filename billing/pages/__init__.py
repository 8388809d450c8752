"""Contexts of the pages of plans, checkout, subscription and receipts."""
