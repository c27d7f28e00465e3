// What the grammar leaves to a check of the finished answer: bounds, lengths, patterns, days that there are not.

import { isDay } from "./readings.js";
import { describes, forms, listed } from "./schema.js";

/** What breaks the schema in an answer: one sentence each, with the JSON pointer of the value. */
export function violations(value, schema) {
  const found = [];
  visit(value, schema, "");
  return found;

  function visit(one, node, where) {
    const fitting = forms(node, schema).filter((form) => isOf(one, form));
    const faults = fitting.map((form) => faultOf(one, form));
    if (faults.length && faults.every(Boolean)) found.push(`${where || "The answer"} ${faults[0]}.`);
    const form = fitting.find((each) => each.type !== "object" || describes(each, Object.keys(one)));
    if (!form) return;
    if (Array.isArray(one)) one.forEach((item, n) => visit(item, form.items, `${where}/${n}`));
    else if (one && typeof one === "object") {
      for (const [key, held] of Object.entries(one)) visit(held, form.properties[key], `${where}/${key}`);
    }
  }
}

function isOf(value, form) {
  if (listed(form)) return listed(form).includes(value);
  if (form.type === "integer") return Number.isInteger(value);
  if (form.type === "null" || form.type === "array") return form.type === (value === null ? "null" : Array.isArray(value) && "array");
  return form.type === typeof value && value !== null && !Array.isArray(value);
}

function faultOf(value, form) {
  if (typeof value === "number") return numberFault(value, form);
  if (typeof value === "string") return stringFault(value, form);
  if (Array.isArray(value) && form.uniqueItems && new Set(value.map((one) => JSON.stringify(one))).size < value.length) {
    return "holds an item twice";
  }
  return null;
}

function numberFault(value, { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }) {
  if (value < minimum) return `is ${value}, less than ${minimum}`;
  if (value > maximum) return `is ${value}, more than ${maximum}`;
  if (value <= exclusiveMinimum) return `is ${value}, expected more than ${exclusiveMinimum}`;
  if (value >= exclusiveMaximum) return `is ${value}, expected less than ${exclusiveMaximum}`;
  const steps = value / multipleOf;
  if (Math.abs(steps - Math.round(steps)) > 1e-9) return `is ${value}, no multiple of ${multipleOf}`;
  return null;
}

function stringFault(value, { minLength, maxLength, pattern, format }) {
  const length = [...value].length;
  if (length < minLength) return `has ${length} characters, fewer than ${minLength}`;
  if (length > maxLength) return `has ${length} characters, more than ${maxLength}`;
  if (pattern && !matches(pattern, value)) return `does not match ${pattern}`;
  if (format === "email" && !/^[^\s@]+@[^\s@]+$/.test(value)) return "is no e-mail address";
  if (format?.startsWith("date") && !isDay(value.slice(0, 10))) return "is a day that there is not";
  return null;
}

function matches(pattern, value) {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true; // no pattern of JavaScript's
  }
}
