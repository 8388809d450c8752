from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_whole_won_and_alert_mails")]

    operations = [
        migrations.AlterField(
            model_name="billingalert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("excess", "한 기간에 두 번 결제됨"),
                    ("mismatch", "금액이 대행사와 다름"),
                    ("unknown", "하루가 지나도 결과를 모름"),
                    ("night", "오늘 결제가 예상을 넘음"),
                    ("difference", "장부가 대행사와 다름"),
                    ("refund", "환불이 되지 않음"),
                    ("late", "철회한 돈이 늦음"),
                    ("leaving", "카드가 지워지지 않아 계정을 지우지 못함"),
                ],
                max_length=20,
            ),
        ),
    ]
