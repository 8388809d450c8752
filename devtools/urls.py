from django.urls import path

from devtools import views

urlpatterns = [
    path("mailbox/", views.show_mailbox, name="mailbox"),
    path("styleguide/", views.show_styleguide, name="styleguide"),
]
