"""Fast instances equal those that Django creates."""

import copy

import pytest
from django.apps import apps
from django.db import models

from core.db.fast_instances import FastInstanceModel
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

QUICK = [model for model in apps.get_models() if issubclass(model, FastInstanceModel)]


@pytest.mark.parametrize("model", QUICK, ids=lambda model: model.__name__)
def test_a_row_becomes_what_django_makes_of_it(model):
    names = [field.attname for field in model._meta.concrete_fields]
    values = [object() for _name in names]

    quick, slow = (
        model.from_db("default", names, values),
        models.Model.from_db.__func__(model, "default", names, values),
    )

    assert _facts(quick) == _facts(slow)
    assert model.__init__ is models.Model.__init__


def test_a_column_that_was_left_out_is_read_when_somebody_looks(django_assert_num_queries):
    made = UserHabitFactory(anchor="커피 다음")
    [row] = type(made).objects.filter(pk=made.pk).only("status")

    with django_assert_num_queries(1):
        assert (row.status, row.anchor) == ("active", "커피 다음")


def _facts(instance: models.Model) -> tuple:
    facts = copy.copy(instance.__dict__)
    state = facts.pop("_state")
    return facts, state.adding, state.db, state.fetch_mode
