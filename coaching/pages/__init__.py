"""What the pages of the coach show."""
