"""Dates and times in Korean: one date, and the clock of 오전 and 오후."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y년 n월 j일"
TIME_FORMAT = "A g:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y년 n월 j일 A g:i"
MONTH_DAY_FORMAT = "n월 j일"
