from datetime import date

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from core.form_fields import FIRST_YEAR, LAST_YEAR
from habits import views
from habits.models import UserHabit
from habits.onboarding import views as onboarding
from habits.transfer import views as transfer


class StatusConverter(StringConverter):
    regex = "|".join([UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED, UserHabit.Status.ARCHIVED])


class DayConverter:
    """A day as "2026-11-22"."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        # A ValueError is a 404.
        day = date.fromisoformat(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(value)
        return day

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(StatusConverter, "status")
register_converter(DayConverter, "day")

app_name = "habits"
urlpatterns = [
    path("today/", views.show_today, name="today"),
    path("today/around/", views.show_around, name="around"),
    path("today/days/<day:day>/", views.show_past_day, name="past-day"),
    path("today/<uuid:pk>/", views.show_habit, name="habit"),
    path("today/<uuid:pk>/check-in/", views.check_in, name="check-in"),
    path("today/<uuid:pk>/undo/", views.undo, name="undo"),
    path("today/<uuid:pk>/reminders/", views.remind, name="reminders"),
    path("today/<uuid:pk>/details/<uuid:log_id>/", views.describe, name="describe"),
    path("today/<uuid:pk>/<status:status>/", views.change_status, name="status"),
    path("today/<uuid:pk>/settings/", views.show_settings, name="settings"),
    path("today/<uuid:pk>/edit/", views.edit, name="edit"),
    path("today/<uuid:pk>/sentence/", views.edit_sentence, name="edit-sentence"),
    path("habits/keep/", views.keep, name="keep"),
    path("today/<uuid:pk>/remove/", views.remove, name="remove"),
    path("today/<uuid:pk>/total/", views.enter_total, name="total"),
    path("today/<uuid:pk>/pause/", views.pause, name="pause"),
    path("today/<uuid:pk>/days/<day:day>/", views.show_day, name="day"),
    path("today/<uuid:pk>/days/<day:day>/add/", views.add_log, name="add-log"),
    path("today/<uuid:pk>/days/<day:day>/skip/", views.skip, name="skip"),
    path("today/<uuid:pk>/logs/<uuid:log_id>/", views.edit_log, name="log"),
    path("today/<uuid:pk>/logs/<uuid:log_id>/remove/", views.remove_log, name="remove-log"),
    path("today/<uuid:pk>/logs/<uuid:log_id>/photos/", views.add_photos, name="photos"),
    path("today/<uuid:pk>/logs/<uuid:log_id>/photos/<uuid:photo_id>/remove/", views.remove_photo, name="remove-photo"),
    path("start/", onboarding.choose_wishes, name="start"),
    path("start/habits/", onboarding.choose_habits, name="start-habits"),
    path("start/time/", onboarding.choose_time, name="start-time"),
    path("habits/", views.show_catalogue, name="catalogue"),
    path("habits/mine/", views.show_mine, name="mine"),
    path("habits/mine/order/", views.order, name="order"),
    path("today/<uuid:pk>/goal/", views.set_goal, name="goal"),
    path("habits/mine/goal/", views.set_goal, name="goal-all"),
    path("habits/mine/pause/", views.pause, name="pause-all"),
    path("habits/mine/rests/<uuid:pk>/end/", views.end_rest, name="end-rest"),
    path("habits/mine/<uuid:pk>/move/", views.move, name="move"),
    path("habits/notes/", views.show_notes, name="notes"),
    path("habits/own/", views.add_own, name="add-own"),
    path("habits/own/sentence/", views.own_sentence, name="own-sentence"),
    path("habits/<uuid:pk>/adapt/", views.add_own, name="adapt"),
    path("habits/<uuid:pk>/add/", views.add, name="add"),
    path("habits/<uuid:pk>/sentence/", views.sentence, name="sentence"),
    path("me/import/", transfer.import_file, name="import"),
    path("me/import/confirm/", transfer.confirm, name="confirm-import"),
    path("me/import/dates/", transfer.change_date_order, name="import-dates"),
    path("me/import/forget/", transfer.discard, name="forget-import"),
]
