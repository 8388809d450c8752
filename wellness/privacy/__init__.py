"""Data protection: classification of all columns, export, account deletion, retention."""
