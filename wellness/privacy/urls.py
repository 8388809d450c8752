from django.urls import path

from wellness.privacy import views

urlpatterns = [
    path("me/export/", views.export, name="export"),
    path("me/export/<uuid:export_id>/", views.download, name="download-export"),
    path("me/consents/health/withdraw/", views.withdraw_health, name="withdraw-health"),
    path("me/leave/", views.leave, name="leave"),
    path("bye/", views.bye, name="bye"),
    path("come-back/", views.come_back, name="come-back"),
]
