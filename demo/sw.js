// Keeps all files of the page, so that it works without a network after the first visit.
//
// The model and wllama, which are large, are taken from the cache; the rest from the network, where there is one.
// Pages that come from here are isolated from others, which lets wllama use several cores.

const VERSION = new URL(location).searchParams.get("v");
const SCOPE = `paperlib ${registration.scope} `;
const CACHE = SCOPE + VERSION;
const FILES = [
  "./", "absence.js", "app.js", "checks.js", "examples.json", "grammar.js", "icon.svg", "model.js", "model.json", "prompt.js", "readings.js",
  "schema.js", "spans.js", "style.css", "syntax.js", "wllama/wllama.js", "wllama/wllama.wasm",
];
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(removeOthers().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  const large = /\/(wllama\/[^/]+|[^/]+\.gguf)$/.test(new URL(request.url).pathname);
  event.respondWith(large ? cachedFirst(event) : freshFirst(event));
});

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(SCOPE) && name !== CACHE).map((name) => caches.delete(name)));
}

async function cachedFirst(event) {
  const cache = await caches.open(CACHE);
  return (await cache.match(event.request)) ?? fetched(event, cache);
}

async function freshFirst(event) {
  const cache = await caches.open(CACHE);
  try {
    return isolated(await fetched(event, cache));
  } catch (error) {
    const kept = await cache.match(event.request, { ignoreSearch: true });
    if (kept) return isolated(kept);
    throw error;
  }
}

async function fetched(event, cache) {
  const reply = await fetch(event.request);
  if (reply.status === 200) event.waitUntil(cache.put(event.request, reply.clone()).catch(() => {}));
  return reply;
}

function isolated(reply) {
  const headers = new Headers(reply.headers);
  for (const [name, value] of Object.entries(ISOLATED)) headers.set(name, value);
  return new Response(reply.body, { status: reply.status, statusText: reply.statusText, headers });
}
