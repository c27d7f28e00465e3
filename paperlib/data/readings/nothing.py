"""What people write where there is nothing to write: "none", "n/a", "not recorded", in several languages."""

import re

SAID = "recorded|specified|stated|given|provided|applicable|disclosed|known|mentioned|reported|documented|filled in"
PHRASES = (
    r"[-–—−]+|\?+|none|(?-i:null|nil|nothing)|n ?[./] ?a\.?|none (?:given|known|recorded|reported|stated)",
    rf"not (?:{SAID})|un(?:known|specified|stated|recorded|disclosed)|no (?:data|information)",
    r"to be (?:determined|confirmed|announced|agreed)|(?-i:tb[acd]|TB[ACD])",
    r"keine?r?s?(?: angaben?)?|k\. ?a\.?|nicht (?:angegeben|bekannt|vorhanden|zutreffend)|unbekannt|entfällt",
    r"aucune?|néant|sans objet|inconnue?|non (?:renseigné|précisé|communiqué|connu)e?",
    r"ning(?:ún|un[oa])|no (?:consta|disponible|especificad[oa]|indicad[oa]|aplica)|desconocid[oa]",
    r"nessun[oa]?|non (?:indicat[oa]|disponibile|not[oa])|nenhuma?|não informad[oa]",
    r"brak(?: danych)?|nie (?:podano|dotyczy)|nieznan[aye]|geen|onbekend|n\.v\.t\.?",
    "なし|無し|未定|不明|該当なし|无|無|没有|未知|不详|없음|미정",
)
NOTHING = re.compile("|".join(PHRASES), re.IGNORECASE)


def says_nothing(text: str) -> bool:
    """Whether ``text`` says that there is nothing to say, in brackets and with a full stop or without.

    >>> says_nothing("Not recorded."), says_nothing("(k. A.)"), says_nothing("Nonesuch")
    (True, True, False)
    """
    plain = " ".join(text.split())
    bare = re.sub(r"^[(<\[](.*)[)>\]]$", r"\1", plain).strip()
    return NOTHING.fullmatch(bare) is not None or NOTHING.fullmatch(bare.removesuffix(".")) is not None
