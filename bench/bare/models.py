from django.conf import settings
from django.db import models


class Habit(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200)
    total = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Log(models.Model):
    habit = models.ForeignKey(Habit, models.CASCADE)
    day = models.DateField()
    count = models.IntegerField(default=1)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.habit_id} {self.day}"
