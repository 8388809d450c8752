from django.urls import path, re_path

from accounts import views
from accounts.providers import PROVIDERS

app_name = "accounts"
urlpatterns = [
    path("me/", views.show_me, name="me"),
    path("me/profile/", views.change_profile, name="profile"),
    path("me/view/", views.change_view, name="view"),
    path("me/privacy/", views.change_privacy, name="privacy"),
    path("me/consents/", views.show_consents, name="consents"),
    path("me/consents/<slug:item>/", views.answer_consent, name="consent"),
    path("me/agree/", views.agree, name="agree"),
    path("me/devices/", views.show_devices, name="devices"),
    path("me/devices/others/end/", views.end_other_devices, name="end-others"),
    path("me/devices/<uuid:pk>/end/", views.end_device, name="end-device"),
    path("me/second-factor/<str:key>/", views.enrol_second_factor, name="enrol-second-factor"),
    path("not-yet/", views.decline_sign_up, name="not-yet"),
    # Before allauth's views of the same address.
    re_path(rf"^accounts/(?P<provider>{'|'.join(PROVIDERS)})/login/$", views.go_to_provider, name="go-to-provider"),
    path("accounts/apple/login/callback/", views.receive_from_apple, name="receive-from-apple"),
    path("accounts/apple/login/callback/finish/", views.finish_with_apple, name="finish-with-apple"),
    *[path(address, views.not_found) for provider in PROVIDERS.values() for address in provider.closed_paths],
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="confirm-email"),
    re_path(r"^accounts/confirm-sign-up/(?P<key>[-:\w]+)/$", views.confirm_sign_up, name="confirm-sign-up"),
]
