from django.urls import path

from analytics import views

app_name = "analytics"
urlpatterns = [
    path("", views.show_all, name="insights"),
    path("<uuid:pk>/", views.show_habit, name="habit"),
]
