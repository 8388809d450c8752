"""Encryption of personal data at rest: sealed values, the blind index, the key ring."""
