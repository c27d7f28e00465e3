// The page: reads what the visitor wrote, asks the model, and shows the answer beside the words it was copied from.

import { withoutImprobable } from "./absence.js";
import { violations } from "./checks.js";
import { grammarOf } from "./grammar.js";
import { Model } from "./model.js";
import { renderPrompt } from "./prompt.js";
import { daysIn } from "./readings.js";
import { pythonJson, readSchema, SchemaError } from "./schema.js";
import { placesOf, valuesIn } from "./spans.js";

const COLOURS = 6;
const MOST_COLUMNS = 64; // of a line of a schema
const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
let about, model, running = null, used = false;

start();

async function start() {
  try {
    about = await json("model.json");
    const examples = [about.example, ...(about.reads_any_schema ? await json("examples.json") : [])];
    model = new Model(about);
    describe();
    fillExamples(examples);
    listen(examples);
    page.main.hidden = false;
    fitHeight();
  } catch (error) {
    page.about.textContent = `The page cannot be shown: ${error.message}.`;
  }
  await keepOffline();
}

async function json(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url} is not there (${reply.status})`);
  return reply.json();
}

/**
 * Has the service worker keep all files. The page works without one, in a private window for example, while online.
 * On the first visit the page is loaded again, unless it is in use: from the worker it comes isolated, which lets wllama
 * use several cores.
 */
async function keepOffline() {
  try {
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (crossOriginIsolated || used || sessionStorage.reloaded) return;
      sessionStorage.reloaded = true;
      location.reload();
    });
    await navigator.serviceWorker.register(`sw.js?v=${about.version}`);
  } catch (error) {
    console.info("not kept for visits without a network:", error?.message);
  }
}

/** Waits until the model's download would pass the service worker, which then keeps it; not for long. */
function untilKept() {
  const workers = navigator.serviceWorker;
  if (!workers || workers.controller) return null;
  return Promise.race([
    new Promise((resolve) => workers.addEventListener("controllerchange", resolve, { once: true })),
    new Promise((resolve) => setTimeout(resolve, 5000)),
  ]);
}

function describe() {
  const { name, base, parameters, quantisation, bytes, licence } = about;
  const size = megabytes(bytes);
  page.about.textContent = `A language model of ${Math.round(parameters / 1e6)} million parameters reads your text and fills in your schema. `
    + `It runs on your device: nothing you type leaves this page.`;
  page.facts.textContent = `Model ${name}, ${base}, licence ${licence}; ${quantisation.toUpperCase()}, ${size}, downloaded once. `
    + "Run on the processor by llama.cpp, compiled to WebAssembly by wllama.";
  page.answer.dataset.hint = `The first answer takes a download of ${size}.`;
}

const megabytes = (bytes) => (bytes < 1e6 ? "less than 1 MB" : `${Math.round(bytes / 1e6)} MB`);

function fillExamples(examples) {
  page.examples.replaceChildren(...examples.map(({ title, schema }, n) => new Option(title ?? schema.title ?? "A contact", n)));
  showExample(examples[0]);
}

function showExample({ text, schema }) {
  page.text.value = text;
  page.schema.value = compact(schema);
  clear();
  fitHeight();
}

/** JSON in which what is short stands on one line. */
function compact(value, indent = "", before = 0) {
  const line = pythonJson(value);
  if (typeof value !== "object" || value === null || before + line.length < MOST_COLUMNS) return line;
  const inner = `${indent}  `;
  const parts = Object.entries(value).map(([name, held]) => {
    const key = Array.isArray(value) ? "" : `${JSON.stringify(name)}: `;
    return inner + key + compact(held, inner, inner.length + key.length);
  });
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}

function listen(examples) {
  for (const event of ["input", "submit"]) page.form.addEventListener(event, () => { used = true; });
  page.examples.addEventListener("change", () => showExample(examples[page.examples.value]));
  page.form.addEventListener("submit", (event) => {
    event.preventDefault();
    running ? running.abort() : extract();
  });
  page.form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !running) extract();
  });
  page.text.addEventListener("input", () => { clear(); fitHeight(); });
  page.schema.addEventListener("input", () => { clear(); readVisitorsSchema(); });
  page.copy.addEventListener("click", copy);
  page.answer.addEventListener("pointerover", ({ target }) => point(target.dataset.value));
  page.answer.addEventListener("pointerleave", () => point());
  addEventListener("resize", fitHeight);
}

async function copy() {
  await navigator.clipboard.writeText(page.answer.textContent);
  page.status.textContent = "The answer is copied.";
}

/** The schema in its field, `{schema}`, or what is wrong with it, `{fault}`, after saying so. */
function readVisitorsSchema() {
  try {
    const schema = readSchema(page.schema.value);
    complain(page.schema, "");
    return { schema };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    complain(page.schema, error.message);
    return { fault: error };
  }
}

/** Takes the visitor to the place of a fault in the schema. */
function goTo({ position }) {
  page.schema.focus();
  if (position !== null) page.schema.setSelectionRange(position, position + 1);
}

function complain(field, sentence) {
  const place = page[`${field.id}-error`];
  if (place.textContent !== sentence) place.textContent = sentence;
  field.setAttribute("aria-invalid", String(sentence !== ""));
}

async function extract() {
  const { schema, fault } = readVisitorsSchema();
  const text = page.text.value;
  complain(page.text, text.trim() ? "" : "There is no text to read.");
  if (!schema) return goTo(fault);
  if (!text.trim()) return page.text.focus();
  clear();
  setRunning(new AbortController());
  try {
    if (!model.loaded) await load();
    running.signal.throwIfAborted();
    await answer(schema, text);
  } catch (error) {
    explain(error);
  } finally {
    setRunning(null);
  }
}

async function load() {
  let told = -1;
  page.progress.hidden = false;
  page.progress.setAttribute("aria-label", "Download of the model");
  await untilKept();
  await model.load((share) => {
    page.progress.value = share;
    const tenths = Math.floor(share * 10);
    if (tenths > told) page.status.textContent = `Loading the model, ${tenths * 10} % of ${megabytes(about.bytes)}.`;
    told = Math.max(told, tenths);
  });
  page.answer.dataset.hint = "";
}

async function answer(schema, text) {
  page.status.textContent = "Reading the text.";
  page.progress.setAttribute("aria-label", "Reading of the text");
  const prompt = renderPrompt(about, schema, text);
  const grammar = grammarOf(schema, page.grounded.checked ? text : "", about.indent);
  const began = performance.now();
  const result = await model.answer({
    prompt,
    grammar,
    signal: running.signal,
    onRead(share) {
      page.progress.hidden = false;
      page.progress.value = share;
    },
    onText(answered) {
      page.progress.hidden = true;
      show(answered, text);
    },
  });
  const took = performance.now() - began;
  if (!result.finished) throw new Error("The answer got too long and was cut off");
  const { value, left } = withoutImprobable(result.text, result.tokens, schema, page.grounded.checked ? daysIn(text) : []);
  const places = show(left.length ? JSON.stringify(value, null, 2) : result.text, text);
  page.status.textContent = summary(result, places, took);
  page.notes.replaceChildren(...left.map(item));
  page["answer-error"].textContent = violations(value, schema).join(" ");
  page.copy.disabled = page.legend.hidden = false;
}

function item(sentence) {
  const element = document.createElement("li");
  element.textContent = sentence;
  return element;
}

function summary({ timings }, places, took) {
  const found = places.filter(Boolean).length;
  const values = `${places.length} ${places.length === 1 ? "value" : "values"}, ${found} found in the text`;
  if (!timings) return `${values}; ${seconds(took)}.`;
  const { predicted_n: tokens, predicted_per_second: speed } = timings;
  const cores = model.threads > 1 ? ` on ${model.threads} cores` : "";
  return `${values}; ${tokens} tokens in ${seconds(took)}, ${speed.toFixed(1)} tokens/s${cores}.`;
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Shows what there is of an answer, and marks its values in the text. Returns their places. */
function show(answered, text) {
  const shift = answered.length - answered.trimStart().length;
  const values = valuesIn(answered);
  const places = placesOf(values, text);
  const parts = values.map(({ start, end }, n) => [start - shift, end - shift, n]);
  page.answer.replaceChildren(...marked(answered.trim(), parts, (n) => (places[n] ? "mark" : "span")));
  const spans = places.flatMap((place, n) => (place ? [[...place, n]] : [])).sort((a, b) => a[0] - b[0]);
  page.backdrop.replaceChildren(...marked(text, spans, () => "mark"), "\n");
  return places;
}

/** The nodes of a text with elements around its `parts`, `[start, end, number of the value]`, of which none overlap. */
function marked(text, parts, tag) {
  const nodes = [];
  let here = 0;
  for (const [start, end, n] of parts) {
    if (start < here) continue;
    const element = document.createElement(tag(n));
    element.className = tag(n) === "mark" ? `v${n % COLOURS}` : "unplaced";
    element.dataset.value = n;
    element.textContent = text.slice(start, end);
    nodes.push(text.slice(here, start), element);
    here = end;
  }
  return [...nodes, text.slice(here)];
}

/** Brings out the words of one value. */
function point(value) {
  for (const element of document.querySelectorAll("mark")) element.classList.toggle("on", element.dataset.value === value);
}

function clear() {
  running?.abort();
  page.backdrop.replaceChildren();
  page.answer.replaceChildren();
  page.notes.replaceChildren();
  page.copy.disabled = page.legend.hidden = true;
  for (const place of [page.status, page["answer-error"]]) place.textContent = "";
  complain(page.text, "");
  complain(page.schema, "");
}

function setRunning(controller) {
  running = controller;
  page.extract.textContent = controller ? "Stop" : "Extract";
  page.answer.setAttribute("aria-busy", String(controller !== null));
  page.progress.hidden = true;
}

function explain(error) {
  if (error.name === "AbortError") {
    page.status.textContent = "Stopped.";
    return;
  }
  console.error(error);
  const long = /exceed|context size|too long for/i.test(error.message);
  page.status.textContent = "";
  page["answer-error"].textContent = long
    ? `Text and schema are too long: the model takes ${about.context} tokens, about ${Math.round(about.context * 0.6)} words.`
    : `${error.message.replace(/\.$/, "")}.`;
}

function fitHeight() {
  page.text.style.height = "auto";
  page.text.style.height = `${page.text.scrollHeight + 2}px`;
}
