"""Text is read in the encoding that it is in, or seems to be in."""

from __future__ import annotations

import codecs
import time

import pytest

from hubshare.rendering.encodings import WESTERN, guessed
from hubshare.rendering.kinds import Kind
from tests.helpers.rendering import notebook, show, text, words


def test_text_is_read_in_its_encoding() -> None:
    for raw, encoding in (
        ("grün".encode(), "utf-8"),
        ("grün".encode("utf-8-sig"), "utf-8"),
        ("grün".encode("utf-16"), "utf-16-le"),
        ("grün".encode("utf-16-le"), "utf-16-le"),
        ("grün".encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + "grün".encode("utf-32-le"), "utf-32-le"),
        (codecs.BOM_UTF32_BE + "grün".encode("utf-32-be"), "utf-32-be"),
        ("grün".encode("latin-1"), "windows-1252"),
    ):
        result = show(Kind.CODE, raw, name="a.txt")
        assert words(result.html).endswith("1 grün") and result.meta["encoding"] == encoding


WRITINGS = [
    ("cp932", "Shift JIS", "日付,場所,備考\n1,東京,晴れのち曇り\n2,大阪,雨が降りました\n"),
    ("gb18030", "GBK", "日期,城市,备注\n1,北京,今天是晴天转多云\n2,上海,已经开始下雨了\n"),
    ("big5", "Big5", "日期,城市,備註\n1,臺北,今天是晴轉多雲\n2,高雄,已經開始下雨了\n"),
    ("cp949", "EUC-KR", "날짜,도시,비고\n1,서울,맑은 뒤 흐림\n2,부산,비가 왔습니다\n"),
    ("koi8_r", "KOI8-R", "Дата,Город,Примечание\n1,Москва,Ясно и облачно\n2,Казань,Идёт дождь\n"),
    ("cp1251", "Windows-1251", "Дата,Город,Примечание\n1,Москва,Ясно и облачно\n2,Казань,Идёт дождь\n"),
    ("cp1253", "Windows-1253", "Ημερομηνία,Πόλη,Καιρός\n1,Αθήνα,Αύριο βρέχει πολύ\n2,Πάτρα,Σήμερα έχει ήλιο\n"),
]


@pytest.mark.parametrize(("encoding", "name", "written"), WRITINGS)
def test_writings_of_the_world_are_read_in_the_encoding_that_they_seem_to_be_in(
    encoding: str, name: str, written: str
) -> None:
    raw, said = written.encode(encoding), f"It is shown as {name}"
    code = show(Kind.CODE, raw, name="a.txt")
    assert said in code.html and written.split("\n")[1] in code.html and code.meta["encoding"] == encoding
    rows = show(Kind.TABLE, raw, suffix=".csv", page=1)
    assert said in rows.html and rows.meta["columns"] == written.split("\n")[0].split(",")
    assert rows.meta["data"] == [line.split(",") for line in written.split("\n")[1:3]]
    assert said in (page := show(Kind.MARKDOWN, f"# {written}".encode(encoding)).html) and "<h1" in page
    # Of the beginning of a text the last character may be there by half.
    assert "�" not in show(Kind.CODE, raw[:-2], name="a.txt", beginning=1).html


#: Words that people of each country would write, and the encodings that they would have them in.
COUNTRIES = {
    "cp1250 iso8859_2 Poland": "prędkość ciśnienie próbka błąd średnia liczba jakość wartość który również część źródło",
    "cp1250 iso8859_2 Czechia": "měření výška šířka délka rychlost vzorek chyba průměr hodnota příčina závislost údaje řešení",
    "cp1250 iso8859_2 Hungary": "hőmérséklet mérés érték magasság szélesség nyomás minta átlag eredmény mennyiség gyűjtő",
    "cp1253 iso8859_7 Greece": "μέτρηση τιμή ύψος πλάτος Άρης ταχύτητα πίεση θερμοκρασία δείγμα σφάλμα μέσος απόκλιση",
    "cp1254 Turkey": "ölçüm yükseklik genişlik hız basınç sıcaklık değer öğrenci çünkü İstanbul şehir yağmur ağaç",
    "cp1257 iso8859_13 Lithuania": "matavimas reikšmė aukštis greitis slėgis temperatūra mėginys skaičius žmogus šiauliai",
    "cp1255 iso8859_8 Israel": "מדידה ערך גובה רוחב אורך מהירות לחץ טמפרטורה דגימה שגיאה",
    "cp1256 iso8859_6 Egypt": "قياس قيمة ارتفاع عرض طول سرعة ضغط درجة حرارة عينة خطأ متوسط",
    "cp874 Thailand": "การวัด ความสูง ความกว้าง ความยาว ความเร็ว อุณหภูมิ ตัวอย่าง ผลลัพธ์",
}


@pytest.mark.parametrize("country", COUNTRIES)
def test_words_of_many_countries_are_read_in_texts_tables_and_sources(country: str) -> None:
    written = COUNTRIES[country].split()
    rows = [[str(number), word, "0,5"] for number, word in enumerate(written)]
    for encoding in country.split()[:-1]:
        plain = show(Kind.CODE, f"{' '.join(written)}\n".encode(encoding), name="a.txt")
        assert " ".join(written) in plain.html, plain.meta["encoding"]
        source = "import numpy as np\n" + "".join(f"x = np.zeros(3)  # {word}\n" for word in written)
        assert f"# {written[-1]}" in show(Kind.CODE, source.encode(encoding), name="a.py").html
        table = "Nr;Name;x\r\n" + "".join(f"{';'.join(row)}\r\n" for row in rows)
        assert show(Kind.TABLE, table.encode(encoding), suffix=".csv", page=1).meta["data"] == rows


def test_that_letters_with_accents_may_be_others_is_said_where_it_is_so() -> None:
    for written, encoding, said in (
        ("grün", "cp1252", True),
        ("prędkość błąd część", "cp1250", True),
        ("Привет", "cp1251", False),
    ):
        html = show(Kind.CODE, f"{written}\n".encode(encoding), name="a.txt").html
        assert written in html and ("Letters with accents may be others." in html) == said


@pytest.mark.parametrize(
    "written",
    ["naïve", "1 µm ± 2", "© 2020", "T [°C],F [µN]\n20,1\n", "Größe\nMaß\n", "café à été créé", "25 °C\n" * 20_000],
)
def test_letters_of_the_west_are_no_syllables(written: str) -> None:
    result = show(Kind.CODE, written.encode("cp1252"), name="a.txt")
    assert result.meta["encoding"] == "windows-1252" and "It is shown as Windows-1252" in result.html


def test_the_encoding_is_found_out_far_behind_the_beginning() -> None:
    written = "a,b\n" * 30_000 + WRITINGS[0][2]
    assert show(Kind.TABLE, written.encode("cp932"), suffix=".csv", page=301).meta["data"][-1][2] == "雨が降りました"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_of_wide_characters_is_read_as_each_kind(encoding: str) -> None:
    assert "<h1" in show(Kind.MARKDOWN, "# Title\n".encode(encoding)).html
    assert "“ü”" in words(show(Kind.JSON, '{"a": "“ü”"}'.encode(encoding), name="a.json").html)
    assert "answer" in words(show(Kind.NOTEBOOK, notebook(text("answer")).decode().encode(encoding)).html)


@pytest.mark.parametrize("long", ["ACGT" * 15_000, "1234" * 15_000])
def test_a_long_line_is_looked_through_once(long: str) -> None:
    began = time.process_time()
    assert guessed(f"é è ê\n{long}\n".encode("latin-1")) == WESTERN
    assert time.process_time() - began < 3
