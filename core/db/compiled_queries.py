"""Querysets compiled to SQL once, for the few reads that every request makes.

    PERSON = Compiled(lambda pk: User.objects.filter(pk=pk), pk=uuid4())
    [person] = PERSON(pk=request_pk)

Compiling a joined read costs Django more than running it costs PostgreSQL. The result is the same instances, related
ones included. `samples` are values of the right type that represent the arguments in the first compilation; each must
differ from every other parameter of the query.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.query import get_related_populators

from core.db import prepared_statements


class Compiled[M: models.Model]:
    def __init__(self, build: Callable[..., models.QuerySet[M]], **samples: Any):
        self._build, self._samples = build, samples
        self._plan: _Plan | None = None

    def __call__(self, **values: Any) -> list[M]:
        """Runs the query with `values` as its arguments."""
        plan = self._plan or self._compile()
        params = [values[one.name] if isinstance(one, _Argument) else one for one in plan.params]
        rows = prepared_statements.fetch(plan.sql, params)
        return [self._instance(plan, row) for row in plan.converted(rows)]

    def _compile(self) -> "_Plan":
        queryset = self._build(**self._samples)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        # ModelIterable does the same before it reads a row.
        compiler.setup_query()
        sql, params = compiler.as_sql()
        names = {sample: name for name, sample in self._samples.items()}
        found = [_Argument(names[param]) if param in names else param for param in params]
        if {one.name for one in found if isinstance(one, _Argument)} != set(self._samples):
            raise ValueError(f"not every argument of {sorted(self._samples)} is a parameter of: {sql}")
        self._plan = _Plan(sql, found, compiler, queryset._fetch_mode)  # noqa: SLF001
        return self._plan

    @staticmethod
    def _instance(plan: "_Plan", row: list[Any]) -> M:
        instance = plan.model.from_db(
            DEFAULT_DB_ALIAS, plan.columns, row[plan.first : plan.end], fetch_mode=plan.fetch_mode
        )
        for populator in plan.populators:
            populator.populate(row, instance)
        for name, position in plan.annotations.items():
            setattr(instance, name, row[position])
        return instance


@dataclasses.dataclass(frozen=True)
class _Argument:
    name: str


class _Plan:
    """The statement, and how its rows are converted to instances."""

    def __init__(self, sql: str, params: list[Any], compiler: Any, fetch_mode: Any):
        info = compiler.klass_info
        self.sql, self.params, self.fetch_mode = sql, params, fetch_mode
        self.model = info["model"]
        self.first, self.end = info["select_fields"][0], info["select_fields"][-1] + 1
        self.columns = [one[0].target.attname for one in compiler.select[self.first : self.end]]
        self.populators = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS, fetch_mode)
        self.annotations = compiler.annotation_col_map or {}
        self._compiler = compiler
        self._converters = compiler.get_converters([one[0] for one in compiler.select])

    def converted(self, rows: list[tuple[Any, ...]]) -> Any:
        return self._compiler.apply_converters(rows, self._converters) if self._converters else rows
