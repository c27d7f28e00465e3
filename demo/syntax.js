// Where a text ceases to be JSON. Browsers do not always say it, and each says it otherwise.

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The first place of `text` at which it is no JSON, `{position, expected}`; null for JSON. */
export function syntaxFault(text) {
  let at = 0;
  const fault = (expected) => ({ position: at, expected });

  function take(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  }

  function takeMark(mark) {
    take(SPACE);
    const found = text[at] === mark;
    if (found) at += 1;
    return found;
  }

  function value() {
    if (takeMark("{")) return members("}", member);
    if (takeMark("[")) return members("]", value);
    return take(STRING) || take(PLAIN) ? null : fault(text[at] === '"' ? "a string that ends in its line" : "a value");
  }

  function member() {
    take(SPACE);
    if (!take(STRING)) return fault("a name in double quotes");
    return takeMark(":") ? value() : fault('":"');
  }

  function members(close, one) {
    if (takeMark(close)) return null;
    do {
      const found = one();
      if (found) return found;
    } while (takeMark(","));
    return takeMark(close) ? null : fault(`"," or "${close}"`);
  }

  const found = value();
  take(SPACE);
  return found ?? (at < text.length ? fault("nothing more") : null);
}
