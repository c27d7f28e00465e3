"""What people write where there is nothing to write: "none", "n/a", "not recorded", in several languages."""

import re

ADJECTIVES = "recorded specified stated given provided available applicable disclosed known assigned listed mentioned"
PHRASES = (
    r"[-–—−.?/ ]*|null|nil|none|n[./ ]?a\.?|nothing",
    rf"(?:not|un)[ -]?(?:{ADJECTIVES.replace(' ', '|')}|set|filled in)",
    r"to be (?:determined|confirmed|announced|agreed)|tb[acd]",
    r"keine?r?s?(?: angaben?)?|k\. ?a\.|nicht (?:angegeben|bekannt|vorhanden|zutreffend)|unbekannt|entfällt",
    r"aucune?|néant|sans objet|inconnue?|non (?:renseigné|précisé|communiqué|connu)e?",
    r"ningun[oa]|no (?:consta|disponible|especificad[oa]|indicad[oa]|aplica)|desconocid[oa]",
    r"nessun[oa]?|non (?:indicat[oa]|disponibile|not[oa])",
    r"brak(?: danych)?|nie (?:podano|dotyczy)|nieznan[aye]",
    "なし|無し|未定|不明|該当なし|无|無|未知|不详|없음|미정",
)
NOTHING = re.compile("|".join(PHRASES), re.IGNORECASE)


def says_nothing(text: str) -> bool:
    """Whether ``text`` says that there is nothing to say.

    >>> says_nothing("not recorded"), says_nothing("k. A."), says_nothing("Nonesuch")
    (True, True, False)
    """
    return NOTHING.fullmatch(" ".join(text.split())) is not None
