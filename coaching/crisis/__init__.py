"""Help before anything else: words of danger are recognised by rules, and lead to a fixed page with telephone numbers.

`normalisation` undoes how words are spelled, `detection` recognises them with the rules of `words`, `help_lines` has the
numbers, `flags` remembers for a day that a person was shown the page.
"""
