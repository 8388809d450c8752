"""Celery tasks. Each calls one domain function."""

import datetime as dt

from celery import shared_task


@shared_task(name="accounts.revoke_social")
def revoke_social() -> None:
    from accounts import social

    social.revoke_waiting(lambda: dt.datetime.now(dt.UTC))


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    from accounts import sessions

    sessions.forget_expired(at=dt.datetime.now(dt.UTC))
