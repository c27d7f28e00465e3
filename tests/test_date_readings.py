"""The dates, times and date-times that short texts support, worked out by hand, and properties for any text."""

import time
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as time_of_day

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.data.readings.dates import MOST_TIMES, date_readings
from paperlib.data.readings.days import MOST_YEARS, DateOrder
from paperlib.data.readings.months import LANGUAGES
from paperlib.data.readings.numbers import number_readings


def of_kind(kind: str, text: str, order: DateOrder | None = None) -> list[str]:
    return sorted({reading.value for reading in date_readings(text, order) if reading.kind == kind})


def dates(text: str, order: DateOrder | None = None) -> list[str]:
    return of_kind("date", text, order)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("Due 2026-03-02.", None, "2026-03-02"),
        ("Due 2026/03/02", "dmy", "2026-03-02"),
        ("2026.03.02 or 2026. 3. 4.", None, "2026-03-02 2026-03-04"),
        ("20260302", None, "2026-03-02"),
        ("img_20260302_1.png, 2026-03-03.csv", None, "2026-03-02 2026-03-03"),
        ("2026 03 02, 2026:03:03", None, "2026-03-02 2026-03-03"),
        ("27/03/2026", None, "2026-03-27"),
        ("03/27/2026", "dmy", "2026-03-27"),
        ("05/05/2026", None, "2026-05-05"),
        ("03/04/2026", None, "2026-03-04 2026-04-03"),
        ("03/04/2026", "dmy", "2026-04-03"),
        ("03/04/2026", "mdy", "2026-03-04"),
        ("03/04/2026", "ymd", "2026-03-04 2026-04-03"),
        ("from 03/04/2026 to 27/04/2026", None, "2026-04-03 2026-04-27"),
        ("from 03/04/2026 to 04/27/2026", None, "2026-03-04 2026-04-27"),
        ("03/04/2026, 27/04/2026, 04/28/2026", None, "2026-03-04 2026-04-03 2026-04-27 2026-04-28"),
        ("03.04.2026", None, "2026-04-03"),
        ("03.04.2026", "mdy", "2026-03-04"),
        ("3. 4. 2026", None, "2026-04-03"),
        ("3-4-2026 and 13-4-2026", None, "2026-04-03 2026-04-13"),
        ("03 04 2026 9:30, 13 04 2026", "dmy", "2026-04-03 2026-04-13"),
        ("25/12/68, 25/12/69", None, "1969-12-25 2068-12-25"),
        ("03/04/05", None, "2005-03-04 2005-04-03"),
        ("03/04/05", "ymd", "2003-04-05"),
        ("98-03-02", None, "1998-03-02"),
        ("5/6/'26", "dmy", "2026-06-05"),
        ("05/12 in 2026", None, "2026-05-12 2026-12-05"),
        ("05/12 in 2026", "ymd", "2026-05-12"),
        ("on 5/12, after 30/11/2025", None, "2025-11-30 2025-12-05"),
        ("27.03. - 02.04.2026", None, "2026-03-27 2026-04-02"),
        ("２０２６/０３/０２", None, "2026-03-02"),
    ],
)
def test_numeric_dates(text: str, order: DateOrder | None, expected: str) -> None:
    assert dates(text, order) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Friday, 6 March 2026", "2026-03-06"),
        ("March 3rd, 2024", "2024-03-03"),
        ("the 5th of May 2026", "2026-05-05"),
        ("this 5th day of May, 2026", "2026-05-05"),
        ("Sept. 5, 2026", "2026-09-05"),
        ("MAY THE 4TH, 2026", "2026-05-04"),
        ("2026 March 5", "2026-03-05"),
        ("2026-Mar-05, 05-Mar-26 and 06MAR2026", "2026-03-05 2026-03-06"),
        ("5 May '26", "2026-05-05"),
        ("May 5 ’26", "2026-05-05"),
        ("5 May 26, room 3", "2026-05-05"),
        ("on 3\nMarch 2026", "2026-03-03"),
        ("Sold 3\nMay 26, 2026", "2026-05-26"),
        ("12 october 1492", "1492-10-12"),
        ("3. März 2026, 24. Dez. 2026", "2026-03-03 2026-12-24"),
        ("am 1. Jänner 2026", "2026-01-01"),
        ("le 1er août 2026", "2026-08-01"),
        ("28 FÉVR. 2026", "2026-02-28"),
        ("3 de marzo de 2026", "2026-03-03"),
        ("el 7 de setiembre del 2026", "2026-09-07"),
        ("1º gennaio 2026", "2026-01-01"),
        ("15 giugno 2026", "2026-06-15"),
        ("2 de março de 2026", "2026-03-02"),
        ("3 maart 2026, 4 mrt 2026", "2026-03-03 2026-03-04"),
        ("5 mei 2026", "2026-05-05"),
        ("2026年3月2日", "2026-03-02"),
        ("2026년 3월 2일", "2026-03-02"),
        ("２０２６年１２月３１日", "2026-12-31"),
        ("31 February 2026, 30 April 2026", "2026-04-30"),
        ("5 maja 2026 r., 6 PAŹDZIERNIKA 2026", "2026-05-05 2026-10-06"),
        ("w dniu 3 paź 2026", "2026-10-03"),
        ("3 июня 2026 г., 4 МАРТА 2026", "2026-03-04 2026-06-03"),
        ("5 травня 2026", "2026-05-05"),
        ("12 Mayıs 2026, 1 AĞUSTOS 2026, 2 Eylül'26", "2026-05-12 2026-08-01 2026-09-02"),
        ("5. května 2026, 6. září 2026", "2026-05-05 2026-09-06"),
        ("den 5 maj 2026, 6 augusti 2026", "2026-05-05 2026-08-06"),
        ("den 3. marts 2026, 4. desember 2026", "2026-03-03 2026-12-04"),
        ("5. kesäkuuta 2026, 6. marraskuuta 2026", "2026-06-05 2026-11-06"),
        ("2026. március 4., 2026. szeptember 5-én", "2026-03-04 2026-09-05"),
        ("2026. november 4-én", "2026-11-04"),
        ("3 martie 2026", "2026-03-03"),
        ("15 marca 2026, 3 de set. de 2026, 5-out-26", "2026-03-15 2026-09-03 2026-10-05"),
        ("12 NİSAN 2026, 3 Ekim 2026, 7 leden 2026", "2026-01-07 2026-04-12 2026-10-03"),
        ("3 říjen 2026", "2026-10-03"),
        ("3.IX.2026, 4 XII 2026, 5/V/2026", "2026-05-05 2026-09-03 2026-12-04"),
        ("3/9-2026", "2026-09-03"),
    ],
)
def test_names_of_months(text: str, expected: str) -> None:
    assert dates(text) == expected.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_month_is_read_in_dates_and_as_a_number(language: str) -> None:
    rows = LANGUAGES[language].split()
    assert len(rows) == 12
    for month, names in enumerate(rows, 1):
        for name in names.split("|"):
            for written in (name, name.capitalize(), name.upper()):
                assert dates(f"5 {written} 2026") == [f"2026-{month:02}-05"]
                assert {month, 5, 2026} <= {reading.value for reading in number_readings(f"5 {written} 2026")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("発行日：令和8年3月2日", "2026-03-02"),
        ("令和八年三月二日", "2026-03-02"),
        ("令和元年5月1日", "2019-05-01"),
        ("平成３１年４月３０日", "2019-04-30"),
        ("昭和64年1月7日, 大正15年12月25日", "1926-12-25 1989-01-07"),
        ("二〇二六年三月二日", "2026-03-02"),
        ("二零二六年十二月三十一日", "2026-12-31"),
        ("2026年3月2号", "2026-03-02"),
        ("三月二日（2026）", "2026-03-02"),
        ("2 มีนาคม พ.ศ. 2569", "2026-03-02"),
        ("2 มีนาคม 2026", "2026-03-02"),
        ("2 มีนาคม 2569", ""),
        ("十三月二日 2026", ""),
    ],
)
def test_dates_of_asia(text: str, expected: str) -> None:
    assert dates(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 to 6 September 2026", "2026-09-03 2026-09-06"),
        ("3–6 September 2026", "2026-09-03 2026-09-06"),
        ("September 3–6, 2026", "2026-09-03 2026-09-06"),
        ("September 3rd to 6th, 2026", "2026-09-03 2026-09-06"),
        ("from 3 September to 6 October 2026", "2026-09-03 2026-10-06"),
        ("September 3 - October 6, 2026", "2026-09-03 2026-10-06"),
        ("Thu 3 September until Sun, 6 September 2026", "2026-09-03 2026-09-06"),
        ("30 December to 2 January 2027", "2026-12-30 2027-01-02"),
        ("3, 4 and 6 September 2026", "2026-09-03 2026-09-04 2026-09-06"),
        ("3 and 4 September and 6 October 2026", "2026-09-03 2026-09-04 2026-10-06"),
        ("vom 27.–29. März 2026", "2026-03-27 2026-03-29"),
        ("vom 27. bis zum 29. März 2026", "2026-03-29"),
        ("du 3 au 6 mars 2026", "2026-03-03 2026-03-06"),
        ("del 3 al 6 de marzo de 2026", "2026-03-03 2026-03-06"),
        ("3 t/m 6 maart 2026", "2026-03-03 2026-03-06"),
        ("od 3 do 5 maja 2026", "2026-05-03 2026-05-05"),
        ("с 3 по 5 июня 2026", "2026-06-03 2026-06-05"),
        ("5-го июня 2026, 6:e maj 2026", "2026-05-06 2026-06-05"),
        ("from 3 may to 6 may 2026", "2026-05-03 2026-05-06"),
        ("5 May 2026 and 7 May", "2026-05-05 2026-05-07"),
        ("Room 12, 3 March 2026", "2026-03-03"),
        ("3 September. Sent on 1 May 2026", "2026-05-01 2026-09-03"),
        ("The plan for 2026: 3 September, Oct. 6", "2026-09-03 2026-10-06"),
        ("May 2026: Tuesday the 5th; 6 May", "2026-05-06"),
        ("3 September; 1 May 2025, 2 May 2026", "2025-05-01 2025-09-03 2026-05-02 2026-09-03"),
        ("3月2日 (2026)", "2026-03-02"),
        ("29 February (2026, 2028)", "2028-02-29"),
        ("le 3 mars, 2026", "2026-03-03"),
        ("in 2026, we meet on 5 may", "2026-05-05"),
        ("Founded in 2019. March 3 is the deadline; offer valid in 2026.", "2019-03-03 2026-03-03"),
        ("Gegründet 2019. November 3 ist Schluss, 2026.", "2019-11-03 2026-11-03"),
    ],
)
def test_ranges_and_missing_years(text: str, expected: str) -> None:
    assert dates(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:05", "14:05 14:05:00 14:05:00Z"),
        ("9:05", "09:05:00 09:05:00Z"),
        ("14:05:30", "14:05:30 14:05:30Z"),
        ("14:05:30.120", "14:05:30 14:05:30.120 14:05:30.120Z 14:05:30Z"),
        ("14:05:30,12", "14:05:30 14:05:30.12 14:05:30.12Z 14:05:30Z"),
        ("2:05 pm", "14:05:00 14:05:00Z"),
        ("2:05 P.M.", "14:05:00 14:05:00Z"),
        ("12:10 am", "00:10:00 00:10:00Z"),
        ("12 pm", "12:00:00 12:00:00Z"),
        ("at 2 pm.", "14:00:00 14:00:00Z"),
        ("2.05pm", "14:05:00 14:05:00Z"),
        ("14h05", "14:05:00 14:05:00Z"),
        ("à 14 h 05", "14:05:00 14:05:00Z"),
        ("14時05分", "14:05:00 14:05:00Z"),
        ("à 14h", "14:00:00 14:00:00Z"),
        ("14.05 Uhr", "14:05:00 14:05:00Z"),
        ("um 14 Uhr", "14:00:00 14:00:00Z"),
        ("8 Uhr 30", "08:30:00 08:30:00Z"),
        ("alle ore 14.05", "14:05:00 14:05:00Z"),
        ("noon", "12:00:00 12:00:00Z"),
        ("at midnight", "00:00:00 00:00:00Z"),
        ("from 1520 hrs, at 0900 hours", "09:00:00 09:00:00Z 15:20:00 15:20:00Z"),
        ("godz. 15.20, o godzinie 16.20", "15:20:00 15:20:00Z 16:20:00 16:20:00Z"),
        ("klo 15.20", "15:20:00 15:20:00Z"),
        ("5 o'clock", "05:00:00 05:00:00Z 17:00:00 17:00:00Z"),
        ("3:30 in the afternoon", "15:30:00 15:30:00Z"),
        ("2-3 pm", "14:00:00 14:00:00Z 15:00:00 15:00:00Z"),
        ("11 to 1 pm", "11:00:00 11:00:00Z 13:00:00 13:00:00Z"),
        ("09:00–10:30", "09:00 09:00:00 09:00:00Z 10:30 10:30:00 10:30:00Z"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert of_kind("time", text) == expected.split()


def faces(text: str) -> str:
    """The times of a text without a zone, in hours and minutes."""
    return " ".join(sorted({time[:5] for time in of_kind("time", text) if time.endswith(":00")}))


SAID_TIMES = {
    "half past seven": "07:30 19:30",
    "at half past 7 in the evening": "19:30",
    "Half past seven in the morning": "07:30",
    "a quarter to nine": "08:45 20:45",
    "quarter past nine pm": "21:15",
    "quarter to one": "00:45 12:45",
    "quarter after ten": "10:15 22:15",
    "ten to five": "04:50 16:50",
    "twenty-five past two": "02:25 14:25",
    "five minutes to nine in the morning": "08:55",
    "10 past 5": "05:10 17:10",
    "from ten to five": "",
    "five to ten people": "",
    "five to ten tomorrow": "09:55 21:55",
    "one pm": "13:00",
    "um 20 vor 8": "07:40 19:40",
    "abends um halb acht": "19:30",
    "in the morning at half past nine": "09:30",
    "acht Uhr früh": "08:00",
    "10 to 5": "",
    "seven o'clock": "07:00 19:00",
    "seven o’clock in the evening": "19:00",
    "seven in the evening": "19:00",
    "seven pm": "19:00",
    "twelve at night": "00:00",
    "9 at night": "21:00",
    "half past twelve": "00:30 12:30",
    "one o'clock in the afternoon": "13:00",
    "one in the afternoon": "",
    "halb acht": "07:30 19:30",
    "um halb acht abends": "19:30",
    "um halb 8 am Abend": "19:30",
    "Halb eins": "00:30 12:30",
    "Viertel nach sieben": "07:15 19:15",
    "Viertel vor neun morgens": "08:45",
    "dreiviertel acht": "07:45 19:45",
    "zehn nach acht": "08:10 20:10",
    "fünf vor halb acht": "07:25 19:25",
    "um sieben Uhr": "07:00 19:00",
    "um sieben Uhr abends": "19:00",
    "um zwanzig Uhr": "20:00",
    "sieben Uhr dreißig": "07:30 19:30",
    "half the ten people, a quarter of nine percent, seven": "",
    "half seven": "",
    "ein Viertel der acht": "",
    "one hundred and ten to five": "",
    "ten past twenty": "",
    "vier morgens, zwei abends": "",
    "1 Tablette morgens, 2 abends": "",
    "two in the evening": "",
    "ten in the afternoon group": "",
    "Three in the morning group": "",
    "at ten in the morning class": "",
    "Room 12 at night": "",
    "won by five to two": "",
    "The jury scored five to three.": "",
    "odds of twenty to one": "",
    "a vote of five to four in the Senate": "",
    "aged five to ten in the class": "",
    "between five to ten": "",
    "Five to ten %": "",
    "Platz fünf vor zwei Konkurrenten": "",
    "zehn vor drei Jahren": "",
    "Die fünf nach zwei Jahren": "",
    "ein Viertel nach zwei Jahren": "",
    "sold a quarter to five investors": "",
    "ten past five people": "",
    "Take 1 to 2 in the morning": "",
    "Take two in the morning and five in the evening": "",
    "We meet at ten to five.": "04:50 16:50",
    "It's five to nine and we wait": "08:55 20:55",
    "She left by ten to five": "04:50 16:50",
    "from nine in the morning to five in the afternoon": "09:00 17:00",
    "from 9 in the morning to 5 in the afternoon": "09:00 17:00",
    "from 9 to 11 in the morning": "09:00 11:00",
    "from seven to nine in the evening": "21:00",
    "um fünf vor acht am Bahnhof": "07:55 19:55",
    "um sieben Uhr am Bahnhof": "07:00 19:00",
    "a las 7 de la tarde, a las 9 de la noche": "19:00 21:00",
    "Total labor: 1200 hrs at $50": "",
    "Oil change at 1500 hours": "",
    "The plant ran 2000 hrs in 2024": "",
    "900 hrs, billed at 5 hrs": "",
    "scale 1:50, the ratio of 1:30": "",
    "Le vol dure 3h20, Dauer: 1:30 Stunden": "",
    "um 5 am Bahnhof, um 12:30 am Bahnhof": "12:30",
    "midnight blue, Noon Street": "",
    "0930 hrs": "09:30",
    "on 3 March 2026 at 1500 hrs": "15:00",
    "Depart 3 March 2026, 1520 hrs": "15:20",
    "In 2026, on 3 March. It ran at 1500 hours": "",
    "0800 to 1600 hrs": "16:00",
    "a 12h shift, une journée de 8h, de 8h à 17h, dès 9h": "08:00 09:00 17:00",
}


@pytest.mark.parametrize(("text", "expected"), SAID_TIMES.items())
def test_times_as_people_say_them(text: str, expected: str) -> None:
    assert faces(text) == expected


@pytest.mark.parametrize("hour", range(1, 13))
def test_what_is_said_of_the_hour_before_lies_in_it(hour: int) -> None:
    before = (hour - 1) % 12
    for said, minute in ((f"quarter to {hour}", 45), (f"halb {hour}", 30), (f"five minutes to {hour}", 55)):
        assert faces(f"{said} pm") == f"{before + 12}:{minute}"
        assert faces(said) == f"{before:02}:{minute} {before + 12}:{minute}"


EAST_ASIAN_TIMES = {
    "会議は午後3時20分から": "15:20",
    "午前3時20分": "03:20",
    "午後12時": "12:00",
    "午前12時5分": "00:05",
    "午後３：２０": "15:20",
    "下午3点": "15:00",
    "下午三点半": "15:30",
    "晚上8點": "20:00",
    "晚上12点": "00:00",
    "凌晨2点": "02:00",
    "中午12点": "12:00",
    "中午1点": "13:00",
    "中午11点半": "11:30",
    "早上八点十五分": "08:15",
    "오후 3시 20분": "15:20",
    "오전 9시": "09:00",
    "오후 3시 반": "15:30",
    "오후 3:20": "15:20",
    "正午": "12:00",
    "3時半": "03:30",
    "三点半": "03:30",
    "14時05分": "14:05",
    "15時": "15:00",
    "十五時三十分": "15:30",
    "3시": "03:00",
    "午後3時から5時まで": "15:00 17:00",
    "午前10時〜2時": "10:00 14:00",
    "上午9点到下午5点": "09:00 17:00",
    "3時間": "",
    "三点": "",
    "3点": "",
    "3시간": "",
    "25時": "",
    "2時間30分": "",
}


@pytest.mark.parametrize(("text", "expected"), EAST_ASIAN_TIMES.items())
def test_times_of_east_asia(text: str, expected: str) -> None:
    assert faces(text) == expected


@given(st.integers(1, 12), st.integers(0, 59), st.sampled_from(["午後", "下午", "오후 "]), st.sampled_from("時时点點"))
def test_the_half_before_a_time_decides(hour: int, minute: int, half: str, mark: str) -> None:
    assert faces(f"は{half}{hour}{mark}{minute:02}分から") == f"{hour % 12 + 12}:{minute:02}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:05Z", "14:05:00Z 14:05Z"),
        ("14:05 Z", "14:05:00Z"),
        ("14:05 UTC", "14:05:00Z"),
        ("14:05 (utc)", "14:05:00Z"),
        ("2:05 pm GMT", "14:05:00Z"),
        ("noon UTC", "12:00:00Z"),
        ("14:05+02:00", "14:05+02:00 14:05:00+02:00"),
        ("14:05 +0200", "14:05:00+02:00"),
        ("14:05:30-0500", "14:05:30-0500 14:05:30-05:00"),
        ("14:05 −05:00", "14:05:00-05:00"),
        ("14:05+00:00", "14:05+00:00 14:05:00+00:00 14:05:00Z"),
        ("14:05 UTC+2", "14:05:00+02:00"),
        ("14:05 (UTC-03:30)", "14:05:00-03:30"),
        ("14:05 GMT+0530", "14:05:00+05:30"),
        ("14:05 CET", "14:05:00+01:00"),
        ("2 pm EST", "14:00:00-05:00"),
        ("14:05 PDT", "14:05:00-07:00"),
        ("14:05 JST", "14:05:00+09:00"),
        ("2:05 pm CST", "14:05:00"),
        ("2:05 pm ET", "14:05:00"),
        ("9:05 et plus", "09:05:00 09:05:00Z"),
        ("2-3 pm EST", "14:00:00-05:00 15:00:00-05:00"),
        ("9:05 +2 guests", "09:05:00 09:05:00Z"),
        ("9:00-9:30", "09:00:00 09:00:00Z 09:30:00 09:30:00Z"),
        ("9:00-10:00", "09:00:00 09:00:00-10:00 09:00:00Z 10:00 10:00:00 10:00:00Z"),
    ],
)
def test_zones(text: str, expected: str) -> None:
    assert of_kind("time", text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T23:14:08Z", "2026-03-02T23:14:08Z"),
        ("2026-03-02T23:14:08.512Z", "2026-03-02T23:14:08.512Z 2026-03-02T23:14:08Z"),
        ("2026-03-02T23:14:08-05:00", "2026-03-02T23:14:08-05:00"),
        ("2026-03-02T23:14", "2026-03-02T23:14 2026-03-02T23:14:00 2026-03-02T23:14:00Z"),
        ("20260302T231408Z", "2026-03-02T23:14:08Z"),
        ("Mon, 2 Mar 2026 09:00:00 -0500", "2026-03-02T09:00:00-05:00"),
        ("[02/Mar/2026:23:14:08 +0100]", "2026-03-02T23:14:08+01:00"),
        ("Mon Mar  2 23:14:08 UTC 2026", "2026-03-02T23:14:08Z"),
        ("2 March 2026, 2:05 pm UTC", "2026-03-02T14:05:00Z"),
        ("2 March 2026 at 2:05 pm", "2026-03-02T14:05:00 2026-03-02T14:05:00Z"),
        ("2. März 2026 um 14.05 Uhr CET", "2026-03-02T14:05:00+01:00"),
        ("le 2 mars 2026 à 14h05", "2026-03-02T14:05:00 2026-03-02T14:05:00Z"),
        ("2 de marzo de 2026 a las 9:05", "2026-03-02T09:05:00 2026-03-02T09:05:00Z"),
        ("Date: 2 March 2026, Time: 2 pm UTC", "2026-03-02T14:00:00Z"),
        ("2026-03-02 | 9:05 UTC | ok", "2026-03-02T09:05:00Z"),
        ("2 March 2026 (a Monday, if we can), 9:05 UTC", "2026-03-02T09:05:00Z"),
        ("2 March 2026\nnothing\n\nnoon UTC", "2026-03-02T12:00:00Z"),
        ("at 5 pm EST on 3 March 2026", "2026-03-03T17:00:00-05:00"),
        ("03/04/2026 9:05 UTC", "2026-03-04T09:05:00Z 2026-04-03T09:05:00Z"),
        ("2026-03-02 9:05 UTC, 2026-03-03 9:06 UTC", "2026-03-02T09:05:00Z 2026-03-03T09:06:00Z"),
        ("2026-03-02 at 1 am UTC and 2 am UTC", "2026-03-02T01:00:00Z 2026-03-02T02:00:00Z"),
        ("2 to 3 May 2026, noon UTC", "2026-05-02T12:00:00Z 2026-05-03T12:00:00Z"),
        ("2 May 2026\nTime: 9:05 UTC\n\n3 May 2026\nTime: 9:06 UTC", "2026-05-02T09:05:00Z 2026-05-03T09:06:00Z"),
        ("1 May 2026, 2 May 2026.\n\nUsually we meet at noon UTC", ""),
        ("March 2026, noon", ""),
        ("令和8年3月2日午後3時20分", "2026-03-02T15:20:00 2026-03-02T15:20:00Z"),
        ("2 March 2026 at half past two in the afternoon UTC", "2026-03-02T14:30:00Z"),
    ],
)
def test_date_times(text: str, expected: str) -> None:
    assert of_kind("date-time", text) == expected.split()


