from django.urls import path, re_path

from devtools import views

ERRORS = "|".join(["400", "403", "403_csrf", "413", "429", "500"])

urlpatterns = [
    path("mailbox/", views.show_mailbox, name="mailbox"),
    path("styleguide/", views.show_styleguide, name="styleguide"),
    re_path(rf"^errors/(?P<name>{ERRORS})/$", views.show_error, name="error"),
]
