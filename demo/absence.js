// What a text does not say: a model that is asked for a field tends to fill it. Fields that need not be there, and that
// the model held for less probable than not, are left out, as paperlib/decoding/extraction/absence.py does it.

import { describes, forms } from "./schema.js";
import { valuesIn } from "./spans.js";

const ABSENT_BELOW = 0.5;
const TOKENS = 8; // of a value, that say how sure the model was to fill it

/**
 * An answer without its improbable parts: `{value, left}`, where `left` are sentences on what was left out.
 * `tokens` are those of the text `answered`, in order, each with the `end` of its text there and its `logprob`; `days` are
 * those that a day in the answer can be, as in 2027-03-14.
 */
export function withoutImprobable(answered, tokens, schema, days) {
  const placed = tokens.map((token, n) => ({ ...token, start: tokens[n - 1]?.end ?? 0 }));
  const presence = valuesIn(answered).map((written) => presenceOf(answered, placed, written, days));
  const left = [];
  let leaf = 0;
  const root = annotated(JSON.parse(answered));
  return { value: plain(revised(root, schema, "")), left };

  /** The value with the presence of each of its leaves; empty objects and arrays are no leaves here. */
  function annotated(value) {
    if (Array.isArray(value)) return value.map(annotated);
    if (value === null || typeof value !== "object") return { leaf: value, presence: presence[leaf++] };
    return new Map(Object.entries(value).map(([name, held]) => [name, annotated(held)]));
  }

  function revised(node, described, where) {
    const form = forms(described, schema).find((one) => holds(one, node));
    if (!form) return node;
    if (Array.isArray(node)) return revisedItems(node, form, where);
    for (const [name, held] of node) {
      const place = `${where}/${name}`;
      const field = form.properties[name];
      const nullable = forms(field, schema).some((one) => one.type === "null");
      const optional = !(form.required ?? []).includes(name);
      if (!doubtful(held) || !(nullable || optional)) node.set(name, revised(held, field, place));
      else if (nullable) node.set(name, { leaf: told(place, held, "null") });
      else node.delete(told(place, held, "left out") ?? name);
    }
    return node;
  }

  function revisedItems(items, form, where) {
    const kept = items.filter((item, n) => !doubtful(item) || told(`${where}/${n}`, item, "left out") !== null);
    if (kept.length >= (form.minItems ?? 0)) items = kept;
    return items.map((item, n) => revised(item, form.items, `${where}/${n}`));
  }

  function told(place, node, outcome) {
    const sure = Math.max(...leaves(node).map((one) => one.presence));
    left.push(`${place}: ${JSON.stringify(plain(node))} has a probability of ${Math.round(100 * sure)} %, and is ${outcome}.`);
    return null;
  }
}

/**
 * The probability of what the model wrote first of a value. What it had no choice in does not count, unless there is
 * nothing else: what the days of the text have in common, and a digit after another, or after a space inside a
 * string, as the text has seldom two numbers that begin alike.
 */
function presenceOf(answered, tokens, { start, end }, days) {
  const own = tokens.filter((token) => token.end > start && token.start < end);
  const written = answered.slice(start, end);
  const others = days.map((day) => JSON.stringify(day)).filter((day) => day !== written);
  const isDay = others.length < days.length;
  const begins = (day, until) => day.startsWith(answered.slice(start, until));
  const chosen = own.filter((token) => {
    if (token.start <= start) return true;
    if (isDay) return others.some((day) => begins(day, token.start) && !begins(day, Math.min(token.end, end)));
    return !/^[\d ]\d$/.test(answered.slice(token.start - 1, token.end));
  });
  return Math.exp((chosen.length ? chosen : own).slice(0, TOKENS).reduce((sum, token) => sum + token.logprob, 0));
}

/** Whether a form describes the fields of an object, or the items of an array. */
function holds(form, node) {
  if (Array.isArray(node)) return form.type === "array";
  return node instanceof Map && form.type === "object" && describes(form, [...node.keys()]);
}

const leaves = (node) => ("leaf" in node ? [node] : [...node.values()].flatMap(leaves));

/** Whether all that a part of an answer holds is improbable. */
function doubtful(node) {
  const held = leaves(node);
  return held.length > 0 && held.every((one) => one.presence < ABSENT_BELOW && one.leaf !== null);
}

function plain(node) {
  if (Array.isArray(node)) return node.map(plain);
  return node instanceof Map ? Object.fromEntries([...node].map(([name, held]) => [name, plain(held)])) : node.leaf;
}
