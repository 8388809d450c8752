from django.urls import path

from gamification import views

app_name = "gamification"
urlpatterns = [
    path("achievements/", views.show_all, name="achievements"),
    path("achievements/<slug:pk>/", views.show_one, name="achievement"),
    path("achievements/<slug:pk>/share/", views.share, name="share"),
    path("s/<str:token>.png", views.show_card, name="card"),
]
