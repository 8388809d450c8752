"""Each of our models has a factory that creates valid, saved rows."""

import importlib
import pkgutil

import pytest
from django.apps import apps
from django.db.models import Model
from factory.django import DjangoModelFactory

from tests import factories

for module in pkgutil.iter_modules(factories.__path__, f"{factories.__name__}."):
    importlib.import_module(module.name)

FACTORIES = {factory._meta.model: factory for factory in reversed(DjangoModelFactory.__subclasses__())}
OURS = [
    model
    for model in apps.get_models()
    if model._meta.managed and "site-packages" not in apps.get_app_config(model._meta.app_label).path
]


def test_every_model_is_looked_at():
    assert len(OURS) > 20


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_factory_makes_a_valid_row(model: type[Model]):
    row = FACTORIES[model]()

    unsaid = [field.name for field in model._meta.fields if field.null and getattr(row, field.attname) is None]
    row.full_clean(exclude=unsaid)
    assert model._default_manager.filter(pk=row.pk).count() == 1
