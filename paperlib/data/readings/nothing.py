"""What people write where there is nothing to write: "none", "n/a", "not recorded", in several languages."""

import re

SAID = "recorded|specified|stated|given|provided|applicable|disclosed|known|mentioned|reported|documented|filled in"
DONE = f"{SAID}|determined|decided|confirmed|announced|agreed|assigned|available"
PHRASES = (
    r"[-–—−]+|\?+|none|(?-i:null|nil|nothing)|n ?[./] ?a\.?|n/k|n\.n\.?",
    r"none (?:given|known|recorded|reported|stated)",
    rf"not (?:{SAID})|un(?:known|specified|stated|recorded|disclosed)|no (?:data|information)",
    rf"not yet (?:{DONE})|not (?:{DONE}) yet|yet to be (?:{DONE})",
    r"to be (?:determined|confirmed|announced|agreed)|(?-i:tb[acd]|TB[ACD])",
    r"keine?r?s?(?: angaben?)?|k\. ?a\.?|(?:noch )?(?:nicht (?:angegeben|bekannt|vorhanden)|unbekannt)",
    r"nicht zutreffend|entfällt",
    r"aucune?|néant|sans objet|inconnue?|non (?:renseigné|précisé|communiqué|connu|indiqué)e?|non applicable",
    r"pas encore (?:connu|déterminé|défini)e?|ning(?:ún|un[oa])|sin datos|desconocid[oa]|aún no se sabe",
    r"no (?:consta|disponible|especificad[oa]|indicad[oa]|aplica)|não (?:informad[oa]|disponível|aplicável|se aplica)",
    r"nessun[oa]?|non (?:indicat[oa]|disponibile|not[oa]|applicabile|specificat[oa])|nenhuma?|desconhecid[oa]",
    r"brak(?: danych)?|nie (?:podano|dotyczy)|nieznan[aye]|neuveden[oay]?|není(?: uvedeno)?|neznám[ýáé]",
    r"geen|onbekend|n\.v\.t\.?|niet (?:bekend|opgegeven|vermeld)|nincs(?: adat)?|ismeretlen|nem ismert",
    r"ing(?:en|et)(?: (?:uppgift|data|op+lysning(?:er)?))?|saknas|okän[dt]|ukendt|ukjent",
    r"(?:ej|ikke|inte|icke) (?:angiv(?:en|et)|oplyst|oppgitt|kendt|kjent|känt)",
    r"ei (?:ole|tiedossa|tietoa|ilmoitettu)|tuntematon",
    r"yok|belirtilmemiş(?:tir)?|belirtilmedi|bilinmiyor|mevcut değil",
    r"нет(?: (?:данных|информации|сведений))?|неизвестн[оаы]|неизвестен|отсутству[ею]т|не (?:указан|известн)[оаы]?",
    r"немає(?: (?:даних|інформації))?|невідом[оаі]|невідомий|відсутн(?:ій|[яєі])|не (?:вказан|зазначен|визначен)[оаі]",
    "(?:記載|記入|該当|情報|特に)?(?:なし|無し)|ありません|未(?:定|記入|記載|入力|設定|詳)|不明|該当しません",
    "(?:无|無|没有|暂无|暫無)(?:数据|信息|資料)?|未(?:知|提供|填写|填|注明|说明|提及)|不(?:详|適用|适用)",
    "(?:(?:해당|정보|자료|기재) ?)?없음|없습니다|미(?:정|상|기재|입력|제공|확인)|알 수 없음",
    "ไม่(?:ระบุ|ได้ระบุ|มี|มีข้อมูล|ทราบ|ปรากฏ)",
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
