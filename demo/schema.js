// JSON Schemas as visitors write them: read strictly, and brought into plain forms.
// The forms are those of paperlib/data/schema_forms.py, of which this is the part that schemas of documents use.

import { syntaxFault } from "./syntax.js";

const COMPOSED = ["$ref", "anyOf", "oneOf", "nullable", "x-nullable", "$defs", "definitions"];
const IMPLIED = {
  object: ["properties", "additionalProperties", "required"],
  array: ["items", "minItems", "maxItems"],
  string: ["pattern", "format", "minLength", "maxLength"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
};
const TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"];
const UNREAD = [
  "allOf", "not", "if", "then", "else", "contains", "prefixItems", "patternProperties", "propertyNames",
  "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "minProperties", "maxProperties",
];
const MOST_DEPTH = 12;

/** A schema that the page cannot use; `message` is one sentence that says where, `position` an index in its text. */
export class SchemaError extends Error {
  constructor(message, position = null) {
    super(message);
    this.position = position;
  }
}

/** The JSON Schema in `text`. Throws SchemaError where it is no JSON, or no schema that this page reads. */
export function readSchema(text) {
  const root = parse(text);
  if (!isObject(root)) throw new SchemaError("The schema is not an object; expected {…}.");
  check(root, root, "", []);
  if (!forms(root, root).length) throw new SchemaError("The schema permits no value at all.");
  return root;
}

/** The plain forms of a schema node: without references and alternatives, each of one type. */
export function forms(node, root) {
  const found = expanded(node, root).flatMap(byType);
  return [...new Map(found.map((form) => [canonical(form), form])).values()];
}

/** A value as Python's json.dumps writes it on one line, characters beyond ASCII as they are. */
export function pythonJson(value) {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, held]) => `${JSON.stringify(key)}: ${pythonJson(held)}`);
  return `{${pairs.join(", ")}}`;
}

/** One text for all objects that differ in the order of their keys alone. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

/** The values that a form lists, by `enum` or `const`; undefined where it lists none. */
export const listed = (form) => ("const" in form ? [form.const] : form.enum);

/** Whether a form of objects describes all fields of these names. */
export const describes = (form, names) => names.every((name) => Object.hasOwn(form.properties, name));

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text) {
  if (!text.trim()) throw new SchemaError("There is no schema; expected a JSON Schema.", 0);
  const fault = syntaxFault(text);
  if (!fault) return JSON.parse(text);
  const { position, expected } = fault;
  const lines = text.slice(0, position).split("\n");
  const found = position < text.length ? `'${/\w+|./su.exec(text.slice(position))[0]}'` : "the end";
  const where = `Line ${lines.length}, column ${lines.at(-1).length + 1}`;
  throw new SchemaError(`${where} of the schema is no JSON: found ${found}, expected ${expected}.`, position);
}

/** Throws SchemaError for the first node inside `node` that this page does not read; `inside` are the nodes around it. */
function check(node, root, where, inside) {
  const fault = (what) => { throw new SchemaError(`The schema at ${where || "its root"}: ${what}.`); };
  if (!isObject(node)) fault(`found ${JSON.stringify(node)}, expected an object that describes a value`);
  if (inside.includes(node)) fault("refers back to itself, which this page does not read");
  if (inside.length > MOST_DEPTH) fault(`lies more than ${MOST_DEPTH} levels deep`);
  const unread = UNREAD.find((key) => key in node);
  if (unread) fault(`"${unread}" is not read by this page`);
  checkType(node, fault);
  const below = [...inside, node];
  if ("$ref" in node) check(referred(node, root, fault), root, `${where}/$ref`, below);
  for (const key of ["anyOf", "oneOf"].filter((one) => one in node)) {
    if (!Array.isArray(node[key]) || !node[key].length) fault(`"${key}" is no list of schemas`);
    node[key].forEach((part, n) => check({ ...part, ...withoutAlternatives(node) }, root, `${where}/${key}/${n}`, below));
  }
  if (["$ref", "anyOf", "oneOf"].some((key) => key in node)) return;
  for (const form of forms(node, root)) checkForm(form, root, where, below, fault);
}

const withoutAlternatives = ({ anyOf, oneOf, ...rest }) => rest;

function checkType(node, fault) {
  const types = [node.type ?? []].flat();
  const unknown = types.find((type) => !TYPES.includes(type));
  if (unknown !== undefined) fault(`${JSON.stringify(unknown)} is no type, expected one of ${TYPES.join(", ")}`);
  if ("enum" in node && !(Array.isArray(node.enum) && node.enum.length)) fault('"enum" is no list of values');
  if ((listed(node) ?? []).some((value) => typeof value === "object" && value !== null)) fault("lists an object or array");
}

function checkForm(form, root, where, below, fault) {
  if (listed(form)) return;
  if (form.type === undefined) fault("says no type, so that anything would do");
  if (form.type === "object") checkObject(form, root, where, below, fault);
  if (form.type === "array") {
    if (!("items" in form)) fault('an array needs "items", which describe one of its values');
    if ((form.minItems ?? 0) > (form.maxItems ?? Infinity)) fault("minItems is more than maxItems");
    check(form.items, root, `${where}/items`, below);
  }
}

function checkObject(form, root, where, below, fault) {
  const { properties = {}, required = [], additionalProperties: others } = form;
  if (!isObject(properties) || !Object.keys(properties).length) fault('an object needs "properties", its fields');
  if (isObject(others)) fault("fields that have no name in the schema are not read by this page");
  if (!Array.isArray(required)) fault('"required" is no list of names');
  const unknown = required.find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) fault(`"required" names ${JSON.stringify(unknown)}, which is not among its properties`);
  const number = Object.keys(properties).find((name) => /^(0|[1-9]\d*)$/.test(name));
  if (number) fault(`a browser forgets where a field named ${number} stands; use another name`);
  for (const [name, child] of Object.entries(properties)) {
    check(child, root, `${where}/properties/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, below);
  }
}

function referred(node, root, fault) {
  const path = /^#(\/.*)?$/.exec(node.$ref);
  if (!path) fault(`$ref ${JSON.stringify(node.$ref)} leads out of the schema, expected "#/…"`);
  const parts = decodeURIComponent(path[1] ?? "").split("/").slice(1);
  const found = parts.reduce((held, part) => held?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
  if (found === undefined) fault(`$ref ${JSON.stringify(node.$ref)} leads to nothing`);
  return found;
}

function expanded(node, root) {
  let found = [Object.fromEntries(Object.entries(node).filter(([key]) => !COMPOSED.includes(key)))];
  const both = (parts) => found.flatMap((own) => parts.map((part) => ({ ...part, ...own })));
  if ("$ref" in node) found = both(expanded(referred(node, root, (what) => { throw new SchemaError(what); }), root));
  for (const key of ["anyOf", "oneOf"]) {
    if (key in node) found = both(node[key].flatMap((part) => expanded(part, root)));
  }
  if (node.nullable === true || node["x-nullable"] === true) found.push({ type: "null" });
  return found;
}

function byType(form) {
  if (Array.isArray(form.type)) return form.type.map((type) => ({ ...form, type }));
  if (form.type !== undefined || listed(form)) return [form];
  const implied = Object.keys(IMPLIED).find((type) => IMPLIED[type].some((key) => key in form));
  return [implied ? { ...form, type: implied } : form];
}
