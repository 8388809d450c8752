from django.urls import path

from coaching import middleware, views

app_name = "coaching"
urlpatterns = [
    path("help/", middleware.show_help, name="help"),
    path("coach/", views.show_inbox, name="inbox"),
    path("coach/now/", views.ask_for_message, name="now"),
    path("coach/ask/", views.ask, name="ask"),
    path("coach/ask/<uuid:pk>/react/", views.react_to_answer, name="react-answer"),
    path("coach/ask/<uuid:pk>/delete/", views.delete_answer, name="delete-answer"),
    path("coach/settings/", views.change_settings, name="settings"),
    path("coach/memory/", views.show_memory, name="memory"),
    path("coach/memory/forget/", views.forget_everything, name="forget"),
    path("coach/<uuid:pk>/", views.show_message, name="message"),
    path("coach/<uuid:pk>/react/", views.react, name="react"),
    path("coach/<uuid:pk>/less/", views.say_less, name="less"),
    path("coach/<uuid:pk>/habit/", views.mute_habit, name="mute-habit"),
    path("coach/<uuid:pk>/delete/", views.delete, name="delete"),
]
