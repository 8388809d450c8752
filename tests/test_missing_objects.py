"""An object that is gone is 404 only where the address names one."""

from types import SimpleNamespace

import pytest
from django.http import Http404
from django.test import RequestFactory
from uuid6 import uuid7

from core.missing_objects import MissingObjectMiddleware
from habits.models import HabitRest, UserHabit


def process(exception: Exception, **kwargs: object) -> None:
    request = RequestFactory().post("/")
    request.resolver_match = SimpleNamespace(kwargs=kwargs)
    MissingObjectMiddleware(lambda request: None).process_exception(request, exception)


@pytest.mark.parametrize("gone", [UserHabit.DoesNotExist(), HabitRest.NotUpdated()])
def test_an_object_of_the_address_is_not_found(gone):
    with pytest.raises(Http404):
        process(gone, pk=uuid7())


@pytest.mark.parametrize(("error", "kwargs"), [(UserHabit.DoesNotExist(), {}), (ValueError(), {"pk": uuid7()})])
def test_other_errors_stay_errors(error, kwargs):
    process(error, **kwargs)
