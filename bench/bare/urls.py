from django.urls import path

from bench.bare import views

urlpatterns = [
    path("habits/<int:pk>/check-in/", views.check_in),
    path("page/", views.page),
]
