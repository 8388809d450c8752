from django.urls import path

from circles import views

app_name = "circles"
urlpatterns = [
    path("circles/", views.show_all, name="circles"),
    path("circles/new/", views.create, name="found"),
    path("circles/blocked/", views.show_blocked, name="blocked"),
    path("circles/<uuid:circle>/", views.show_circle, name="circle"),
    path("circles/<uuid:circle>/names/", views.rename, name="names"),
    path("circles/<uuid:circle>/habits/", views.choose, name="habits"),
    path("circles/<uuid:circle>/private/<uuid:pk>/", views.set_private, name="private"),
    path("circles/<uuid:circle>/invitation/", views.invite, name="invitation"),
    path("circles/<uuid:circle>/leave/", views.leave, name="leave"),
    path("circles/<uuid:circle>/cheer/<uuid:shared>/", views.cheer, name="cheer"),
    path("circles/<uuid:circle>/together/<uuid:shared>/", views.keep_together, name="together"),
    path("circles/<uuid:circle>/board/", views.agree_to_board, name="board"),
    path("circles/<uuid:circle>/block/<uuid:other>/", views.block, name="block"),
    path("challenges/", views.show_challenges, name="challenges"),
    path("challenges/<uuid:pk>/", views.take_challenge, name="challenge"),
    path("c/<str:token>/", views.join, name="join"),
]
