from django.urls import path

from analytics import views

app_name = "analytics"
urlpatterns = [
    path("", views.show_all, name="insights"),
    path("week/", views.show_week, name="week"),
    path("week/share/", views.share_week, name="share-week"),
    path("<uuid:pk>/", views.show_habit, name="habit"),
    path("<uuid:pk>/try/", views.start_experiment, name="try"),
    path("experiments/<uuid:pk>/", views.show_experiment, name="experiment"),
    path("experiments/<uuid:pk>/stop/", views.stop_experiment, name="stop-experiment"),
    path("experiments/<uuid:pk>/delete/", views.delete_experiment, name="delete-experiment"),
]
