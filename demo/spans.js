// Where the values of an answer stand in the text.

import { dateReadings } from "./readings.js";

const STRING = '"(?:[^"\\\\]|\\\\.)*';
const VALUE = `(${STRING}"|-?\\d+(?:\\.\\d+)?(?![\\d.])|\\b(?:true|false|null)\\b)`;
const TOKEN = new RegExp(`${STRING}"(?=\\s*:)|${VALUE}|${STRING}$`, "gu"); // keys; values; a string that goes on

/** The values in the JSON text `answer`, which may be unfinished: `{start, end, value}`, in order. */
export function valuesIn(answer) {
  return [...answer.matchAll(TOKEN)]
    .filter((match) => match[1] !== undefined)
    .map((match) => ({ start: match.index, end: match.index + match[0].length, value: JSON.parse(match[1]) }));
}

/** The place `[start, end]` of each value in `text`, or null; no two values have the same words, if they need not. */
export function placesOf(values, text) {
  const taken = [];
  const days = dateReadings(text);
  return values.map(({ value }) => {
    const found = [
      ...days.filter((day) => day.value === String(value).slice(0, 10)).map(({ start, end }) => [start, end]),
      ...ways(value).flatMap((pattern) => [...text.matchAll(pattern)].map((m) => [m.index, m.index + m[0].length])),
    ];
    const free = found.find(([start, end]) => taken.every((other) => end <= other[0] || other[1] <= start));
    const place = free ?? found[0] ?? null;
    if (place) taken.push(place);
    return place;
  });
}

/** How a text may write a value: patterns, the likeliest first. */
function ways(value) {
  if (typeof value === "number") return [new RegExp(`(?<![\\p{L}\\d.,])(?:${numerals(value)})(?![\\d]|[.,]\\d)`, "gu")];
  if (typeof value !== "string" || !value.trim()) return [];
  const words = value.trim().split(/\s+/).map(escaped).join("\\s+");
  return [new RegExp(`(?<![\\p{L}\\d])${words}(?![\\p{L}\\d])`, "gu"), new RegExp(words, "giu")];
}

/** A number with the marks of thousands and decimals that texts have. */
function numerals(value) {
  const [whole, decimals = ""] = String(Math.abs(value)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "[.,'\\s]?");
  return decimals ? `${grouped}[.,]${decimals}0*` : `${grouped}(?:[.,]0{1,2})?`;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
