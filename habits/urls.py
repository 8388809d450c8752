from django.urls import path, register_converter
from django.urls.converters import StringConverter

from habits import views
from habits.models import UserHabit


class StatusConverter(StringConverter):
    regex = "|".join([UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED, UserHabit.Status.ARCHIVED])


register_converter(StatusConverter, "status")

app_name = "habits"
urlpatterns = [
    path("today/", views.show_today, name="today"),
    path("today/around/", views.show_around, name="around"),
    path("today/<uuid:pk>/", views.show_habit, name="habit"),
    path("today/<uuid:pk>/check-in/", views.check_in, name="check-in"),
    path("today/<uuid:pk>/undo/", views.undo, name="undo"),
    path("today/<uuid:pk>/reminders/", views.remind, name="reminders"),
    path("today/<uuid:pk>/details/<uuid:log_id>/", views.describe, name="describe"),
    path("today/<uuid:pk>/<status:status>/", views.change_status, name="status"),
    path("habits/", views.show_catalogue, name="catalogue"),
    path("habits/own/", views.add_own, name="add-own"),
    path("habits/own/sentence/", views.sentence, name="own-sentence"),
    path("habits/<uuid:pk>/add/", views.add, name="add"),
    path("habits/<uuid:pk>/sentence/", views.sentence, name="sentence"),
]