def test_a_date_time_in_the_form_of_the_text_keeps_its_space() -> None:
    forms = {"2026-03-02 23:14", "2026-03-02T23:14", "2026-03-02T23:14:00", "2026-03-02T23:14:00Z"}
    assert set(of_kind("date-time", "at 2026-03-02 23:14")) == forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May 2026",
        "in 2026",
        "March and April",
        "tomorrow, next Friday, 3 days ago",
        "3 September",
        "05/12",
        "You may pay 5 in 2026",
        "3 of 5 in 2026",
        "31.02.2026",
        "2026-13-02",
        "00/01/2026",
        "192.168.12.20",
        "version 2.10.15",
        "1/2/3/4",
        "2 10 15, chapter 3.4.12",
        "12 10 2024 11, 2024 10 12 11 and 0151 12 10 2024",
        "call 555-12-2024 or 01.02.03.04.05",
        "04-05-2026-1187",
        "£12.50 and 14.30",
        "rated 4/5, open 24/7 in 2026",
        "won 3:2, 16:9 wide",
        "5e:12:34:9a:12:10",
        "UTC+02:00",
        "at 5, for 8 h",
        "id a20260302 and 120260302",
        "0b8e5dec-5dec-4312-9feb-2026af10",
        "25:10, 14:75, 13 pm",
        "1:45.67",
        "2026-03",
        "30 and 31 in June 2026",
        "3 x 2026, 5 V 2026",
        "1500 hours of training",
        "3/9-20",
        "De club heeft 7 leden en is opgericht in 2019",
        "12 rijen van 20 stoelen, 2024",
        "Precio 2 marca Bosch, factura 2024",
        "3 out of 2024 people, 5 set of 2024, 2nd gen 2024 iPad",
        "Maj 3 Battalion 2024, K Mart 5, 2024",
        "Mars 3 rover in 2024",
        "Invoice 4711 of 2025. June 12 units delivered",
        "Art. 3 II 2004, ref 3/9-2026, Fig. 3/4-1999, § 3 IX 2004, No. 3.IX.2004",
        "see ref. 05/12 of 2026",
        "Julius 5, 2024, Marco 3, 2024, Paz 4, 2024, Düben 3, 2024",
        "Nisan 3, Ekim 4, GRU 5 in 2024",
        "Playa del Mar 5, 2024",
        "APR 12 %, 2024",
        "March 12 miles in 2024",
        "一月, 三日",
    ],
)
def test_no_reading(text: str) -> None:
    assert date_readings(text) == []


