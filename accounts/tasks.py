"""Celery tasks. Each calls one domain function."""

import datetime as dt

from celery import shared_task

# A run ends before its task's soft limit; what is left waits for the next.
SECONDS = 50


@shared_task(name="accounts.revoke_social")
def revoke_social() -> None:
    from accounts import social

    began = dt.datetime.now(dt.UTC)
    social.revoke_waiting(lambda: dt.datetime.now(dt.UTC), until=began + dt.timedelta(seconds=SECONDS))


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    from accounts import sessions
    from core.db import work

    sessions.forget_expired(at=dt.datetime.now(dt.UTC), is_over=work.after(SECONDS))
