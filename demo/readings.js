// The days that a text names, in the ways that people write them. The names of months are the browser's own.

const LOCALES = ["en", "de", "fr", "es", "it", "nl", "pt"];
const MONTHS = monthNames();
const NAME = `(?<![\\p{L}])(${[...MONTHS.keys()].sort((a, b) => b.length - a.length).join("|")})(?![\\p{L}])\\.?`;
const DAY = "(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|er|º|\\.)?";
const WRITTEN = [
  [/(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)/gu, ([, year, month, day]) => [[year, month, day]]],
  [new RegExp(`${DAY}\\s*(?:of\\s|de\\s)?\\s*${NAME},?\\s*(?:de\\s+)?(\\d{4})(?!\\d)`, "giu"), ([, day, name, year]) => [[year, monthOf(name), day]]],
  [new RegExp(`${NAME}\\s*${DAY},?\\s+(\\d{4})(?!\\d)`, "giu"), ([, name, day, year]) => [[year, monthOf(name), day]]],
  [/(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)/gu, ([, a, , b, year]) => [[year, b, a], [year, a, b]]],
];

/** The days in a text, `{start, end, value}`, the value as in 2027-03-14; all readings of one that has several. */
export function dateReadings(text) {
  return WRITTEN.flatMap(([pattern, read]) =>
    [...text.matchAll(pattern)].flatMap((match) =>
      read(match).map(isoDay).filter(Boolean).map((value) => ({ start: match.index, end: match.index + match[0].length, value }))));
}

/** The same days by their value, each once. */
export const daysIn = (text) => [...new Set(dateReadings(text).map((day) => day.value))];

/** Whether a day, as in 2027-03-14, is one of the calendar. */
export function isDay(day) {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function isoDay([year, month, day]) {
  const written = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  return isDay(written) ? written : null;
}

const monthOf = (name) => MONTHS.get(name.toLowerCase());

function monthNames() {
  const names = new Map();
  for (const locale of LOCALES) {
    for (const month of ["long", "short"]) {
      const form = new Intl.DateTimeFormat(locale, { month, timeZone: "UTC" });
      for (let n = 0; n < 12; n += 1) {
        const name = form.format(Date.UTC(2024, n, 1)).toLowerCase().replace(/\.$/, "");
        if (!names.has(name)) names.set(name, n + 1);
      }
    }
  }
  return names;
}