def test_ambiguous_readings() -> None:
    def unsure(text: str) -> set[str]:
        return {reading.value for reading in date_readings(text) if reading.ambiguous}

    assert unsure("03/04/2026") == {"2026-03-04", "2026-04-03"}
    assert unsure("3 September (2026)") == set()
    assert unsure("3 September (2025, 2026)") == {"2025-09-03", "2026-09-03"}
    assert unsure("3 March 2026 at 14:05") == set()  # with Z and without are forms of one time
    assert unsure("3 March 2026\n\n\nnoon UTC") == {"2026-03-03T12:00:00Z"}


def test_positions() -> None:
    text = "Le 1er août 2026, à 14h05 (UTC+2)."
    spans = {reading.kind: text[reading.start : reading.end] for reading in date_readings(text)}
    expected = {"date": "1er août 2026", "time": "14h05 (UTC+2)", "date-time": "1er août 2026, à 14h05 (UTC+2)"}
    assert spans == expected


def test_combinations_are_bounded() -> None:
    years = " ".join(str(year) for year in range(1950, 2000))
    assert len(dates(f"3 September; {years}")) == MOST_YEARS
    times = "\n\n".join(f"{n // 60}:{n % 60:02} UTC" for n in range(300))
    assert len(of_kind("date-time", f"3 May 2026\n\n\n{times}")) == MOST_TIMES


