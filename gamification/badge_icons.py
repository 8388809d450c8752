"""The icons that staff choose from for an achievement, with what they show."""

from core import icon_choices

_SHOWS = {
    "footprints": "발자국", "sprout": "새싹", "leaf": "잎", "clover": "네잎클로버", "flower": "꽃", "flower-2": "꽃송이",
    "trees": "나무들", "flame": "불꽃", "droplet": "물방울", "droplets": "물방울들", "waves-horizontal": "물결", "mountain": "산",
    "mountain-snow": "눈 덮인 산", "sun": "해", "sun-medium": "옅은 해", "sunrise": "해돋이", "moon": "달", "moon-star": "달과 별",
    "cloud-moon": "구름과 달", "rainbow": "무지개", "snowflake": "눈송이", "umbrella": "우산", "sparkles": "반짝임", "bird": "새",
    "heart": "마음", "hand": "손", "smile": "웃음", "brain": "생각", "battery-medium": "기운", "users": "사람들",
    "dumbbell": "아령", "coffee": "커피", "book": "책", "palette": "팔레트", "pen-line": "펜", "pencil-line": "연필",
    "notebook-pen": "공책과 펜", "images": "사진들", "gift": "선물", "cake": "케이크", "cake-slice": "케이크 조각",
    "armchair": "안락의자", "door-open": "열린 문", "shield": "방패", "hourglass": "모래시계", "target": "과녁", "route": "길",
    "trending-up": "오름", "refresh-cw": "다시", "undo-2": "돌아옴", "infinity": "끝없음", "blend": "어울림",
    "swatch-book": "색 견본", "grid-3x3": "바둑판", "check-check": "두 번 확인", "circle-check-big": "확인", "calendars": "달력들",
    "calendar-check": "확인한 달력", "calendar-days": "날들", "calendar-heart": "아끼는 날", "calendar-range": "기간",
    "calendar-sync": "되풀이하는 날",
}  # fmt: skip

CHOICES = icon_choices.choices(_SHOWS)
