"""The floor: a Django project with Django's own defaults that does what any check-in page must, and no more.

Sessions and users in the database, CSRF; a check-in is one insert and one update through the ORM in a transaction,
the page lists ten habits with their week through the ORM and a template. It runs on the same server program with the
same workers, in the same cluster. What the product takes beyond it is ours to answer for.
"""
