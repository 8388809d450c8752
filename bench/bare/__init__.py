"""The floor: a Django project with default settings and the least code for a check-in page.

Sessions and users in the database, CSRF; a check-in is one insert and one update through the ORM in a transaction,
the page lists ten habits with their week through the ORM and a template. It runs on the same server program with the
same workers, in the same cluster. The difference is the cost of the product.
"""
