"""The icons that the catalogue offers, by their name in lucide, with what they show."""

from core import icon_choices

_SHOWS = {
    "heart": "마음", "glass-water": "물컵", "pill": "알약", "bed": "침대", "bed-double": "넓은 침대", "salad": "샐러드",
    "soup": "국", "utensils": "수저", "utensils-crossed": "엇갈린 수저", "egg-fried": "달걀", "cooking-pot": "냄비",
    "chef-hat": "요리사 모자", "coffee": "커피", "cup-soda": "음료", "wine-off": "술 없이", "eye": "눈", "ear": "귀",
    "dumbbell": "아령", "biceps-flexed": "팔 근육", "footprints": "발자국", "sport-shoe": "운동화", "person-standing": "선 사람",
    "bike": "자전거", "mountain": "산", "route": "길", "chevrons-up": "위로", "wind": "바람", "leaf": "잎", "sprout": "새싹",
    "brain": "생각", "moon-star": "밤", "cloud-rain": "비", "cloud-sun": "구름과 해", "sparkles": "반짝임", "feather": "깃털",
    "hand": "손", "hand-heart": "손과 마음", "headphone-off": "소리 없이", "wifi-off": "인터넷 없이", "book": "책",
    "book-open": "펼친 책", "book-heart": "아끼는 책", "graduation-cap": "학사모", "languages": "말", "whole-word": "낱말",
    "code": "코드", "podcast": "팟캐스트", "newspaper": "신문", "notebook-text": "공책", "notebook-pen": "공책과 펜",
    "scroll-text": "두루마리", "lightbulb": "전구", "target": "과녁", "timer": "타이머", "timer-reset": "다시 재기",
    "list-todo": "할 일", "calendar-check": "달력", "file-check": "확인한 글", "inbox": "받은 것", "mail": "편지",
    "mail-open": "펼친 편지", "lamp-desk": "책상 등", "backpack": "가방", "package-open": "열린 상자", "piggy-bank": "저금통",
    "receipt-text": "영수증", "smartphone": "휴대폰", "smartphone-charging": "충전하는 휴대폰", "tv-minimal-play": "영상",
    "bus": "버스", "users": "사람들", "phone": "전화", "speech": "말하는 사람", "message-circle-heart": "다정한 말",
    "house-heart": "집", "baby": "아기", "paw-print": "발바닥", "palette": "팔레트", "pen-line": "펜", "pen-tool": "만년필",
    "camera": "사진기", "music": "음악", "guitar": "기타", "mic-vocal": "마이크", "clapperboard": "영화", "origami": "종이접기",
    "spool": "실",
}  # fmt: skip

CHOICES = icon_choices.choices(_SHOWS)
# Those that a person chooses from for a habit of their own.
OWN = icon_choices.choices(_SHOWS, [
    "heart", "glass-water", "pill", "bed", "salad", "coffee", "dumbbell", "footprints", "bike", "wind", "leaf", "brain",
    "moon-star", "hand-heart", "book-open", "languages", "notebook-pen", "target", "timer", "piggy-bank", "house-heart",
    "paw-print", "users", "palette", "camera", "music",
])  # fmt: skip
