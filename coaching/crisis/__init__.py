"""Help before anything else.

Rules recognise words of danger, which lead to a fixed page with telephone numbers.

`normalisation` undoes how words are spelled, `detection` recognises them with the rules of `words`, `help_lines` has the
numbers, `flags` remembers for a day that a person was shown the page.
"""
