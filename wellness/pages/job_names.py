"""The scheduled jobs in the words of staff: "습관 알림 쓰기" for `habits.remind`."""

from django.utils.translation import gettext_lazy as _

from core.text_format import Text

# By the name of the task. tests/access/test_operations.py finds one of beat's schedule that is missing.
NAMES: dict[str, Text] = {
    "wellness.maintain_partitions": _("다음 달 파티션 만들기"),
    "habits.roll_over_streaks": _("이어 온 날 다시 세기"),
    "habits.remind": _("습관 알림 쓰기"),
    "gamification.back_fill": _("지난 기록에서 배지 찾기"),
    "gamification.count_holders": _("배지를 받은 사람 세기"),
    "circles.settle_challenges": _("끝난 도전 정리하기"),
    "habits.carry_imports": _("올린 파일에서 기록 가져오기"),
    "coaching.plan": _("코치 메시지 정하기"),
    "coaching.write": _("코치 메시지 쓰기"),
    "coaching.settle": _("코치가 정한 일의 결과 보기"),
    "notifications.deliver": _("알림 보내기"),
    "notifications.announce": _("공지를 알림으로 쓰기"),
    "notifications.tell_about_consents": _("광고 수신 동의 안내하기"),
    "notifications.forget": _("오래된 알림 지우기"),
    "accounts.forget_sessions": _("끝난 로그인 지우기"),
    "wellness.erase_health": _("철회한 건강 정보 지우기"),
    "accounts.revoke_social": _("끊은 계정의 토큰 없애기"),
    "files.tend_photos": _("사진 줄이고 지운 사진 치우기"),
    "files.sweep_storage": _("주인 없는 파일 치우기"),
    "wellness.build_exports": _("내보낼 파일 만들기"),
    "wellness.erase_who_left": _("탈퇴한 사람의 자료 지우기"),
    "wellness.retain": _("보관 기간이 지난 것 지우기"),
    "analytics.fill_days": _("날마다의 합계 채우기"),
    "analytics.fill_metrics": _("숫자판 채우기"),
    "analytics.write_events": _("앱에서 한 일 쓰기"),
    "billing.renew": _("구독 갱신하기"),
    "billing.charge": _("결제하기"),
    "billing.process_webhooks": _("결제 대행사가 알려 온 일 처리하기"),
    "billing.catch_up": _("결제 대행사에 결과 물어보기"),
    "billing.give_notice": _("결제 앞두고 알리기"),
    "billing.reconcile": _("결제 대행사와 장부 맞춰 보기"),
    "core.publish_revisions": _("예약한 판 내보이기"),
    "wellness.count_keys": _("열쇠마다 잠긴 값 세기"),
    "habits.count_template_people": _("템플릿을 쓰는 사람 세기"),
    "habits.refresh_stats": _("사람별 통계 새로 고치기"),
}


def name(task: str) -> str:
    """A job in words; one that is not scheduled any more keeps its code name."""
    return str(NAMES.get(task, task))
