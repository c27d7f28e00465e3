// The prompt, made of the pieces that the export wrote; a schema in it is shown as paperlib/data/schemas.py shows it.

import { canonical, forms, isObject, listed, pythonJson } from "./schema.js";

const MOST_SHOWN = 3; // times that a prompt shows one object in full
const LONGEST_DESCRIPTION = 100; // characters
const LONGEST_ENUM = 100; // values; of more the type is shown
const REMARKS = ["$comment", "x-grounded"];

/** The prompt of `about`, the contents of model.json, for a schema and a text. */
export function renderPrompt(about, schema, text) {
  const shown = { json: () => pythonJson(withoutRemarks(schema)), fields: () => schemaToPrompt(schema), described: () => schemaToPrompt(schema, true) };
  const parts = about.prompt.map((piece) => piece.literal ?? ("text" in piece ? text : shown[piece.schema]()));
  const whole = parts.join("");
  return about.space ? whole.replace(new RegExp(about.space.pattern, "gu"), about.space.token) : whole;
}

/** A schema without what it says to paperlib alone. */
function withoutRemarks(node) {
  if (Array.isArray(node)) return node.map(withoutRemarks);
  if (!isObject(node)) return node;
  const kept = Object.entries(node).filter(([key, value]) => !REMARKS.includes(key) || isObject(value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutRemarks(value)]));
}

/** A schema in one line: names in order, types, `?` where a field may be left out, the values of enums. */
export function schemaToPrompt(root, descriptions = false) {
  const counts = new Map();
  const show = (node) => [...new Set(forms(node, root).flatMap(showForm))].join(" | ");

  function showForm(form) {
    if (listed(form)?.length <= LONGEST_ENUM) return listed(form).map(pythonJson);
    if (form.type === "array") return [`[${show(form.items)}]`];
    if (form.type !== "object") return [String(form.format ?? form.type ?? "any")];
    const written = canonical(form);
    counts.set(written, (counts.get(written) ?? 0) + 1);
    if (counts.get(written) > MOST_SHOWN) return [String(form.title ?? form.type)];
    const fields = Object.entries(form.properties).map(([name, node]) => {
      const mark = (form.required ?? []).includes(name) ? "" : "?";
      return `${name}${mark}: ${show(node)}${descriptions ? description(node, root) : ""}`;
    });
    return [`{${fields.join(", ")}}`];
  }
  return show(root);
}

function description(node, root) {
  const found = forms(node, root).find((form) => form.description)?.description;
  const words = String(found ?? "").split(/\s+/).filter(Boolean);
  if (!words.length) return "";
  if (words.join(" ").length <= LONGEST_DESCRIPTION) return ` (${words.join(" ")})`;
  while (words.length && words.join(" ").length + 2 > LONGEST_DESCRIPTION) words.pop();
  return ` (${words.join(" ")} …)`;
}
