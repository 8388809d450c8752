"""Celery tasks. Each calls one domain function."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

# A run ends before its task's soft limit; what is left waits for the next.
SECONDS = 50


@shared_task(name="accounts.revoke_social")
def revoke_social() -> None:
    from accounts import social

    began = timezone.now()
    social.revoke_waiting(timezone.now, until=began + dt.timedelta(seconds=SECONDS))


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    from accounts import sessions
    from core.db import work

    sessions.forget_expired(at=timezone.now(), is_over=work.after(SECONDS))
