// The model, run by wllama: llama.cpp in WebAssembly.

import { LoggerWithoutDebug, Wllama } from "./wllama/wllama.js";

const BATCH = 32; // tokens of a prompt that are read at once: after so many there is progress to tell, or a chance to stop

export class Model {
  #wllama = null;

  constructor(about) {
    this.about = about;
  }

  get loaded() {
    return this.#wllama !== null;
  }

  /** Downloads the model, or takes it from the browser's cache, and loads it; `progress` is told the share that is here. */
  async load(progress) {
    const file = await download(this.about.file, this.about.bytes, progress);
    const wllama = new Wllama({ default: "./wllama/wllama.wasm" }, { logger: { ...LoggerWithoutDebug, log() {}, warn() {} } });
    wllama.setCompat({ worker: new URL("wllama/compat.js", document.baseURI).href, wasm: "./wllama/compat.wasm" });
    // No GPU: its sums differ in the last digits, and so would some answers.
    await wllama.loadModel([file], { 
      n_ctx: this.about.context, n_parallel: 1, n_gpu_layers: 0, n_threads: threads(), n_batch: BATCH, n_ubatch: BATCH,
    });
    this.#wllama = wllama;
  }

  /** Number of processor cores in use. */
  get threads() {
    return this.#wllama?.getNumThreads() ?? 0;
  }

  /**
   * Writes the answer to a prompt, the most probable one that the grammar permits. `onText` is told all of it as it grows,
   * `onRead` before that which share of the prompt is read.
   * Returns `{text, tokens, finished, timings}`; an answer is unfinished where it got too long. Each of `tokens` has the
   * `end` of its text in the answer and its `logprob`, as if there were no grammar.
   */
  async answer({ prompt, grammar, signal, onText, onRead }) {
    const spaces = this.about.space ? 2 : 1;
    const result = { text: "", tokens: [], finished: false, timings: null };
    await this.#wllama.createCompletion({
      prompt,
      grammar,
      temperature: 0,
      n_probs: 1,
      return_progress: true,
      max_tokens: this.about.most_tokens,
      stream: true,
      abortSignal: signal,
      onData(chunk) {
        const { processed, total } = chunk.prompt_progress ?? {};
        if (total) return onRead(processed / total);
        const choice = chunk.choices[0];
        result.text += choice?.text ?? "";
        const logprob = (choice?.logprobs?.content ?? []).reduce((sum, token) => sum + logprobOf(token, spaces), 0);
        if (choice?.text) result.tokens.push({ end: result.text.length, logprob });
        result.finished ||= choice?.finish_reason === "stop";
        result.timings = chunk.timings ?? result.timings;
        if (choice?.text) onText(result.text);
      },
    });
    return result;
  }
}

/** Where prompts name the space by a second token (about.space), that one is as probable: the space has both shares. */
const logprobOf = ({ token, logprob }, spaces) => (token === " " ? Math.min(0, logprob + Math.log(spaces)) : logprob);

/** Threads need a page that is isolated from others, which sw.js sees to. */
const threads = () => Math.min(4, navigator.hardwareConcurrency || 1);

async function download(url, size, progress) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: the server says ${reply.status} ${reply.statusText}`);
  const chunks = [];
  let here = 0;
  for (const reader = reply.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    here += value.length;
    progress(here / size);
  }
  if (here !== size) throw new Error(`${url}: ${here} bytes came of ${size}; load the page again`);
  return new Blob(chunks);
}
