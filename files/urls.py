from django.urls import path

from files import views

app_name = "files"
urlpatterns = [
    path("files/<uuid:pk>/", views.redirect_to_photo, {"size": "full"}, name="file"),
    path("files/<uuid:pk>/small/", views.redirect_to_photo, {"size": "small"}, name="small"),
    path("files/<uuid:pk>/<slug:size>/<int:until>/<str:signature>/", views.photo, name="bytes"),
    path("me/photo/", views.change_avatar, name="avatar"),
    path("me/photo/remove/", views.remove_avatar, name="remove-avatar"),
]