# -- any date and time
NAMES = {
    "January": 1, "Feb": 2, "März": 3, "avril": 4, "mayo": 5, "giugno": 6,
    "julho": 7, "augustus": 8, "Sept.": 9, "October": 10, "nov": 11, "Dezember": 12,
}  # fmt: skip
NAME_OF = {month: name for name, month in NAMES.items()}
WRITTEN = [
    "{d:%Y-%m-%d}", "{d:%Y%m%d}", "{d:%Y/%m/%d}", "{d.year}. {d.month}. {d.day}.", "{d:%Y %m %d}",
    "{d.year}年{d.month}月{d.day}日", "{d.year}년 {d.month}월 {d.day}일", "{d.year} {name} {d.day}",
    "{d:%d/%m/%Y}", "{d:%d-%m-%y}", "{d.day}.{d.month}.{d.year}", "{d:%d %m %Y}", "{d.month}/{d.day}/{d:%y}",
    "{d.day} {name} {d.year}", "{d.day}. {name} '{d:%y}", "{d.day} de {name} de {d.year}", "{d:%d}-{d:%b}-{d:%y}",
    "{name} {d.day}, {d.year}", "{name} the {d.day}th, {d.year}", "{d.day} to 31 {name} {d.year}",
]  # fmt: skip
DATES = st.dates(date(1970, 1, 1), date(2068, 12, 31))
BEFORE = st.sampled_from(["", "Due: ", "from ", "2 items (", "\n", "it said\n\n"])
AFTER = st.sampled_from(["", ".", ", 2 items", " and 3 more", "\n", ") is late", "\n\n7"])
WORDS = "half past ten halb acht 午後 三 時 半 令和 元 Mayıs июня พ.ศ. มีนาคม 3.IX.2026"
WORDS += " 3 12 31 1st 2026 '26 May Mar. de may 5/12 年 月 日 UTC +02:00 -0500 pm 14h 9:30 2026-03-02 to at on ß İ 0"
PIECES = st.sampled_from([*WORDS.split(), *"/-–.:,()TZ\n"])


