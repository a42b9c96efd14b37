// Stands in for the C++ module by which VS Code writes its log files: the same lines into the same files, so that
// nobody needs a compiler to try the extension. `editor.ts` copies it into the server that it installs.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

class Logger {
  #file;
  #limit;
  #size;
  #level = 2;
  #plain = false;

  /** `limit` in bytes; a file that grows past it becomes `<name>.1.log` and a new one begins. */
  constructor(file, limit) {
    this.#file = file;
    this.#limit = limit;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.#size = fs.existsSync(file) ? fs.statSync(file).size : 0;
  }

  trace = (message) => this.#write(0, message);
  debug = (message) => this.#write(1, message);
  info = (message) => this.#write(2, message);
  warn = (message) => this.#write(3, message);
  error = (message) => this.#write(4, message);
  critical = (message) => this.#write(5, message);

  getLevel = () => this.#level;
  setLevel(level) {
    this.#level = level;
  }
  // VS Code knows one pattern, "date time [level] message", and none.
  setPattern() {
    this.#plain = false;
  }
  clearFormatters() {
    this.#plain = true;
  }
  flush() {}
  drop() {
    this.#level = LEVELS.length;
  }

  #write(level, message) {
    if (level < this.#level) return;
    const text = this.#plain ? message : `${now()} [${LEVELS[level]}] ${message}\n`;
    if (this.#size > this.#limit) {
      const { dir, name, ext } = path.parse(this.#file);
      fs.renameSync(this.#file, path.join(dir, `${name}.1${ext}`));
      this.#size = 0;
    }
    fs.appendFileSync(this.#file, text);
    this.#size += Buffer.byteLength(text);
  }
}

/** Local time, as `2026-01-31 09:05:07.042`. */
function now() {
  const date = new Date();
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().replace('T', ' ').slice(0, -1);
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = async (_name, file, limit) => new Logger(file, limit);
exports.createAsyncRotatingLogger = exports.createRotatingLogger;
