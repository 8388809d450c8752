from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.show_inbox, name="inbox"),
    path("bell/", views.show_bell, name="bell"),
    path("read/", views.read_all, name="read-all"),
    path("clear/", views.clear, name="clear"),
    path("settings/", views.change_settings, name="settings"),
    path("consents/renew/", views.renew_consents, name="renew-consents"),
    path("devices/", views.register_device, name="devices"),
    path("devices/leave/", views.leave_device, name="leave-device"),
    path("devices/<uuid:pk>/remove/", views.remove_device, name="remove-device"),
    path("deliveries/<uuid:pk>/", views.show_push, name="tell"),
    path("deliveries/<uuid:pk>/shown/", views.shown, name="shown"),
    path("deliveries/<uuid:pk>/clicked/", views.clicked, name="clicked"),
    path("stop/<str:signed>/", views.opt_out, name="opt-out"),
    path("stop/<str:signed>/undo/", views.opt_in_again, name="opt-in-again"),
    path("<uuid:pk>/", views.open_one, name="open"),
    path("<uuid:pk>/clear/", views.clear, name="clear-one"),
]
