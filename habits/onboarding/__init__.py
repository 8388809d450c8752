"""The first steps after sign-up: wishes, up to three starter habits, a time to be reminded."""