@given(DATES, st.sampled_from(WRITTEN), BEFORE, AFTER)
def test_any_date_is_found(day: date, written: str, before: str, after: str) -> None:
    assert day.isoformat() in dates(before + written.format(d=day, name=NAME_OF[day.month]) + after)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)), st.sampled_from([", ", " ", " at ", " um ", " à "]))
def test_any_date_time_is_found(moment: datetime, joint: str) -> None:
    moment = moment.replace(second=0, microsecond=0)
    for clock in (f"{moment:%H:%M}", f"{moment:%I:%M %p}", f"{moment.hour}h{moment.minute:02}"):
        text = f"on {moment.day} {NAME_OF[moment.month]} {moment.year}{joint}{clock} UTC"
        assert f"{moment.isoformat()}Z" in of_kind("date-time", text)


@given(st.text() | st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES).map(" ".join))
@settings(max_examples=500)
def test_any_text_gives_iso_8601_in_order_of_position(text: str) -> None:
    parse: dict[str, Callable[[str], object]] = {
        "date": date.fromisoformat,
        "time": time_of_day.fromisoformat,
        "date-time": datetime.fromisoformat,
    }
    found = date_readings(text)
    assert found == sorted(found, key=lambda reading: (reading.start, reading.end))
    assert len(set(found)) == len(found)
    for reading in found:
        assert 0 <= reading.start < reading.end <= len(text)
        parse[reading.kind](reading.value)


@pytest.mark.parametrize(
    "piece",
    [
        *("1 ", "3, ", "3 to ", "may ", "3 May ", "12:", "1/2/", "2026-03-02 14:05 ", "9 May\n   "),
        *("ten to ", "halb ", "午後3時", "三", "3月", "令和8年", "3.IX."),
    ],
)
def test_long_texts_take_linear_time(piece: str) -> None:
    begin = time.process_time()
    date_readings(piece * (100_000 // len(piece)))
    assert time.process_time() - begin < 5  # it takes a fifth of a second
