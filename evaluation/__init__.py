"""`make eval`: how well the coach does what it promises, as tables, with bars that must be met.

Each section is a module with a `report()`; `__main__` runs them. Sections need no network and no key unless they say so.
"""
