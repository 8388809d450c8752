"""Dates and times in Korean: the clock of 24 hours, as in English."""

DATETIME_FORMAT = "Y년 n월 j일 H:i"
