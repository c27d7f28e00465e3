// A request for llama.cpp's server, or with --ollama for Ollama's: the prompt as in training, and what holds the answer to
// the schema. Runs in Node; `paperlib export` puts it into a folder with what it needs.

import { readFileSync } from "node:fs";

import { grammarOf } from "./grammar.js";
import { renderPrompt } from "./prompt.js";
import { readSchema, SchemaError } from "./schema.js";

const USAGE = "Usage: node request/request.js [--ollama] SCHEMA.json TEXT.txt";

try {
  console.log(JSON.stringify(request(process.argv.slice(2)), null, 1));
} catch (error) {
  if (!(error instanceof SchemaError) && error.code === undefined && error.message !== USAGE) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function request(options) {
  const files = options.filter((one) => one !== "--ollama");
  if (files.length !== 2) throw new Error(USAGE);
  const about = JSON.parse(readFileSync(new URL("model.json", import.meta.url), "utf8"));
  const [schema, text] = files.map((file) => readFileSync(file, "utf8").replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  const read = readSchema(schema);
  const prompt = renderPrompt(about, read, text);
  if (options.length > 2) return { model: about.name, prompt, raw: true, stream: false, format: read };
  return { prompt, grammar: grammarOf(read, text, about.indent), temperature: 0, n_predict: about.most_tokens };
}
