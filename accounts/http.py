"""The request as most views see it: somebody is signed in."""

from accounts.models import User
from wellness.htmx import HtmxHttpRequest


class PersonRequest(HtmxHttpRequest):
    user: User
