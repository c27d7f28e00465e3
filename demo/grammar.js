// The answers that a JSON Schema permits, as a GBNF grammar for llama.cpp: in the layout of the training, with strings
// that stand in the text, as paperlib/decoding/grammar.py has them.
//
// llama.cpp makes grammars of JSON Schemas itself, but those permit any white space, and know no text.

import { daysIn } from "./readings.js";
import { forms, listed, pythonJson } from "./schema.js";

const MOST_ITEMS = 64; // of an array without maxItems, so that every answer ends
const MOST_CHARACTERS = 400; // of a string that need not stand in the text
const DAY = '[0-9] [0-9] [0-9] [0-9] "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [1-2] [0-9] | "3" [0-1])';
const CLOCK = '([0-1] [0-9] | "2" [0-3]) ":" [0-5] [0-9] (":" [0-5] [0-9])?';
const MOMENTS = { date: DAY, time: CLOCK, "date-time": `${DAY} "T" ${CLOCK} ("Z" | [+-] [0-9] [0-9] ":" [0-9] [0-9])?` };
const FREE = `([^"\\\\\\x00-\\x1f] | "\\\\" ["\\\\/bfnrt]){1,${MOST_CHARACTERS}}`;
const UNSPACED = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}"
  + "\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}";
const CHUNK = new RegExp(`\\s+|[${UNSPACED}]\\p{M}*|(?:(?![${UNSPACED}])\\p{L}\\p{M}*)+|\\p{Nd}+|.`, "gsu");
const ADDRESS = /[\p{L}\p{N}.+%'-]+@[\p{L}\p{N}.-]+[\p{L}\p{N}]/gu;

/** The grammar of answers about `text`; `indent` is that of the layout, in spaces, or null for answers in one line. */
export function grammarOf(schema, text, indent) {
  const rules = new Rules(schema, text, indent);
  const root = rules.value(schema, 0);
  return [`root ::= " "? ${root}`, ...rules.lines].join("\n");
}

class Rules {
  #names = new Map(); // of rules by what stands on their right-hand side

  constructor(root, text, indent) {
    this.lines = [];
    Object.assign(this, { root, days: daysIn(text), text: text.trim(), indent });
  }

  /** The name of the rule for the values of a node, `depth` levels inside the answer. */
  value(node, depth) {
    const described = forms(node, this.root);
    const supported = described.filter((form) => !this.#lacksDay(form));
    const bodies = (supported.length ? supported : described).map((form) => this.#form(form, depth));
    return this.#rule("value", [...new Set(bodies)].join(" | "));
  }

  #form(form, depth) {
    if (listed(form)) return listed(form).map((value) => literal(pythonJson(value))).join(" | ");
    if (form.type === "object") return this.#object(form, depth);
    if (form.type === "array") return this.#array(form, depth);
    if (form.type === "boolean") return '"true" | "false"';
    if (form.type === "null") return '"null"';
    return form.type === "string" ? this.#string(form) : number(form);
  }

  /** Fields in their order; what may follow each of them has a rule of its own, made from the last one on. */
  #object(form, depth) {
    let first = '"}"';
    let rest = literal(`${this.#line(depth)}}`);
    for (const [name, node] of Object.entries(form.properties).reverse()) {
      const needed = (form.required ?? []).includes(name);
      if (!needed && forms(node, this.root).every((one) => this.#lacksDay(one))) continue;
      const pair = `${literal(`${JSON.stringify(name)}: `)} ${this.value(node, depth + 1)} ${this.#rule("rest", rest)}`;
      first = literal(this.#line(depth + 1)) + ` ${pair}` + (needed ? "" : ` | ${this.#rule("fields", first)}`);
      rest = `${this.#comma(depth)} ${pair}` + (needed ? "" : ` | ${this.#rule("rest", rest)}`);
    }
    return `"{" ${this.#rule("fields", first)}`;
  }

  #array(form, depth) {
    const { minItems: least = 0, maxItems: most = Math.max(MOST_ITEMS, least) } = form;
    if (most < 1) return '"[]"';
    const item = this.value(form.items, depth + 1);
    const more = most > 1 ? ` (${this.#comma(depth)} ${item}){${Math.max(least - 1, 0)},${most - 1}}` : "";
    const filled = `${literal(`[${this.#line(depth + 1)}`)} ${item}${more} ${literal(`${this.#line(depth)}]`)}`;
    return least ? filled : `${filled} | "[]"`;
  }

  #string(form) {
    const free = form["x-grounded"] === false || !this.text;
    if (form.format === "date" && this.days.length && !free) return this.days.map((day) => literal(`"${day}"`)).join(" | ");
    if (MOMENTS[form.format]) return `"\\"" ${MOMENTS[form.format]} "\\""`;
    if (free) return `"\\"" ${this.#rule("free", FREE)} "\\""`;
    const addresses = form.format === "email" ? new Set(this.text.match(ADDRESS)) : [];
    const found = [...addresses].map((one) => literal(inside(one))).join(" | ");
    return `"\\"" ${found ? this.#rule("email", found) : this.#span()} "\\""`;
  }

  /** Whether a form is a day and the text names none. */
  #lacksDay(form) {
    return form.format === "date" && !listed(form) && form["x-grounded"] !== false && this.text !== "" && !this.days.length;
  }

  /**
   * The rule for any part of the text of whole words. Rule `after-n` is what may follow the first character of word n;
   * words that begin alike share that character, so that there are fewer beginnings to try.
   */
  #span() {
    if (this.span) return this.span;
    const chunks = this.text.match(CHUNK);
    const words = chunks.flatMap((chunk, n) => (/^\s/.test(chunk) ? [] : [{ word: inside(chunk), gap: chunks[n + 1] }]));
    const beginnings = new Map();
    words.forEach(({ word, gap = "" }, n) => {
      const first = /^(\\u....|\\.|.)/su.exec(word)[0];
      const next = n + 1 < words.length ? ` (${between(gap)} begin-${n + 1})?` : "";
      this.lines.push(`after-${n} ::= ${literal(word.slice(first.length))}${next}`, `begin-${n} ::= ${literal(first)} after-${n}`);
      beginnings.set(first, [...(beginnings.get(first) ?? []), `after-${n}`]);
    });
    const starts = [...beginnings].map(([first, after]) => `${literal(first)} (${after.join(" | ")})`);
    this.span = this.#rule("span", starts.join(" | "));
    return this.span;
  }

  /** The line break and indentation before what stands `depth` levels deep. */
  #line(depth) {
    return this.indent === null ? "" : `\n${" ".repeat(this.indent * depth)}`;
  }

  #comma(depth) {
    return literal(this.indent === null ? ", " : `,${this.#line(depth + 1)}`);
  }

  #rule(kind, body) {
    if (!this.#names.has(body)) {
      this.#names.set(body, `${kind}-${this.#names.size}`);
      this.lines.push(`${this.#names.get(body)} ::= ${body}`);
    }
    return this.#names.get(body);
  }
}

function number(form) {
  const sign = (form.minimum ?? form.exclusiveMinimum) >= 0 ? "" : '"-"? ';
  const whole = `${sign}("0" | [1-9] [0-9]{0,17})`;
  return form.type === "integer" ? whole : `${whole} ("." [0-9]{1,17})?`;
}

/** White space between two words of a span: as it is, or as one space. */
function between(gap) {
  if (!/^\s/.test(gap)) return "";
  return gap === " " ? '" "' : `(${literal(inside(gap))} | " ")`;
}

/** A text as it stands inside a JSON string. */
const inside = (text) => JSON.stringify(text).slice(1, -1);

/** A literal of GBNF. */
function literal(text) {
  const escapes = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" };
  return `"${text.replace(/["\\\n\t\r]/g, (one) => escapes[one])}"`;
}
