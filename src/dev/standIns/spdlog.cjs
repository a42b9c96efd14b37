// Stands in for the C++ module by which VS Code writes its log files: the same lines into the same files, so that
// nobody needs a compiler to try the extension. `editor.ts` copies it into the server that it installs.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
const OFF = LEVELS.indexOf('off');

/** `limit` in bytes: a file that grows past it becomes `<name>.1.log`, and a new one begins. */
function createLogger(file, limit) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let size = fs.existsSync(file) ? fs.statSync(file).size : 0;
  let least = LEVELS.indexOf('info');
  let plain = false;

  function write(level, message) {
    if (level < least) return;
    const text = plain ? message : `${now()} [${LEVELS[level]}] ${message}\n`;
    if (size > limit) {
      const { dir, name, ext } = path.parse(file);
      fs.renameSync(file, path.join(dir, `${name}.1${ext}`));
      size = 0;
    }
    fs.appendFileSync(file, text);
    size += Buffer.byteLength(text);
  }

  return {
    trace: (message) => write(0, message),
    debug: (message) => write(1, message),
    info: (message) => write(2, message),
    warn: (message) => write(3, message),
    error: (message) => write(4, message),
    critical: (message) => write(5, message),
    getLevel: () => least,
    setLevel: (level) => void (least = level),
    // VS Code knows two patterns: "date time [level] message", and none.
    setPattern: () => void (plain = false),
    clearFormatters: () => void (plain = true),
    flush: () => undefined,
    drop: () => void (least = OFF),
  };
}

/** Local time, as `2026-01-31 09:05:07.042`. */
function now() {
  const date = new Date();
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().replace('T', ' ').slice(0, -1);
}

exports.version = 0;
exports.setLevel = () => undefined;
exports.setFlushOn = () => undefined;
exports.createRotatingLogger = (_name, file, limit) => Promise.resolve(createLogger(file, limit));
exports.createAsyncRotatingLogger = exports.createRotatingLogger;
