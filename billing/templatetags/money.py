"""Template filters for amounts of money."""

from django import template

from billing.pages import amounts

register = template.Library()

register.filter("money", amounts.text)
