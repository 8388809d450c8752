"""Recognises what asks nothing of the record: tiredness, thanks, advice on health. Pure."""

import enum
import re


class Remark(enum.StrEnum):
    TIRED = "tired"
    ADVICE = "advice"
    CHEER = "cheer"
    WHO = "who"
    THANKS = "thanks"


# In this order, in the question without spaces.
_REMARKS: list[tuple[Remark, str]] = [
    (
        Remark.ADVICE,
        r"건강에|몸에(?:좋|나쁘|안좋)|권장|먹어도(?:돼|되|괜찮)|살(?:을)?빼|다이어트|(?:두통|통증|감기|몸살|허리|무릎|머리|배)(?:이|가)?(?:있|아프|아픈)|should(?:i|one)|loseweight|mydiet|medicine|doctor|healthy",
    ),
    (
        Remark.TIRED,
        r"때려치|포기하고싶|다그만두|짜증|지겹|버겁|벅차|지쳤|지친|지치|지쳐|힘들|힘드|하기싫|귀찮|의욕|무기력|우울|외롭|속상|슬프|슬퍼|피곤|tired|exhausted|burn(?:ed|t)out|unmotivated|stressed|(?:feel|feeling)(?:so)?(?:down|low|sad|bad)|lonely",
    ),
    (Remark.CHEER, r"칭찬|응원|동기부여|힘이?나는말|기운내|motivat|cheer|encourage|peptalk"),
    (
        Remark.WHO,
        r"누구(?:야|니|세요|냐)|너(?:는)?뭐야|넌뭐|사람이야|사람이에요|ai(?:야|니|예요)|뭐할수있|뭘할수있|도움말|사용법|who(?:are|r)you|whatareyou|whatcanyou|areyou(?:human|real|ai|abot)",
    ),
    (Remark.THANKS, r"고마워|고맙|감사|땡큐|thank|^thx|^ty$"),
]


def find(asked: str) -> Remark | None:
    """The remark in a question without spaces."""
    return next((one for one, words in _REMARKS if re.search(words, asked)), None)
