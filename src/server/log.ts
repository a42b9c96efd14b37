/** The backend's log: lines on its standard error, which whoever starts it sends to `<home>/backend.log`. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

export const stderrLog: Log = {
  info: (message) => write('info', message),
  warn: (message) => write('warn', message),
  error: (message, error) => write('error', error === undefined ? message : `${message}: ${words(error)}`),
};

function write(level: string, message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
}

const words = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
