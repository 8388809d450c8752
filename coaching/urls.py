from django.urls import path

from coaching import middleware

app_name = "coaching"
urlpatterns = [
    path("help/", middleware.show_help, name="help"),
]
